/**
 * The figures of the statistic [C-1], 5.4, and the results of roster files (2.4.1-2.4.3), read by one statement, hence
 * from one snapshot: a test is never counted together with its cancellation.
 */
import type { Queryable } from '../platform/db/index.js';

/** Figures of an ASL. Every ASL of the registry has a row, even with zeros: a missing row would be ambiguous. */
export interface AslFigures {
  readonly regionCode: string;
  readonly regionName: string;
  readonly aslCode: string;
  readonly aslName: string;
  /** Numero test sierologici eseguiti dal medico (scuola statale): active submissions of the ASL's doctors. */
  readonly doctorTests: number;
  /** Numero kit assegnati al medico: persons on the lists of the ASL's doctors, now or until their term ended. */
  readonly doctorKits: number;
  /** Numero test sierologici eseguiti dalla ASL: sum of its daily numbers. */
  readonly aslTests: number;
}

/** A row of the result of a roster file [R-1]-[R-3], by the persons' ASL of care. */
export interface IntakeFigures {
  readonly intake: number;
  readonly layout: string;
  /** Instant, ISO 8601. */
  readonly publishedAt: string;
  /** Of the whole file. */
  readonly validated: number;
  readonly regionCode: string;
  readonly regionName: string | null;
  readonly aslCode: string;
  readonly aslName: string | null;
  readonly withDoctor: number;
  readonly withoutDoctor: number;
  readonly paritarie: number;
  /** Includes numbers of a province that belongs to several ASLs (footnote of 2.4.2). */
  readonly attributed: boolean;
  /** Numbers of the intakes that this one replaced, separated by blanks: their figures no longer count. */
  readonly replaces: string;
}

export interface Figures {
  readonly asls: readonly AslFigures[];
  readonly intakes: readonly IntakeFigures[];
}

// Tests and kits count for the ASL of the titular doctor, who received the kits: docs/decisions/0050-statistics.md.
const FIGURES = `
  WITH tests AS (
    SELECT d.asl_code, count(*) AS number
    FROM screening.test_submission s JOIN registry.doctor d ON d.codice_fiscale = s.titular
    WHERE s.cancelled_by IS NULL GROUP BY 1
  ), kits AS (
    SELECT asl_code, sum(number) AS number FROM (
      SELECT d.asl_code, count(*) AS number
      FROM roster.listed_person l
        JOIN registry.person p ON p.identifier = l.person AND p.status = 'in_care'
        JOIN registry.doctor d ON d.codice_fiscale = p.doctor
      GROUP BY 1
      UNION ALL SELECT asl_code, kits FROM roster.past_kits
    ) of_all GROUP BY 1
  ), asl_tests AS (
    SELECT asl_code, sum(tests) AS number FROM asl.current_count GROUP BY 1
  ), by_asl AS (
    SELECT r.code AS "regionCode", r.name AS "regionName", a.code AS "aslCode", a.name AS "aslName",
           coalesce(tests.number, 0) AS "doctorTests", coalesce(kits.number, 0) AS "doctorKits",
           coalesce(asl_tests.number, 0) AS "aslTests"
    FROM registry.asl a JOIN registry.region r ON r.code = a.region_code
      LEFT JOIN tests ON tests.asl_code = a.code
      LEFT JOIN kits ON kits.asl_code = a.code
      LEFT JOIN asl_tests ON asl_tests.asl_code = a.code
    ORDER BY r.code, a.code
  ), by_intake AS (
    SELECT i.id AS intake, i.layout, i.published_at AS "publishedAt", i.validated,
           o.region_code AS "regionCode", r.name AS "regionName", o.asl_code AS "aslCode", a.name AS "aslName",
           o.with_doctor AS "withDoctor", o.without_doctor AS "withoutDoctor", o.paritarie, o.attributed,
           coalesce((SELECT string_agg(f.id::text, ' ' ORDER BY f.id) FROM roster.intake f WHERE f.replaced_by = i.id), '') AS replaces
    FROM roster.intake i JOIN roster.result o ON o.intake_id = i.id
      LEFT JOIN registry.region r ON r.code = o.region_code
      LEFT JOIN registry.asl a ON a.code = o.asl_code
    WHERE i.state = 'published'
    ORDER BY i.id, o.region_code, o.asl_code
  )
  SELECT coalesce((SELECT json_agg(by_asl) FROM by_asl), '[]') AS asls,
         coalesce((SELECT json_agg(by_intake) FROM by_intake), '[]') AS intakes`;

/** The current figures. Destroying the data source aborts the query, so that it does not delay a shutdown. */
export async function readFigures(db: Queryable): Promise<Figures> {
  const [figures] = await db.query<Figures[]>(FIGURES);
  if (figures === undefined) throw new Error('the figures gave no row');
  return figures;
}
