/** What the two halves of the worker have in common, and how each waits for its database. Knows neither of them. */
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import { isDatabaseUnavailable, isSandbox } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';

export interface WorkerHalf {
  /** Name in `/readyz`, and the database that tells whether this half can work. */
  readonly database: { readonly name: 'database' | 'consentDatabase'; readonly db: DataSource };
  start(): void;
  /** Its figures in the text format of Prometheus; what the database would tell is left out while it is away. */
  metrics(): Promise<string>;
  /** Ends its work and closes its databases; also when it was never started. */
  stop(): Promise<void>;
}

/** A database that is starting up together with us gets this long. */
const DATABASE_PATIENCE_MS = 60_000;
const DATABASE_RETRY_MS = 1_000;

/** @throws the error of a database that stays away, or refuses */
export async function openPatiently(what: string, open: () => Promise<DataSource>, log: Logger): Promise<DataSource> {
  for (let waited = 0; ; waited += DATABASE_RETRY_MS) {
    try {
      return await open();
    } catch (error) {
      if (!isDatabaseUnavailable(error) || waited >= DATABASE_PATIENCE_MS) throw error;
      if (waited === 0) log.warn(`the ${what} is not there yet: waiting`, { error });
      await pause(DATABASE_RETRY_MS);
    }
  }
}

const SETTINGS = { database: 'databaseUrl', 'consent database': 'consentDatabaseUrl' } as const;

/**
 * Closes what was opened when the migrations of this release are not all there, or when it is a sandbox's and nobody said so.
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
