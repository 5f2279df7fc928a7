/** The common part of the worker's two halves, independent of both. */
import { ConfigError, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import { isSandbox } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Registry } from '../platform/metrics.js';

export interface WorkerHalf {
  /** The database that this half requires. */
  readonly db: DataSource;
  /** Adds its metrics and starts its work. */
  start(metrics: Registry): void;
  /** Stops its work and closes its databases, even if it was never started. */
  stop(): Promise<void>;
}

const SETTINGS = { database: 'databaseUrl', 'consent database': 'consentDatabaseUrl' } as const;

/**
 * Closes an opened database that lacks migrations of this release, or is a sandbox's without being configured so.
 * @throws Error that says what to do
 */
export async function refuseUnfit(
  what: keyof typeof SETTINGS,
  db: DataSource,
  pending: Promise<readonly string[]>,
  config: Pick<Config, 'sandboxDatabase'>,
): Promise<void> {
  try {
    const { length } = await pending;
    if (length > 0) throw new Error(`the ${what} lacks ${length} migration(s): run «npm run admin -- migrate» first`);
    if (config.sandboxDatabase || !(await isSandbox(db))) return;
    const setting = SETTINGS[what];
    throw new ConfigError(
      `${setting} (${environmentName(setting)}): this database was filled by a sandbox: for production make a new one; ` +
        `to work on this one set ${environmentName('sandboxDatabase')}=true`,
    );
  } catch (error) {
    await db.destroy();
    throw error;
  }
}
