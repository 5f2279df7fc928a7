/** Retention [S-5]: what is deleted, what stays, on which day; the report; and that no other role can delete. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { addAccount } from '../../src/auth/account-store.js';
import { createAccountStore } from '../../src/auth/store.js';
import { firstDayKept, openDatabase, runtimeRole, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { RetentionIncomplete, createRetention, retentionRules } from '../../src/retention/index.js';
import type { RetentionService } from '../../src/retention/index.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { codiceFiscale, fillReferences } from './registry-fixture.js';

const log = createLogger('silent');
const person = codiceFiscale(1);
const doctor = codiceFiscale(2);

let database: TestDatabase;
let owner: DataSource;
let worker: DataSource;
let now: Date;
let retention: RetentionService;
const clock = { now: () => now };

beforeEach(async () => {
  database = await createTestDatabase();
  const options = { url: database.ownerUrl, entities: [], poolSize: 4, statementTimeoutMs: 30_000, log };
  owner = await openDatabase({ ...options, applicationName: 'test owner' });
  worker = await openDatabase({ ...options, role: workerRole, applicationName: 'test worker' });
  retention = createRetention({ db: worker, rules: retentionRules({}), clock, batch: 3 });
  await fillReferences(owner);
  await owner.query(`INSERT INTO registry.doctor SELECT $1, 'VERDI', 'ADA', min(code) FROM registry.asl`, [doctor]);
  await owner.query(
    `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, doctor, status, care_since, updated_on)
     SELECT $1, 'ROSSI', 'ANNA', '1970-05-05', min(region_code), min(code), $2, 'in_care', '2000-01-01', '2020-01-01'
     FROM registry.asl`,
    [person, doctor],
  );
});

afterEach(async () => {
  await worker.destroy();
  await owner.destroy();
  await database.drop();
});

/** Midnight in Rome a year before 2022-03-02 at half past midnight: older rows have expired. */
const NIGHT = new Date('2022-03-01T23:30:00Z');
const LAST_GONE = '2021-03-01T22:59:59.999Z';
const FIRST_KEPT = '2021-03-01T23:00:00.000Z';

const user = (userId: string) =>
  addAccount(owner, {
    ...{ userId, codiceFiscale: userId, role: 'doctor', secretHash: 'x' },
    createdAt: new Date('2020-01-01T00:00:00Z'),
  });
let ids = 1000;
const submission = (at: string, cancelledBy?: number) =>
  owner.query(
    `INSERT INTO screening.test_submission (transaction_id, person, titular, doctor, executed_on, communicated_at, cancelled_by)
     VALUES ($1::bigint, $2, $3, $3, $4::timestamptz::date + ($1::bigint)::integer, $4::timestamptz, $5)`,
    [++ids, person, doctor, at, cancelledBy ?? null],
  );
async function cancelled(at: string, on: string): Promise<void> {
  const cancellation = ++ids;
  await owner.transaction(async (tables) => {
    await tables.query(
      `INSERT INTO screening.test_submission VALUES ($1, $2, $3, $3, '2020-09-01', $4::timestamptz, $5)`,
      [++ids, person, doctor, at, cancellation],
    );
    await tables.query(`INSERT INTO screening.test_cancellation VALUES ($1, $2, $3, $4::timestamptz)`, [
      cancellation,
      ids,
      doctor,
      on,
    ]);
  });
}
const access = (at: string) =>
  owner.query(
    `INSERT INTO audit.access_log (transaction_id, at, operation, outcome, request_id, written_at)
     VALUES (nextval('audit.transaction_id'), $1::timestamptz, 'patient-list', '0000', gen_random_uuid(), $1::timestamptz)`,
    [at],
  );
const countOf = async (table: string, where = 'true'): Promise<number> =>
  (await owner.query<[{ count: number }]>(`SELECT count(*)::integer AS count FROM ${table} WHERE ${where}`))[0].count;

