/**
 * Migrates the tables to this release, and reports what is missing. Owns the order and the lock; the migrations
 * themselves belong to the features.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { DataSource, MigrationInterface } from 'typeorm';
import { DataSource as TypeOrmDataSource } from 'typeorm';
import type { Logger } from '../log.js';
import { codeOf } from '../error-code.js';
import { CONNECTION_CHECK } from './cancel.js';
import { readDatabaseUrl } from './database-url.js';
import type { DatabaseUrl } from './database-url.js';
import { isLockTimeout } from './errors.js';
import { connectTimeoutMs, explain } from './open.js';
import { bringBackRights, makeRoles } from './rights.js';
import type { DatabaseRights } from './rights.js';
import { grantsOf } from './sql-migration.js';
import { silentTypeOrm } from './typeorm-log.js';
import { SQLSTATE } from './sqlstate.js';

type MigrationClass = new () => MigrationInterface;

const table = 'passerella_migration';
/** An arbitrary number, the same in every release. Advisory locks are per database. */
const lockKey = 7_277_115_012;
const lockPollMs = 200;

/**
 * How a migration waits until other sessions release its tables: in attempts, so that they can continue between two of
 * them.
 */
interface Patience {
  readonly tries: number;
  readonly pauseMs: number;
}
/** Ten minutes: do not start a longer back-up before an upgrade. */
const PATIENCE: Patience = { tries: 100, pauseMs: 5_000 };

/**
 * Applies the migrations that the database has not seen, oldest first, each in its own transaction (those of
 * `concurrentIndex` have none). Processes that start together take turns. Applied migrations that this release does not
 * know are left alone: they belong to a newer release, whose migrations are safe with this one running. Restores roles
 * and rights each time.
 *
 * @param ownerUrl a login that owns the database and may create roles
 * @param rights absent: only what the migrations do themselves, once
 * @throws Error naming the migration that failed, and who held its tables; earlier ones stay applied, nothing remains
 * of the failed one (except an unfinished index, which the next attempt drops)
 */
export async function migrate(
  ownerUrl: string,
  migrations: readonly MigrationClass[],
  log: Logger,
  rights?: DatabaseRights,
  patience: Patience = PATIENCE,
): Promise<void> {
  const owner = readDatabaseUrl(ownerUrl);
  const options = sessionOptions(owner);
  const lock = new pg.Client({
    ...{ connectionString: owner.url, ...owner.tls, options },
    ...{ application_name: 'passerella migrate', keepAlive: true, connectionTimeoutMillis: connectTimeoutMs },
  });
  let lost: Error | undefined;
  lock.on('error', (error) => (lost = error));
  await lock.connect().catch((cause: unknown) => {
    throw new Error(explain(cause), { cause });
  });
  try {
    await takeLock(lock, log);
    if (rights !== undefined) await makeRoles(lock, rights, log);
    await applyPending(owner, migrations, log, lock, patience);
    for (const role of rights?.roles ?? []) await letIn(lock, role);
    if (rights !== undefined) await bringBackRights(lock, rights, grantsOf(migrations), log);
    if (lost) throw lost;
  } finally {
    await lock.end(); // the lock goes with the session
  }
}

/**
 * Names of the migrations not applied to this database, in the order given: readiness is an empty answer.
 *
 * @param db a data source of any role, the gateway's included
 */
export async function pendingMigrations(db: DataSource, migrations: readonly MigrationClass[]): Promise<string[]> {
  const names = migrations.map((migration) => new migration().name ?? migration.name);
  const rows: { name: string }[] = await db
    .query<{ name: string }[]>(`SELECT name FROM public.${table}`)
    .catch((error: unknown) => {
      if (codeOf(error) === SQLSTATE.undefinedTable) return [];
      throw error;
    });
  const applied = new Set(rows.map((row) => row.name));
  return names.filter((name) => !applied.has(name));
}

/** A killed process's migration does not continue: the server notices within a second. */
function sessionOptions({ startup }: DatabaseUrl): string {
  return [...startup, ...Object.entries(CONNECTION_CHECK).map(([name, value]) => `-c ${name}=${value}`)].join(' ');
}

/**
 * Polls instead of waiting in the server: a waiting statement holds a snapshot, on which CREATE INDEX CONCURRENTLY
 * waits.
 */
async function takeLock(client: pg.Client, log: Logger): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [lockKey]);
    if (rows[0]?.taken === true) return;
    if (attempt === 0) log.info('another process is migrating the database: waiting for it');
    await pause(lockPollMs);
  }
}

async function applyPending(
  owner: DatabaseUrl,
  migrations: readonly MigrationClass[],
  log: Logger,
  looker: pg.Client,
  { tries, pauseMs }: Patience,
): Promise<void> {
  const db = new TypeOrmDataSource({
    type: 'postgres',
    url: owner.url,
    schema: 'public',
    applicationName: 'passerella migrate',
    synchronize: false,
    logger: silentTypeOrm,
    installExtensions: false,
    poolSize: 2,
    connectTimeoutMS: connectTimeoutMs,
    migrations: [...migrations],
    migrationsTableName: table,
    extra: { ...owner.tls, options: sessionOptions(owner) },
    poolErrorHandler: (error: unknown) => {
      log.warn('database connection lost while migrating', { reason: error instanceof Error ? error.message : '' });
    },
  });
  await db.initialize();
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        const applied = await db.runMigrations({ transaction: 'each' });
        for (const { name } of applied) log.info('migration applied', { name });
        return;
      } catch (error) {
        if (!isLockTimeout(error)) throw error;
        const sessions = await sessionsWithLocks(looker);
        const reason = error instanceof Error ? error.message : '';
        if (attempt >= tries) {
          throw new Error(
            `${reason}: other sessions hold the tables (${sessions || 'none any more'}). ` +
              'Let them end, a back-up for instance, and run migrate again',
            { cause: error },
          );
        }
        log.warn('a migration waits for other sessions: trying again', { reason, sessions });
        await pause(pauseMs);
      }
    }
  } finally {
    await db.destroy();
  }
}

/** Who holds tables of this database, as `application (pid), …`: any login may see this. */
async function sessionsWithLocks(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ sessions: string | null }>(
    `SELECT string_agg(DISTINCT format('%s (pid %s)', coalesce(nullif(application_name, ''), 'unnamed'), pid), ', ') AS sessions
     FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'relation' AND granted AND pid <> pg_backend_pid()
       AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows[0]?.sessions ?? '';
}

/**
 * Lets a working role read which migrations are applied (readiness), and lets the owner act as it: since PostgreSQL 16
 * creating a role no longer implies that. If the owner may not grant the role, an administrator must have granted it;
 * otherwise openDatabase reports it.
 */
async function letIn(client: pg.Client, role: string): Promise<void> {
  const name = pg.escapeIdentifier(role);
  await client.query(`
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${pg.escapeLiteral(role)}) THEN RETURN; END IF;
      GRANT USAGE ON SCHEMA public TO ${name};
      GRANT SELECT ON public.${table} TO ${name};
      IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
          EXECUTE format('GRANT %I TO %I', ${pg.escapeLiteral(role)}, current_user);
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END;
      END IF;
    END $$`);
}
