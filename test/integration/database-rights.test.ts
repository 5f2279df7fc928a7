/**
 * Rights on the databases, and that `migrate` restores them in whatever state: rights lost by a restore or by a manual
 * change. test/restore/run restores the dumps themselves.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from '@jest/globals';
import pg from 'pg';
import winston from 'winston';
import { consentMigrations, consentPortalRole } from '../../src/opposition/index.js';
import { grantsOf, migrate, openDatabase, runtimeRole, sqlMigration, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { migrateConsent } from '../../src/roles/consent.js';
import { allMigrations, migrateTs } from '../../src/roles/migrations.js';
import { createTestDatabase, databaseUrl } from '../support/database.js';
import { declaredRights } from './declared-rights.js';

const log = createLogger('silent');
const DENIED = { code: '42501' };

let opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.reverse()) await close();
  opened = [];
});

async function empty(content: 'empty' | 'peopled' = 'empty'): Promise<string> {
  const database = await createTestDatabase(content);
  opened.push(() => database.drop());
  return database.ownerUrl;
}

async function open(url: string, role?: string): Promise<DataSource> {
  const limits = { entities: [], poolSize: 2, statementTimeoutMs: 10_000, applicationName: 'test', log };
  const db = await openDatabase({ url, ...(role && { role }), ...limits });
  opened.push(() => db.destroy());
  return db;
}

/** Every right on schemas, tables, columns, sequences and functions, except the owner's. */
async function rights(db: DataSource): Promise<string[]> {
  const rows = await db.query<{ said: string }[]>(`
    WITH held AS (
      SELECT 'schema ' || nspname AS object, nspacl AS acl FROM pg_namespace
      UNION ALL SELECT CASE relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || c.oid::regclass, relacl
        FROM pg_class c WHERE relkind IN ('r', 'v', 'S')
      UNION ALL SELECT 'column ' || attrelid::regclass || '.' || attname, attacl FROM pg_attribute
      UNION ALL SELECT 'function ' || oid::regprocedure, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
    )
    SELECT object || ': ' || privilege_type || ' for ' || coalesce(grantee.rolname, 'everybody') AS said
    FROM held CROSS JOIN aclexplode(acl) LEFT JOIN pg_roles grantee ON grantee.oid = aclexplode.grantee
    WHERE object !~ ' (pg_|information_schema)' AND grantee.rolname IS DISTINCT FROM current_user
      AND object NOT LIKE 'function lo_%' AND object !~ '^function [A-Za-z0-9_"]+\\(' AND grantee.rolname IS DISTINCT FROM 'pg_database_owner'
    ORDER BY 1`);
  return rows.map(({ said }) => said);
}

/** The state after a restore without owners and rights (pg_restore --no-acl): everybody may call the functions. */
async function loseRights(db: DataSource, roles: readonly string[]): Promise<void> {
  const schemas = await db.query<{ name: string }[]>(
    `SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'`,
  );
  for (const { name } of schemas) {
    for (const role of roles) {
      await db.query(`
        REVOKE ALL ON ALL TABLES IN SCHEMA ${name} FROM ${role}; REVOKE ALL ON ALL SEQUENCES IN SCHEMA ${name} FROM ${role};
        REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${name} FROM ${role}; REVOKE ALL ON SCHEMA ${name} FROM ${role}`);
    }
    await db.query(`GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${name} TO PUBLIC`);
  }
}

const CONSENT_ROLES = [
  ...['passerella_consent', 'passerella_consent_portal', 'passerella_consent_reader', 'passerella_consent_retention'],
];
const DATABASES = [
  { name: 'TS', migrations: allMigrations, migrateAll: migrateTs, roles: [runtimeRole, workerRole] },
  { name: 'consent', migrations: consentMigrations, migrateAll: migrateConsent, roles: CONSENT_ROLES },
];

/** For the platform's own tables: migrate() itself grants the list of migrations. */
const OF_THE_PLATFORM = / public[: .]|table passerella_/;

test.each(DATABASES)('$name: lost rights are restored exactly', async ({ migrations, migrateAll, roles }) => {
  const plain = await empty();
  // Exactly the migrations' grants: the reference for the comparison.
  for (const role of roles) await migrate(plain, [], log, { roles: [role], temporary: [] });
  await migrate(plain, migrations, log, undefined);
  const url = await empty();
  await migrateAll(url, log);
  const db = await open(url);
  const wanted = (await rights(await open(plain))).filter((said) => !OF_THE_PLATFORM.test(said));
  const found = async () => (await rights(db)).filter((said) => !OF_THE_PLATFORM.test(said));
  expect(wanted.length).toBeGreaterThan(10);
  expect(await found()).toEqual(wanted);
  const all = await rights(db);

  await loseRights(db, roles);
  expect(await rights(db)).not.toEqual(all);
  await migrateAll(url, log);
  expect(await rights(db)).toEqual(all);
});

