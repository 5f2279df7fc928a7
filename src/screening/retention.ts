/** How long tests and substitutions are kept [T-60] [S-5], 3.5. */
import { MIDNIGHT, deletion, firstDayKept } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';

const MONTHS = 12;

/** A test and its cancellation refer to each other: both are deleted together, by the date of the test's submission. */
const tests: RetentionRule = {
  ...deletion({
    name: 'screening.test_submission',
    table: 'screening.test_submission',
    describes: 'test comunicati dai medici, con i relativi annullamenti',
    term: '12 mesi dalla comunicazione',
    months: MONTHS,
    source: '[T-60] [S-5], 3.5',
    since: { instant: 'communicated_at' },
  }),
  async purge(db, today, limit) {
    const rows = await db.query<{ count: string }[]>(
      `WITH past AS MATERIALIZED (
         SELECT transaction_id FROM screening.test_submission WHERE communicated_at < ${MIDNIGHT}
         ORDER BY communicated_at LIMIT $2::integer
       ), cancellations AS (
         DELETE FROM screening.test_cancellation c USING past WHERE c.submission = past.transaction_id
       ), gone AS (
         DELETE FROM screening.test_submission s USING past WHERE s.transaction_id = past.transaction_id RETURNING 1
       ) SELECT count(*) FROM gone`,
      [firstDayKept(today, MONTHS), limit],
    );
    return Number(rows[0]?.count);
  },
};

export const screeningRetention: readonly RetentionRule[] = [
  tests,
  deletion({
    name: 'screening.substitution',
    table: 'screening.substitution',
    describes: 'sostituzioni di un medico titolare',
    term: '12 mesi dalla fine della sostituzione o dalla revoca',
    months: MONTHS,
    source: '[S-5], 3.3.1',
    since: { day: `least(valid_to, (revoked_at AT TIME ZONE 'Europe/Rome')::date)` },
  }),
];
