/**
 * The ASLs' services [A-1]-[A-3] on the database, as the gateway's role: numbers per doctor compared with the stored
 * persons, the daily number and its history, races, access to other ASLs' numbers, and the rows of each call.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  ASL_REFUSALS,
  MAX_DAILY_TESTS,
  aslRetention,
  aslTies,
  createAslService,
  doctorNumbersFile,
  unmatchedNumbersFile,
  verdictOf,
} from '../../src/asl/index.js';
import type { AslOutcome, AslService } from '../../src/asl/index.js';
import { createAccessLog } from '../../src/audit/index.js';
import { addAccount } from '../../src/auth/account-store.js';
import type { AccountHolder, Call, OperationName } from '../../src/auth/index.js';
import { POLICY, isPermitted } from '../../src/auth/policy.js';
import { openDatabase, runtimeRole, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { admitted, callBy } from '../support/calls.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { testPeople } from '../support/people.js';

const CAMPAIGN_START = '2020-08-24';
/** Shortly before midnight in Rome: still the same day in London, already the next day in Moscow. */
const LATE = new Date('2020-10-15T21:59:59.999Z');
const TODAY = '2020-10-15';

let database: TestDatabase;
let owner: DataSource;
let gateway: DataSource;
let worker: DataSource;
let service: AslService;
let now = LATE;

const asl = testPeople.identities.doctor.aslCode;
const otherAsl = testPeople.identities.secondDoctor.aslCode;
/** A doctor of the first ASL without patients. */
const LONELY = 'PROVAX00X00X900Y';

/** Codici fiscali, in order. */
const doctorsOf = (code: string): string[] => {
  const known = testPeople.doctors.filter(({ aslCode }) => aslCode === code).map(({ codiceFiscale }) => codiceFiscale);
  return (code === asl ? [...known, LONELY] : known).toSorted();
};

const assignAsl = (userId: string, code: string): Promise<boolean> => aslTies(owner).assignAsl(userId, code, admitted);

beforeAll(async () => {
  database = await createTestDatabase('peopled');
  const open = (role?: string): Promise<DataSource> =>
    openDatabase({
      ...{ url: database.ownerUrl, ...(role && { role }), entities: [], poolSize: 8 },
      ...{ statementTimeoutMs: 10_000, applicationName: 'test', log: createLogger('silent') },
    });
  [owner, gateway, worker] = await Promise.all([open(), open(runtimeRole), open(workerRole)]);
  service = createAslService({
    ...{ db: gateway, accessLog: createAccessLog(gateway) },
    ...{ clock: { now: () => now }, campaignStart: CAMPAIGN_START },
  });
  await owner.query(
    'INSERT INTO registry.doctor (codice_fiscale, surname, given_name, asl_code) VALUES ($1, $2, $3, $4)',
    [...[LONELY, 'Prova', 'Sola', asl]],
  );
  for (const [userId, codiceFiscale, code] of [
    ['OPASL01', 'PROVAX00X00X100Y', asl],
    ['OPASL02', 'PROVAX00X00X200Y', otherAsl],
    ['OPASL03', 'PROVAX00X00X300Y', undefined],
  ] as const) {
    await addAccount(owner, { userId, codiceFiscale, role: 'asl_operator', secretHash: '-', createdAt: now });
    if (code !== undefined) expect(await assignAsl(userId, code)).toBe(true);
  }
});

beforeEach(async () => {
  now = LATE;
  await owner.query('TRUNCATE asl.daily_count, asl.download, audit.access_log');
});

afterAll(async () => {
  await Promise.all([owner, gateway, worker].map((db) => db.destroy()));
  await database.drop();
});

const DOCTOR_OPERATIONS: readonly OperationName[] = [
  'patient-list',
  'test-submission',
  'test-cancellation',
  'test-list',
];
const MACHINE = { databaseLogin: 'owner', systemUser: 'root' };

/** Each with the region of the ASL, as every entrance reads it. */
const REGIONS = { 1: asl.slice(0, 3), 2: otherAsl.slice(0, 3), 3: undefined };

