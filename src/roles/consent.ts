/** The consent database [O-4]: location, opening, migration. Holds none of its rules. */
import { ConfigError, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import {
  consentEntities,
  consentMigrations,
  consentPortalRole,
  consentReaderRole,
  consentRetentionRole,
  consentRole,
} from '../opposition/index.js';
import { migrate, openDatabase, pendingMigrations } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';

/** In the embedded cluster of the sandbox. */
const SANDBOX_DATABASE = 'passerella_consent';

/**
 * URL of the owner of the consent database.
 * @param embeddedUrl owner of the sandbox's embedded cluster, where the database is created if it is missing
 * @throws ConfigError when neither the configuration nor a sandbox provides it
 */
export async function consentOwnerUrl(config: Config, embeddedUrl: string | undefined, log: Logger): Promise<string> {
  const configured = config.consentDatabaseOwnerUrl ?? config.consentDatabaseUrl;
  if (configured !== undefined) return configured;
  if (embeddedUrl === undefined) {
    throw new ConfigError(`consentDatabaseUrl (${environmentName('consentDatabaseUrl')}): required`);
  }
  const url = new URL(embeddedUrl);
  url.pathname = `/${SANDBOX_DATABASE}`;
  await createIfMissing(embeddedUrl, SANDBOX_DATABASE, log);
  return url.toString();
}

export function migrateConsent(ownerUrl: string, log: Logger): Promise<void> {
  return migrate(ownerUrl, consentMigrations, log, {
    roles: [consentRole, consentPortalRole, consentReaderRole, consentRetentionRole],
    temporary: [],
  });
}

/** Names of the pending migrations of the consent database. */
export function pendingConsentMigrations(db: DataSource): Promise<string[]> {
  return pendingMigrations(db, consentMigrations);
}

export interface ConsentConnection {
  readonly url: string;
  /** Absent: the login itself, for an operator. */
  readonly role?:
    typeof consentRole | typeof consentPortalRole | typeof consentReaderRole | typeof consentRetentionRole;
  readonly poolSize: number;
  /** In ms; 0: no limit. */
  readonly statementTimeoutMs: number;
  readonly applicationName: string;
}

export function openConsentDatabase(connection: ConsentConnection, log: Logger): Promise<DataSource> {
  return openDatabase({ ...connection, entities: consentEntities, log });
}

async function createIfMissing(clusterUrl: string, name: string, log: Logger): Promise<void> {
  const cluster = await openDatabase({
    url: clusterUrl,
    entities: [],
    poolSize: 1,
    statementTimeoutMs: 60_000,
    applicationName: 'passerella consent database',
    log,
  });
  try {
    const found = await cluster.query<unknown[]>('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.length === 0) await cluster.query(`CREATE DATABASE ${name}`);
  } finally {
    await cluster.destroy();
  }
}
