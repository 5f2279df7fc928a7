/**
 * The SQL of an intake: its row, the temporary table of one transaction, the match and its publication [R-4].
 * Independent of files and reasons.
 */
import type { Writable } from 'node:stream';
import { faultColumns, Refusal } from '../platform/csv/index.js';
import type { RejectLimit } from '../platform/csv/index.js';
import type { BulkSession } from '../platform/db/index.js';
import { OTHER_PROVINCE_NAMES, OTHER_REGION_NAMES, placesByKey } from '../registry/index.js';
import type { MainReason } from './errors.js';
import { DOCTORS_LOCK } from './migrations.js';
import type { LayoutDefinition, References } from './layouts.js';
import type { Intake, Layout, ResultRow } from './model.js';

/** The session as an interface for writing access-log rows. */
export const rowsOf = (session: BulkSession) => ({
  query: (sql: string, parameters: unknown[]) => session.select<{ id: string }>(sql, parameters),
});

/** Counts found while publishing. */
export interface Counts {
  readonly validated: number;
  readonly notInCare: number;
  readonly newlyListed: number;
}

/** Session-local: no other session sees the rows of a file, and none survives a crash. */
const STAGING = 'pg_temp.intake_row';

const INTAKE = `id, layout, sha256, file_name AS "fileName", state, refusal, read_bytes::float8 AS "readBytes",
  total_bytes::float8 AS "totalBytes", accepted, rejected, validated, not_in_care AS "notInCare",
  newly_listed AS "newlyListed", delisted, started_at AS "startedAt", published_at AS "publishedAt", uploaded_by AS "uploadedBy",
  replaced_by AS "replacedBy",
  ARRAY(SELECT former.id::text FROM roster.intake former WHERE former.replaced_by = i.id ORDER BY former.id) AS replaces`;

export const SELECT_INTAKE = `SELECT ${INTAKE} FROM roster.intake i`;

export const SELECT_RESULT = `
  SELECT region_code AS region, asl_code AS asl, with_doctor AS "withDoctor", without_doctor AS "withoutDoctor", paritarie,
         attributed, tied
  FROM roster.result WHERE intake_id = $1 ORDER BY region_code, asl_code`;

/**
 * Matches and publishes state staff and staff of paritarie in Trento and Bolzano: only persons in care count for an
 * ASL, only state staff with a doctor are listed; persons already listed keep their date. A person in both is counted
 * in both, and once among the codici fiscali [R-8]. One statement, one read.
 */
const PUBLISH_PERSONS = `
  WITH matched AS MATERIALIZED (
    SELECT p.identifier, p.region_code, p.asl_code, p.doctor IS NOT NULL AS has_doctor, p.status = 'in_care' AS in_care,
           s.school = 'statale' AS is_state, p.doctor
    FROM ${STAGING} s JOIN registry.person p ON p.identifier = s.codice_fiscale
    WHERE s.fault IS NULL
  ), listed AS (
    INSERT INTO roster.listed_person (person, listed_on, doctor)
    SELECT identifier, $2::date, doctor FROM matched WHERE in_care AND has_doctor AND is_state
    ON CONFLICT (person) DO NOTHING RETURNING 1
  ), listing AS (
    INSERT INTO roster.listing (intake_id, person)
    SELECT $1::bigint, identifier FROM matched WHERE in_care AND has_doctor AND is_state
  ), result AS (
    INSERT INTO roster.result (intake_id, region_code, asl_code, with_doctor, without_doctor, paritarie, attributed)
    SELECT $1::bigint, region_code, asl_code, count(*) FILTER (WHERE is_state AND has_doctor),
           count(*) FILTER (WHERE is_state AND NOT has_doctor), count(*) FILTER (WHERE NOT is_state), false
    FROM matched WHERE in_care GROUP BY region_code, asl_code
  )
  SELECT (SELECT count(*) FROM listed)::integer AS "newlyListed", count(DISTINCT identifier)::integer AS validated,
         (count(DISTINCT identifier) FILTER (WHERE NOT in_care))::integer AS "notInCare"
  FROM matched`;

