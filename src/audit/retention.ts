/** How long the access log is kept [T-60] [S-5]. Who deletes has no right to: the database's function does it. */
import { MIDNIGHT, dueOf, firstDayKept } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';

const MONTHS = 12;

export const auditRetention: readonly RetentionRule[] = [
  {
    name: 'audit.access_log',
    describes: 'registro degli accessi, comprese le risposte al blocco dei metadati e le cancellazioni stesse',
    term: '12 mesi dall’accesso',
    source: '[T-60] [S-5], 3.5, 6.7',
    async count(db, today) {
      const rows = await db.query<{ rows: string; oldest: Date | null }[]>(
        `SELECT count(*) AS rows, min(at) AS oldest FROM audit.access_log WHERE at < ${MIDNIGHT}`,
        [firstDayKept(today, MONTHS)],
      );
      return dueOf(rows[0]);
    },
    async purge(db, today, limit) {
      const rows = await db.query<{ deleted: string }[]>(
        'SELECT audit.purge_access_log($1::date, $2::integer) AS deleted',
        [firstDayKept(today, MONTHS), limit],
      );
      return Number(rows[0]?.deleted);
    },
  },
];