/** One expired row and one on the last day of its term, of every kind. */
async function fillBoundary(): Promise<void> {
  for (const at of [LAST_GONE, FIRST_KEPT]) {
    await submission(at);
    await cancelled(at, '2021-06-01T10:00:00Z');
    await access(at);
    const day = at === LAST_GONE ? '2021-03-01' : '2021-03-02';
    await owner.query(
      `INSERT INTO screening.substitution (titular, substitute, valid_from, valid_to, created_at, revoked_at) VALUES
         ($1, 'a', '2020-01-01', $2::date, '2020-01-01', NULL), ($1, 'b', '2020-01-01', '2030-01-01', '2020-01-01', $3)`,
      [doctor, day, at],
    );
    await user(`user ${at}`);
    await owner.query(
      `INSERT INTO auth.sign_in_attempt (user_id, origin, attempted_at, last_success_at)
       VALUES ($1, '192.0.2.1', $2::timestamptz, $2::timestamptz)`,
      [`user ${at}`, at],
    );
    await owner.query(
      `INSERT INTO registry_import.run (kind, sha256, started_at, finished_at)
       VALUES ('persons', repeat($1, 64), $2::timestamptz, '2021-12-01')`,
      [at === LAST_GONE ? 'a' : 'b', at],
    );
    await owner.query(
      `INSERT INTO jobs.job (kind, state, due_at, created_at, finished_at) VALUES ('k', 'done', $1, $1, $1)`,
      [at],
    );
  }
  await owner.query(`INSERT INTO roster.listed_person VALUES ($1, '2021-03-01')`, [person]);
}

const EXPECTED = {
  'screening.test_submission': 2,
  'screening.substitution': 2,
  'roster.listed_person': 1,
  'auth.sign_in_attempt': 1,
  'registry_import.run': 1,
  'jobs.job': 1,
  'audit.access_log': 1,
};

test('on the last day of a term data are kept all day, and deleted after midnight in Rome', async () => {
  await fillBoundary();
  now = new Date('2022-03-01T22:59:59Z'); // of 2022-03-01, the last day of 2021-03-01
  expect((await retention.report()).filter(({ rows }) => rows > 0)).toEqual([]);
  expect((await retention.purge()).filter(({ rows }) => rows > 0)).toEqual([]);

  now = NIGHT;
  const report = (await retention.report()).filter(({ rows }) => rows > 0);
  expect(Object.fromEntries(report.map(({ rule, rows }) => [rule.name, rows]))).toEqual(EXPECTED);
  expect(new Set(report.map(({ oldest }) => oldest))).toEqual(new Set(['2021-03-01']));
  const deleted = (await retention.purge()).filter(({ rows }) => rows > 0);
  expect(Object.fromEntries(deleted.map(({ rule, rows }) => [rule.name, rows]))).toEqual(EXPECTED);

  expect(await countOf('screening.test_submission')).toBe(2);
  expect(await countOf('screening.test_cancellation')).toBe(1);
  expect(await countOf('screening.substitution')).toBe(2);
  expect(await countOf('audit.access_log', `operation = 'patient-list'`)).toBe(1);
  expect(await countOf('auth.sign_in_attempt')).toBe(1);
  expect(await countOf('auth.account')).toBe(2);
  expect((await retention.report()).filter(({ rows }) => rows > 0)).toEqual([]);
});

test('every rule writes its row in the access log at every run; batches add up to the count', async () => {
  now = NIGHT;
  for (let index = 0; index < 8; index++) await submission(LAST_GONE);
  const steps: [number, number][] = [];
  await retention.purge(undefined, (done, total) => {
    steps.push([done, total]);
    return Promise.resolve();
  });
  const rows = await owner.query<{ operation: string; affected: string; request_id: string; by: string }[]>(
    `SELECT operation, affected, request_id, concat_ws(' ', caller, method, database_login, os_user) AS by FROM audit.access_log WHERE outcome = 'deleted' ORDER BY transaction_id`,
  );
  expect(
    rows.filter(({ operation }) => operation === 'retention:screening.test_submission').map((row) => row.affected),
  ).toEqual(['3', '3', '2']);
  expect(new Set(rows.map(({ operation }) => operation))).toEqual(
    new Set(retentionRules({}).ts.map(({ name }) => `retention:${name}`)),
  );
  expect(rows.find(({ operation }) => operation === 'retention:audit.access_log')?.affected).toBe('0');
  expect(new Set(rows.map((row) => row.request_id)).size).toBe(1);
  expect(new Set(rows.map(({ by }) => by))).toEqual(new Set(['job job']));
  const total = retentionRules({}).ts.length;
  expect(steps.at(-1)).toEqual([total, total]);
  expect(await countOf('screening.test_submission')).toBe(0);
});

