/**
 * The doctors' operations in PostgreSQL: each is one statement, hence one transaction, that guards, changes and writes
 * the access-log row together. The unique indexes resolve races, not this code.
 */
import {
  ACCESS_ARRAYS,
  ACCESS_COLUMNS,
  ACCESS_PARAMETER_COUNT,
  NEXT_TRANSACTION_ID,
  TRANSACTION,
  accessArrays,
  accessValues,
  loggedAs,
} from '../audit/index.js';
import type { AdmittedAccess } from '../auth/index.js';
import type { IsoDate } from '../platform/clock.js';
import { grouped, rowsAsText, rowsOfText, statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { DONE } from '../platform/outcome.js';
import { REFUSALS } from './errors.js';
import type { RefusalCode } from './errors.js';
import { hasBegun, isInForce } from './substitution-store.js';

export interface ListedPerson {
  readonly identifier: string;
  readonly givenName: string;
  readonly surname: string;
  readonly updatedOn: IsoDate;
}

export interface TestedPerson extends ListedPerson {
  /** Last day of a test that is not cancelled; undefined: there is none that the doctor may see. */
  readonly testedOn: IsoDate | undefined;
}

/** One test, to show it again. */
export interface Receipt {
  readonly transactionId: number;
  readonly identifier: string;
  readonly givenName: string;
  readonly surname: string;
  readonly executedOn: IsoDate;
  readonly communicatedAt: Date;
  readonly isCancelled: boolean;
  /** Codice fiscale of the doctor who submitted it: the titular or a substitute. */
  readonly doctor: string;
}

/** A test that is not sent yet. */
export interface CheckedTest {
  readonly person: string;
  /** Surname and given name; undefined: the person is not on the titular's list. */
  readonly name: string | undefined;
  /** What a submission would be refused for now. */
  readonly refusals: readonly RefusalCode[];
  /** With `duplicate-test`: the test already communicated, when the doctor may see it. */
  readonly original: number | undefined;
}

export interface ListedTest {
  readonly identifier: string;
  readonly givenName: string;
  readonly surname: string;
  readonly executedOn: IsoDate;
  readonly transactionId: number;
  readonly communicatedOn: IsoDate;
  /** As of a receipt. */
  readonly doctor: string;
}

export interface Recorded {
  readonly transactionId: number;
  readonly refusals: readonly RefusalCode[];
  /** The active test that causes the refusal, if the caller may see it. */
  readonly original?: number | undefined;
}

/**
 * The list's owner and the acting doctor: the titular sees the whole list, a substitute only their own entries [T-2]
 * [T-4].
 */
export interface Scope {
  readonly titular: string;
  readonly doctor: string;
}

export interface ScreeningStore {
  /**
   * @param term `today`: a substitution in force today, to act for the titular; `begun`: also one that has ended or was
   *   revoked, to list and cancel what was entered during it [T-4]
   */
  hasSubstitution(scope: Scope, today: IsoDate, term: 'today' | 'begun'): Promise<boolean>;
  /** The persons of the access's titular. */
  patientList(access: AdmittedAccess): Promise<{ transactionId: number; persons: ListedPerson[] }>;
  /** The same, with the tests that the access's doctor may see. */
  patientListWithTests(access: AdmittedAccess): Promise<{ transactionId: number; persons: TestedPerson[] }>;
  /**
   * The titular's tests that the doctor may see, by their number.
   * @returns undefined: there are none; no row is written then
   */
  receipts(
    access: AdmittedAccess,
    wanted: Scope & { tests: readonly number[] },
  ): Promise<{ transactionId: number; tests: Receipt[] } | undefined>;
  /**
   * @param refusals reasons found before: nothing is stored, but the list is checked too, to report all reasons
   *   together
   */
  submit(
    access: AdmittedAccess,
    test: Scope & { person: string; executedOn: IsoDate },
    refusals: readonly RefusalCode[],
  ): Promise<Recorded>;
  /** What `submit` would find, and who the persons are. @param tests with the reasons found before */
  check(
    access: AdmittedAccess,
    wanted: Scope & { executedOn: IsoDate; tests: readonly { person: string; refusals: readonly RefusalCode[] }[] },
  ): Promise<{ transactionId: number; tests: CheckedTest[] }>;
  cancel(access: AdmittedAccess, test: Scope & { person: string; transactionId: number }): Promise<Recorded>;
  /** The tests of the access's titular, as far as its doctor may see them. */
  testList(access: AdmittedAccess, from: IsoDate, to: IsoDate): Promise<{ transactionId: number; tests: ListedTest[] }>;
}

/** Parameter n after the access-log parameters. */
const p = (n: number): string => `$${ACCESS_PARAMETER_COUNT + n}`;

const OWN = (doctor: string, titular: string): string => `(${doctor} = ${titular} OR s.doctor = ${doctor})`;

/**
 * The calls of a group as relation `call`: the access log's columns (including doctor and titular), further ones,
 * position.
 * @param further names and types; their arrays are the parameters after the access-log ones
 */
const calls = (further: Readonly<Record<string, string>> = {}): string => {
  const arrays = Object.values(further).map((type, index) => `${p(index + 1)}::${type}[]`);
  const columns = [ACCESS_COLUMNS, ...Object.keys(further), 'position'];
  return `unnest(${[ACCESS_ARRAYS, ...arrays].join(', ')}) WITH ORDINALITY AS call (${columns.join(', ')})`;
};

/** A group of read-only transactions. */
const reading = (further?: Readonly<Record<string, string>>): string => `
  WITH call AS MATERIALIZED (
    SELECT ${NEXT_TRANSACTION_ID} AS id, call.* FROM ${calls(further)}
  ), ${loggedAs(`'${DONE.code}'`, 'call', ACCESS_COLUMNS)}`;

/** A titular's list now [T-10] [T-20]. */
const listOf = (titular: string): string =>
  `registry.person p JOIN roster.listed_person l ON l.person = p.identifier AND p.doctor = ${titular} AND p.status = 'in_care'`;

const PERSON_COLUMNS = ['p.identifier', 'p.given_name', 'p.surname', 'greatest(l.listed_on, p.updated_on)'];
const PATIENT_LIST = `${reading()}
  SELECT id AS "transactionId", (
    SELECT ${rowsAsText(PERSON_COLUMNS, 'p.surname, p.given_name, p.identifier')}
    FROM ${listOf('call.titular')}
  ) AS list
  FROM call ORDER BY position`;

/** The wire codes of refusals: log and answer share them. */
const WIRE_CODE = `CASE ${Object.entries(REFUSALS)
  .map(([name, { code }]) => `WHEN refusal = '${name}' THEN '${code}'`)
  .join(' ')} ELSE '${DONE.code}' END`;

/**
 * A group of submissions in one transaction; `found` are refusals found before, comma-separated. Rows are inserted in
 * key order, so that two groups never deadlock.
 */
const SUBMIT = `
  WITH verdict AS MATERIALIZED (
    SELECT ${NEXT_TRANSACTION_ID} AS id, call.*,
           string_to_array(call.found, ',') || CASE WHEN EXISTS (
             SELECT FROM ${listOf('call.titular')} WHERE p.identifier = call.person
           ) THEN '{}'::text[] ELSE '{not-on-list}'::text[] END AS refusals
    FROM ${calls({ person: 'text', executed_on: 'date', found: 'text' })}
  ), submitted AS (
    INSERT INTO screening.test_submission (transaction_id, titular, doctor, person, executed_on, communicated_at)
    SELECT id, titular, doctor, person, executed_on, at FROM verdict WHERE cardinality(refusals) = 0
    ORDER BY person, executed_on, position
    ON CONFLICT (person, executed_on) WHERE cancelled_by IS NULL DO NOTHING
    RETURNING transaction_id
  ), decided AS (
    SELECT verdict.*, CASE WHEN cardinality(refusals) > 0 OR id IN (SELECT transaction_id FROM submitted) THEN refusals
                           ELSE '{duplicate-test}'::text[] END AS reasons
    FROM verdict
  ), ${loggedAs(WIRE_CODE, '(SELECT decided.*, reasons[1] AS refusal FROM decided) outcome', ACCESS_COLUMNS)}
  SELECT id AS "transactionId", reasons AS refusals FROM decided ORDER BY position`;

/**
 * The test that a duplicate conflicts with, if the caller may see it. Read afterwards: only then is a concurrent winner
 * visible.
 */
const ORIGINAL = `
  SELECT s.transaction_id AS "transactionId" FROM screening.test_submission s
  WHERE s.person = $3 AND s.executed_on = $4::date AND s.cancelled_by IS NULL
    AND s.titular = $1 AND ${OWN('$2', '$1')}`;

/**
 * What SUBMIT would refuse; enters nothing. Parameters: titular, doctor, execution date, persons, and for each person
 * the reasons found before, comma-separated.
 */
const CHECK = `
  WITH ${TRANSACTION}, ${loggedAs(`'${DONE.code}'`, 'transaction')}
  SELECT transaction.id AS "transactionId", asked.person, listed.name,
         CASE WHEN reasons <> '{}' THEN reasons WHEN s.person IS NOT NULL THEN '{duplicate-test}'::text[]
              ELSE '{}'::text[] END AS refusals,
         CASE WHEN reasons = '{}' AND s.titular = ${p(1)} AND ${OWN(p(2), p(1))} THEN s.transaction_id END AS original
  FROM transaction CROSS JOIN unnest(${p(4)}::text[], ${p(5)}::text[]) WITH ORDINALITY AS asked (person, found, position)
  LEFT JOIN LATERAL (
    SELECT p.surname || ' ' || p.given_name AS name FROM ${listOf(p(1))} WHERE p.identifier = asked.person
  ) AS listed ON true
  CROSS JOIN LATERAL (
    SELECT string_to_array(asked.found, ',') || CASE WHEN listed.name IS NULL THEN '{not-on-list}'::text[] ELSE '{}' END
           AS reasons
  ) AS before
  LEFT JOIN screening.test_submission s
    ON s.person = asked.person AND s.executed_on = ${p(3)}::date AND s.cancelled_by IS NULL
  ORDER BY asked.position`;

/** Parameters: titular, doctor, person, transaction id. Locks the row first, to serialise concurrent cancellations. */
const CANCEL = `
  WITH target AS MATERIALIZED (
    SELECT s.transaction_id, s.person FROM screening.test_submission s
    WHERE s.transaction_id = ${p(4)}::bigint AND s.titular = ${p(1)} AND ${OWN(p(2), p(1))}
    FOR UPDATE
  ), ${TRANSACTION}, cancelled AS (
    UPDATE screening.test_submission s SET cancelled_by = transaction.id FROM target, transaction
    WHERE s.transaction_id = target.transaction_id AND target.person = ${p(3)} AND s.cancelled_by IS NULL
    RETURNING s.transaction_id
  ), fact AS (
    INSERT INTO screening.test_cancellation (transaction_id, submission, doctor, cancelled_at)
    SELECT transaction.id, cancelled.transaction_id, ${p(2)}, $1::timestamptz FROM cancelled, transaction
  ), decided AS (
    SELECT id, CASE WHEN EXISTS (SELECT FROM cancelled) THEN NULL
                    WHEN NOT EXISTS (SELECT FROM target) THEN 'unknown-transaction'
                    WHEN NOT EXISTS (SELECT FROM target WHERE person = ${p(3)}) THEN 'other-person'
                    ELSE 'already-cancelled' END AS refusal
    FROM transaction
  ), ${loggedAs(WIRE_CODE, 'decided')}
  SELECT id AS "transactionId", CASE WHEN refusal IS NULL THEN '{}'::text[] ELSE ARRAY[refusal] END AS refusals FROM decided`;

const TEST_COLUMNS = [
  ...['p.identifier', 'p.given_name', 'p.surname', 's.executed_on', 's.transaction_id'],
  "(s.communicated_at AT TIME ZONE 'Europe/Rome')::date",
  's.doctor',
];

/** By execution date, first and last day included. Cancelled tests are omitted [T-40, decision]. */
const TEST_LIST = `${reading({ first_day: 'date', last_day: 'date' })}
  SELECT id AS "transactionId", (
    SELECT ${rowsAsText(TEST_COLUMNS, 's.executed_on, s.transaction_id')}
    FROM screening.test_submission s JOIN registry.person p ON p.identifier = s.person
    WHERE s.titular = call.titular AND ${OWN('call.doctor', 'call.titular')}
      AND s.executed_on BETWEEN call.first_day AND call.last_day AND s.cancelled_by IS NULL
  ) AS list
  FROM call ORDER BY position`;

const TESTED_COLUMNS = [
  ...PERSON_COLUMNS,
  `coalesce((SELECT max(s.executed_on) FROM screening.test_submission s
    WHERE s.person = p.identifier AND s.titular = ${p(1)} AND ${OWN(p(2), p(1))} AND s.cancelled_by IS NULL)::text, '')`,
];

/** As PATIENT_LIST, for one call. Parameters: titular, doctor. */
const PATIENT_LIST_WITH_TESTS = `
  WITH ${TRANSACTION}, ${loggedAs(`'${DONE.code}'`, 'transaction')}
  SELECT transaction.id AS "transactionId", (
    SELECT ${rowsAsText(TESTED_COLUMNS, 'p.surname, p.given_name, p.identifier')}
    FROM ${listOf(p(1))}
  ) AS list
  FROM transaction`;

/** Parameters: titular, doctor, transaction ids. */
const RECEIPTS = `
  WITH found AS MATERIALIZED (
    SELECT s.transaction_id, s.person, s.executed_on, s.communicated_at, s.cancelled_by, s.doctor
    FROM screening.test_submission s
    WHERE s.transaction_id = ANY(${p(3)}::bigint[]) AND s.titular = ${p(1)} AND ${OWN(p(2), p(1))}
  ), transaction AS MATERIALIZED (SELECT ${NEXT_TRANSACTION_ID} AS id WHERE EXISTS (SELECT FROM found)
  ), ${loggedAs(`'${DONE.code}'`, 'transaction')}
  SELECT transaction.id AS "transactionId", f.transaction_id AS "testId",
         p.identifier, p.given_name AS "givenName", p.surname,
         f.executed_on AS "executedOn", f.communicated_at AS "communicatedAt", f.cancelled_by IS NOT NULL AS "isCancelled",
         f.doctor
  FROM transaction CROSS JOIN found f JOIN registry.person p ON p.identifier = f.person
  ORDER BY f.transaction_id`;

/** Few lists in a group, because the shortest waits for the longest; but more groups in parallel. */
const LISTS = { largest: 8, underway: 4 };

interface Decided {
  transactionId: string;
  refusals: RefusalCode[];
}

interface Listed {
  transactionId: string;
  /** Rows as text; null: no rows. */
  list: string | null;
}

interface ReceiptRow extends Omit<Receipt, 'transactionId'> {
  transactionId: string;
  testId: string;
}

interface CheckRow extends Omit<CheckedTest, 'name' | 'original'> {
  transactionId: string;
  name: string | null;
  original: string | null;
}

export function createScreeningStore(db: DataSource): ScreeningStore {
  const substitution = statement(
    db,
    'screening.substitution',
    `SELECT 1 AS found FROM screening.substitution s
     WHERE s.titular = $1 AND s.substitute = $2 AND ${isInForce('$3')} LIMIT 1`,
  );
  const substitutionBegun = statement(
    db,
    'screening.substitutionBegun',
    `SELECT 1 AS found FROM screening.substitution s
     WHERE s.titular = $1 AND s.substitute = $2 AND ${hasBegun('$3')} LIMIT 1`,
  );
  const patientList = statement<Listed>(db, 'screening.patientList', PATIENT_LIST);
  const patientListGrouped = grouped(
    (accesses: readonly AdmittedAccess[]) => patientList(accessArrays(accesses)),
    LISTS,
  );
  const patientListWithTests = statement<Listed>(db, 'screening.patientListWithTests', PATIENT_LIST_WITH_TESTS);
  const receipts = statement<ReceiptRow>(db, 'screening.receipts', RECEIPTS);
  const submit = statement<Decided>(db, 'screening.submit', SUBMIT);
  const submitGrouped = grouped(
    (calls: readonly { access: AdmittedAccess; person: string; executedOn: IsoDate; found: string }[]) =>
      submit([
        ...accessArrays(calls.map((call) => call.access)),
        calls.map((call) => call.person),
        calls.map((call) => call.executedOn),
        calls.map((call) => call.found),
      ]),
  );
  const original = statement<{ transactionId: string }>(db, 'screening.original', ORIGINAL);
  const check = statement<CheckRow>(db, 'screening.check', CHECK);
  const cancel = statement<Decided>(db, 'screening.cancel', CANCEL);
  const testList = statement<Listed>(db, 'screening.testList', TEST_LIST);
  const testListGrouped = grouped(
    (calls: readonly { access: AdmittedAccess; from: IsoDate; to: IsoDate }[]) =>
      testList([
        ...accessArrays(calls.map((call) => call.access)),
        calls.map((call) => call.from),
        calls.map((call) => call.to),
      ]),
    LISTS,
  );
  return {
    async hasSubstitution({ titular, doctor }, today, term) {
      const find = term === 'today' ? substitution : substitutionBegun;
      return (await find([titular, doctor, today])).length > 0;
    },
    async patientList(access) {
      const { transactionId, list } = await patientListGrouped(access);
      const persons = rowsOfText(list, PERSON_COLUMNS, (field) => ({
        identifier: field(0),
        givenName: field(1),
        surname: field(2),
        updatedOn: field(3),
      }));
      return { transactionId: Number(transactionId), persons };
    },
    async patientListWithTests(access) {
      const [row] = await patientListWithTests([...accessValues(access), access.titular, access.doctor]);
      const persons = rowsOfText(row?.list ?? null, TESTED_COLUMNS, (field) => ({
        identifier: field(0),
        givenName: field(1),
        surname: field(2),
        updatedOn: field(3),
        testedOn: field(4) || undefined,
      }));
      return { transactionId: Number(row?.transactionId), persons };
    },
    async receipts(access, { titular, doctor, tests }) {
      const rows = await receipts([...accessValues(access), titular, doctor, tests]);
      const [first] = rows;
      if (first === undefined) return undefined;
      return {
        transactionId: Number(first.transactionId),
        tests: rows.map(({ testId, ...facts }) => ({ ...facts, transactionId: Number(testId) })),
      };
    },
    async submit(access, { titular, doctor, person, executedOn }, refusals) {
      const row = await submitGrouped({ access, person, executedOn, found: refusals.join(',') });
      const transactionId = Number(row.transactionId);
      if (row.refusals[0] !== 'duplicate-test') return { transactionId, refusals: row.refusals };
      const [earlier] = await original([titular, doctor, person, executedOn]);
      return { transactionId, refusals: row.refusals, original: earlier && Number(earlier.transactionId) };
    },
    async check(access, { titular, doctor, executedOn, tests }) {
      const rows = await check([
        ...[...accessValues(access), titular, doctor, executedOn],
        ...[tests.map(({ person }) => person), tests.map(({ refusals }) => refusals.join(','))],
      ]);
      return {
        transactionId: Number(rows[0]?.transactionId),
        tests: rows.map(({ person, name, refusals, original }) => ({
          ...{ person, refusals, name: name ?? undefined },
          original: original === null ? undefined : Number(original),
        })),
      };
    },
    async cancel(access, { titular, doctor, person, transactionId }) {
      const [row] = await cancel([...accessValues(access), titular, doctor, person, transactionId]);
      if (row === undefined) throw new Error('the cancellation returned no verdict');
      return { transactionId: Number(row.transactionId), refusals: row.refusals };
    },
    async testList(access, from, to) {
      const { transactionId, list } = await testListGrouped({ access, from, to });
      const tests = rowsOfText(list, TEST_COLUMNS, (field) => ({
        identifier: field(0),
        givenName: field(1),
        surname: field(2),
        executedOn: field(3),
        transactionId: Number(field(4)),
        communicatedOn: field(5),
        doctor: field(6),
      }));
      return { transactionId: Number(transactionId), tests };
    },
  };
}