/** 2.4.2: a province counts for the ASL with most of its municipalities. Takes no day: nobody is listed. */
const PUBLISH_TOTALS = `
  WITH result AS (
    INSERT INTO roster.result (intake_id, region_code, asl_code, with_doctor, without_doctor, paritarie, attributed, tied)
    SELECT $1::bigint, a.region_code, a.asl_code, 0, 0, sum(s.total), bool_or(a.is_shared), bool_or(a.is_tied)
    FROM ${STAGING} s JOIN registry.province_asl a ON a.province_code = s.province
    WHERE s.fault IS NULL GROUP BY a.region_code, a.asl_code
    RETURNING paritarie
  )
  SELECT 0 AS "newlyListed", coalesce(sum(paritarie), 0)::integer AS validated, 0 AS "notInCare"
  FROM result WHERE $2::date IS NOT NULL`;

export class IntakeStore {
  constructor(private readonly session: BulkSession) {}

  async byId(id: string): Promise<Intake | undefined> {
    return (await this.session.select<Intake>(`${SELECT_INTAKE} WHERE id = $1`, [id]))[0];
  }

  async find(sha256: string): Promise<Intake | undefined> {
    return (await this.session.select<Intake>(`${SELECT_INTAKE} WHERE sha256 = $1`, [sha256]))[0];
  }

  result(id: string): Promise<ResultRow[]> {
    return this.session.select<ResultRow>(SELECT_RESULT, [id]);
  }

  /** Starts an intake, or restarts one that was interrupted by a crash or refused. @returns its id */
  async begin(
    file: Pick<Intake, 'layout' | 'fileName' | 'totalBytes' | 'startedAt'> & { readonly sha256: string },
  ): Promise<string> {
    const rows = await this.session.select<{ id: string }>(
      `INSERT INTO roster.intake (layout, sha256, file_name, total_bytes, started_at, state)
       VALUES ($1, $2, $3, $4, $5, 'running')
       ON CONFLICT (sha256) DO UPDATE SET file_name = $3, started_at = $5, state = 'running', refusal = NULL, read_bytes = 0
       RETURNING id`,
      [file.layout, file.sha256, file.fileName, file.totalBytes, file.startedAt],
    );
    const id = rows[0]?.id;
    if (id === undefined) throw new Error('an intake has no row');
    return id;
  }

  /**
   * Starts another intake of a file that has one [R-9]. It gets the fingerprint when it is published: until then the
   * former one stays published. Deletes remains of an earlier attempt, because only one intake runs at a time.
   */
  async beginAgain(file: Pick<Intake, 'layout' | 'fileName' | 'totalBytes' | 'startedAt'>): Promise<string> {
    await this.session.run(`DELETE FROM roster.intake WHERE state = 'running' AND sha256 IS NULL`);
    const rows = await this.session.select<{ id: string }>(
      `INSERT INTO roster.intake (layout, file_name, total_bytes, started_at, state) VALUES ($1, $2, $3, $4, 'running')
       RETURNING id`,
      [file.layout, file.fileName, file.totalBytes, file.startedAt],
    );
    const id = rows[0]?.id;
    if (id === undefined) throw new Error('an intake has no row');
    return id;
  }

  /** In the transaction that publishes. */
  async takeFingerprint(id: string, sha256: string): Promise<void> {
    await this.session.run('UPDATE roster.intake SET sha256 = NULL WHERE sha256 = $1', [sha256]);
    await this.session.run('UPDATE roster.intake SET sha256 = $2 WHERE id = $1', [id, sha256]);
  }

