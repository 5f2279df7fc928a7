/**
 * How long decisions are kept [O-6]: as long as art. 10 of the DM 7-9-2023 says, which the operator configures. Without
 * a configured term nothing is deleted.
 */
import { FORGET_AFTER_SECONDS } from '../auth/index.js';
import { MIDNIGHT, deletion, dueOf, firstDayKept } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';

const LAST_ATTEMPT = 'coalesce(locked_until, attempted_at)';

/**
 * Selects a person's whole history by its last decision: a part of it would read as another history. Pending work keeps
 * it: a window whose bulk is not finished, a notification that is neither sent nor withdrawn.
 */
const PAST = `
  SELECT d.subject, d.decided_at FROM consent.decision d
  WHERE d.decided_at < ${MIDNIGHT}
    AND NOT EXISTS (SELECT FROM consent.decision later WHERE later.subject = d.subject
                    AND (later.decided_at, later.id) > (d.decided_at, d.id))
    AND NOT EXISTS (
      SELECT FROM consent.decision own
        LEFT JOIN consent.acquisition_window w ON w.id = own.window_id
        LEFT JOIN consent.notification n ON n.decision_id = own.id
      WHERE own.subject = d.subject AND ((w.id IS NOT NULL AND w.completed_at IS NULL) OR n.state NOT IN ('sent', 'withdrawn'))
    )`;

/** Failed guesses in the free area, once they no longer count; independent of the term of decisions. */
export const freeAreaRetention: readonly RetentionRule[] = [
  deletion({
    name: 'consent.free_area_attempt',
    table: 'consent.free_area_attempt',
    describes: 'tentativi di accesso all’area libera, per persona (in forma cifrata) e indirizzo di rete',
    term: '24 ore dall’ultimo tentativo o dalla fine del blocco',
    months: 0,
    source: '[S-5]; decisione 0091',
    since: { instant: LAST_ATTEMPT },
    only: `${LAST_ATTEMPT} < ${MIDNIGHT} - make_interval(secs => ${FORGET_AFTER_SECONDS})`,
  }),
  deletion({
    name: 'consent.operator_lookup',
    table: 'consent.operator_lookup',
    describes: 'quante persone un operatore ha verificato senza registrare una scelta; l’ultima in forma cifrata',
    term: 'il giorno dopo l’ultima verifica',
    months: 0,
    source: '[S-5]; decisione 0108',
    since: { instant: 'counted_at' },
  }),
];

/** @param months undefined: no rule */
export function consentRetention(months: number | undefined): readonly RetentionRule[] {
  if (months === undefined) return [];
  return [
    {
      name: 'consent.decision',
      describes: 'registro delle volontà: tutte le decisioni e le notifiche di una persona (si contano le persone)',
      term: `${months} mesi dall’ultima decisione`,
      source: '[O-6], art. 10 DM 7-9-2023',
      async count(db, today) {
        const rows = await db.query<{ rows: string; oldest: Date | null }[]>(
          `SELECT count(*) AS rows, min(decided_at) AS oldest FROM (${PAST}) past`,
          [firstDayKept(today, months)],
        );
        return dueOf(rows[0]);
      },
      async purge(db, today, limit) {
        const rows = await db.query<{ count: string }[]>(
          `WITH past AS MATERIALIZED (${PAST} LIMIT $2::integer),
           decisions AS MATERIALIZED (
             SELECT d.id FROM consent.decision d JOIN past USING (subject)
           ), notifications AS (
             DELETE FROM consent.notification n USING decisions WHERE n.decision_id = decisions.id
           ), gone AS (
             DELETE FROM consent.decision d USING decisions WHERE d.id = decisions.id
           ) SELECT count(*) FROM past`,
          [firstDayKept(today, months), limit],
        );
        return Number(rows[0]?.count);
      },
    },
  ];
}
