/**
 * The SQL of the import of the first term's decisions [O-8]: a staging table for the session, and the register. Subject
 * and instant identify a decision, so a repeated import recognises what an interrupted one has written.
 */
import type { Writable } from 'node:stream';
import { recordIn } from '../../audit/index.js';
import type { Access } from '../../audit/index.js';
import { faultColumns } from '../../platform/csv/index.js';
import type { RejectLimit } from '../../platform/csv/index.js';
import type { BulkSession } from '../../platform/db/index.js';
import { IMPORT_COLUMNS } from './import-columns.js';
import type { References } from './import-columns.js';

const AMBIGUOUS = 'più decisioni diverse della stessa persona nello stesso istante: occorre anche l’ora';
const REPEATED = 'decisione già presente in una riga precedente del file';
const CONTRADICTED = 'la stessa decisione è già stata importata con un altro valore';
const NO_REGION = 'regione assente e persona sconosciuta all’anagrafe: occorre indicarla';

/** The decree's second term began after this day: later expressions do not belong to the first term (chapter 6). */
const FIRST_TERM_ENDS = '2024-06-30';

const IN_ORDER = 's.fault IS NULL AND NOT s.is_stored';

export class ImportStore {
  constructor(private readonly session: BulkSession) {}

  async terms(): Promise<References['terms']> {
    return this.session.select<References['terms'][number]>(
      `SELECT opens_on::text AS "opensOn", closes_on::text AS "closesOn" FROM consent.acquisition_window
       WHERE closes_on <= $1::date`,
      [FIRST_TERM_ENDS],
    );
  }

  async begin(): Promise<void> {
    const columns = [...IMPORT_COLUMNS.map(({ name }) => name), ...faultColumns].map((name) => `${name} text`);
    await this.end();
    await this.session.run(
      `CREATE TEMP TABLE imported_decision (line bigint NOT NULL, ${columns.join(', ')}, at timestamptz(3),
                                            is_stored boolean NOT NULL DEFAULT false)`,
    );
  }

  async load(columns: readonly string[], rows: AsyncGenerator<Buffer>, limit: RejectLimit): Promise<void> {
    await this.session.load('imported_decision', columns, rows, limit);
    await this.session.run('UPDATE imported_decision SET at = decided_at::timestamptz WHERE fault IS NULL');
    await this.session.run('CREATE INDEX ON imported_decision (line)');
    await this.session.run('ANALYZE imported_decision');
  }

  /** Number of rows that repeat the person and instant of another. Callable before `load` has ended. */
  async repetitions(): Promise<number> {
    const rows = await this.session.select<{ repeated: number }>(
      `SELECT coalesce(sum(same - 1), 0)::float8 AS repeated
       FROM (SELECT count(*) AS same FROM imported_decision WHERE fault IS NULL
             GROUP BY subject, decided_at::timestamptz) k`,
    );
    return rows[0]?.repeated ?? 0;
  }

  /**
   * Rejects lines that contradict or repeat another line or the register, and marks those already in it.
   * @returns number of rejected lines
   */
  async compare(): Promise<number> {
    const refused = await this.session.select<{ count: number }>(
      `WITH twice AS (
         SELECT subject, at, min(line) AS first, max(line) AS last, count(DISTINCT value) > 1 AS is_ambiguous FROM imported_decision
         WHERE fault IS NULL GROUP BY subject, at HAVING count(*) > 1
       ), marked AS (
         UPDATE imported_decision s SET fault_column = 'data_opposizione', fault_value = '',
           fault = CASE WHEN is_ambiguous THEN $1 ELSE $2 END
                   || ' (riga ' || CASE WHEN s.line = twice.first THEN twice.last ELSE twice.first END || ')'
         FROM twice WHERE s.subject = twice.subject AND s.at = twice.at AND s.fault IS NULL
           AND (is_ambiguous OR s.line > twice.first)
         RETURNING 1
       ) SELECT count(*)::int AS count FROM marked`,
      [AMBIGUOUS, REPEATED],
    );
    const known = await this.session.select<{ count: number }>(
      `WITH marked AS (
         UPDATE imported_decision s SET is_stored = d.value = s.value,
           fault_column = CASE WHEN d.value <> s.value THEN 'opposizione' END,
           fault_value = CASE WHEN d.value <> s.value THEN '' END,
           fault = CASE WHEN d.value <> s.value THEN $1 END
         FROM consent.decision d
         WHERE d.subject = s.subject AND d.decided_at = s.at AND d.imported_at IS NOT NULL AND s.fault IS NULL
         RETURNING s.fault
       ) SELECT count(fault)::int AS count FROM marked`,
      [CONTRADICTED],
    );
    return (refused[0]?.count ?? 0) + (known[0]?.count ?? 0);
  }

