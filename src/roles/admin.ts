/** The admin role: finds the command, gives it what it works with, turns errors into one line and an exit code. */
import { accountCommand } from '../admin/account.js';
import type { AdminCommand } from '../admin/command.js';
import { migrateCommand } from '../admin/migrate.js';
import { registryImport } from '../admin/registry-import.js';
import { substitutionCommand } from '../admin/substitution.js';
import { ConfigError } from '../config/index.js';
import type { Config } from '../config/index.js';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { migrate, openDatabase, pendingMigrations, startEmbeddedPostgres } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import { allEntities } from './compose.js';
import { allMigrations } from './migrations.js';

const COMMANDS: readonly AdminCommand[] = [migrateCommand, accountCommand, substitutionCommand, registryImport];

/** @returns the exit code: 0 done, 1 refused or failed, 2 wrong arguments */
export async function runAdmin(
  args: readonly string[],
  config: Config,
  clock: Clock,
  log: Logger,
  out: (line: string) => void,
): Promise<number> {
  const [name, ...rest] = args;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined || rest.includes('--help')) {
    out(
      command === undefined
        ? `commands:\n${COMMANDS.map((c) => `  ${c.name.padEnd(18)}${c.summary}`).join('\n')}`
        : command.usage,
    );
    return command === undefined && name !== undefined && name !== '--help' ? 2 : 0;
  }
  const url = config.databaseOwnerUrl ?? config.databaseUrl;
  // Without a database of its own the command works on the sandbox's embedded one.
  const embedded =
    url === undefined
      ? await startEmbeddedPostgres({ dataDirectory: join(config.dataDirectory, 'postgres'), log })
      : undefined;
  const ownerUrl = url ?? embedded?.ownerUrl;
  if (ownerUrl === undefined) throw new ConfigError('no database');
  try {
    const ownerDb = await openDatabase({
      url: ownerUrl,
      entities: allEntities,
      poolSize: 4,
      statementTimeoutMs: 0,
      applicationName: `passerella admin ${command.name}`,
      log,
    });
    try {
      const pending = await pendingMigrations(ownerDb, allMigrations);
      if (pending.length > 0 && command !== migrateCommand) {
        out(`refused: the database lacks ${pending.length} migration(s): run «admin migrate» first`);
        return 1;
      }
      return await command.run(rest, {
        ownerDb,
        clock,
        log,
        out,
        migrate: () => migrate(ownerUrl, allMigrations, log),
      });
    } catch (error) {
      if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
        out(`${error.message}\n${command.usage}`);
        return 2;
      }
      throw error;
    } finally {
      await ownerDb.destroy();
    }
  } finally {
    await embedded?.stop();
  }
}
