/**
 * The access log [T-60], 3.5: every transaction leaves one row, written in the same transaction as its effect.
 * Statements with an effect write the row themselves, with the columns defined here; `record` writes the row of a call
 * without effect.
 */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';

/**
 * What a row records about the call, whatever its outcome. Nothing in it identifies a person who acts on their own data
 * [O-4].
 */
export interface Access {
  readonly at: Date;
  readonly operation: string;
  readonly userId: string | undefined;
  readonly doctor: string | undefined;
  readonly titular: string | undefined;
  /** How the caller signed in; undefined: not at all. */
  readonly method: string | undefined;
  readonly clientAddress: string;
  readonly requestId: string;
  /**
   * Kind of caller, in the policy's words: the capacity of an account holder, otherwise citizen, system, operator, …
   */
  readonly caller?: string | undefined;
  /** The caller's region: that of the doctor's or operator's ASL, of the office, of the system. */
  readonly region?: string | undefined;
  readonly subjectKind?: SubjectKind | undefined;
  /** For the machine's operator. */
  readonly databaseLogin?: string | undefined;
  readonly systemUser?: string | undefined;
  /** For a search of the log [S-3]: its reason and filters, as JSON values. */
  readonly search?: object | undefined;
}

/**
 * The kind of an act's subject: for a person the kind of identifier, never the identifier; otherwise a thing of the
 * service.
 */
export type SubjectKind =
  'codice-fiscale' | 'provisional' | 'stp' | 'account' | 'office' | 'region' | 'window' | 'file' | 'job' | 'delivery';

/** The columns of a call: name, type, value. transaction_id and outcome come from the statement. */
const COLUMNS: readonly (readonly [name: string, type: string, value: (access: Access) => unknown])[] = [
  ['at', 'timestamptz', ({ at }) => at],
  ['operation', 'text', ({ operation }) => operation],
  ['user_id', 'text', ({ userId }) => userId],
  ['doctor', 'text', ({ doctor }) => doctor],
  ['titular', 'text', ({ titular }) => titular],
  ['method', 'text', ({ method }) => method],
  ['client_address', 'inet', ({ clientAddress }) => clientAddress || undefined],
  ['request_id', 'uuid', ({ requestId }) => requestId],
  ['caller', 'text', ({ caller }) => caller],
  ['region', 'text', ({ region }) => region],
  ['subject_kind', 'text', ({ subjectKind }) => subjectKind],
  ['database_login', 'text', ({ databaseLogin }) => databaseLogin],
  ['os_user', 'text', ({ systemUser }) => systemUser],
  ['search', 'jsonb', ({ search }) => search && JSON.stringify(search)],
];

/** The call's columns, in the order of `accessValues`. */
export const ACCESS_COLUMNS = COLUMNS.map(([name]) => name).join(', ');

/** The expressions for the columns after transaction_id and outcome, from parameter $1 on. */
const ACCESS_PARAMETERS = COLUMNS.map(([, type], index) => `$${index + 1}::${type}`).join(', ');

/** How many parameters `accessValues` fills: a statement's own parameters follow them. */
export const ACCESS_PARAMETER_COUNT = COLUMNS.length;

export function accessValues(access: Access): unknown[] {
  return COLUMNS.map(([, , value]) => value(access) ?? null);
}

/** The SQL of a new transaction id [T-50]. */
export const NEXT_TRANSACTION_ID = "nextval('audit.transaction_id')";

/** CTE `transaction (id)`: generated once, because RETURNING on the log would need the right to read it. */
export const TRANSACTION = `transaction AS MATERIALIZED (SELECT ${NEXT_TRANSACTION_ID} AS id)`;

/**
 * CTE `logged`: writes the access-log row of a transaction.
 * @param outcome SQL of the outcome's code
 * @param source relation with the transaction's `id` and whatever the outcome refers to
 * @param access the call's columns: parameters of the statement, or columns of the source
 */
export function loggedAs(outcome: string, source: string, access = ACCESS_PARAMETERS): string {
  return `logged AS (
    INSERT INTO audit.access_log (transaction_id, outcome, ${ACCESS_COLUMNS})
    SELECT id, ${outcome}, ${access} FROM ${source}
  )`;
}

