/**
 * Lines that are invalid only in the context of the whole file or the registry, and the report of all rejected lines
 * [G-3]. Faults within a line are found elsewhere (column.ts, kinds.ts).
 */
import type { Writable } from 'node:stream';
import type { BulkSession } from '../../platform/db/index.js';
import type { KindDefinition } from './kinds.js';
import { stagingOf } from './store.js';

const DUPLICATE = 'identificativo già presente in una riga precedente del file';

const OF_SOMEBODY_IN_CARE = 'è l’identificativo attuale di un’altra persona in assistenza';
const NOW_OF_SOMEBODY_ELSE =
  'è un identificativo precedente di un’altra persona: se è la stessa, indicare quello attuale tra i precedenti';
const OF_ANOTHER_LINE = 'già indicato per un’altra persona in una riga precedente del file';

export class Rejects {
  constructor(private readonly session: BulkSession) {}

  /** Number of rows that repeat the key of another. */
  async repetitions(id: string, { key }: KindDefinition): Promise<number> {
    const rows = await this.session.select<{ repeated: number }>(
      `SELECT coalesce(sum(same - 1), 0)::float8 AS repeated
       FROM (SELECT count(*) AS same FROM ${stagingOf(id)} WHERE fault IS NULL GROUP BY ${key}) k`,
    );
    return rows[0]?.repeated ?? 0;
  }

  /** Marks every row whose key occurs in an earlier line of the file. @returns how many */
  async markDuplicates(id: string, { key, columns }: KindDefinition): Promise<number> {
    const staging = stagingOf(id);
    const rows = await this.session.select<{ marked: number }>(
      `WITH marked AS (
         UPDATE ${staging} s SET fault_column = $1, fault = $2 || ' (riga ' || d.first || ')', fault_value = ''
         FROM (SELECT ${key} AS key, min(line) AS first FROM ${staging} WHERE fault IS NULL
               GROUP BY ${key} HAVING count(*) > 1) d
         WHERE s.${key} = d.key AND s.line > d.first AND s.fault IS NULL
         RETURNING s.line)
       SELECT count(*)::int AS marked FROM marked`,
      [columns[0]?.header ?? '', DUPLICATE],
    );
    return rows[0]?.marked ?? 0;
  }

  /**
   * Marks every row that would give one person another person's identifier [G-5], given the registry after the import:
   * first lines of persons in care under a former identifier of somebody whom the row does not name; then lines that
   * name as former the present identifier of somebody in care, or one that an earlier line gives to another person. The
   * order of two files, where the same identifier is the present one of a person and a former one of another, thus does
   * not matter.
   * @returns how many
   */
  async markFormer(id: string, { key, columns, former }: KindDefinition): Promise<number> {
    if (former === undefined) return 0;
    const staging = stagingOf(id);
    const column = columns.find(({ name }) => name === former);
    const named = column === undefined ? '' : `AND f.current <> ALL (string_to_array(coalesce(s.${former}, ''), ' '))`;
    const own = await this.mark(
      staging,
      `SELECT s.line, $2 AS reason
       FROM registry.former_identifier f JOIN ${staging} s ON s.${key} = f.former
       WHERE s.fault IS NULL AND s.status = 'in_care' ${named}`,
      [columns[0]?.header ?? '', NOW_OF_SOMEBODY_ELSE],
    );
    if (column === undefined) return own;
    const others = await this.mark(
      staging,
      `SELECT g.line, $2 AS reason
       FROM given g LEFT JOIN ${staging} s ON s.${key} = g.former AND s.fault IS NULL
         LEFT JOIN registry.person p ON p.identifier = g.former
       WHERE coalesce(s.status, p.status) = 'in_care'
       UNION ALL
       SELECT g.line, $3 || ' (riga ' || e.line || ')'
       FROM given g JOIN (SELECT former, min(line) AS line FROM given GROUP BY former) e
         ON e.former = g.former AND e.line < g.line`,
      [column.header, OF_SOMEBODY_IN_CARE, OF_ANOTHER_LINE],
      `given AS MATERIALIZED (
         SELECT s.line, g.former
         FROM ${staging} s CROSS JOIN LATERAL string_to_table(s.${former}, ' ') AS g (former)
         WHERE s.fault IS NULL AND s.${former} IS NOT NULL), `,
    );
    return own + others;
  }

  /**
   * @param wrong selects lines, each with a reason
   * @param values the column at fault comes first
   */
  private async mark(staging: string, wrong: string, values: readonly string[], before = ''): Promise<number> {
    const rows = await this.session.select<{ marked: number }>(
      `WITH ${before}wrong AS (${wrong}), marked AS (
         UPDATE ${staging} s SET fault_column = $1, fault = w.reason, fault_value = ''
         FROM (SELECT line, min(reason) AS reason FROM wrong GROUP BY line) w
         WHERE s.line = w.line AND s.fault IS NULL
         RETURNING s.line)
       SELECT count(*)::int AS marked FROM marked`,
      values,
    );
    return rows[0]?.marked ?? 0;
  }

  /** The most frequent reason, for the operator of a file without a valid line. */
  async whyNothing(id: string, rejected: number): Promise<string> {
    const rows = await this.session.select<{ reason: string; lines: number }>(
      `SELECT fault AS reason, count(DISTINCT line)::int AS lines FROM ${stagingOf(id)} WHERE fault IS NOT NULL
       GROUP BY fault ORDER BY lines DESC, reason LIMIT 1`,
    );
    const { reason = '', lines = 0 } = rows[0] ?? {};
    return `no line is valid; ${lines} of ${rejected} for the same reason: ${reason}`;
  }

  /** Streams the reject report as CSV, in file order. */
  async report(id: string, target: Writable): Promise<void> {
    await this.session.unload(
      `SELECT line AS riga, coalesce(fault_column, '') AS colonna, fault AS motivo, coalesce(fault_value, '') AS valore
       FROM ${stagingOf(id)} WHERE fault IS NOT NULL ORDER BY line, fault_column`,
      ['colonna', 'motivo', 'valore'],
      target,
    );
  }
}
