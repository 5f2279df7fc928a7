/** How long the access log is kept [T-60] [S-5]. Who deletes has no right to: the database's function does it. */
import { deletion, firstDayKept } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';

const MONTHS = 12;

export const auditRetention: readonly RetentionRule[] = [
  {
    ...deletion({
      name: 'audit.access_log',
      table: 'audit.access_log',
      describes: 'registro degli accessi, comprese le risposte al blocco dei metadati e le cancellazioni stesse',
      term: '12 mesi dall’accesso',
      months: MONTHS,
      source: '[T-60] [S-5], 3.5, 6.7',
      since: { instant: 'at' },
    }),
    async purge(db, today, limit) {
      const rows = await db.query<{ deleted: string }[]>(
        'SELECT audit.purge_access_log($1::date, $2::integer) AS deleted',
        [firstDayKept(today, MONTHS), limit],
      );
      return Number(rows[0]?.deleted);
    },
  },
];
