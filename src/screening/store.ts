/**
 * The doctors' operations in PostgreSQL: each is one statement, hence one transaction, that guards, changes and writes
 * the access-log row together. Races end at the unique indexes, not here.
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
import type { Access } from '../audit/index.js';
import type { IsoDate } from '../platform/clock.js';
import { grouped, rowsAsText, rowsOfText, statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { DONE, REFUSALS } from './errors.js';
import type { RefusalCode } from './errors.js';

export interface ListedPerson {
  readonly identifier: string;
  readonly givenName: string;
  readonly surname: string;
  readonly updatedOn: IsoDate;
}

export interface ListedTest {
  readonly identifier: string;
  readonly givenName: string;
  readonly surname: string;
  readonly executedOn: IsoDate;
  readonly transactionId: number;
  readonly communicatedOn: IsoDate;
}

export interface Recorded {
  readonly transactionId: number;
  readonly refusals: readonly RefusalCode[];
  /** The active test that stands in the way, when the caller may see it. */
  readonly original?: number | undefined;
}

/** On whose list, and who acts: the titular sees all of it, a substitute what he entered himself [T-2]. */
export interface Scope {
  readonly titular: string;
  readonly doctor: string;
}

export interface ScreeningStore {
  hasSubstitution(scope: Scope, today: IsoDate): Promise<boolean>;
  patientList(access: Access, titular: string): Promise<{ transactionId: number; persons: ListedPerson[] }>;
  /** @param refusals reasons already found: nothing is entered, the list is looked at all the same to tell all reasons at once */
  submit(
    access: Access,
    test: Scope & { person: string; executedOn: IsoDate },
    refusals: readonly RefusalCode[],
  ): Promise<Recorded>;
  cancel(access: Access, test: Scope & { person: string; transactionId: number }): Promise<Recorded>;
  testList(
    access: Access,
    scope: Scope,
    from: IsoDate,
    to: IsoDate,
  ): Promise<{ transactionId: number; tests: ListedTest[] }>;
}

/** Parameter n after the access-log ones. */
const p = (n: number): string => `$${ACCESS_PARAMETER_COUNT + n}`;

const LISTED = `
  FROM registry.person p JOIN roster.listed_person l ON l.person = p.identifier
  WHERE p.doctor = ${p(1)} AND p.status = 'in_care'`;

const OWN = (doctor: string, titular: string): string => `(${doctor} = ${titular} OR s.doctor = ${doctor})`;

/** A transaction that only reads, and is done. */
const READING = `${TRANSACTION}, ${loggedAs(`'${DONE.code}'`, 'transaction')}`;

const PERSON_COLUMNS = ['p.identifier', 'p.given_name', 'p.surname', 'greatest(l.listed_on, p.updated_on)'];
const PATIENT_LIST = `
  WITH ${READING}
  SELECT transaction.id AS "transactionId",
         (SELECT ${rowsAsText(PERSON_COLUMNS, 'p.surname, p.given_name, p.identifier')} ${LISTED}) AS list
  FROM transaction`;

/** The codes of refusals as the wire's: the log and the answer say the same. */
const WIRE_CODE = `CASE ${Object.entries(REFUSALS)
  .map(([name, { code }]) => `WHEN refusal = '${name}' THEN '${code}'`)
  .join(' ')} ELSE '${DONE.code}' END`;

/**
 * A group of submissions in one transaction; doctor and titular are the access-log's. $9 persons, $10 execution dates,
 * $11 refusals found before, comma-separated. Rows go in by key, so that two groups never wait for each other in a ring.
 */
