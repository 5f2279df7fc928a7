/**
 * Counts the persons whom an operator of an office looks up without expressing anything for them: a counter is no directory
 * of who is in care, and of who has opposed. Each look-up has its row in the log too.
 */
import { createHash } from 'node:crypto';
import type { Queryable } from '../../platform/db/index.js';

/** At a time; then one more for every two minutes. */
export const MOST_LOOKUPS = 30;
const EVERY_SECONDS = 120;

/** In place of the person looked up last, once something was expressed for that person. */
const NOT_FOR_NOTHING = Buffer.alloc(32);

export interface LookupCounter {
  /** Counts a person, once in a row. @returns false: too many persons were looked up */
  claim(operator: string, subject: string, at: Date): Promise<boolean>;
  /** Something was expressed for the person looked up last: that was no look-up for nothing. Counts once a look-up. */
  acted(operator: string): Promise<void>;
}

/** Left of the count at $3: t is the operator's row. */
const LEFT = `greatest(t.lookups - greatest(extract(epoch FROM $3::timestamptz - t.counted_at), 0) / ${EVERY_SECONDS}, 0)`;

/** @param db the consent database, as the register's role */
export function createLookupCounter(db: Queryable): LookupCounter {
  return {
    async claim(operator, subject, at) {
      const person = createHash('sha256').update(subject).digest();
      const rows = await db.query<unknown[]>(
        `INSERT INTO consent.operator_lookup AS t (operator, person, lookups, counted_at) VALUES ($1, $2, 1, $3)
         ON CONFLICT (operator) DO UPDATE SET person = $2, counted_at = $3,
           lookups = CASE WHEN t.person = $2 THEN ${LEFT} ELSE ${LEFT} + 1 END
         WHERE t.person = $2 OR ${LEFT} <= ${MOST_LOOKUPS - 1} RETURNING 1`,
        [operator, person, at],
      );
      return rows.length > 0;
    },
    async acted(operator) {
      await db.query(
        `UPDATE consent.operator_lookup SET lookups = greatest(lookups - 1, 0), person = $2
         WHERE operator = $1 AND person <> $2`,
        [operator, NOT_FOR_NOTHING],
      );
    },
  };
}