  /**
   * Ends published intakes: their results are no longer reported, and persons who are in no other published file leave
   * the lists.
   * @param by the intake that replaces them; undefined: they are withdrawn
   * @returns number of persons who left
   */
  async end(ids: readonly string[], by: string | undefined, at: Date): Promise<number> {
    await this.lockDoctors(); // an import changes rows of listed persons in another order
    await this.session.run(
      `UPDATE roster.intake SET state = CASE WHEN $2::bigint IS NULL THEN 'withdrawn' ELSE 'replaced' END, replaced_by = $2,
         ended_at = $3 WHERE id = ANY ($1::bigint[])`,
      [ids, by ?? null, at],
    );
    const rows = await this.session.select<{ delisted: number }>(
      `WITH gone AS (
         DELETE FROM roster.listing WHERE intake_id = ANY ($1::bigint[]) RETURNING person
       ), delisted AS (
         DELETE FROM roster.listed_person l USING (SELECT DISTINCT person FROM gone) g
         WHERE l.person = g.person
           AND NOT EXISTS (SELECT FROM roster.listing o WHERE o.person = l.person AND o.intake_id <> ALL ($1::bigint[]))
         RETURNING 1
       ) SELECT count(*)::integer AS delisted FROM delisted`,
      [ids],
    );
    return rows[0]?.delisted ?? 0;
  }

  private lockDoctors(): Promise<unknown> {
    return this.session.run('SELECT pg_advisory_xact_lock($1)', [DOCTORS_LOCK]);
  }

  async refuse(id: string, refusal: string): Promise<void> {
    await this.session.run(`UPDATE roster.intake SET state = 'refused', refusal = $2 WHERE id = $1`, [id, refusal]);
  }

  async forget(id: string): Promise<void> {
    await this.session.run('DELETE FROM roster.intake WHERE id = $1', [id]);
  }

  async references(): Promise<References> {
    const regions = await this.session.select<{ code: string; name: string }>('SELECT code, name FROM registry.region');
    const provinces = await this.session.select<{ code: string; name: string; region: string; counts: boolean }>(
      `SELECT p.code, p.name, p.region_code AS region, a.asl_code IS NOT NULL AS counts
       FROM registry.province p LEFT JOIN registry.province_asl a ON a.province_code = p.code`,
    );
    const known = (words: readonly string[]): string => words.toSorted().join(', ');
    return {
      regions: placesByKey(regions, OTHER_REGION_NAMES),
      unknownRegion: new Refusal(
        `regione sconosciuta: ammessi codice o denominazione (${known(regions.map(({ code, name }) => `${code} ${name}`))})`,
      ),
      provinces: placesByKey(provinces, OTHER_PROVINCE_NAMES),
      unknownProvince: new Refusal(
        `provincia sconosciuta: ammesse sigla (${known(provinces.map(({ code }) => code))}) o denominazione`,
      ),
      regionOfProvince: new Map(provinces.map(({ code, region }) => [code, region])),
      attributed: new Set(provinces.filter(({ counts }) => counts).map(({ code }) => code)),
    };
  }

  /** In the transaction that publishes: streams the rows into a temporary table that ends with it. */
  async stage(
    { columns }: LayoutDefinition,
    inOrder: readonly string[],
    rows: AsyncGenerator<Buffer>,
    limit: RejectLimit,
  ): Promise<void> {
    // The worker's limits are for short statements; the server ends this one if its process stops or dies.
    await this.session.run(`SET LOCAL statement_timeout = 0`);
    await this.session.run(`SET LOCAL work_mem = '128MB'`); // larger joins and aggregates spill to disk
    const definitions = columns.map(({ name, type }) => `${name} ${type}`);
    // Layouts of state schools have no such column.
    if (!columns.some(({ name }) => name === 'school')) definitions.push(`school text DEFAULT 'statale'`);
    await this.session.run(
      `CREATE TEMPORARY TABLE intake_row
         (line bigint NOT NULL, ${definitions.join(', ')}, ${faultColumns.map((name) => `${name} text`).join(', ')})
       ON COMMIT DROP`,
    );
    await this.session.load(STAGING, inOrder, rows, limit);
    await this.session.run(`ANALYZE ${STAGING}`); // autovacuum ignores temporary tables
  }