  /** The next subjects after a line for which the file has no region. */
  withoutRegion(after: number, limit: number): Promise<{ line: number; subject: string }[]> {
    return this.session.select<{ line: number; subject: string }>(
      `SELECT line::float8 AS line, subject FROM imported_decision s
       WHERE ${IN_ORDER} AND region IS NULL AND line > $1 ORDER BY line LIMIT $2`,
      [after, limit],
    );
  }

  async setRegions(lines: readonly number[], regions: readonly (string | null)[]): Promise<void> {
    await this.session.run(
      `UPDATE imported_decision s SET region = found.region
       FROM unnest($1::bigint[], $2::text[]) AS found (line, region) WHERE s.line = found.line`,
      [lines, regions],
    );
  }

  /** @returns number of rejected lines */
  async refuseWithoutRegion(): Promise<number> {
    const rows = await this.session.select<{ count: number }>(
      `WITH marked AS (
         UPDATE imported_decision s SET fault_column = 'regione', fault = $1, fault_value = ''
         WHERE ${IN_ORDER} AND region IS NULL RETURNING 1
       ) SELECT count(*)::int AS count FROM marked`,
      [NO_REGION],
    );
    return rows[0]?.count ?? 0;
  }

  async counts(): Promise<{ already: number; toInsert: number; lastLine: number }> {
    const rows = await this.session.select<{ already: number; toInsert: number; lastLine: number }>(
      `SELECT count(*) FILTER (WHERE is_stored)::int AS already, count(*) FILTER (WHERE ${IN_ORDER})::int AS "toInsert",
              coalesce(max(line), 0)::float8 AS "lastLine" FROM imported_decision s`,
    );
    return rows[0] ?? { already: 0, toInsert: 0, lastLine: 0 };
  }

  /**
   * Inserts the lines after `from` up to `to`, in one transaction that blocks other decisions. Ordinals, which only
   * distinguish, continue after each subject's last one.
   */
  insert(from: number, to: number, now: Date, access: Access): Promise<{ count: number; transactionId: number }> {
    return this.session.transaction(async () => {
      await this.session.run('LOCK TABLE consent.decision IN SHARE ROW EXCLUSIVE MODE');
      const rows = await this.session.select<{ count: number }>(
        `WITH inserted AS (
           INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, category, region,
                                         window_id, imported_at)
           SELECT s.subject, coalesce(past.last, 0) + row_number() OVER (PARTITION BY s.subject ORDER BY s.at), s.value,
                  s.at, s.entered_by, s.entered_role, 2, s.region, w.id, $3
           FROM imported_decision s
             JOIN consent.acquisition_window w
               ON (s.at AT TIME ZONE 'Europe/Rome')::date BETWEEN w.opens_on AND w.closes_on
             CROSS JOIN LATERAL (SELECT max(ordinal) AS last FROM consent.decision WHERE subject = s.subject) past
           WHERE ${IN_ORDER} AND s.line > $1 AND s.line <= $2
           ON CONFLICT (subject, decided_at) WHERE imported_at IS NOT NULL DO NOTHING
           RETURNING 1
         ) SELECT count(*)::int AS count FROM inserted`,
        [from, to, now],
      );
      const count = rows[0]?.count ?? 0;
      const tables = { query: (sql: string, values: unknown[]) => this.session.select<{ id: string }>(sql, values) };
      return { count, transactionId: await recordIn(tables, { ...access, at: now }, 'imported', count) };
    });
  }

  /** Streams the reject report as CSV, in file order. */
  async report(target: Writable): Promise<void> {
    await this.session.unload(
      `SELECT line AS riga, coalesce(fault_column, '') AS colonna, fault AS motivo, coalesce(fault_value, '') AS valore
       FROM imported_decision WHERE fault IS NOT NULL ORDER BY line, fault_column`,
      ['colonna', 'motivo', 'valore'],
      target,
    );
  }

  async end(): Promise<void> {
    await this.session.run('DROP TABLE IF EXISTS pg_temp.imported_decision');
  }
}