test('stopped, it ends between two batches and reports what it did; the next run does the rest', async () => {
  now = NIGHT;
  for (let index = 0; index < 8; index++) await submission(LAST_GONE);
  const stop = new AbortController();
  const interrupted = retention.purge(stop.signal, () => {
    stop.abort();
    return Promise.resolve();
  });
  await expect(interrupted).rejects.toThrow(/abort/i);
  expect(await countOf('screening.test_submission')).toBe(5);
  expect(await countOf('audit.access_log', 'affected = 3')).toBe(1);
  await retention.purge();
  expect(await countOf('screening.test_submission')).toBe(0);
  expect(
    await owner.query(
      `SELECT sum(affected)::integer AS sum FROM audit.access_log WHERE operation LIKE '%test_submission'`,
    ),
  ).toEqual([{ sum: 8 }]);
});

test('a batch whose access-log row cannot be written deletes nothing', async () => {
  now = NIGHT;
  await submission(LAST_GONE);
  await owner.query('REVOKE INSERT ON audit.access_log FROM passerella_worker');
  await expect(retention.purge()).rejects.toThrow(RetentionIncomplete);
  expect(await countOf('screening.test_submission')).toBe(1);
});

test('a rule that fails does not prevent the others, and is named', async () => {
  await fillBoundary();
  await owner.query('REVOKE DELETE ON screening.test_submission FROM passerella_worker');
  now = NIGHT;
  await expect(retention.purge()).rejects.toMatchObject({
    name: 'RetentionIncomplete',
    code: 'screening.test_submission',
    cause: { code: '42501' },
  });
  const left = (await retention.report()).filter(({ rows }) => rows > 0);
  expect(left.map(({ rule }) => rule.name)).toEqual(['screening.test_submission']);
});

test('staging tables of an unfinished import are deleted after a month, then its run after twelve', async () => {
  await owner.query(
    `INSERT INTO registry_import.run (kind, sha256, started_at) VALUES ('persons', repeat('c', 64), '2022-01-31T12:00:00Z')`,
  );
  const [run] = await owner.query<{ id: string }[]>('SELECT id FROM registry_import.run');
  const staging = `registry_import.staging_${run?.id ?? ''}`;
  await owner.query(`CREATE UNLOGGED TABLE ${staging} (line bigint)`);
  const isThere = async () =>
    (await owner.query<[{ found: boolean }]>(`SELECT to_regclass($1) IS NOT NULL AS found`, [staging]))[0].found;
  now = new Date('2022-02-28T12:00:00Z');
  await retention.purge();
  expect(await isThere()).toBe(true);
  now = new Date('2022-03-01T12:00:00Z');
  expect((await retention.report()).find(({ rule }) => rule.name === 'registry_import.staging')).toMatchObject({
    rows: 1,
    oldest: '2022-01-31',
  });
  await retention.purge();
  expect(await isThere()).toBe(false);
  expect(await countOf('registry_import.run')).toBe(1);
  now = new Date('2023-02-01T12:00:00Z');
  await retention.purge();
  expect(await countOf('registry_import.run')).toBe(0);
});

test('the staging table of an import started today stays, whatever day the worker passes', async () => {
  const [run] = await owner.query<{ id: string }[]>(
    `INSERT INTO registry_import.run (kind, sha256, started_at) VALUES ('persons', repeat('d', 64), now()) RETURNING id`,
  );
  const staging = `registry_import.staging_${run?.id ?? ''}`;
  await owner.query(`CREATE UNLOGGED TABLE ${staging} (line bigint)`);
  for (const day of ['current_date + 400', 'current_date + 1', 'current_date'])
    await expect(worker.query(`SELECT registry_import.drop_staging(${day}, 10)`)).rejects.toMatchObject({
      code: '42501',
    });
  await worker.query(`SELECT registry_import.drop_staging((current_date - interval '1 month')::date, 10)`);
  expect(await countOf(staging)).toBe(0);
});

