/**
 * Retention of import data, and of persons no longer in care if the operator configures a term. Imports renew the rest
 * of the registry, which has no term [G-1].
 */
import { deletion, dueOf, firstDayKept } from '../platform/db/index.js';
import type { RetentionRule } from '../platform/db/index.js';

const MONTHS = 12;
/** Long enough to resume an interrupted import; the table holds the file's content. */
const STAGING_MONTHS = 1;
/** Tables, not rows: each is dropped whole, and all of a batch in one transaction. */
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

/**
 * A database view decides who may be deleted, and a database function deletes, because the worker must not be able to
 * delete anybody else. A person who returns, for instance from abroad, is imported again with the day of reactivation.
 */
function ended(months: number): RetentionRule {
  return {
    name: 'registry.person',
    describes: 'assistiti deceduti, emigrati o non più in carico, senza test né posizione negli elenchi',
    term: `${months} mesi dall’ultima variazione della posizione`,
    source: '[S-5], decisione 0071',
    async count(db, today) {
      const rows = await db.query<{ rows: string; oldest: string | null }[]>(
        `SELECT count(*) AS rows, min(updated_on) AS oldest FROM registry.ended_person WHERE updated_on < $1::date`,
        [firstDayKept(today, months)],
      );
      return dueOf(rows[0]);
    },
    async purge(db, today, limit) {
      const rows = await db.query<{ deleted: string }[]>(
        'SELECT registry.purge_ended($1::date, $2::integer) AS deleted',
        [firstDayKept(today, months), limit],
      );
      return Number(rows[0]?.deleted);
    },
  };
}

/** @param endedMonths undefined: no person is deleted */
export const registryRetention = (endedMonths: number | undefined): readonly RetentionRule[] => [
  ...(endedMonths === undefined ? [] : [ended(endedMonths)]),
  staging,
  deletion({
    name: 'registry_import.run',
    table: 'registry_import.run',
    describes: 'importazioni dell’anagrafe: impronta del file e conteggi',
    term: '12 mesi dall’inizio dell’importazione',
    months: MONTHS,
    source: '[S-5]',
    since: { instant: 'started_at' },
    // The run is the only reference to its staging table.
    only: `finished_at IS NOT NULL OR to_regclass('registry_import.staging_' || id) IS NULL`,
  }),
];
