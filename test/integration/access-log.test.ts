/**
 * [T-60] 3.5, [T-50]: every transaction leaves one row in the access log, in the same commit as its effect; the
 * gateway's role can neither change nor read it.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { romeDate } from '../../src/platform/clock.js';
import type { OperationName } from '../../src/auth/index.js';
import { OUTCOMES } from '../../src/dev/docs/events.js';
import { openDatabase, runtimeRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { REFUSALS } from '../../src/screening/index.js';
import type { RefusalCode } from '../../src/screening/index.js';
import {
  DONE_VERDICT,
  addSubstitution,
  detailsOf,
  doctor as doctorOf,
  doctorByCard,
  doctorByPassword,
  patientQueue,
  transactionOf,
  verdictOf,
} from '../support/doctors.js';
import type { Doctor } from '../support/doctors.js';
import { startTestGateway, textOf } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';
import { testPeople } from '../support/people.js';
import { eventually } from '../support/post.js';

let gateway: TestGateway;
let doctor: Doctor;
let today: string;
const nextPatient = patientQueue('doctor');

beforeAll(async () => {
  gateway = await startTestGateway();
  doctor = doctorByCard(gateway, 'doctor');
  today = romeDate(gateway.now());
});

afterAll(() => gateway.stop());

interface LogRow {
  transaction_id: string;
  at: Date;
  operation: string;
  outcome: string;
  user_id: string | null;
  doctor: string | null;
  titular: string | null;
  method: string | null;
  client_address: string | null;
}

/** The rows of a request; its id is in the response header and in a fault's detail. */
const rowsOf = (reply: Reply) =>
  gateway.db.query<LogRow[]>(
    `SELECT transaction_id, at, operation, outcome, user_id, doctor, titular, method, host(client_address) AS client_address
     FROM audit.access_log WHERE request_id = $1`,
    [reply.headers['x-request-id']],
  );

/** How to cause each refusal: a new code without a case does not compile. */
const CASES: Readonly<Record<RefusalCode, () => Promise<Reply>>> = {
  async 'not-permitted'() {
    const who = doctorByPassword(gateway, 'coded');
    const setRole = (role: string) =>
      gateway.db.query('UPDATE auth.account SET role = $2 WHERE codice_fiscale = $1', [who.codiceFiscale, role]);
    await setRole('asl_operator');
    try {
      return await who.patientList();
    } finally {
      await setRole('doctor');
    }
  },
  'not-the-caller': () =>
    doctorOf(gateway, gateway.account('secondDoctor').codiceFiscale, gateway.card('doctor'), () => '').patientList(),
  'no-substitution': () => doctor.patientList(gateway.account('secondDoctor').codiceFiscale),
  'invalid-identifier': () => doctor.submit('RSSMRA80A01H501A', today),
  'executed-in-future': () => doctor.submit(nextPatient(), '2099-01-01'),
  'executed-before-campaign': () => doctor.submit(nextPatient(), '2019-01-01'),
  async 'executed-after-campaign'() {
    const over = await startTestGateway({ campaignEnd: '2021-12-31', databaseUrl: gateway.databaseUrl });
    try {
      return await doctorByCard(over, 'doctor').submit(nextPatient(), '2022-01-01');
    } finally {
      await over.stop();
    }
  },
  'not-on-list': () => doctor.submit('RSSMRA80A01H501U', today),
  async 'duplicate-test'() {
    const person = nextPatient();
    await doctor.submit(person, today);
    return doctor.submit(person, today);
  },
  'unknown-transaction': () => doctor.cancel(nextPatient(), '999999999999999'),
  async 'already-cancelled'() {
    const person = nextPatient();
    const id = transactionOf(await doctor.submit(person, today));
    await doctor.cancel(person, id);
    return doctor.cancel(person, id);
  },
  'other-person': async () => doctor.cancel(nextPatient(), transactionOf(await doctor.submit(nextPatient(), today))),
  'interval-reversed': () => doctor.testList('2021-01-02', '2021-01-01'),
  'interval-too-long': () => doctor.testList('2021-01-01', '2023-01-01'),
};