test('[S-3] the worker deletes from the access log only expired rows, whatever day it passes', async () => {
  await access('2021-01-01T00:00:00Z');
  const [today] = await owner.query<[{ kept: string; later: string }]>(
    `SELECT d::text AS kept, (d + 2)::text AS later
     FROM (SELECT ((now() AT TIME ZONE 'Europe/Rome')::date - interval '12 months')::date AS d) days`,
  );
  for (const sql of [
    'DELETE FROM audit.access_log',
    'UPDATE audit.access_log SET at = at',
    'SELECT operation FROM audit.access_log',
    'TRUNCATE audit.access_log',
    `SELECT audit.purge_access_log('${today.later}', 10)`,
    'DELETE FROM registry.person',
    'DROP TABLE registry_import.run',
    'UPDATE screening.test_submission SET doctor = doctor',
    'DELETE FROM auth.account',
  ]) {
    await expect(worker.query(sql)).rejects.toMatchObject({ code: '42501' });
  }
  await access('2200-01-01T00:00:00Z');
  // Backdated with the worker's login: it stays for twelve months from now, by the database's clock.
  await worker.query(`INSERT INTO audit.access_log (transaction_id, at, operation, outcome, request_id)
    VALUES (nextval('audit.transaction_id'), '2020-01-01', 'x', 'x', gen_random_uuid())`);
  expect(await worker.query(`SELECT audit.purge_access_log('${today.kept}', 10) AS gone`)).toEqual([{ gone: '1' }]);
  expect(await countOf('audit.access_log')).toBe(2);
  expect(
    await countOf('audit.access_log', `at < now() - interval '1 year' AND written_at > now() - interval '1 day'`),
  ).toBe(1);
  now = new Date();
  expect((await retention.report()).find(({ rule }) => rule.name === 'audit.access_log')).toMatchObject({ rows: 0 });
});

test('[S-5] the worker deletes no test, substitution, number or download before its term, whatever day it passes', async () => {
  const [{ today, kept }] = await owner.query<[{ today: string; kept: string }]>(
    `SELECT today::text, public.passerella_first_day_kept(12)::text AS kept
     FROM (SELECT (now() AT TIME ZONE 'Europe/Rome')::date AS today) present`,
  );
  expect(kept).toBe(firstDayKept(today, 12));
  const tables = ['screening.test_submission', 'screening.substitution', 'asl.daily_count', 'asl.download'];
  const midnight = `(date '${kept}'::timestamp AT TIME ZONE 'Europe/Rome')`;
  for (const [instant, isPast] of [
    [`${midnight} - interval '1 ms'`, true],
    [midnight, false],
    ['now()', false],
  ] as const) {
    await owner.query(
      `INSERT INTO screening.test_submission (transaction_id, person, titular, doctor, executed_on, communicated_at)
       VALUES (${++ids}, '${person}', '${doctor}', '${doctor}', '2020-01-01', ${instant})`,
    );
    await owner.query(
      `INSERT INTO screening.substitution (titular, substitute, valid_from, valid_to, created_at, revoked_at)
       VALUES ('${doctor}', 'a', '2020-01-01', '2100-01-01', '2020-01-01', ${instant})`,
    );
    await owner.query(
      `INSERT INTO asl.daily_count SELECT ${++ids}, min(code), '2020-01-01', 1, 'x', ${instant} FROM registry.asl`,
    );
    await owner.query(
      `INSERT INTO asl.download SELECT ${++ids}, ${instant}, 'x', min(code), 'doctor-numbers' FROM registry.asl`,
    );
    for (const table of tables) {
      const deleted = worker.query<[unknown[], number]>(`DELETE FROM ${table} RETURNING 1`);
      if (isPast) expect((await deleted)[1]).toBe(1);
      else await expect(deleted).rejects.toMatchObject({ code: '42501' });
    }
    await owner.query(`TRUNCATE ${tables.join(', ')} CASCADE`);
  }
});

describe('persons who are no longer in care', () => {
  const many = Array.from({ length: 7 }, (_, index) => codiceFiscale(100 + index));
  const [tested, listed, renamed, recent, inCare, ...gone] = many;
  const kept = many.slice(0, 5).toSorted();
  const persons = async () =>
    (
      await owner.query<{ identifier: string }[]>(
        'SELECT identifier FROM registry.person WHERE identifier = ANY ($1)',
        [many],
      )
    )
      .map(({ identifier }) => identifier)
      .toSorted();

  beforeEach(async () => {
    await owner.query(
      `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, status, care_since, updated_on)
       SELECT who, 'ROSSI', 'ANNA', '1970-05-05', min(region_code), min(code), CASE WHEN who = $2 THEN 'in_care' ELSE 'deceased' END,
              '2000-01-01', CASE WHEN who = $3 THEN date '2020-03-02' ELSE '2020-03-01' END
       FROM registry.asl, unnest($1::text[]) AS who GROUP BY who`,
      [many, inCare, recent],
    );
    await owner.query(
      `INSERT INTO screening.test_submission VALUES (1, $1, $2, $2, '2022-01-01', '2022-01-01T10:00:00Z')`,
      [...[tested, doctor]],
    );
    await owner.query(`INSERT INTO roster.listed_person VALUES ($1, '2022-01-01')`, [listed]);
    await owner.query(`INSERT INTO registry.former_identifier VALUES ('STP1202010000001', $1)`, [renamed]);
    now = NIGHT;
  });

  test('without a term they are kept', async () => {
    await retention.purge();
    expect(await persons()).toEqual(many.toSorted());
  });

  test('are deleted after the term, unless a test, a list or another of their identifiers needs them', async () => {
    const rules = retentionRules({ registryRetentionMonths: 24 });
    const found = await createRetention({ db: worker, rules, clock }).report();
    expect(found.find(({ rule }) => rule.name === 'registry.person')).toMatchObject({ rows: 2, oldest: '2020-03-01' });
    // Without other rules: in the nightly run another rule first removes the listed one from the list.
    const rule = rules.ts.find(({ name }) => name === 'registry.person');
    for (const expected of [1, 1, 0]) expect(await rule?.purge(worker, '2022-03-02', 1)).toBe(expected);
    expect(await persons()).toEqual(kept);
    expect(gone).toHaveLength(2);
  });

  test('nobody changed within twelve months is deleted, whatever day the worker passes', async () => {
    for (const sql of ['SELECT registry.purge_ended(current_date, 10)', 'DELETE FROM registry.person'])
      await expect(worker.query(sql)).rejects.toMatchObject({ code: '42501' });
  });
});