/** For a group of calls: relation arguments of `unnest`, from parameter $1 on, and the columns they make. */
export const ACCESS_ARRAYS = COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ');

/** The parameters of `ACCESS_ARRAYS`: each column of all calls. */
export function accessArrays(accesses: readonly Access[]): unknown[][] {
  return COLUMNS.map(([, , value]) => accesses.map((access) => value(access) ?? null));
}

/** A connection, or a transaction on it. */
interface LogTables {
  query(sql: string, parameters: unknown[]): Promise<{ id: string }[]>;
}

/**
 * Writes the row of a transaction if no statement with its effect does: within the transaction of the effect.
 * @param affected how many rows of the subject were changed
 * @returns the transaction's id
 */
export async function recordIn(tables: LogTables, access: Access, outcome: string, affected?: number): Promise<number> {
  const [n, m] = [ACCESS_PARAMETER_COUNT + 1, ACCESS_PARAMETER_COUNT + 2];
  // RETURNING would need the right to read the log.
  const [row] = await tables.query(
    `WITH ${TRANSACTION}, logged AS (
       INSERT INTO audit.access_log (transaction_id, outcome, affected, ${ACCESS_COLUMNS})
       SELECT id, $${n}::text, $${m}::bigint, ${ACCESS_PARAMETERS} FROM transaction
     ) SELECT id FROM transaction`,
    [...accessValues(access), outcome, affected ?? null],
  );
  return Number(row?.id);
}

/** A change with its row in the log. */
export interface RecordedChange<Row> {
  readonly transactionId: number;
  /** What the change returned. */
  readonly rows: readonly Row[];
}

/** Parameter of the statement's own values: the first is 1. */
export type Place = (position: number) => string;

/**
 * Makes a change and writes the row of its transaction in one statement: neither is stored without the other.
 * @param change SQL that returns the changed rows; `place(1)` represents the first of `values`
 * @param before CTEs that the change uses, each followed by a comma
 * @returns undefined: it changed nothing and wrote no row
 */
export async function changedIn<Row extends object = object>(
  tables: { query(sql: string, parameters: unknown[]): Promise<(Row & { readonly transactionId: string })[]> },
  access: Access,
  outcome: string,
  change: (place: Place) => string,
  values: readonly unknown[],
  before: (place: Place) => string = () => '',
): Promise<RecordedChange<Row> | undefined> {
  const own = ACCESS_PARAMETER_COUNT + 1;
  const place: Place = (position) => `$${own + position}`;
  const rows = await tables.query(
    `WITH ${before(place)} effect AS (${change(place)}),
     transaction AS MATERIALIZED (SELECT ${NEXT_TRANSACTION_ID} AS id WHERE EXISTS (SELECT FROM effect)),
     logged AS (
       INSERT INTO audit.access_log (transaction_id, outcome, affected, ${ACCESS_COLUMNS})
       SELECT id, $${own}::text, (SELECT count(*) FROM effect), ${ACCESS_PARAMETERS} FROM transaction
     ) SELECT transaction.id AS "transactionId", effect.* FROM transaction, effect`,
    [...accessValues(access), outcome, ...values],
  );
  const [first] = rows;
  return first && { transactionId: Number(first.transactionId), rows };
}

/** The access log within a transaction of the caller: a rollback removes its rows too. */
export function accessLogIn(tables: LogTables): AccessLog {
  return { record: (access, outcome) => recordIn(tables, access, outcome) };
}

export interface AccessLog {
  /**
   * Records a transaction without effect: a refusal, a failed sign-in. @returns its transaction id, after the commit
   */
  record(access: Access, outcome: string): Promise<number>;
}

export function createAccessLog(db: DataSource): AccessLog {
  const insert = statement<{ id: string }>(
    db,
    'audit.record',
    `WITH ${TRANSACTION}, ${loggedAs(`$${ACCESS_PARAMETER_COUNT + 1}::text`, 'transaction')} SELECT id FROM transaction`,
  );
  return {
    async record(access, outcome) {
      const [row] = await insert([...accessValues(access), outcome]);
      return Number(row?.id);
    },
  };
}
