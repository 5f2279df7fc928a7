/**
 * Restores the roles of a database and their rights, whatever their state. A dump contains no roles, and a restore
 * keeps only grants to existing roles. The migrations define what is granted.
 */
import pg from 'pg';
import type { Logger } from '../log.js';
import { codeOf } from '../error-code.js';
import { SQLSTATE } from './sqlstate.js';

export interface DatabaseRights {
  /** Group roles that work on the database; missing ones are created. */
  readonly roles: readonly string[];
  /** Roles that need temporary tables. */
  readonly temporary: readonly string[];
}

/** No schema, table, column or function of that name. */
const NOT_THERE: ReadonlySet<string> = new Set([
  SQLSTATE.invalidSchemaName,
  SQLSTATE.undefinedTable,
  SQLSTATE.undefinedColumn,
  SQLSTATE.undefinedFunction,
]);

/**
 * Functions that create large objects, which everybody may call by default: storage outside every table and term. They
 * belong to the cluster's superuser, who alone may revoke them.
 */
const LARGE_OBJECT_MAKERS = ['lo_creat(integer)', 'lo_create(oid)', 'lo_from_bytea(oid, bytea)'];

/**
 * Creates missing roles: before the migrations, which grant to them.
 * @throws Error that says what to do if this login may not create them
 */
export async function makeRoles(client: pg.Client, { roles }: DatabaseRights, log: Logger): Promise<void> {
  for (const role of roles) {
    const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
    if (rowCount !== 0) continue;
    try {
      // When two databases of one cluster are migrated at once, one of them is second.
      await client.query(`
        DO $$ BEGIN CREATE ROLE ${pg.escapeIdentifier(role)} NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
      log.info('role made', { role });
    } catch (cause) {
      if (codeOf(cause) !== SQLSTATE.insufficientPrivilege) throw cause;
      throw new Error(
        `the role ${role} is missing and this login may not make it: as a superuser run ` +
          `CREATE ROLE ${role} NOLOGIN; GRANT ${role} TO this login`,
        { cause },
      );
    }
  }
}

/**
 * Repeats the grants and revokes of the migrations, in their order and in one transaction: no session ever lacks its
 * rights. Other grants stay: they may be a newer release's, whose migrations are safe with this one running.
 */
export async function bringBackRights(
  client: pg.Client,
  { roles, temporary }: DatabaseRights,
  grants: readonly string[],
  log: Logger,
): Promise<void> {
  await client.query('BEGIN');
  try {
    for (const grant of grants) await unlessGone(client, grant);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  const { rows } = await client.query<{ database: string; isOwner: boolean }>(
    `SELECT quote_ident(datname) AS database, pg_has_role(datdba, 'USAGE') AS "isOwner"
     FROM pg_database WHERE datname = current_database()`,
  );
  const [{ database, isOwner } = { database: '', isOwner: false }] = rows;
  // A login that is not the owner only gets a warning from the server, so the remaining right would go unnoticed.
  if (isOwner) {
    await client.query(`REVOKE ALL ON DATABASE ${database} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${roles.join(', ')}`);
    if (temporary.length > 0) await client.query(`GRANT TEMPORARY ON DATABASE ${database} TO ${temporary.join(', ')}`);
  } else log.warn('this login does not own the database: who may connect to it stays as it is', { database });
  await closeLargeObjects(client, log);
  await warnOfOpenDatabases(client, log);
}

/** A later migration may have dropped what an earlier one granted. */
async function unlessGone(client: pg.Client, grant: string): Promise<void> {
  await client.query('SAVEPOINT before_grant');
  try {
    await client.query(grant);
  } catch (error) {
    if (!NOT_THERE.has(codeOf(error) ?? '')) throw error;
    await client.query('ROLLBACK TO SAVEPOINT before_grant');
  }
}

/**
 * Databases that every server has. By default everybody may connect to them and make temporary tables there: storage
 * outside every table and term for each of our logins. We do not change them: other services on the server may use
 * them.
 */
const SERVERS_OWN = ['postgres', 'template1'];

async function warnOfOpenDatabases(client: pg.Client, log: Logger): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database
     WHERE datname = ANY ($1::text[]) AND datallowconn AND has_database_privilege('public', oid, 'CONNECT, TEMPORARY')
     ORDER BY 1`,
    [SERVERS_OWN],
  );
  if (rows.length === 0) return;
  const statement = `REVOKE CONNECT, TEMPORARY ON DATABASE ${rows.map(({ name }) => name).join(', ')} FROM PUBLIC`;
  log.warn('every login may connect to databases of the server itself: run the statement as a superuser', {
    statement,
  });
}

/** Reports to a login without the right what an administrator must execute. */
async function closeLargeObjects(client: pg.Client, log: Logger): Promise<void> {
  const { rows } = await client.query<{ made: string; isSuperuser: boolean }>(
    `SELECT made, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuperuser"
     FROM unnest($1::text[]) AS made WHERE has_function_privilege('public', 'pg_catalog.' || made, 'EXECUTE')`,
    [LARGE_OBJECT_MAKERS],
  );
  if (rows.length === 0) return;
  const functions = rows.map(({ made }) => `pg_catalog.${made}`).join(', ');
  const statement = `REVOKE EXECUTE ON FUNCTION ${functions} FROM PUBLIC`;
  if (rows[0]?.isSuperuser === true) await client.query(statement);
  else log.warn('everybody who connects may make large objects: run the statement as a superuser', { statement });
}