test('a sign-in is remembered from its last attempt on', async () => {
  await user('u');
  const accounts = createAccountStore(owner);
  for (const at of ['2020-06-01T10:00:00Z', FIRST_KEPT])
    await accounts.claimAttempt('u', '192.0.2.1', 'known', new Date(at));
  await accounts.succeeded('u', '192.0.2.1', 'known', new Date(FIRST_KEPT));
  now = NIGHT;
  await retention.purge();
  expect(await countOf('auth.sign_in_attempt')).toBe(1);
  now = new Date('2022-03-02T23:20:00Z');
  await retention.purge();
  expect(await countOf('auth.sign_in_attempt')).toBe(0);
});

test('[S-3] the gateway can delete nothing, nor have it deleted', async () => {
  const gateway = await openDatabase({
    ...{ url: database.ownerUrl, role: runtimeRole, entities: [], poolSize: 1, statementTimeoutMs: 5_000, log },
    applicationName: 'test gateway',
  });
  try {
    for (const { name } of retentionRules({}).ts) {
      const table = name.replace(/ \(.*/, '');
      if (name === 'registry_import.staging') continue;
      await expect(gateway.query(`DELETE FROM ${table}`)).rejects.toMatchObject({ code: '42501' });
    }
    for (const sql of [
      `SELECT audit.purge_access_log('2000-01-01', 10)`,
      `SELECT registry_import.drop_staging('2000-01-01', 10)`,
      `SELECT registry.purge_ended('2000-01-01', 10)`,
    ]) {
      await expect(gateway.query(sql)).rejects.toMatchObject({ code: '42501' });
    }
  } finally {
    await gateway.destroy();
  }
});

test('the names of the rules are unique: the log identifies rules by them', () => {
  const { ts, consent } = retentionRules({
    ...{ campaignEnd: '2021-01-01', exchangeDirectory: '/nowhere', consentRetentionMonths: 360 },
  });
  const names = [...ts, ...consent].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(retentionRules({}).consent).toEqual([]);
});

test('failures from origins without a success are deleted when they no longer count: a day after the last one, or after its lock', async () => {
  await user('u');
  now = new Date('2022-03-02T01:00:00Z'); // midnight in Rome was at 23:00
  await owner.query(`
    INSERT INTO auth.sign_in_attempt (user_id, origin, failures, attempted_at, locked_until, last_success_at) VALUES
      ('u', 'past', 1, '2022-02-28T22:59:59Z', NULL, NULL),
      ('u', 'a day', 1, '2022-02-28T23:00:00Z', NULL, NULL),
      ('u', 'lock', 9, '2022-02-28T22:50:00Z', '2022-02-28T23:05:00Z', NULL),
      ('u', 'past lock', 9, '2022-02-28T22:30:00Z', '2022-02-28T22:45:00Z', NULL),
      ('u', '*', 99, '2022-02-27T10:00:00Z', NULL, NULL),
      ('u', 'owner', 0, '2022-02-27T10:00:00Z', NULL, '2022-02-27T10:00:00Z')`);
  await retention.purge();
  const kept = await owner.query<{ origin: string }[]>('SELECT origin FROM auth.sign_in_attempt ORDER BY origin');
  expect(kept.map(({ origin }) => origin)).toEqual(['a day', 'lock', 'owner']);
});
