/** Migrations, and the rights of the gateway's role after them. */
import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import {
  concurrentIndex,
  isDatabaseUnavailable,
  migrate,
  openDatabase,
  pendingMigrations,
  runtimeRole,
  sqlMigration,
  violatedConstraint,
} from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { allMigrations } from '../../src/roles/migrations.js';
import { sourceTree } from '../source-tree.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/post.js';

const log = createLogger('silent');
const one = sqlMigration('CreateOne1700000000001', 'CREATE TABLE one (id int CONSTRAINT one_key PRIMARY KEY)');
const two = sqlMigration('CreateTwo1700000000002', 'CREATE TABLE two (day date)');
const broken = sqlMigration('Broken1700000000003', 'CREATE TABLE three (); CREATE TABLE three ()');

let opened: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of opened.reverse()) await close();
  opened = [];
});

async function database(migrated: boolean): Promise<TestDatabase> {
  const db = await createTestDatabase(migrated ? 'migrated' : 'empty');
  opened.push(() => db.drop());
  return db;
}

async function open(url: string, role?: string, statementTimeoutMs = 5_000): Promise<DataSource> {
  const limits = { poolSize: 2, statementTimeoutMs };
  const db = await openDatabase({ url, ...(role && { role }), entities: [], applicationName: 'test', log, ...limits });
  opened.push(() => db.destroy());
  return db;
}

test('the template has every migration, and the gateway can see it', async () => {
  const { ownerUrl } = await database(true);
  expect(await pendingMigrations(await open(ownerUrl, runtimeRole), allMigrations)).toEqual([]);
});

test('nothing is applied to an empty database', async () => {
  const { ownerUrl } = await database(false);
  const names = ['CreateOne1700000000001', 'CreateTwo1700000000002'];
  expect(await pendingMigrations(await open(ownerUrl), [one, two])).toEqual(names);
});

test('processes that start together apply each migration once', async () => {
  const { ownerUrl } = await database(false);
  await Promise.all([1, 2, 3].map(() => migrate(ownerUrl, allMigrations, log)));
  const db = await open(ownerUrl);
  const [row] = await db.query<[{ applied: number }]>(
    'SELECT count(*)::int AS applied FROM public.passerella_migration',
  );
  expect(row.applied).toBe(allMigrations.length);
  expect(await pendingMigrations(db, allMigrations)).toEqual([]);
});

test('a failing migration is named and leaves nothing; earlier ones stay; the next attempt continues', async () => {
  const { ownerUrl } = await database(false);
  await expect(migrate(ownerUrl, [one, two, broken], log)).rejects.toThrow('Broken1700000000003 failed');
  const db = await open(ownerUrl);
  expect(await pendingMigrations(db, [one, two, broken])).toEqual(['Broken1700000000003']);
  expect(await db.query("SELECT to_regclass('three') AS table")).toEqual([{ table: null }]);

  await migrate(ownerUrl, [one, two, sqlMigration('Broken1700000000003', 'CREATE TABLE three ()')], log);
  expect(await pendingMigrations(db, [one, two, broken])).toEqual([]);
});

test('a migration that waits for a reader lets others read, and is applied when the reader ends', async () => {
  const { ownerUrl } = await database(false);
  await migrate(ownerUrl, [one, two], log);
  const db = await open(ownerUrl);
  const wider = sqlMigration('WidenTwo1700000000004', 'ALTER TABLE two ADD COLUMN note text');
  const reader = db.createQueryRunner();
  await reader.startTransaction();
  await reader.query('TABLE two');

  const waits = `SELECT FROM pg_stat_activity WHERE query LIKE 'ALTER TABLE two%' AND wait_event_type = 'Lock'
                 AND datname = current_database()`;
  const once = failureOf(migrate(ownerUrl, [one, two, wider], log, undefined, { tries: 1, pauseMs: 10 }));
  await eventually('the migration waits for the reader', async () => (await db.query<unknown[]>(waits)).length === 1);
  await db.query('TABLE two'); // runs into its time limit behind a migration that waits on
  const { message } = (await once) as Error;
  expect(message).toMatch(
    /WidenTwo1700000000004 failed.*lock timeout: other sessions hold the tables \(test \(pid \d+\)\)/,
  );

  const tries = createLogger('warn');
  for (const output of tries.transports) output.silent = true;
  const tried = new Promise((resolve) => tries.once('data', resolve));
  const migrated = migrate(ownerUrl, [one, two, wider], tries, undefined, { tries: 100, pauseMs: 10 });
  expect(await tried).toMatchObject({ message: 'a migration waits for other sessions: trying again' });
  await reader.commitTransaction();
  await reader.release();
  await migrated;
  expect(await db.query('SELECT note FROM two')).toEqual([]);
});

