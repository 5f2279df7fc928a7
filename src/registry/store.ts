/** Reads of the registry. Refuses to write: the registry changes by imports only. */
import type { IsoDate } from '../platform/clock.js';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { CareStatus } from './entities.js';

export interface PersonRow {
  readonly status: CareStatus;
  /** Three digits, or `SASN`. */
  readonly region: string;
  readonly asl: string;
  readonly reactivatedOn: IsoDate;
  readonly birthDate: IsoDate;
}

const REGION = "CASE WHEN sasn THEN 'SASN' ELSE region_code END AS region";

export class RegistryStore {
  private readonly persons: (values: readonly unknown[]) => Promise<PersonRow[]>;
  private readonly regions: (values: readonly unknown[]) => Promise<{ region: string; persons: string[] }[]>;

  constructor(private readonly db: DataSource) {
    this.persons = statement(
      db,
      'registry.person',
      `SELECT status, ${REGION}, asl_code AS asl, care_since AS "reactivatedOn", birth_date AS "birthDate"
       FROM registry.person WHERE identifier = $1`,
    );
    this.regions = statement(
      db,
      'registry.regions',
      // One row per region, not per person: a batch is thousands of persons and a handful of regions. OFFSET 0 keeps the
      // planner to the primary key: it would read the whole register of persons for every batch (measured, 8 times slower).
      `SELECT p.region, array_agg(s.identifier) AS persons
       FROM unnest($1::text[]) AS s (identifier)
         CROSS JOIN LATERAL (SELECT ${REGION} FROM registry.person
                             WHERE identifier = s.identifier AND status = 'in_care' OFFSET 0) p
       GROUP BY p.region`,
    );
  }

  /** @param identifier compared as issued */
  async person(identifier: string): Promise<PersonRow | undefined> {
    return (await this.persons([identifier]))[0];
  }

  /** Those in care of a batch, by region. */
  regionsOfCare(identifiers: readonly string[]): Promise<{ region: string; persons: string[] }[]> {
    return this.regions([identifiers]);
  }

  /** The ASL with most municipalities of a province, by the view that decides it for whole files too. */
  async aslOfProvince(province: string): Promise<string | undefined> {
    const rows = await this.db.query<{ asl_code: string }[]>(
      'SELECT asl_code FROM registry.province_asl WHERE province_code = $1',
      [province],
    );
    return rows[0]?.asl_code;
  }
}
