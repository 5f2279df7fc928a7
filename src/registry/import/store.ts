/** The SQL of the import [G-3]: runs, staging tables, the merge. rejects.ts decides which lines are rejected. */
import { faultColumns } from '../../platform/csv/index.js';
import type { RejectLimit } from '../../platform/csv/index.js';
import type { BulkSession } from '../../platform/db/index.js';
import { hasDoctor } from '../model.js';
import type { References } from './column.js';
import { mergeFormer } from './former.js';
import type { FormerEffects } from './former.js';
import type { ImportKind, KindDefinition } from './kinds.js';

/** State of a file's import. */
export interface RunRow {
  readonly id: string;
  readonly accepted: number;
  readonly rejected: number;
  readonly mergedPages: number;
  readonly inserted: number;
  readonly changed: number;
  readonly formerAdded: number;
  readonly formerMoved: number;
  readonly finishedAt: Date | null;
}

/** Effects of a merge on the table, actual or predicted. */
export interface Effects {
  readonly inserted: number;
  readonly changed: number;
}

const RUN = `id, accepted::float8 AS accepted, rejected::float8 AS rejected, merged_pages::float8 AS "mergedPages",
  inserted::float8 AS inserted, changed::float8 AS changed, former_added::float8 AS "formerAdded",
  former_moved::float8 AS "formerMoved", finished_at AS "finishedAt"`;

export class ImportStore {
  constructor(private readonly session: BulkSession) {}

  async references(today: string): Promise<References> {
    const codes = async (table: string, key: string): Promise<ReadonlySet<string>> => {
      const rows = await this.session.select<{ code: string }>(`SELECT ${key} AS code FROM registry.${table}`);
      return new Set(rows.map(({ code }) => code));
    };
    return {
      regions: await codes('region', 'code'),
      asls: await codes('asl', 'code'),
      provinces: await codes('province', 'code'),
      doctors: await codes('doctor', 'codice_fiscale'),
      today,
    };
  }

  async find(kind: ImportKind, sha256: string): Promise<RunRow | undefined> {
    const rows = await this.session.select<RunRow>(
      `SELECT ${RUN} FROM registry_import.run WHERE kind = $1 AND sha256 = $2`,
      [kind, sha256],
    );
    return rows[0];
  }