test('an index is built while the previous release writes', async () => {
  const { ownerUrl } = await database(false);
  await migrate(ownerUrl, [one, two], log);
  const db = await open(ownerUrl);
  const index = concurrentIndex('IndexTwo1700000000004', 'CREATE INDEX CONCURRENTLY two_day ON public.two (day)');
  const writer = db.createQueryRunner();
  await writer.startTransaction();
  await writer.query('INSERT INTO two VALUES (now())');
  const migrated = migrate(ownerUrl, [one, two, index], log);
  const waits = `SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'
                 AND datname = current_database()`;
  await eventually('the index waits for the writer', async () => (await db.query<unknown[]>(waits)).length === 1);
  await db.query('INSERT INTO two VALUES (now())'); // times out behind a lock of all writing
  await writer.commitTransaction();
  await writer.release();
  await migrated;
  expect(await pendingMigrations(db, [one, two, index])).toEqual([]);
});

test('an index left unfinished by a crash or duplicates is rebuilt', async () => {
  const { ownerUrl } = await database(false);
  await migrate(ownerUrl, [two], log);
  const db = await open(ownerUrl);
  await db.query(`INSERT INTO two VALUES ('2020-09-01'), ('2020-09-01')`);
  const index = concurrentIndex(
    'IndexTwo1700000000004',
    'CREATE UNIQUE INDEX CONCURRENTLY two_day ON public.two (day)',
  );
  await expect(migrate(ownerUrl, [two, index], log)).rejects.toThrow('IndexTwo1700000000004 failed');
  const valid = `SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 'two_day'::regclass`;
  expect(await db.query(valid)).toEqual([{ valid: false }]);
  expect(await pendingMigrations(db, [two, index])).toEqual(['IndexTwo1700000000004']);

  await db.query('DELETE FROM two');
  await migrate(ownerUrl, [two, index], log);
  expect(await db.query(valid)).toEqual([{ valid: true }]);
  // Killed between the index and its row in the table of migrations.
  await db.query(`DELETE FROM passerella_migration WHERE name LIKE 'Index%'`);
  await migrate(ownerUrl, [two, index], log);
  expect(() => concurrentIndex('Index1700000000005', 'CREATE INDEX two_day ON public.two (day)')).toThrow('expected');
});

/** From this point on; released migrations stay unchanged. */
const FIRST_OF_RULE = 1_790_000_000_100;
/** Hundreds of rows, whatever the number of persons. */
const SMALL_TABLES = ['auth.account', 'consent.region', 'roster.intake'];

test('no migration makes callers wait: neither an index nor a check of an existing table', async () => {
  const sources = await Promise.all(
    ['asl', 'audit', 'auth', 'opposition', 'platform/jobs', 'registry', 'roster', 'screening', 'statistics'].map(
      (room) => readFile(`src/${room}/migrations.ts`, 'utf8'),
    ),
  );
  const blocking = sources.flatMap((source) =>
    source.split(/^ {2}(?=sqlMigration\()/m).flatMap((migration) => {
      const [, name = ''] = /'(\w+\d{13})'/.exec(migration) ?? [];
      if (Number(name.slice(-13)) < FIRST_OF_RULE) return [];
      const isFree = (table = '') => SMALL_TABLES.includes(table) || migration.includes(`CREATE TABLE ${table} `);
      const indexes = [...migration.matchAll(/CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)\w+ ON ([\w.]+)/g)];
      const checks = [
        ...migration.matchAll(/ALTER TABLE ([\w.]+)\s+ADD (?:CONSTRAINT|COLUMN)(?:(?!NOT VALID)[^;])*;/g),
      ];
      return [...indexes, ...checks.filter(([sql]) => /CHECK|FOREIGN KEY|REFERENCES/.test(sql))]
        .filter(([, table]) => !isFree(table))
        .map(([sql]) => `${name}: ${sql}`);
    }),
  );
  expect(blocking).toEqual([]);
});

test('migrations go forward only and have a timestamp in the name', async () => {
  const { ownerUrl } = await database(false);
  const runner = (await open(ownerUrl)).createQueryRunner();
  await expect(new one().down(runner)).rejects.toThrow('cannot be undone');
  expect(() => sqlMigration('NoTime', 'SELECT')).toThrow('13-digit timestamp');
});

