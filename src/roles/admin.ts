/** The admin role: finds the command, passes its context, turns errors into one line and an exit code. */
import { accountCommand } from '../admin/account.js';
import { aslCommand } from '../admin/asl.js';
import { auditCommand } from '../admin/audit.js';
import type { AdminCommand, AdminContext } from '../admin/command.js';
import { jobsCommand } from '../admin/jobs.js';
import { migrateCommand } from '../admin/migrate.js';
import { oppositionBlock } from '../admin/opposition-block.js';
import { oppositionExport } from '../admin/opposition-export.js';
import { oppositionExpress } from '../admin/opposition-express.js';
import { oppositionImport } from '../admin/opposition-import.js';
import { oppositionNotice } from '../admin/opposition-notice.js';
import { oppositionOffice } from '../admin/opposition-office.js';
import { oppositionOutdated } from '../admin/opposition-outdated.js';
import { oppositionParked } from '../admin/opposition-parked.js';
import { oppositionPlan } from '../admin/opposition-plan.js';
import { oppositionRegion } from '../admin/opposition-region.js';
import { oppositionRetry } from '../admin/opposition-retry.js';
import { oppositionStatus } from '../admin/opposition-status.js';
import { oppositionWindow } from '../admin/opposition-window.js';
import { registryImport } from '../admin/registry-import.js';
import { retentionCommand } from '../admin/retention.js';
import { runCommand } from '../admin/run.js';
import { rosterIntake } from '../admin/roster-intake.js';
import { rosterResults } from '../admin/roster-results.js';
import { rosterWithdraw } from '../admin/roster-withdraw.js';
import { statisticsDeliveries } from '../admin/statistics-deliveries.js';
import { statisticsResend } from '../admin/statistics-resend.js';
import { statisticsCommand } from '../admin/statistics.js';
import { substitutionCommand } from '../admin/substitution.js';
import { createMachineEntrance } from '../auth/index.js';
import { ConfigError, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import { openDatabase, pendingMigrations } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import { retentionRules } from '../retention/index.js';
import { consentOwnerUrl, migrateConsent, openConsentDatabase, pendingConsentMigrations } from './consent.js';
import { allEntities } from './entities.js';
import { allMigrations, migrateTs } from './migrations.js';

/** In the order of the list in `--help`. */
export const COMMANDS: readonly AdminCommand[] = [
  migrateCommand,
  jobsCommand,
  retentionCommand,
  auditCommand,
  accountCommand,
  substitutionCommand,
  registryImport,
  rosterIntake,
  rosterResults,
  rosterWithdraw,
  aslCommand,
  statisticsCommand,
  statisticsDeliveries,
  statisticsResend,
  oppositionWindow,
  oppositionOffice,
  oppositionRegion,
  oppositionNotice,
  oppositionExpress,
  oppositionImport,
  oppositionPlan,
  oppositionStatus,
  oppositionParked,
  oppositionRetry,
  oppositionExport,
  oppositionOutdated,
  oppositionBlock,
];

const NAME_WIDTH = Math.max(...COMMANDS.map(({ name }) => name.length));

/**
 * @param sandboxDatabase starts or joins the sandbox's database: for a command without a configured one
 * @param signal on abort the command's statements are cancelled and it is no longer awaited
 * @returns the exit code: 0 done, 1 refused, failed or aborted, 2 wrong arguments
 */
export async function runAdmin(
  args: readonly string[],
  config: Config,
  clock: Clock,
  log: Logger,
  out: (line: string) => void,
  sandboxDatabase?: (config: Config, log: Logger) => Promise<{ ownerUrl: string; stop(): Promise<void> }>,
  signal?: AbortSignal,
): Promise<number> {
  const [name, ...rest] = args;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (name === undefined || name === '--help') {
    out(`commands:\n${COMMANDS.map((c) => `  ${c.name.padEnd(NAME_WIDTH)}  ${c.summary}`).join('\n')}`);
    return 0;
  }
  if (command === undefined) {
    out('wrong arguments: there is no such command');
    out('see passerella admin --help');
    return 2;
  }
  if (rest.includes('--help')) {
    out(command.usage);
    return 0;
  }
  const url = config.databaseOwnerUrl ?? config.databaseUrl;
  // Without a configured database the command works on the sandbox's embedded one.
  const embedded = url === undefined ? await sandboxDatabase?.(config, log) : undefined;
  const ownerUrl = url ?? embedded?.ownerUrl;
  if (ownerUrl === undefined) {
    throw new ConfigError(`databaseUrl (${environmentName('databaseUrl')}): required`);
  }
  try {
    const ownerDb = await openDatabase({
      url: ownerUrl,
      entities: allEntities,
      poolSize: 4,
      statementTimeoutMs: 0,
      applicationName: `passerella admin ${command.name}`,
      log,
    });
    const consent = consentOf(config, embedded?.ownerUrl, command.name, log);
    try {
      const pending = await pendingMigrations(ownerDb, allMigrations);
      if (pending.length > 0 && command !== migrateCommand) {
        out(`refused: the database lacks ${pending.length} migration(s): run «admin migrate» first`);
        return 1;
      }
      const isReady = command !== migrateCommand || pending.length === 0;
      const context: AdminContext = {
        ownerDb,
        consentDb: () => consent.open(),
        clock,
        entrance: await createMachineEntrance(ownerDb, clock),
        campaignStart: config.campaignStart,
        campaignEnd: config.campaignEnd,
        portalUrl: config.portalUrl,
        rosterFileBytes: config.rosterFileBytes,
        blockWaitDays: config.blockWaitDays,
        retentionRules: retentionRules(config),
        log,
        out,
        async migrate() {
          await migrateTs(ownerUrl, log);
          await consent.migrate();
        },
      };
      return await runCommand(command, rest, context, isReady, signal);
    } finally {
      await consent.close();
      await ownerDb.destroy();
    }
  } finally {
    await embedded?.stop();
  }
}

/** The consent database of a command: opened when first asked for, since most commands never do. */
function consentOf(
  config: Config,
  embeddedUrl: string | undefined,
  command: string,
  log: Logger,
): { open(): Promise<DataSource>; migrate(): Promise<void>; close(): Promise<void> } {
  let opened: Promise<DataSource> | undefined;
  const open = async (): Promise<DataSource> => {
    const url = await consentOwnerUrl(config, embeddedUrl, log);
    const applicationName = `passerella admin ${command}`;
    const db = await openConsentDatabase({ url, poolSize: 4, statementTimeoutMs: 0, applicationName }, log);
    const pending = await pendingConsentMigrations(db);
    if (pending.length === 0) return db;
    await db.destroy();
    throw new ConfigError(`the consent database lacks ${pending.length} migration(s): run «admin migrate» first`);
  };
  return {
    open: () => (opened ??= open()),
    /** An installation without the opposition has no consent database. */
    async migrate() {
      const isKnown = (config.consentDatabaseOwnerUrl ?? config.consentDatabaseUrl ?? embeddedUrl) !== undefined;
      if (isKnown) await migrateConsent(await consentOwnerUrl(config, embeddedUrl, log), log);
    },
    async close() {
      await opened?.then(
        (db) => db.destroy(),
        () => undefined,
      ); // if it failed to open, there is nothing to close
    },
  };
}