const principal = (number: 1 | 2 | 3): AccountHolder => ({
  kind: 'account',
  userId: `OPASL0${number}`,
  codiceFiscale: `PROVAX00X00X${number}00Y`,
  capacity: { role: 'asl_operator', region: REGIONS[number] },
  method: 'password',
});

const call = (who: AccountHolder = principal(1)): Call => callBy(who, now);
const own = (executedOn: string, tests: number, who = principal(1)) => ({
  ...{ operator: who.codiceFiscale, executedOn, tests },
});

const send = (executedOn: string, tests: number, who = principal(1)): Promise<AslOutcome> =>
  service.sendDaily(call(who), own(executedOn, tests, who));

test('[S-4] a refusal has the region of the operator’s ASL', async () => {
  const future = await send('2020-10-16', 1);
  const other = await service.sendDaily(call(), { ...own('2020-10-01', 1), operator: principal(2).codiceFiscale });
  const nobodys = await service.sendDaily(call(principal(3)), own('2020-10-01', 1, principal(3)));
  const rows = await owner.query<{ region: string | null }[]>(
    `SELECT region FROM audit.access_log WHERE transaction_id = ANY ($1) ORDER BY transaction_id`,
    [[future, other, nobodys].map(({ transactionId }) => transactionId)],
  );
  expect([future, other, nobodys].map(({ refusals }) => refusals[0])).toEqual([
    ...['executed-in-future', 'not-the-caller', 'no-asl'],
  ]);
  expect(rows.map(({ region }) => region)).toEqual([asl.slice(0, 3), asl.slice(0, 3), null]);
});

const loggedAs = async (transactionId: number): Promise<unknown> =>
  (
    await owner.query<unknown[]>(
      `SELECT at, operation, outcome, user_id AS "userId", method, host(client_address) AS address,
              coalesce(doctor, titular) AS doctor, request_id AS "requestId"
       FROM audit.access_log WHERE transaction_id = $1`,
      [transactionId],
    )
  )[0];

const countOf = async (table: string): Promise<number> =>
  Number((await owner.query<{ count: string }[]>(`SELECT count(*) FROM ${table}`))[0]?.count);

