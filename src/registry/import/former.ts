/**
 * The links from former identifiers to the present one [G-5] that an import adds and moves. Does not know which lines may
 * name them.
 */
import type { BulkSession } from '../../platform/db/index.js';
import type { KindDefinition } from './kinds.js';

/** What a file does to the links: those that are new, and those that lead to another identifier than before. */
export interface FormerEffects {
  readonly added: number;
  readonly moved: number;
}

/**
 * Counts, before anything is merged, what the lines in order will add and move. A link moves when a line names it for
 * another person, and when its person gets another identifier.
 */
export async function foreseeFormer(
  session: BulkSession,
  staging: string,
  definition: KindDefinition,
): Promise<FormerEffects> {
  if (!namesFormer(definition)) return { added: 0, moved: 0 };
  // A line may name for a person whom another line names as former: the last of such a chain is whom the links lead to.
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
 * Adds, and moves to the person who is named now; what a file does not name stays. One command for each: the trigger
 * that keeps chains flat changes other rows, which PostgreSQL does not let the same command meet again.
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

/** Not another kind, nor a file without the column. */
function namesFormer({ columns, former }: KindDefinition): boolean {
  return former !== undefined && columns.some(({ name }) => name === former);
}

/** SQL of the links that the lines in order name. */
function givenBy(staging: string, { key, former = '' }: KindDefinition): string {
  return `SELECT g.former, s.${key} AS current
    FROM ${staging} s CROSS JOIN LATERAL string_to_table(s.${former}, ' ') AS g (former)
    WHERE s.fault IS NULL`;
}