test('the gateway adds to the access log and can neither read nor change it, although the login owns it', async () => {
  const { ownerUrl } = await database(true);
  const db = await open(ownerUrl, runtimeRole);
  await db.query(`INSERT INTO audit.access_log (transaction_id, at, operation, outcome, request_id)
    VALUES (nextval('audit.transaction_id'), now(), 'test', '0000', gen_random_uuid())`);
  for (const forbidden of [
    'TABLE audit.access_log',
    "UPDATE audit.access_log SET outcome = '0001'",
    'DELETE FROM audit.access_log',
  ]) {
    await expect(db.query(forbidden)).rejects.toMatchObject({ code: '42501' });
  }
});

test('the role is set from the first statement, after RESET ROLE and whatever the URL contains', async () => {
  const { ownerUrl } = await database(true);
  const url = `${ownerUrl}?options=${encodeURIComponent('-c role=none -c work_mem=8MB')}`;
  const db = await open(url, runtimeRole);
  await db.transaction(async (manager) => {
    const who = "SELECT current_user, current_setting('work_mem') AS memory";
    expect(await manager.query(who)).toEqual([{ current_user: runtimeRole, memory: '8MB' }]);
    await manager.query('RESET ROLE');
    expect(await manager.query(who)).toEqual([{ current_user: runtimeRole, memory: '8MB' }]);
  });
});

test('an unknown role is reported as such, and not retried', async () => {
  const { ownerUrl } = await database(true);
  const failure = await failureOf(open(ownerUrl, 'nobody_knows'));
  expect(failure).toMatchObject({ message: expect.stringContaining("to let this login act as 'nobody_knows'") });
  expect(isDatabaseUnavailable(failure)).toBe(false);
});

test('distinguishes a broken rule, a statement timeout and a lost connection', async () => {
  const { ownerUrl } = await database(false);
  await migrate(ownerUrl, [one, two], log);
  const db = await open(ownerUrl, undefined, 50);
  await db.query('INSERT INTO one VALUES (1)');

  const duplicate = await failureOf(db.query('INSERT INTO one VALUES (1)'));
  expect(violatedConstraint(duplicate)).toBe('one_key');
  expect(isDatabaseUnavailable(duplicate)).toBe(false);

  const slow = await failureOf(db.query('SELECT pg_sleep(10)'));
  expect(slow).toMatchObject({ code: '57014' });
  expect(isDatabaseUnavailable(slow)).toBe(false);

  const ended = await failureOf(db.query('SELECT pg_terminate_backend(pg_backend_pid())'));
  expect(isDatabaseUnavailable(ended)).toBe(true);
  expect(violatedConstraint(ended)).toBeUndefined();
  expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a transaction whose connection breaks between two statements reports a lost database', async () => {
  const { ownerUrl } = await database(false);
  const db = await open(ownerUrl);
  const broken = db.transaction(async (manager) => {
    const [row] = await manager.query<[{ pid: number }]>('SELECT pg_backend_pid() AS pid');
    await db.query('SELECT pg_terminate_backend($1, 5000)', [row.pid]);
    await manager.query('SELECT 1');
  });
  expect(isDatabaseUnavailable(await failureOf(broken))).toBe(true);
});

test('a day is read as its text, in any time zone', async () => {
  const { ownerUrl } = await database(false);
  const db = await open(ownerUrl);
  expect(await db.query("SELECT date '2020-09-01' AS day")).toEqual([{ day: '2020-09-01' }]);
});

describe('objects that the previous release reads stay while it runs', () => {
  /** Staging tables of a single import: no release has SQL that names one. */
  const STAGING = 'DROP TABLE registry_import.%I';
  const TAKES_AWAY =
    /\bDROP (?:TABLE|(?:MATERIALIZED )?VIEW|COLUMN|FUNCTION|SCHEMA|DOMAIN|TYPE|SEQUENCE)\b[^;']*|\bRENAME\b[^;']*/g;
  const takenAway = (sql: string): string[] => sql.replace(/(?:--|\/\/).*$/gm, '').match(TAKES_AWAY) ?? [];

  test('no migration of this release drops or renames one: that is left to the next release', async () => {
    const files = [...(await sourceTree('src'))].filter(([path]) => /^src\/.*migrations\b/.test(path));
    expect(files.length).toBeGreaterThan(5);
    expect(files.flatMap(([, text]) => takenAway(text)).filter((found) => found !== STAGING)).toEqual([]);
  });

  test('and this test detects it', () => {
    const sql = `ALTER TABLE a DROP CONSTRAINT b, DROP COLUMN c; -- DROP TABLE d
      DROP VIEW consent.current_opposition; ALTER TABLE e RENAME COLUMN f TO g;`;
    expect(takenAway(sql)).toEqual(['DROP COLUMN c', 'DROP VIEW consent.current_opposition', 'RENAME COLUMN f TO g']);
  });
});

/** The error that the promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );
}