describe('[A-2] numbers per doctor, 4.4.1', () => {
  test('one row per doctor of the ASL, with the count of the doctor’s list, even if it is empty', async () => {
    const { numbers = [], refusals } = await service.doctorNumbers(call());
    const listed = new Set(testPeople.listedPersons.map(({ person }) => person));
    const expected = doctorsOf(asl).map((doctor) => ({
      doctor,
      persons: testPeople.persons.filter(
        (person) => person.doctor === doctor && person.status === 'in_care' && listed.has(person.identifier),
      ).length,
    }));
    expect(refusals).toEqual([]);
    expect(numbers).toEqual(expected);
    expect(numbers.find(({ doctor }) => doctor === testPeople.identities.doctor.codiceFiscale)?.persons).toBe(1_500);
    expect(numbers.find(({ doctor }) => doctor === LONELY)?.persons).toBe(0);
  });

  test('persons who leave care, or change doctor, are no longer counted', async () => {
    const count = async (): Promise<number | undefined> =>
      (await service.doctorNumbers(call(principal(2)))).numbers?.find(
        ({ doctor }) => doctor === testPeople.identities.secondDoctor.codiceFiscale,
      )?.persons;
    expect(await count()).toBe(50);
    const [one, two] = testPeople.persons.filter(
      (person) => person.doctor === testPeople.identities.secondDoctor.codiceFiscale && person.status === 'in_care',
    );
    await owner.query(`UPDATE registry.person SET status = 'deceased' WHERE identifier = $1`, [one?.identifier]);
    await owner.query('UPDATE registry.person SET doctor = NULL WHERE identifier = $1', [two?.identifier]);
    expect(await count()).toBe(48);
    await owner.query(`UPDATE registry.person SET status = 'in_care', doctor = $1 WHERE identifier = ANY ($2)`, [
      testPeople.identities.secondDoctor.codiceFiscale,
      [one?.identifier, two?.identifier],
    ]);
  });

  test('4.5: the download is recorded with user, instant, ASL and file, under the answer’s transaction', async () => {
    const numbers = call();
    const first = await service.doctorNumbers(numbers);
    const second = await service.unmatchedNumbers(call(principal(2)));
    expect(
      await owner.query('SELECT transaction_id::int, at, user_id, asl_code, file FROM asl.download ORDER BY 1'),
    ).toEqual([
      { transaction_id: first.transactionId, at: LATE, user_id: 'OPASL01', asl_code: asl, file: 'doctor-numbers' },
      {
        ...{ transaction_id: second.transactionId, at: LATE, user_id: 'OPASL02', asl_code: otherAsl },
        file: 'unmatched-numbers',
      },
    ]);
    expect(await loggedAs(first.transactionId)).toEqual({
      ...{ at: LATE, operation: 'asl-doctor-numbers', outcome: '0000', userId: 'OPASL01', method: 'password' },
      ...{ address: '192.0.2.7', doctor: null, requestId: numbers.requestId },
    });
  });

  test('an ASL without doctors gets an empty file and the outcome done', async () => {
    await owner.query('INSERT INTO registry.asl (code, region_code, name) VALUES ($1, $2, $3)', [
      ...['120999', '120', 'ASL senza medici'],
    ]);
    await assignAsl('OPASL03', '120999');
    const answer = await service.doctorNumbers(call(principal(3)));
    expect(answer).toMatchObject({ refusals: [], numbers: [], asl: '120999' });
    expect(doctorNumbersFile(answer.numbers ?? [])).toBe('codice_fiscale_medico;numero_assistiti\n');
    await owner.query(`DELETE FROM asl.operator WHERE user_id = 'OPASL03'`);
    await owner.query(`TRUNCATE asl.download`);
    await owner.query(`DELETE FROM registry.asl WHERE code = '120999'`);
  });

  test('the unmatched: per file of the roster, of this ASL only, without the paritarie', async () => {
    const intake = async (layout: string, publishedAt: string): Promise<number> => {
      const [row] = await owner.query<{ id: string }[]>(
        `INSERT INTO roster.intake (layout, sha256, file_name, state, total_bytes, started_at, published_at)
         VALUES ($1, encode(sha256(gen_random_uuid()::text::bytea), 'hex'), 'f.csv', 'published', 1, $2, $2) RETURNING id`,
        [layout, publishedAt],
      );
      return Number(row?.id);
    };
    const result = (id: number, code: string, without: number) =>
      owner.query(
        `INSERT INTO roster.result (intake_id, region_code, asl_code, with_doctor, without_doctor, paritarie, attributed)
         VALUES ($1, $2, $3, 9, $4, 9, false)`,
        [id, code.slice(0, 3), code, without],
      );
    const state = await intake('statali', '2020-09-01T22:30:00Z');
    const paritarie = await intake('paritarie', '2020-09-02T10:00:00Z');
    const trento = await intake('trento_bolzano', '2020-09-03T10:00:00Z');
    for (const id of [state, paritarie, trento]) {
      await result(id, asl, 3);
      await result(id, otherAsl, 4);
    }
    const { numbers = [] } = await service.unmatchedNumbers(call());
    expect(numbers).toEqual([
      { intake: state, layout: 'statali', publishedOn: '2020-09-02', persons: 3 },
      { intake: trento, layout: 'trento_bolzano', publishedOn: '2020-09-03', persons: 3 },
    ]);
    expect(unmatchedNumbersFile(numbers)).toBe(
      'elaborazione;tracciato;data_elaborazione;numero_assistiti_senza_medico\n' +
        `${state};statali;2020-09-02;3\n${trento};trento_bolzano;2020-09-03;3\n`,
    );
  });
});