const SUBMIT = `
  WITH verdict AS MATERIALIZED (
    SELECT ${NEXT_TRANSACTION_ID} AS id, call.*,
           string_to_array(call.found, ',') || CASE WHEN EXISTS (
             SELECT FROM registry.person p JOIN roster.listed_person l ON l.person = p.identifier
             WHERE p.identifier = call.person AND p.doctor = call.titular AND p.status = 'in_care'
           ) THEN '{}'::text[] ELSE '{not-on-list}'::text[] END AS refusals
    FROM unnest(${ACCESS_ARRAYS}, ${p(1)}::text[], ${p(2)}::date[], ${p(3)}::text[])
      WITH ORDINALITY AS call (${ACCESS_COLUMNS}, person, executed_on, found, position)
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

/** The test that a duplicate runs into, if the caller may see it. After the fact: a racing winner is visible only then. */
const ORIGINAL = `
  SELECT s.transaction_id AS "transactionId" FROM screening.test_submission s
  WHERE s.person = $3 AND s.executed_on = $4::date AND s.cancelled_by IS NULL
    AND s.titular = $1 AND ${OWN('$2', '$1')}`;

/** $9 titular, $10 doctor, $11 person, $12 transaction id. The row is locked first: of two that cancel, one comes second. */
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
];

/** $9 titular, $10 doctor, $11 and $12 first and last execution date. Cancelled tests do not appear [T-40, decision]. */
const TEST_LIST = `
  WITH ${READING}
  SELECT transaction.id AS "transactionId", (
    SELECT ${rowsAsText(TEST_COLUMNS, 's.executed_on, s.transaction_id')}
    FROM screening.test_submission s JOIN registry.person p ON p.identifier = s.person
    WHERE s.titular = ${p(1)} AND ${OWN(p(2), p(1))}
      AND s.executed_on BETWEEN ${p(3)}::date AND ${p(4)}::date AND s.cancelled_by IS NULL
  ) AS list
  FROM transaction`;

interface Decided {
  transactionId: string;
  refusals: RefusalCode[];
}

interface Listed {
  transactionId: string;
  /** Rows as text; null: none. */
  list: string | null;
}

export function createScreeningStore(db: DataSource): ScreeningStore {
  const substitution = statement(
    db,
    'screening.substitution',
    `SELECT 1 AS found FROM screening.substitution
     WHERE titular = $1 AND substitute = $2 AND $3::date BETWEEN valid_from AND valid_to AND revoked_at IS NULL LIMIT 1`,
  );
  const patientList = statement<Listed>(db, 'screening.patientList', PATIENT_LIST);
  const submit = statement<Decided>(db, 'screening.submit', SUBMIT);
  const submitGrouped = grouped(
    (calls: readonly { access: Access; person: string; executedOn: IsoDate; found: string }[]) =>
      submit([
        ...accessArrays(calls.map((call) => call.access)),
        calls.map((call) => call.person),
        calls.map((call) => call.executedOn),
        calls.map((call) => call.found),
      ]),
  );
  const original = statement<{ transactionId: string }>(db, 'screening.original', ORIGINAL);
  const cancel = statement<Decided>(db, 'screening.cancel', CANCEL);
  const testList = statement<Listed>(db, 'screening.testList', TEST_LIST);
  return {
    async hasSubstitution({ titular, doctor }, today) {
      return (await substitution([titular, doctor, today])).length > 0;
    },
    async patientList(access, titular) {
      const [row] = await patientList([...accessValues(access), titular]);
      if (row === undefined) throw new Error('the list left no transaction');
      const persons = rowsOfText(row.list, PERSON_COLUMNS.length).map(
        ([identifier = '', givenName = '', surname = '', updatedOn = '']) => ({
          identifier,
          givenName,
          surname,
          updatedOn,
        }),
      );
      return { transactionId: Number(row.transactionId), persons };
    },
    async submit(access, { titular, doctor, person, executedOn }, refusals) {
      const row = await submitGrouped({ access, person, executedOn, found: refusals.join(',') });
      const transactionId = Number(row.transactionId);
      if (row.refusals[0] !== 'duplicate-test') return { transactionId, refusals: row.refusals };
      const [earlier] = await original([titular, doctor, person, executedOn]);
      return { transactionId, refusals: row.refusals, original: earlier && Number(earlier.transactionId) };
    },
    async cancel(access, { titular, doctor, person, transactionId }) {
      const [row] = await cancel([...accessValues(access), titular, doctor, person, transactionId]);
      if (row === undefined) throw new Error('the cancellation left no verdict');
      return { transactionId: Number(row.transactionId), refusals: row.refusals };
    },
    async testList(access, { titular, doctor }, from, to) {
      const [row] = await testList([...accessValues(access), titular, doctor, from, to]);
      if (row === undefined) throw new Error('the list left no transaction');
      const tests = rowsOfText(row.list, TEST_COLUMNS.length).map(
        ([identifier = '', givenName = '', surname = '', executedOn = '', transactionId, communicatedOn = '']) => ({
          identifier,
          givenName,
          surname,
          executedOn,
          transactionId: Number(transactionId),
          communicatedOn,
        }),
      );
      return { transactionId: Number(row.transactionId), tests };
    },
  };
}
