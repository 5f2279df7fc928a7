/** Reads of the registry. Only imports write to it. */
import type { IsoDate } from '../platform/clock.js';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { CareStatus } from './entities.js';

export interface PersonRow {
  /** The present one first, then the former ones. */
  readonly identifiers: readonly string[];
  readonly status: CareStatus;
  /** Three digits, or `SASN`. */
  readonly region: string;
  readonly asl: string;
  readonly reactivatedOn: IsoDate;
  readonly birthDate: IsoDate;
}

const REGION = "CASE WHEN sasn THEN 'SASN' ELSE region_code END AS region";

const nobodyIsInCareAs = (identifier: string): string =>
  `NOT EXISTS (SELECT FROM registry.person o WHERE o.identifier = ${identifier} AND o.status = 'in_care')`;

/**
 * SQL: a person's present identifier, given any of them [G-5]. An identifier without a link is its own, and so is that
 * of a person in care: even if a link claims it for another person, nobody is read as somebody else.
 */
const presentOf = (asked: string): string =>
  `coalesce((SELECT f.current FROM registry.former_identifier f WHERE f.former = ${asked}
               AND ${nobodyIsInCareAs('f.former')}),
            ${asked})`;

/** SQL: a person's other identifiers; excludes one under which somebody else is in care now, as above. */
const formerOf = (present: string): string =>
  `ARRAY(SELECT f.former FROM registry.former_identifier f WHERE f.current = ${present}
           AND ${nobodyIsInCareAs('f.former')} ORDER BY f.former)`;

/** Only persons with another identifier: hardly anybody, so that a batch costs two look-ups by key. */
const IDENTIFIERS = `
  SELECT p.asked, p.present || ${formerOf('p.present')} AS identifiers
  FROM (SELECT asked, ${presentOf('asked')} AS present FROM unnest($1::text[]) AS asked OFFSET 0) p
  WHERE EXISTS (SELECT FROM registry.former_identifier WHERE current = p.present)`;

export class RegistryStore {
  private readonly persons: (values: readonly unknown[]) => Promise<PersonRow[]>;
  private readonly regions: (values: readonly unknown[]) => Promise<{ region: string; persons: string[] }[]>;
  private readonly identifiers: (values: readonly unknown[]) => Promise<{ asked: string; identifiers: string[] }[]>;

  private readonly card: (values: readonly unknown[]) => Promise<{ known: boolean }[]>;
  private readonly stp: (values: readonly unknown[]) => Promise<{ known: boolean }[]>;

  constructor(private readonly db: DataSource) {
    this.card = statement(db, 'registry.card', 'SELECT registry.holds_card($1, $2, $3::date) AS known');
    this.stp = statement(db, 'registry.stp', 'SELECT registry.holds_stp($1, $2, $3::date) AS known');
    this.persons = statement(
      db,
      'registry.person',
      `SELECT identifier || ${formerOf('identifier')} AS identifiers, status, ${REGION}, asl_code AS asl,
              care_since AS "reactivatedOn", birth_date AS "birthDate"
       FROM registry.person WHERE identifier = ${presentOf('$1')}`,
    );
    this.regions = statement(
      db,
      'registry.regions',
      // One row per region, not per person: a batch has thousands of persons and a handful of regions. OFFSET 0 makes
      // the planner use the primary key: it would read the whole table of persons for every batch (measured, 8 times
      // slower).
      `SELECT p.region, array_agg(s.identifier) AS persons
       FROM unnest($1::text[]) AS s (identifier)
         CROSS JOIN LATERAL (SELECT ${REGION} FROM registry.person
                             WHERE identifier = ${presentOf('s.identifier')} AND status = 'in_care' OFFSET 0) p
       GROUP BY p.region`,
    );
    this.identifiers = statement(db, 'registry.identifiers', IDENTIFIERS);
  }

  /** @param identifier compared as issued; a former one leads to the same person */
  async person(identifier: string): Promise<PersonRow | undefined> {
    return (await this.persons([identifier]))[0];
  }

  /** @param values identifier, number and expiry of the card */
  async hasCard(values: readonly [string, string, IsoDate]): Promise<boolean> {
    return (await this.card(values))[0]?.known === true;
  }

  /** @param values identifier, region and date of issue */
  async hasStp(values: readonly [string, string, IsoDate]): Promise<boolean> {
    return (await this.stp(values))[0]?.known === true;
  }

  /** Persons of a batch who are in care, by region. */
  regionsOfCare(identifiers: readonly string[]): Promise<{ region: string; persons: string[] }[]> {
    return this.regions([identifiers]);
  }

  /** Persons of a batch who have or had more than one identifier, with all of them. */
  identifiersOf(asked: readonly string[]): Promise<{ asked: string; identifiers: string[] }[]> {
    return this.identifiers([asked]);
  }

  /** The ASL with most municipalities of a province, by the same view that serves whole files. */
  async aslOfProvince(province: string): Promise<string | undefined> {
    const rows = await this.db.query<{ asl_code: string }[]>(
      'SELECT asl_code FROM registry.province_asl WHERE province_code = $1',
      [province],
    );
    return rows[0]?.asl_code;
  }
}
