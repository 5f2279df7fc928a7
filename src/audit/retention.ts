/** How long the access log is kept [T-60] [S-5]. Purging roles may not delete rows: a function of the database does. */
import { MIDNIGHT, deletion, firstDayKept } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';

const MONTHS = 12;

const ruleOf = (name: string, describes: string): RetentionRule => ({
  ...deletion({
    ...{ name, table: 'audit.access_log', describes },
    term: '12 mesi dall’accesso',
    months: MONTHS,
    source: '[T-60] [S-5], 3.5, 6.7',
    since: { instant: 'at' },
    // Also by the database's own instant, which no process can set: a backdated row stays its whole term.
    only: `coalesce(written_at < ${MIDNIGHT}, true)`,
  }),
  async purge(db, today, limit) {
    const rows = await db.query<{ deleted: string }[]>(
      'SELECT audit.purge_access_log($1::date, $2::integer) AS deleted',
      [firstDayKept(today, MONTHS), limit],
    );
    return Number(rows[0]?.deleted);
  },
});

export const auditRetention: readonly RetentionRule[] = [
  ruleOf(
    'audit.access_log',
    'registro degli accessi, comprese le risposte al blocco dei metadati e le cancellazioni stesse',
  ),
];

/** Rule for the consent database. */
export const consentLogRetention: readonly RetentionRule[] = [
  ruleOf('audit.access_log (registro delle volontà)', 'registro degli accessi al registro delle volontà'),
];