/** Of the answer's transaction. */
const endOf = (reply: Reply): number => new Date(textOf(reply, 'dataOra') ?? '').getTime();

test.each(Object.entries(REFUSALS))(
  '[T-60] refusal %s: the answer has code and field of the table, the log has one row with the same outcome',
  async (name, { code, field }) => {
    const made = Object.entries(CASES).find(([key]) => key === name)?.[1];
    const reply = await made?.();
    expect(reply?.status).toBe(200);
    if (reply === undefined) return;
    expect(textOf(reply, 'esito')).toBe(code);
    expect(detailsOf(reply)[0]).toMatchObject({ codice: code, campo: field });
    const rows = await rowsOf(reply);
    expect(rows.map(({ transaction_id, outcome }) => ({ transaction_id, outcome }))).toEqual([
      { transaction_id: transactionOf(reply), outcome: code },
    ]);
    expect(rows[0]?.at.getTime()).toBeLessThanOrEqual(endOf(reply));
  },
);

test('[T-45] dataOra is the end of the transaction, the log records the instant of access', async () => {
  const person = nextPatient();
  const submission = await doctor.submit(person, today);
  const calls = [
    () => doctor.patientList(),
    () => doctor.submit(nextPatient(), today),
    () => doctor.cancel(person, transactionOf(submission)),
    () => doctor.testList(today, today),
    () => doctor.testList('2021-01-02', '2021-01-01'), // refused
  ];
  const [now, lock] = [gateway.now(), gateway.db.createQueryRunner()];
  for (const call of calls) {
    await lock.startTransaction();
    await lock.query('LOCK TABLE audit.access_log IN ACCESS EXCLUSIVE MODE');
    const reply = call();
    const waits = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'audit.access_log'::regclass`;
    while ((await gateway.db.query<unknown[]>(waits)).length === 0);
    const meanwhile = new Date(gateway.now().getTime() + 3_600_000);
    gateway.setNow(meanwhile);
    await lock.commitTransaction();
    const [row] = await rowsOf(await reply);
    expect(row?.at.getTime()).toBeLessThan(meanwhile.getTime());
    expect(endOf(await reply)).toBeGreaterThanOrEqual(meanwhile.getTime());
  }
  await lock.release();
  gateway.setNow(now);
});

test('[T-60] each successful operation leaves one row: who, for whom, when to the millisecond, how, from where', async () => {
  const began = gateway.now().getTime();
  const person = nextPatient();
  const submission = await doctor.submit(person, today);
  const replies = {
    'patient-list': await doctor.patientList(),
    'test-submission': submission,
    'test-list': await doctor.testList(today, today),
    'test-cancellation': await doctor.cancel(person, transactionOf(submission)),
  };
  const { userId } = gateway.account('doctor');
  for (const [operation, reply] of Object.entries(replies)) {
    expect(verdictOf(reply)).toEqual(DONE_VERDICT);
    const rows = await rowsOf(reply);
    expect(rows[0]?.at.getTime()).toBeLessThanOrEqual(endOf(reply));
    expect(rows[0]?.at.getTime()).toBeGreaterThanOrEqual(began);
    expect(rows).toEqual([
      {
        transaction_id: transactionOf(reply),
        at: rows[0]?.at,
        operation,
        outcome: '0000',
        user_id: userId,
        doctor: doctor.codiceFiscale,
        titular: doctor.codiceFiscale,
        method: 'card',
        client_address: '127.0.0.1',
      },
    ]);
  }
});

test('[T-60] a substitute is logged as doctor, with the titular; with a password the method is password', async () => {
  const substitute = doctorByPassword(gateway, 'substitute');
  await addSubstitution(gateway, doctor.codiceFiscale, substitute.codiceFiscale, today, today);
  const reply = await substitute.submit(nextPatient(), today, doctor.codiceFiscale);
  expect(verdictOf(reply)).toEqual(DONE_VERDICT);
  expect(await rowsOf(reply)).toMatchObject([
    { doctor: substitute.codiceFiscale, titular: doctor.codiceFiscale, method: 'password', outcome: '0000' },
  ]);
});

test('[T-60] failed sign-ins leave one row each, with the user id as claimed', async () => {
  const { codiceFiscale, userId } = gateway.account('secondDoctor');
  const pin = gateway.pinCode('0000000000');
  const callOf = (credentials: Parameters<TestGateway['call']>[2], header = '') =>
    doctorOf(gateway, codiceFiscale, credentials ?? {}, () => header).patientList();
  const failures = [
    { reply: await callOf({}), outcome: 'sign-in:none-presented', user_id: null, method: null },
    {
      reply: await callOf(gateway.card('revoked')),
      outcome: 'sign-in:certificate-revoked',
      user_id: gateway.account('revoked').userId,
      method: 'card',
    },
    {
      reply: await callOf(gateway.card('expired')),
      outcome: 'sign-in:certificate-expired',
      user_id: gateway.account('expired').userId,
      method: 'card',
    },
    {
      reply: await callOf({ basic: `${userId}:wrong` }, pin),
      outcome: 'sign-in:credentials',
      user_id: userId,
      method: 'password',
    },
    {
      reply: await callOf({ basic: 'NOBODY:wrong' }, pin),
      outcome: 'sign-in:credentials',
      user_id: 'NOBODY',
      method: 'password',
    },
    {
      reply: await callOf(gateway.basic('secondDoctor')),
      outcome: 'sign-in:pincode-missing',
      user_id: null,
      method: null,
    },
  ];
  for (const { reply, ...expected } of failures) {
    expect(reply.status).toBe(500);
    expect(textOf(reply, 'idRichiesta')).toBe(reply.headers['x-request-id']);
    expect(await rowsOf(reply)).toMatchObject([
      { ...expected, operation: 'patient-list', client_address: '127.0.0.1' },
    ]);
  }
});

test('[T-60] an invalid message is not a transaction', async () => {
  const reply = await doctor.submit('not a code', today);
  expect(reply.status).toBe(500);
  expect(await rowsOf(reply)).toEqual([]);
});

test('[T-50] transaction ids have up to 15 digits, exact in every toolkit; when they are exhausted nothing is stored', async () => {
  const [before] = await gateway.db.query<{ last: string }[]>('SELECT last_value AS last FROM audit.transaction_id');
  await gateway.db.query('ALTER SEQUENCE audit.transaction_id RESTART WITH 999999999999999');
  try {
    const person = nextPatient();
    const last = await doctor.submit(person, '2020-09-01');
    expect(transactionOf(last)).toBe('999999999999999');
    expect(verdictOf(await doctor.submit(person, '2020-09-02')).status).toBe(500);
    expect(await daysOf(person)).toEqual(['2020-09-01']);
  } finally {
    await gateway.db.query(`ALTER SEQUENCE audit.transaction_id RESTART WITH ${Number(before?.last) + 1}`);
  }
});

const daysOf = async (person: string) =>
  (
    await gateway.db.query<{ day: string }[]>(
      'SELECT executed_on AS day FROM screening.test_submission WHERE person = $1 ORDER BY 1',
      [person],
    )
  ).map(({ day }) => day);

test('[T-60] the answer comes after the commit: a failed commit is not reported as done', async () => {
  await gateway.db.query(`
    CREATE FUNCTION refuse_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'at commit'; END $$;
    CREATE CONSTRAINT TRIGGER refuse_commit AFTER INSERT ON audit.access_log
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_commit()`);
  const person = nextPatient();
  try {
    const reply = await doctor.submit(person, today);
    expect(reply.status).toBe(500);
    expect(textOf(reply, 'codice')).toBe('ERRORE_INTERNO');
    expect(reply.text).not.toContain('at commit');
    expect(await rowsOf(reply)).toEqual([]);
    expect(await daysOf(person)).toEqual([]);
  } finally {
    await gateway.db.query('DROP TRIGGER refuse_commit ON audit.access_log; DROP FUNCTION refuse_commit()');
  }
  expect(verdictOf(await doctor.submit(person, today))).toEqual(DONE_VERDICT);
});

test('[T-60] a connection killed during a submission leaves neither test nor log row; the retry is accepted', async () => {
  const person = nextPatient();
  const holder = gateway.db.createQueryRunner();
  await holder.startTransaction();
  await holder.query('LOCK TABLE audit.access_log IN ACCESS EXCLUSIVE MODE');
  const waiting = doctor.submit(person, today);
  const blocked = () =>
    gateway.db.query<{ pid: number }[]>(
      `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
  await eventually('the submission waits for the log', async () => (await blocked()).length === 1);
  await gateway.db.query('SELECT pg_terminate_backend($1, 5000)', [(await blocked())[0]?.pid]);
  const reply = await waiting;
  await holder.rollbackTransaction();
  await holder.release();
  expect(reply.status).toBe(503);
  expect(reply.headers['retry-after']).toBe('5');
  expect(textOf(reply, 'codice')).toBe('SERVIZIO_NON_DISPONIBILE');
  expect(await rowsOf(reply)).toEqual([]);
  expect(await daysOf(person)).toEqual([]);
  expect(verdictOf(await doctor.submit(person, today))).toEqual(DONE_VERDICT);
});

async function asGateway(url: string, work: (db: DataSource) => Promise<void>): Promise<void> {
  const log = createLogger('silent');
  const limits = { entities: [], poolSize: 1, statementTimeoutMs: 5_000, applicationName: 'test', log };
  const db = await openDatabase({ url, role: runtimeRole, ...limits });
  try {
    await work(db);
  } finally {
    await db.destroy();
  }
}

test('[S-4] a row names kind and region of the caller, and the kind of subject', async () => {
  const describe = async (reply: Reply): Promise<unknown> =>
    (
      await gateway.db.query<unknown[]>(
        `SELECT caller, region, subject_kind, database_login, os_user FROM audit.access_log WHERE request_id = $1`,
        [reply.headers['x-request-id']],
      )
    )[0];
  const machine = { database_login: null, os_user: null };
  const region = testPeople.identities.doctor.aslCode.slice(0, 3);
  expect(await describe(await doctor.submit(nextPatient(), today))).toEqual({
    ...{ caller: 'doctor', region, subject_kind: 'codice-fiscale', ...machine },
  });
  expect(await describe(await doctor.submit('STP1201230000001', today))).toMatchObject({ subject_kind: 'stp' });
  expect(await describe(await doctorByPassword(gateway, 'doctor').patientList())).toEqual({
    ...{ caller: 'doctor', region, subject_kind: null, ...machine },
  });
});

test('the catalogue of events has every outcome that these operations wrote', async () => {
  const rows = await gateway.db.query<{ operation: OperationName; outcome: string }[]>(
    `SELECT DISTINCT operation, outcome FROM audit.access_log WHERE outcome NOT LIKE 'sign-in:%'`,
  );
  expect(rows.length).toBeGreaterThan(15);
  for (const { operation, outcome } of rows) expect(OUTCOMES[operation]).toContain(outcome);
});

const NEXT_ID = "nextval('audit.transaction_id')";

const FORBIDDEN = [
  'UPDATE audit.access_log SET outcome = outcome',
  'DELETE FROM audit.access_log',
  'TRUNCATE audit.access_log',
  'SELECT * FROM audit.access_log',
  'ALTER TABLE audit.access_log DISABLE TRIGGER ALL',
  'DROP TABLE audit.access_log',
  "SELECT setval('audit.transaction_id', 1)",
  `UPDATE registry.person SET doctor = NULL`,
  `DELETE FROM registry.person`,
  `INSERT INTO registry.region VALUES ('999', 'x')`,
  `INSERT INTO roster.listed_person SELECT identifier, now() FROM registry.person`,
  `DELETE FROM roster.listed_person`,
  `UPDATE auth.account SET role = 'doctor'`,
  `INSERT INTO screening.substitution (titular, substitute, valid_from, valid_to, created_at) SELECT '', '', now(), now(), now()`,
  `UPDATE screening.test_submission SET executed_on = executed_on`,
  `DELETE FROM screening.test_submission`,
  `UPDATE screening.test_cancellation SET doctor = doctor`,
  `SELECT * FROM registry_import.run`,
  'CREATE TABLE public.mine ()',
  'CREATE SCHEMA mine',
];

test('[T-60] [S-3] the gateway’s role adds to the log and cannot read, change or empty it, nor write read-only tables', async () => {
  await asGateway(gateway.databaseUrl, async (db) => {
    for (const sql of FORBIDDEN) await expect(db.query(sql)).rejects.toMatchObject({ code: '42501' });
    // RESET ROLE returns to the role with which the connection started.
    await db.query('RESET ROLE');
    await db.query('RESET ALL');
    await db.query('DISCARD ALL');
    expect(await db.query('SELECT current_user AS who')).toEqual([{ who: runtimeRole }]);
    await expect(db.query('DELETE FROM audit.access_log')).rejects.toMatchObject({ code: '42501' });
  });
});

test('[T-60] [S-3] an inserter can set a row’s instant, but not the time when it was written; numbers are positive', async () => {
  await asGateway(gateway.databaseUrl, async (db) => {
    const add = (id: string, columns = '', values = '') =>
      db.query(
        `INSERT INTO audit.access_log (transaction_id, at, operation, outcome, request_id${columns})
         VALUES (${id}, '2020-01-01', 'dated-back', 'x', gen_random_uuid()${values})`,
      );
    await expect(add(NEXT_ID, ', written_at', `, '2020-01-01'`)).rejects.toMatchObject({ code: '42501' });
    for (const id of ['-1', '0']) await expect(add(id)).rejects.toMatchObject({ constraint: 'access_log_numbered' });
    await add(NEXT_ID);
  });
  expect(
    await gateway.db.query(
      `SELECT now() - written_at < interval '1 minute' AS now FROM audit.access_log WHERE operation = 'dated-back'`,
    ),
  ).toEqual([{ now: true }]);
});

test('[S-3] a production login without other memberships cannot leave its role to gain rights', async () => {
  const login = `login_${randomBytes(6).toString('hex')}`;
  await gateway.db.query(`CREATE ROLE ${login} LOGIN PASSWORD 'test' IN ROLE ${runtimeRole}`);
  try {
    const url = new URL(gateway.databaseUrl);
    url.username = login;
    url.password = 'test';
    const production = await startTestGateway({ databaseUrl: url.toString() });
    try {
      expect(verdictOf(await doctorByCard(production, 'doctor').submit(nextPatient(), today))).toEqual(DONE_VERDICT);
    } finally {
      await production.stop();
    }
    await asGateway(url.toString(), async (db) => {
      for (const way of ['SET ROLE NONE', `SET ROLE ${login}`, 'RESET SESSION AUTHORIZATION']) {
        await db.query(way);
        for (const sql of FORBIDDEN) await expect(db.query(sql)).rejects.toMatchObject({ code: '42501' });
      }
      await expect(db.query('SET ROLE passerella_owner')).rejects.toMatchObject({ code: '42501' });
    });
  } finally {
    await gateway.db.query(`DROP ROLE ${login}`);
  }
});
