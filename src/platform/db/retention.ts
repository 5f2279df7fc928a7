/**
 * What a rule of retention is [S-5], and the calendar of its terms. Features declare their rules in `retention.ts`,
 * next to their tables; src/retention runs them. Does not know any table.
 */
import type { DataSource } from 'typeorm';
import { romeDate } from '../clock.js';
import type { IsoDate } from '../clock.js';

/** The database, or a transaction on it. */
export type Queryable = Pick<DataSource, 'query'>;

/** What a rule would delete now. */
export interface Due {
  readonly rows: number;
  /** Day in Rome of the oldest of them, by the date on which their term starts; undefined when there are none. */
  readonly oldest: IsoDate | undefined;
}

/**
 * One kind of data and its term. `count` and `purge` must have the same condition, so that the report matches what
 * is deleted: `deletion` makes both from one.
 */
export interface RetentionRule {
  /**
   * Schema and table, or another subject of the rule: `audit.access_log`. Unique; shown in reports and in the access
   * log.
   */
  readonly name: string;
  /** The data, for the operator and docs/retention.md; Italian. */
  readonly describes: string;
  /** Its term in words, and when it starts; Italian. */
  readonly term: string;
  /** Where the term is written: `[S-5], 3.5`. */
  readonly source: string;
  count(db: Queryable, today: IsoDate): Promise<Due>;
  /**
   * Deletes at most `limit` rows, in one statement: an interruption between two calls leaves nothing half done.
   * @returns the number of deleted rows; 0 when nothing is left
   */
  purge(db: Queryable, today: IsoDate, limit: number): Promise<number>;
}

/**
 * The first day whose data is still within a term of `months` on `today`: older data is deleted. The day of the event
 * is not counted and the last day is the corresponding one, or the month's last (art. 2963 of the civil code): data of
 * 22-11-2025 is kept all day on 22-11-2026 and deleted on the 23rd; data of 29-02-2024 is deleted on 01-03-2025.
 */
export function firstDayKept(today: IsoDate, months: number): IsoDate {
  const [year = 0, month = 0, day = 0] = today.split('-').map(Number);
  const sameDay = new Date(Date.UTC(year, month - 1 - months, day));
  // The month lacks the day: Date has moved into the following month, whose first day is kept.
  if (sameDay.getUTCDate() !== day) sameDay.setUTCDate(1);
  return sameDay.toISOString().slice(0, 10);
}

/** A rule in SQL. The condition may use the table's columns, and `$1::date`, the first day kept. */
export interface Deletion extends Pick<RetentionRule, 'name' | 'describes' | 'source'> {
  readonly term: string;
  readonly months: number;
  /** Schema and table. */
  readonly table: string;
  /**
   * SQL of the date or instant at which the term starts. An index on it makes both statements fast; instants are
   * compared with the midnight in Rome at which the first day kept begins.
   */
  readonly since: { readonly day: string } | { readonly instant: string };
  /** Further condition in SQL; absent: none. */
  readonly only?: string;
}

/** SQL of the instant at which the day `$1` begins in Rome. */
export const MIDNIGHT = `($1::date::timestamp AT TIME ZONE 'Europe/Rome')`;

/** A rule that deletes rows of one table, the condition written once. Needs SELECT and DELETE on it. */
export function deletion({ table, since, only, months, ...words }: Deletion): RetentionRule {
  const past = 'day' in since ? `${since.day} < $1::date` : `${since.instant} < ${MIDNIGHT}`;
  const where = `WHERE ${past}${only === undefined ? '' : ` AND (${only})`}`;
  const oldest = 'day' in since ? since.day : since.instant;
  return {
    ...words,
    async count(db, today) {
      const rows = await db.query<{ rows: string; oldest: Date | string | null }[]>(
        `SELECT count(*) AS rows, min(${oldest}) AS oldest FROM ${table} ${where}`,
        [firstDayKept(today, months)],
      );
      return dueOf(rows[0]);
    },
    async purge(db, today, limit) {
      const rows = await db.query<{ count: string }[]>(
        `WITH gone AS (
           DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} ${where} LIMIT $2::integer)) RETURNING 1
         ) SELECT count(*) FROM gone`,
        [firstDayKept(today, months), limit],
      );
      return Number(rows[0]?.count);
    },
  };
}

/** The row of a statement `SELECT count(*) AS rows, min(…) AS oldest`. */
export function dueOf(row: { readonly rows: string; readonly oldest: Date | string | null } | undefined): Due {
  const oldest = row?.oldest ?? undefined;
  return { rows: Number(row?.rows ?? 0), oldest: oldest instanceof Date ? romeDate(oldest) : oldest };
}
