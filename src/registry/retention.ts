/** What imports leave behind, and until when. The registry itself is renewed by imports and has no term here [G-1]. */
import { deletion, firstDayKept } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';

const MONTHS = 12;
/** Long enough to come back to an import that was interrupted; it holds what the file held. */
const STAGING_MONTHS = 1;
/** Of tables, not rows: each is dropped whole, and all of a batch in one transaction. */
const STAGING_TABLES = 10;

const staging: RetentionRule = {
  ...deletion({
    name: 'registry_import.staging',
    table: 'registry_import.run',
    describes: 'righe lette da importazioni dell’anagrafe mai concluse (si conta una tabella per importazione)',
    term: '1 mese dall’inizio dell’importazione',
    months: STAGING_MONTHS,
    source: '[S-5], decisione 0041',
    since: { instant: 'started_at' },
    only: `finished_at IS NULL AND to_regclass('registry_import.staging_' || id) IS NOT NULL`,
  }),
  async purge(db, today, limit) {
    const rows = await db.query<{ dropped: number }[]>(
      'SELECT registry_import.drop_staging($1::date, $2::integer) AS dropped',
      [firstDayKept(today, STAGING_MONTHS), Math.min(limit, STAGING_TABLES)],
    );
    return rows[0]?.dropped ?? 0;
  },
};

export const registryRetention: readonly RetentionRule[] = [
  staging,
  deletion({
    name: 'registry_import.run',
    table: 'registry_import.run',
    describes: 'importazioni dell’anagrafe: impronta del file e conteggi',
    term: '12 mesi dall’inizio dell’importazione',
    months: MONTHS,
    source: '[S-5]',
    since: { instant: 'started_at' },
    // The one way to a staging table is its run.
    only: `finished_at IS NOT NULL OR to_regclass('registry_import.staging_' || id) IS NULL`,
  }),
];