test.each(DATABASES)('$name: every role has the rights that the migrations grant, and no others', async (database) => {
  const url = await empty();
  await database.migrateAll(url, log);
  const db = await open(url);
  const named = (said: string) => said.replace(/^(function [^(]*)\([^)]*\)/, '$1').replaceAll('"', '');
  const found = async () => (await rights(db)).map(named).filter((said) => !OF_THE_PLATFORM.test(said));
  // PostgreSQL lets everybody call a new function: each migration must state who may.
  const declared = declaredRights(grantsOf(database.migrations)).filter((said) => !OF_THE_PLATFORM.test(said));
  expect((await found()).sort()).toEqual(declared);

  const [table = ''] = declared.flatMap((said) => /^table (\S+): /.exec(said)?.[1] ?? []);
  await db.query(`GRANT TRUNCATE ON ${table} TO ${database.roles[0]}`);
  expect(await found()).toContain(`table ${table}: TRUNCATE for ${database.roles[0]}`);
});

test.each(DATABASES)('$name: only its roles may connect, even after another grant', async ({ migrateAll, roles }) => {
  const url = await empty();
  const db = await open(url);
  const may = async (role: string, right: string): Promise<unknown> => {
    const [row] = await db.query<{ may: boolean }[]>(
      'SELECT has_database_privilege($1, current_database(), $2) AS may',
      [...[role, right]],
    );
    return row?.may;
  };
  expect(await may('public', 'CONNECT')).toBe(true); // as CREATE DATABASE leaves it
  await migrateAll(url, log);
  for (const right of ['CONNECT', 'TEMPORARY', 'CREATE'])
    expect([right, await may('public', right)]).toEqual([right, false]);
  for (const role of roles) {
    const expected = { role, connect: true, temporary: role === workerRole, create: false };
    const found = { connect: await may(role, 'CONNECT'), temporary: await may(role, 'TEMPORARY') };
    expect({ role, ...found, create: await may(role, 'CREATE') }).toEqual(expected);
  }
});

test('the server’s own databases: our logins cannot connect; migrate warns if everybody may', async () => {
  const url = await empty();
  const db = await open(url);
  const login = `login_${randomBytes(6).toString('hex')}`;
  const lines: string[] = [];
  const capture = winston.format((entry) => {
    if (entry.level === 'warn') lines.push(JSON.stringify(entry));
    return false;
  });
  const told = winston.createLogger({ format: capture(), transports: [new winston.transports.Console()] });
  await migrateTs(url, told);
  expect(lines.filter((line) => line.includes('DATABASE'))).toEqual([]);
  await db.query(`CREATE ROLE ${login} LOGIN PASSWORD 'test' IN ROLE ${runtimeRole}`);
  try {
    for (const name of ['postgres', 'template1']) {
      const other = new URL(databaseUrl(url, name));
      [other.username, other.password] = [login, 'test'];
      const client = new pg.Client({ connectionString: other.toString() });
      await expect(client.connect()).rejects.toMatchObject(DENIED);
    }
    await db.query('GRANT TEMPORARY ON DATABASE template1 TO PUBLIC');
    await migrateTs(url, told);
    expect(lines.join()).toContain('REVOKE CONNECT, TEMPORARY ON DATABASE template1 FROM PUBLIC');
  } finally {
    await db.query(`REVOKE TEMPORARY ON DATABASE template1 FROM PUBLIC; DROP ROLE ${login}`);
  }
});

