/**
 * Reads the access log: newest first, in pages that continue by key, so that a later page costs no more than the first.
 */
import type { AdmittedAccess } from '../auth/index.js';
import type { Queryable } from '../platform/db/index.js';
import { placeOf } from './model.js';
import type { LogSearch } from './model.js';

/** A row of the log: docs/events.md says what each column means. */
export interface FoundRow {
  readonly transactionId: string;
  readonly at: Date;
  readonly operation: string;
  readonly outcome: string;
  readonly userId: string | null;
  readonly doctor: string | null;
  readonly titular: string | null;
  readonly method: string | null;
  readonly clientAddress: string | null;
  readonly requestId: string;
  readonly affected: string | null;
  readonly times: number | null;
  readonly caller: string | null;
  readonly region: string | null;
  readonly subjectKind: string | null;
  readonly databaseLogin: string | null;
  readonly systemUser: string | null;
  readonly writtenAt: Date | null;
  /** Of a search: its reason and filters. */
  readonly search: Readonly<Record<string, unknown>> | null;
}

const COLUMNS = `
  transaction_id AS "transactionId", at, operation, outcome, user_id AS "userId", doctor, titular, method,
  host(client_address) AS "clientAddress", request_id AS "requestId", affected, times, caller, region,
  subject_kind AS "subjectKind", database_login AS "databaseLogin", os_user AS "systemUser", written_at AS "writtenAt",
  search`;

/** Only given filters become conditions: the planner then sees which index has the fewest rows. */
const FILTERS: readonly (readonly [column: string, type: string, value: (search: LogSearch) => unknown])[] = [
  ['user_id', 'text', ({ userId }) => userId],
  ['operation', 'text', ({ operation }) => operation],
  ['outcome', 'text', ({ outcome }) => outcome],
  ['transaction_id', 'bigint', ({ transactionId }) => transactionId],
  ['request_id', 'uuid', ({ requestId }) => requestId],
  ['region', 'text', ({ region }) => region],
  ['caller', 'text', ({ caller }) => caller],
];

/** @param rows maximum number */
export async function readLog(
  tables: Queryable,
  _access: AdmittedAccess,
  search: LogSearch,
  rows: number,
): Promise<readonly FoundRow[]> {
  const values: unknown[] = [];
  const place = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const midnight = (day: string): string => `(${place(day, 'date')}::timestamp AT TIME ZONE 'Europe/Rome')`;
  const nextMidnight = (day: string): string => `((${place(day, 'date')} + 1)::timestamp AT TIME ZONE 'Europe/Rome')`;
  const conditions = [`at >= ${midnight(search.from)}`, `at < ${nextMidnight(search.to)}`];
  for (const [column, type, valueOf] of FILTERS) {
    const value = valueOf(search);
    if (value !== undefined) conditions.push(`${column} = ${place(value, type)}`);
  }
  const after = search.after === undefined ? undefined : placeOf(search.after);
  if (after !== undefined) {
    const key = `${place(after.at, 'timestamptz')}, ${place(after.transactionId, 'bigint')}`;
    conditions.push(`(at, transaction_id) < (${key})`);
  }
  const limit = place(rows, 'integer');
  const page = (...further: string[]): string => `
    SELECT ${COLUMNS} FROM audit.access_log WHERE ${[...conditions, ...further].join(' AND ')}
    ORDER BY at DESC, transaction_id DESC LIMIT ${limit}`;
  if (search.person === undefined) return tables.query<FoundRow[]>(page(), values);
  const person = place(search.person, 'text');
  // Two indexed conditions that no row meets both.
  return tables.query<FoundRow[]>(
    `SELECT * FROM (
       (${page(`doctor = ${person}`)})
       UNION ALL (${page(`titular = ${person}`, 'titular IS DISTINCT FROM doctor')})
     ) found ORDER BY at DESC, "transactionId" DESC LIMIT ${limit}`,
    values,
  );
}