describe('[A-3] the daily number, 4.4.2', () => {
  test('transaction, instant to the millisecond, outcome; and the row with its access-log row', async () => {
    const daily = call();
    const answer = await service.sendDaily(daily, own(TODAY, 120));
    expect(answer).toEqual({ transactionId: expect.any(Number), at: LATE, refusals: [] });
    expect(verdictOf(answer.refusals, { campaignStart: CAMPAIGN_START })).toMatchObject({
      outcome: { code: '0000' },
      details: [],
    });
    expect(await owner.query('SELECT * FROM asl.daily_count')).toEqual([
      {
        ...{ transaction_id: String(answer.transactionId), asl_code: asl, executed_on: TODAY, tests: 120 },
        ...{ operator: 'PROVAX00X00X100Y', communicated_at: LATE, request: null },
      },
    ]);
    expect(await loggedAs(answer.transactionId)).toMatchObject({
      ...{ operation: 'asl-daily-submission', outcome: '0000', userId: 'OPASL01', requestId: daily.requestId },
    });
  });

  test('[decision] a second number for the day replaces the first; both stay in the history', async () => {
    const first = await send(TODAY, 120);
    const second = await send(TODAY, 12);
    const other = await send('2020-10-14', 0);
    const { numbers } = await service.dailyNumbers(call());
    expect(numbers).toEqual([
      { executedOn: TODAY, tests: 12, transactionId: second.transactionId, communicatedAt: LATE, isCurrent: true },
      { executedOn: TODAY, tests: 120, transactionId: first.transactionId, communicatedAt: LATE, isCurrent: false },
      { executedOn: '2020-10-14', tests: 0, transactionId: other.transactionId, communicatedAt: LATE, isCurrent: true },
    ]);
    expect(await worker.query('SELECT executed_on, tests FROM asl.current_count ORDER BY 1')).toEqual([
      { executed_on: '2020-10-14', tests: 0 },
      { executed_on: TODAY, tests: 12 },
    ]);
  });

  test('concurrent numbers of one day: none is lost, and the one with the highest transaction counts', async () => {
    for (let round = 0; round < 3; round++) {
      await owner.query('TRUNCATE asl.daily_count');
      const answers = await Promise.all(Array.from({ length: 30 }, (_, tests) => send(TODAY, tests)));
      const ids = answers.map(({ transactionId }) => transactionId);
      expect(new Set(ids).size).toBe(30);
      const { numbers = [] } = await service.dailyNumbers(call());
      expect(numbers.map(({ transactionId }) => transactionId)).toEqual(ids.toSorted((a, b) => b - a));
      const winner = ids.indexOf(Math.max(...ids));
      expect(numbers.filter(({ isCurrent }) => isCurrent)).toEqual([expect.objectContaining({ tests: winner })]);
      expect(await owner.query('SELECT tests FROM asl.current_count')).toEqual([{ tests: winner }]);
    }
  });

  test('a number that starts earlier and commits later does not replace its successor', async () => {
    const held = gateway.createQueryRunner();
    await held.startTransaction();
    await held.query(
      `INSERT INTO asl.daily_count (transaction_id, asl_code, executed_on, tests, operator, communicated_at)
       VALUES (nextval('audit.transaction_id'), $1, $2, 1, 'PROVAX00X00X100Y', $3)`,
      [asl, TODAY, LATE],
    );
    await send(TODAY, 2);
    await held.commitTransaction();
    await held.release();
    expect(await owner.query('SELECT tests FROM asl.current_count')).toEqual([{ tests: 2 }]);
  });

  test.each([
    { what: 'today, a millisecond before midnight in Rome', executedOn: TODAY, tests: 1, refusals: [] },
    { what: 'tomorrow', executedOn: '2020-10-16', tests: 1, refusals: ['executed-in-future'] },
    { what: 'the first day of the campaign', executedOn: CAMPAIGN_START, tests: 1, refusals: [] },
    { what: 'the day before it', executedOn: '2020-08-23', tests: 1, refusals: ['executed-before-campaign'] },
    { what: 'no test', executedOn: TODAY, tests: 0, refusals: [] },
    { what: 'the most', executedOn: TODAY, tests: MAX_DAILY_TESTS, refusals: [] },
    { what: 'one more', executedOn: TODAY, tests: MAX_DAILY_TESTS + 1, refusals: ['not-a-count'] },
    { what: 'less than none', executedOn: TODAY, tests: -1, refusals: ['not-a-count'] },
    { what: 'half a test', executedOn: TODAY, tests: 0.5, refusals: ['not-a-count'] },
    { what: 'no number', executedOn: TODAY, tests: Number.NaN, refusals: ['not-a-count'] },
    { what: '30 February', executedOn: '2020-02-30', tests: 1, refusals: ['not-a-day'] },
    { what: 'an instant', executedOn: '2020-10-15T10:00:00Z', tests: 1, refusals: ['not-a-day'] },
    { what: 'nothing', executedOn: '', tests: 1, refusals: ['not-a-day'] },
    {
      ...{ what: 'several at once', executedOn: '2020-10-16', tests: -1 },
      refusals: ['executed-in-future', 'not-a-count'],
    },
  ] as const)('$what, $executedOn: $refusals', async ({ executedOn, tests, refusals }) => {
    const answer = await send(executedOn, tests);
    expect(answer.refusals).toEqual(refusals);
    const { outcome, details } = verdictOf(answer.refusals, { campaignStart: CAMPAIGN_START });
    expect(details).toHaveLength(refusals.length);
    expect(await loggedAs(answer.transactionId)).toMatchObject({ outcome: outcome.code, at: LATE });
    expect(await countOf('asl.daily_count')).toBe(refusals.length === 0 ? 1 : 0);
  });

  test('a millisecond later the next day begins', async () => {
    now = new Date(LATE.getTime() + 1);
    expect((await send('2020-10-16', 1)).refusals).toEqual([]);
  });
});