test('a missing role is created again', async () => {
  const role = `test_role_${randomBytes(6).toString('hex')}`;
  const url = await empty();
  const db = await open(url);
  const migrations = [
    sqlMigration('CreateThing1700000000001', `CREATE TABLE thing (id int);\n GRANT SELECT ON thing TO ${role};`),
  ];
  const all = { roles: [role], temporary: [] };
  await migrate(url, migrations, log, all);
  try {
    await db.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await migrate(url, migrations, log, all);
    const [row] = await db.query<unknown[]>(`SELECT has_table_privilege('${role}', 'thing', 'SELECT') AS may`);
    expect(row).toEqual({ may: true });
  } finally {
    await db.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

test('a grant on a dropped object is skipped; a grant on all tables is refused', async () => {
  const url = await empty();
  const migrations = [
    sqlMigration('CreateThing1700000000001', 'CREATE TABLE thing (id int);\nGRANT SELECT ON thing TO PUBLIC;'),
    sqlMigration('DropThing1700000000002', 'DROP TABLE thing;'),
  ];
  const none = { roles: [runtimeRole], temporary: [] };
  await migrate(url, migrations, log, none);
  await migrate(url, migrations, log, none);
  expect(() => sqlMigration('Careless1700000000003', 'GRANT SELECT ON ALL TABLES IN SCHEMA x TO PUBLIC')).toThrow(
    'must name its tables',
  );
});

test.each([runtimeRole, workerRole])('%s cannot store data outside the tables', async (role) => {
  const url = await empty();
  await migrateTs(url, log);
  const db = await open(url, role);
  const tries = [
    'SELECT lo_create(0)',
    'SELECT lo_creat(-1)',
    `SELECT lo_from_bytea(0, 'x')`,
    'CREATE TABLE public.x ()',
  ];
  for (const forbidden of tries) await expect(db.query(forbidden)).rejects.toMatchObject(DENIED);
  if (role === runtimeRole) await expect(db.query('CREATE TEMP TABLE x ()')).rejects.toMatchObject(DENIED);
});

test('[T-30] a cancelled test stays cancelled, by its own cancellation', async () => {
  const url = await empty('peopled');
  const owner = await open(url);
  await owner.query(`
    INSERT INTO screening.test_submission (transaction_id, person, titular, doctor, executed_on, communicated_at)
    SELECT n, p.identifier, p.doctor, p.doctor, current_date - n, now()
    FROM generate_series(1, 2) n, (SELECT * FROM registry.person WHERE doctor IS NOT NULL LIMIT 1) p;
    BEGIN;
    UPDATE screening.test_submission SET cancelled_by = 3 WHERE transaction_id = 1;
    INSERT INTO screening.test_cancellation (transaction_id, submission, doctor, cancelled_at) VALUES (3, 1, 'x', now());
    COMMIT`);
  const gateway = await open(url, runtimeRole);
  for (const change of ['cancelled_by = NULL', 'cancelled_by = 4', 'cancelled_by = 3']) {
    const tried = gateway.query(`UPDATE screening.test_submission SET ${change} WHERE transaction_id = 1`);
    await expect(tried).rejects.toMatchObject({ code: '23000' });
  }
  // The cancellation of another test is not accepted.
  const stolen = gateway.query('UPDATE screening.test_submission SET cancelled_by = 3 WHERE transaction_id = 2');
  await expect(stolen).rejects.toMatchObject({ code: '23503', constraint: 'test_submission_own_cancellation' });
});

test('the portal withdraws notifications, and neither sends, plans, pauses nor rewrites', async () => {
  const url = await empty();
  await migrateConsent(url, log);
  const owner = await open(url);
  await owner.query(`
    INSERT INTO consent.acquisition_window (opens_on, closes_on, created_at) VALUES ('2026-01-01', '2026-02-01', now());
    INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category, region,
                                  notice_acknowledged_at)
    VALUES ('RSSMRA80A01H501U', 1, 'opposition', now(), 'RSSMRA80A01H501U', 'cittadino', 'digital_identity', 4, '120', now());
    INSERT INTO consent.notification (decision_id, subject, region, opposed_on, next_attempt_at, created_at)
    SELECT id, subject, region, current_date, now(), now() FROM consent.decision`);
  const login = `login_${randomBytes(6).toString('hex')}`;
  await owner.query(`CREATE ROLE ${login} LOGIN PASSWORD 'test' IN ROLE ${consentPortalRole}`);
  const own = new URL(url);
  [own.username, own.password] = [login, 'test'];
  try {
    // As the role, and as its login, which a hole could go back to.
    const [asRole, asLogin] = [await open(own.toString(), consentPortalRole), await open(own.toString())];
    for (const db of [asRole, asLogin]) {
      for (const forbidden of [
        `UPDATE consent.notification SET state = 'sent', finished_at = now()`,
        `UPDATE consent.notification SET finished_at = NULL`,
        'UPDATE consent.notification SET next_attempt_at = now()',
        `UPDATE consent.region SET paused_at = now(), pause_reason = 'operator'`,
        'UPDATE consent.acquisition_window SET planned_at = now()',
        'UPDATE consent.acquisition_window SET completed_at = now()',
        `UPDATE consent.decision SET value = 'revocation'`,
        'DELETE FROM consent.decision',
        'DELETE FROM consent.notification',
        'SELECT * FROM audit.access_log',
        'SELECT * FROM consent.region',
        `SELECT consent.is_opposed('{}', current_date)`,
      ])
        expect([forbidden, await db.query(forbidden).catch((error: unknown) => error)]).toMatchObject([
          forbidden,
          DENIED,
        ]);
    }
    await asRole.query(`UPDATE consent.notification SET state = 'withdrawn', finished_at = now()`);
    await asLogin.destroy();
    await asRole.destroy();
    opened = opened.slice(0, -2);
    expect(await owner.query('SELECT state FROM consent.notification')).toEqual([{ state: 'withdrawn' }]);
  } finally {
    await owner.query(`DROP ROLE ${login}`);
  }
});
