/**
 * What the opposition asks of ANA [G-4], chapter 5: whether a person is in care, where, since when, and the birth date.
 * Default: the registry ("nelle more tramite il Sistema TS"). Only reads, and of the TS database only this.
 */
import type { IsoDate } from '../platform/clock.js';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { CareStatus } from '../registry/index.js';
import type { Care } from './model.js';

/** A person as ANA knows him, with the code of the region of care, or of the last one. */
export interface PersonInCare extends Care {
  readonly region: string;
}

export interface CareSource {
  /** @returns undefined when ANA knows nobody with this identifier */
  find(subject: string): Promise<PersonInCare | undefined>;
  /** Present region of care of each person of a batch; who is not in care now, or unknown, is not in the answer. */
  regionsOfCare(subjects: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

interface PersonRow {
  region: string;
  status: CareStatus;
  since: IsoDate;
  birthDate: IsoDate;
}

/** @param db the TS database, as any role that may read the registry */
export function registryCareSource(db: DataSource): CareSource {
  const find = statement<PersonRow>(
    db,
    'opposition.person',
    `SELECT region_code AS region, status, care_since AS since, birth_date AS "birthDate"
     FROM registry.person WHERE identifier = $1`,
  );
  const regions = statement<{ subjects: string[]; region: string }>(
    db,
    'opposition.regions',
    // One row per region, not per person: a batch is thousands of persons and a handful of regions. OFFSET 0 keeps the
    // planner to the primary key: it would read the whole register of persons for every batch (measured, 8 times slower).
    `SELECT p.region, array_agg(s.subject) AS subjects
     FROM unnest($1::text[]) AS s (subject)
       CROSS JOIN LATERAL (SELECT region_code AS region FROM registry.person
                           WHERE identifier = s.subject AND status = 'in_care' OFFSET 0) p
     GROUP BY p.region`,
  );
  return {
    async find(subject) {
      return (await find([subject]))[0];
    },
    async regionsOfCare(subjects) {
      const rows = await regions([subjects]);
      return new Map(rows.flatMap(({ region, subjects: found }) => found.map((subject) => [subject, region] as const)));
    },
  };
}