  /** Whether the staging table still has its content: it is UNLOGGED, so a crash of the server empties it. */
  async isStaged(run: RunRow): Promise<boolean> {
    const found = await this.session.select<{ found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found', [
      stagingOf(run.id),
    ]);
    if (found[0]?.found !== true) return false;
    const rows = await this.session.select<{ filled: boolean }>(
      `SELECT EXISTS (SELECT FROM ${stagingOf(run.id)}) AS filled`,
    );
    return rows[0]?.filled === true;
  }

  /**
   * Starts or restarts a run with an empty staging table. Drops the staging tables of unfinished runs of the same kind,
   * so that no personal data remains of runs that nobody resumes; such a run loads its file again when resumed.
   * @param forget the counts of an earlier, finished import of the same file
   */
  async begin(
    kind: ImportKind,
    sha256: string,
    columns: KindDefinition['columns'],
    startedAt: Date,
    forget: boolean,
  ): Promise<string> {
    const stale = await this.session.select<{ id: string }>(
      'SELECT id FROM registry_import.run WHERE kind = $1 AND (finished_at IS NULL OR sha256 = $2)',
      [kind, sha256],
    );
    for (const { id } of stale) await this.session.run(`DROP TABLE IF EXISTS ${stagingOf(id)}`);
    const rows = await this.session.select<{ id: string }>(
      `INSERT INTO registry_import.run AS r (kind, sha256, started_at) VALUES ($1, $2, $3)
       ON CONFLICT (kind, sha256) DO UPDATE SET started_at = $3, finished_at = NULL, merged_pages = 0,
         inserted = CASE WHEN $4 THEN 0 ELSE r.inserted END, changed = CASE WHEN $4 THEN 0 ELSE r.changed END,
         former_added = CASE WHEN $4 THEN 0 ELSE r.former_added END,
         former_moved = CASE WHEN $4 THEN 0 ELSE r.former_moved END
       RETURNING id`,
      [kind, sha256, startedAt, forget],
    );
    const id = rows[0]?.id ?? '';
    const definitions = columns.map(({ name, type }) => `${name} ${type}`);
    await this.session.run(
      `CREATE UNLOGGED TABLE ${stagingOf(id)}
         (line bigint NOT NULL, ${definitions.join(', ')}, ${faultColumns.map((name) => `${name} text`).join(', ')})
         WITH (autovacuum_enabled = false)`,
    );
    return id;
  }

  /** Streams rows into the staging table in the text format of COPY, with NULL for an empty field. */
  async load(id: string, columns: readonly string[], rows: AsyncGenerator<Buffer>, limit: RejectLimit): Promise<void> {
    await this.session.run(`SET LOCAL work_mem = '64MB'`); // larger aggregates spill to disk
    await this.session.load(stagingOf(id), columns, rows, limit);
  }

  /**
   * When a file is read again after a crash of the server, the first reading has counted its effects on former
   * identifiers.
   */
  async count(id: string, accepted: number, rejected: number, { added, moved }: FormerEffects): Promise<void> {
    await this.session.run(
      `UPDATE registry_import.run SET accepted = $2, rejected = $3, former_added = greatest(former_added, $4),
         former_moved = greatest(former_moved, $5) WHERE id = $1`,
      [id, accepted, rejected, added, moved],
    );
  }

  /** Size of the staging table in pages; it no longer changes. */
  async pages(id: string): Promise<number> {
    const rows = await this.session.select<{ pages: number }>(
      `SELECT (pg_relation_size($1::regclass) / current_setting('block_size')::int)::float8 AS pages`,
      [stagingOf(id)],
    );
    return rows[0]?.pages ?? 0;
  }

  /** Predicts the effects of merging the staging table. */
  async foresee(id: string, definition: KindDefinition): Promise<Effects> {
    const { table, key } = definition;
    const rows = await this.session.select<Effects>(
      `SELECT (count(*) FILTER (WHERE t.${key} IS NULL))::float8 AS inserted,
              (count(*) FILTER (WHERE t.${key} IS NOT NULL))::float8 AS changed
       FROM ${stagingOf(id)} s LEFT JOIN ${table} t ON t.${key} = s.${key}
       WHERE s.fault IS NULL AND (${tuple(definition, 't')}) IS DISTINCT FROM (${tuple(definition, 's')})`,
    );
    return rows[0] ?? { inserted: 0, changed: 0 };
  }

  /**
   * [R-10] Number of persons whom the merge of a file of persons would remove from the doctors' lists of school staff.
   */
  async foreseeDepartures(id: string): Promise<number> {
    const rows = await this.session.select<{ leaving: number }>(
      `SELECT count(*)::float8 AS leaving
       FROM roster.listed_person l LEFT JOIN registry.person p ON p.identifier = l.person
         LEFT JOIN ${stagingOf(id)} s ON s.identifier = l.person AND s.fault IS NULL
       WHERE NOT coalesce(CASE WHEN s.identifier IS NULL THEN ${hasDoctor('p')} ELSE ${hasDoctor('s')} END, false)`,
    );
    return rows[0]?.leaving ?? 0;
  }

  /**
   * Merges the pages from `from` up to but excluding `to` and advances the run's position, in one transaction. Rows
   * equal to the stored ones are not written. Addressed by physical page: the table is written once, so it needs no
   * index.
   * @param day `updated_on` of new or changed rows
   */
  async merge(
    id: string,
    definition: KindDefinition,
    pages: { from: number; to: number },
    day: string,
  ): Promise<Effects> {
    const { table, key, dated } = definition;
    const names = tableColumns(definition);
    const updates = names.slice(1).map((name) => `${name} = excluded.${name}`);
    if (dated) updates.push('updated_on = excluded.updated_on');
    const rows = await this.session.transaction(async () => {
      // Forces a look-up by key per row; a hash join would read the whole registry for every batch.
      await this.session.run('SET LOCAL enable_hashjoin = off');
      await this.session.run('SET LOCAL enable_mergejoin = off');
      const effects = await this.session.select<Effects>(
        `WITH merged AS (
           INSERT INTO ${table} (${names.join(', ')}${dated ? ', updated_on' : ''})
           SELECT ${names.map((name) => `s.${name}`).join(', ')}${dated ? ', $5::date' : ''}
           FROM ${stagingOf(id)} s
           WHERE s.ctid >= $2::tid AND s.ctid < $3::tid AND s.fault IS NULL${dated ? '' : ' AND $5::date IS NOT NULL'}
             AND NOT EXISTS (SELECT FROM ${table} t WHERE t.${key} = s.${key}
               AND (${tuple(definition, 't')}) IS NOT DISTINCT FROM (${tuple(definition, 's')}))
           ON CONFLICT (${key}) DO UPDATE SET ${updates.join(', ')}
           RETURNING xmax = 0 AS inserted),
         tally AS (
           SELECT count(*) FILTER (WHERE inserted) AS inserted, count(*) FILTER (WHERE NOT inserted) AS changed FROM merged),
         marked AS (
           UPDATE registry_import.run r SET merged_pages = $4, inserted = r.inserted + t.inserted, changed = r.changed + t.changed
           FROM tally t WHERE r.id = $1)
         SELECT inserted::float8 AS inserted, changed::float8 AS changed FROM tally`,
        [id, `(${pages.from},0)`, `(${pages.to},0)`, pages.to, day],
      );
      await mergeFormer(this.session, stagingOf(id), definition, pages);
      return effects;
    });
    return rows[0] ?? { inserted: 0, changed: 0 };
  }

  /** Ends a run: drops the staging table with its personal data, keeps the counts. */
  async finish(id: string, finishedAt: Date): Promise<void> {
    await this.session.transaction(async () => {
      await this.session.run(`DROP TABLE ${stagingOf(id)}`);
      await this.session.run('UPDATE registry_import.run SET finished_at = $2 WHERE id = $1', [id, finishedAt]);
    });
  }
}

/** The staging table of a run: one row per valid line, and one per fault. */
export function stagingOf(id: string): string {
  return `registry_import.staging_${id}`;
}

function tableColumns({ columns, former }: KindDefinition): string[] {
  return columns.flatMap(({ name }) => (name === former ? [] : [name]));
}

function tuple(definition: KindDefinition, alias: string): string {
  return tableColumns(definition)
    .map((name) => `${alias}.${name}`)
    .join(', ');
}