describe('[A-1] access to numbers', () => {
  test('each operator accesses only their own ASL: numbers of others are invisible and unchanged', async () => {
    await send(TODAY, 10);
    await send(TODAY, 20, principal(2));
    for (const [who, tests, code] of [
      [principal(1), 10, asl],
      [principal(2), 20, otherAsl],
    ] as const) {
      const daily = await service.dailyNumbers(call(who));
      expect(daily).toMatchObject({ asl: code, numbers: [{ tests, isCurrent: true }] });
      expect(daily.numbers).toHaveLength(1);
      const doctors = (await service.doctorNumbers(call(who))).numbers?.map(({ doctor }) => doctor);
      expect(doctors).toEqual(doctorsOf(code));
    }
  });

  test('assigned to another ASL, an operator acts for it at once; earlier numbers stay with the former ASL', async () => {
    await send(TODAY, 10);
    await assignAsl('OPASL01', otherAsl);
    try {
      expect(await service.dailyNumbers(call())).toMatchObject({ asl: otherAsl, numbers: [] });
      await send(TODAY, 30);
      expect(await owner.query('SELECT asl_code, tests FROM asl.current_count ORDER BY tests')).toEqual([
        { asl_code: asl, tests: 10 },
        { asl_code: otherAsl, tests: 30 },
      ]);
    } finally {
      await assignAsl('OPASL01', asl);
    }
  });

  const ASKING: Readonly<Record<string, (who: AccountHolder) => Promise<AslOutcome & { numbers?: unknown }>>> = {
    'asl-doctor-numbers': (who) => service.doctorNumbers(call(who)),
    'asl-unmatched-numbers': (who) => service.unmatchedNumbers(call(who)),
    'asl-daily-submission': (who) => send(TODAY, 1, who),
    'asl-daily-list': (who) => service.dailyNumbers(call(who)),
  };

  test('every ASL operation in the policy is tested here', () => {
    const ofAsls = Object.entries(POLICY).filter(([operation]) => operation.startsWith('asl-'));
    expect(Object.keys(ASKING)).toEqual(ofAsls.map(([operation]) => operation));
    for (const [, { callers }] of ofAsls) expect(Object.keys(callers)).toEqual(['asl_operator']);
  });

  test.each(['card', 'password', 'admin'] as const)('by %s: every operation of the ASLs', async (method) => {
    for (const ask of Object.values(ASKING)) {
      const shown = method === 'admin' ? { method, machine: MACHINE } : { method };
      const { refusals, transactionId } = await ask({ ...principal(1), ...shown });
      expect(refusals).toEqual([]);
      expect(await loggedAs(transactionId)).toMatchObject({ method });
    }
  });

  test('an operator of the machine acts for no account in the doctors’ operations', () => {
    for (const operation of DOCTOR_OPERATIONS) {
      for (const role of ['doctor', 'asl_operator'] as const) {
        const acting = { ...principal(1), capacity: { role }, method: 'admin', machine: MACHINE } as const;
        expect(isPermitted(acting, operation)).toBe(false);
      }
    }
  });

  test.each(Object.keys(ASKING))(
    '%s: refused to a doctor, also of the same ASL, and to an operator without ASL',
    async (operation) => {
      const refusedAs = async (who: AccountHolder, refusal: 'not-permitted' | 'no-asl'): Promise<void> => {
        const answer = await ASKING[operation]?.(who);
        expect(answer).toEqual({ transactionId: expect.any(Number), at: LATE, refusals: [refusal] });
        expect(await loggedAs(answer?.transactionId ?? 0)).toMatchObject({
          ...{ operation, outcome: ASL_REFUSALS[refusal].code, userId: who.userId },
        });
      };
      const { codiceFiscale } = testPeople.identities.doctor;
      await refusedAs(
        { ...principal(1), userId: codiceFiscale, codiceFiscale, capacity: { role: 'doctor' } },
        'not-permitted',
      );
      await refusedAs(principal(3), 'no-asl');
      expect(await countOf('asl.daily_count')).toBe(0);
      expect(await countOf('asl.download')).toBe(0);
    },
  );

  test('the operator named in the message must be the one who signed in', async () => {
    const answer = await service.sendDaily(call(), own('2030-01-01', -1, principal(2)));
    expect(answer.refusals).toEqual(['not-the-caller']); // and learns nothing else
    expect(await loggedAs(answer.transactionId)).toMatchObject({ outcome: '1002', userId: 'OPASL01' });
    expect(await countOf('asl.daily_count')).toBe(0);
  });

  test('only an ASL of the registry, and only an account of an ASL operator, can be assigned', async () => {
    expect(await assignAsl('OPASL01', '120998')).toBe(false);
    expect(await assignAsl('NOBODY', asl)).toBe(false);
    expect(await assignAsl(testPeople.identities.doctor.codiceFiscale, asl)).toBe(false);
    expect(await service.dailyNumbers(call())).toMatchObject({ asl });
  });

  test('[S-3] the gateway can neither change nor delete sent numbers, nor change an operator’s ASL', async () => {
    await send(TODAY, 10);
    for (const sql of [
      'UPDATE asl.daily_count SET tests = 11',
      'DELETE FROM asl.daily_count',
      'DELETE FROM asl.download',
      'SELECT user_id FROM asl.download',
      `UPDATE asl.operator SET asl_code = '${otherAsl}'`,
      'SELECT sha256 FROM roster.intake',
    ]) {
      await expect(gateway.query(sql)).rejects.toThrow(/permission denied/);
    }
  });
});

test('[S-5] 4.5: numbers and downloads of twelve months and a day are deleted, those of twelve months stay', async () => {
  now = new Date('2020-10-14T21:59:59.999Z'); // 14 October in Rome
  await send('2020-10-14', 1);
  await service.doctorNumbers(call());
  now = new Date('2020-10-14T22:00:00.000Z'); // 15 October
  await send('2020-10-14', 2);
  await service.doctorNumbers(call());
  expect(aslRetention).toHaveLength(2);
  for (const rule of aslRetention) {
    expect(await rule.count(worker, '2021-10-14')).toMatchObject({ rows: 0 });
    expect(await rule.count(worker, '2021-10-15')).toEqual({ rows: 1, oldest: '2020-10-14' });
    expect(await rule.purge(worker, '2021-10-15', 100)).toBe(1);
    expect(await rule.purge(worker, '2021-10-15', 100)).toBe(0);
  }
  expect(await owner.query('SELECT tests FROM asl.daily_count')).toEqual([{ tests: 2 }]);
  expect(await countOf('asl.download')).toBe(1);
});
