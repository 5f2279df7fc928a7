/**
 * Links from former identifiers to the present one [G-5], which an import adds and moves. Does not check which lines
 * may name them.
 */
import type { BulkSession } from '../../platform/db/index.js';
import type { KindDefinition } from './kinds.js';

/** Effects of a file on the links: new ones, and those that now lead to another identifier. */
export interface FormerEffects {
  readonly added: number;
  readonly moved: number;
}

/**
 * Counts, before the merge, the links that the valid lines will add and move. A link moves when a line names it for
 * another person, and when its person gets another identifier.
 */
export async function foreseeFormer(
  session: BulkSession,
  staging: string,
  definition: KindDefinition,
): Promise<FormerEffects> {
  if (!namesFormer(definition)) return { added: 0, moved: 0 };
  // A line may name a person's former identifiers while another line makes that person's identifier a former one: links
  // lead to the last identifier of such a chain.
  const rows = await session.select<{ added: number; moved: number }>(
    `WITH RECURSIVE given AS MATERIALIZED (${givenBy(staging, definition)}),
     reached AS (
       SELECT former, current FROM given
       UNION SELECT r.former, g.current FROM reached r JOIN given g ON g.former = r.current),
     target AS MATERIALIZED (
       SELECT r.former, coalesce(f.current, r.current) AS current
       FROM reached r LEFT JOIN registry.former_identifier f ON f.former = r.current AND f.current <> r.former
       WHERE NOT EXISTS (SELECT FROM given g WHERE g.former = r.current))
     SELECT
       (SELECT count(*) FROM target t
        WHERE NOT EXISTS (SELECT FROM registry.former_identifier f WHERE f.former = t.former))::float8 AS added,
       ((SELECT count(*) FROM registry.former_identifier f JOIN target t USING (former) WHERE f.current <> t.current)
        + (SELECT count(*) FROM registry.former_identifier f JOIN target t ON t.former = f.current
           WHERE f.former <> t.current AND NOT EXISTS (SELECT FROM given g WHERE g.former = f.former)))::float8 AS moved`,
  );
  return rows[0] ?? { added: 0, moved: 0 };
}

/**
 * Adds links, and moves those that the file gives to another person; other links stay. Two commands, because the
 * trigger that keeps chains flat changes other rows, which PostgreSQL does not let one command change twice.
 */
export async function mergeFormer(
  session: BulkSession,
  staging: string,
  definition: KindDefinition,
  { from, to }: { from: number; to: number },
): Promise<void> {
  if (!namesFormer(definition)) return;
  await session.run(
    `DO $$
     DECLARE given record;
     BEGIN
       FOR given IN ${givenBy(staging, definition)} AND s.ctid >= '(${from},0)' AND s.ctid < '(${to},0)'
       LOOP
         INSERT INTO registry.former_identifier AS f VALUES (given.former, given.current)
         ON CONFLICT (former) DO UPDATE SET current = excluded.current WHERE f.current <> excluded.current;
       END LOOP;
     END $$`,
  );
}

/** False for other kinds of files, and for a file without the column. */
function namesFormer({ columns, former }: KindDefinition): boolean {
  return former !== undefined && columns.some(({ name }) => name === former);
}

/** SQL of the links that the valid lines name. */
function givenBy(staging: string, { key, former = '' }: KindDefinition): string {
  return `SELECT g.former, s.${key} AS current
    FROM ${staging} s CROSS JOIN LATERAL string_to_table(s.${former}, ' ') AS g (former)
    WHERE s.fault IS NULL`;
}
