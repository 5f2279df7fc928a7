/**
 * The database of a role that serves callers: awaited at the start, and refused unless it is of this release and not a
 * sandbox's.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError, environmentName } from '../config/index.js';
import { isDatabaseUnavailable, isSandbox, pendingMigrations } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import { allMigrations } from './migrations.js';

/** How long to wait for a database that starts at the same time. */
const DATABASE_PATIENCE_MS = 60_000;
const DATABASE_RETRY_MS = 1_000;

export async function openPatiently(open: () => Promise<DataSource>, log: Logger): Promise<DataSource> {
  for (let waited = 0; ; waited += DATABASE_RETRY_MS) {
    try {
      return await open();
    } catch (error) {
      if (!isDatabaseUnavailable(error) || waited >= DATABASE_PATIENCE_MS) throw error;
      if (waited === 0) log.warn('the database is not there yet: waiting', { error });
      await pause(DATABASE_RETRY_MS);
    }
  }
}

/**
 * @param servesSandbox whether a database with sample people and publicly known accounts is served
 * @throws ConfigError when the tables are not of this release, or the database is a sandbox's and none is served
 */
export async function refuseUnfit(db: DataSource, servesSandbox: true | undefined): Promise<void> {
  const pending = await pendingMigrations(db, allMigrations);
  if (pending.length > 0) {
    throw new ConfigError(`the database lacks ${pending.length} migration(s): run «npm run admin -- migrate» first`);
  }
  if (servesSandbox !== true && (await isSandbox(db))) throw refuseSandbox('databaseUrl');
}

export const refuseSandbox = (setting: 'databaseUrl' | 'consentDatabaseUrl'): ConfigError =>
  new ConfigError(
    `${setting} (${environmentName(setting)}): this database is a sandbox's, with people and accounts that everybody knows: ` +
      'make a new one for production (docs/operations.md); to serve this one run the sandbox role',
  );