  /** Number of rows that repeat the key of another. */
  async repetitions({ key }: LayoutDefinition): Promise<number> {
    const rows = await this.session.select<{ repeated: number }>(
      `SELECT coalesce(sum(same - 1), 0)::float8 AS repeated
       FROM (SELECT count(*) AS same FROM ${STAGING} WHERE fault IS NULL GROUP BY ${key.map(({ name }) => name).join(', ')}) k`,
    );
    return rows[0]?.repeated ?? 0;
  }

  /** Of rows with the same key the first counts; the others become rejects. @returns how many */
  async rejectDuplicates(id: string, { key, duplicate }: LayoutDefinition): Promise<number> {
    const names = key.map(({ name }) => name).join(', ');
    const same = key.map(({ name }) => `s.${name} = d.${name}`).join(' AND ');
    const rows = await this.session.select<{ rejected: number }>(
      `WITH gone AS (
         DELETE FROM ${STAGING} s
         USING (SELECT ${names}, min(line) AS first FROM ${STAGING} WHERE fault IS NULL
                GROUP BY ${names} HAVING count(*) > 1) d
         WHERE ${same} AND s.line > d.first AND s.fault IS NULL
         RETURNING s.line, d.first
       ), told AS (
         INSERT INTO roster.reject (intake_id, line, column_name, reason, value)
         SELECT $1::bigint, line, $2, $3 || ' (riga ' || first || ')', '' FROM gone RETURNING 1
       )
       SELECT count(*)::integer AS rejected FROM told`,
      [id, key[0].header, duplicate],
    );
    return rows[0]?.rejected ?? 0;
  }

  /** The most frequent reason of rejected lines, and its count; undefined if none was rejected. */
  async mainReason(id: string, rejected: number): Promise<MainReason | undefined> {
    const rows = await this.session.select<{ reason: string; lines: number }>(
      `SELECT reason, count(DISTINCT line)::integer AS lines FROM roster.reject WHERE intake_id = $1
       GROUP BY reason ORDER BY lines DESC, reason LIMIT 1`,
      [id],
    );
    return rows[0] && { ...rows[0], rejected };
  }

  async keepRejects(id: string): Promise<void> {
    await this.session.run(
      `INSERT INTO roster.reject (intake_id, line, column_name, reason, value)
       SELECT $1::bigint, line, coalesce(fault_column, ''), fault, coalesce(fault_value, '') FROM ${STAGING}
       WHERE fault IS NOT NULL`,
      [id],
    );
  }

  /** @param day date of persons who are listed for the first time */
  async publish(id: string, layout: Layout, day: string): Promise<Counts> {
    await this.lockDoctors(); // from here on what an import of the registry changes is seen, or follows after the commit
    const rows = await this.session.select<Counts>(layout === 'paritarie' ? PUBLISH_TOTALS : PUBLISH_PERSONS, [
      id,
      day,
    ]);
    if (rows[0] === undefined) throw new Error('publishing gave no counts');
    return rows[0];
  }

  async finish(
    id: string,
    lines: { accepted: number; rejected: number },
    counts: Counts & { readonly delisted: number },
    at: Date,
  ): Promise<void> {
    await this.session.run(
      `UPDATE roster.intake SET state = 'published', accepted = $2, rejected = $3, validated = $4, not_in_care = $5,
         newly_listed = $6, published_at = $7, delisted = $8, read_bytes = total_bytes WHERE id = $1`,
      [id, lines.accepted, lines.rejected, counts.validated, counts.notInCare, counts.newlyListed, at, counts.delisted],
    );
  }

  /** Streams the reject report as CSV, in file order. */
  async report(id: string, target: Writable): Promise<void> {
    await this.session.unload(
      `SELECT line AS riga, column_name AS colonna, reason AS motivo, value AS valore FROM roster.reject
       WHERE intake_id = ${BigInt(id)} ORDER BY line, column_name`, // COPY takes no parameters
      ['colonna', 'motivo', 'valore'],
      target,
    );
  }
}
