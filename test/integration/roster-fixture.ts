/**
 * A registry by formula and the expected result of an intake of school staff, computed here row by row: the reference
 * for the set-based SQL. Does not know how intakes work.
 */
import type { DataSource } from '../../src/platform/db/index.js';
import type { ResultRow } from '../../src/roster/index.js';
import { codiceFiscale } from './registry-fixture.js';

export const ASLS = ['030321', '042101', '120201', '120202'] as const;
export const DOCTOR = codiceFiscale(1);
/** Persons start here; lower numbers are unused. */
const FIRST = 1_000;
const BATCH = 20_000;

export interface FixturePerson {
  readonly identifier: string;
  readonly asl: string;
  readonly hasDoctor: boolean;
  readonly status: 'in_care' | 'deceased' | 'emigrated' | 'ended';
}

/** Person number `index` of the registry: every combination of ASL, doctor and status occurs. */
export function fixturePerson(index: number): FixturePerson {
  const status = index % 7 === 3 ? 'deceased' : index % 11 === 4 ? 'emigrated' : index % 13 === 5 ? 'ended' : 'in_care';
  const asl = ASLS[index % ASLS.length] ?? '';
  return { identifier: codiceFiscale(FIRST + index), asl, hasDoctor: index % 5 !== 0, status };
}

/** A person unknown to the registry. */
export const stranger = (index: number): string => codiceFiscale(200_000_000 + index);

/**
 * 2.4.2: RM is in two ASLs and counts for 120202, which has two of its three municipalities; MI is in one; VT has no
 * municipality.
 */
export async function fillRegistry(db: DataSource, persons: number): Promise<void> {
  await db.query(`INSERT INTO registry.region VALUES ('120', 'Lazio'), ('030', 'Lombardia'), ('042', 'P.A. Trento')`);
  await db.query(`INSERT INTO registry.asl SELECT code, left(code, 3), code FROM unnest($1::text[]) AS code`, [ASLS]);
  await db.query(`INSERT INTO registry.province VALUES
    ('RM', '120', 'Roma'), ('LT', '120', 'Latina'), ('VT', '120', 'Viterbo'), ('MI', '030', 'Milano'), ('TN', '042', 'Trento')`);
  await db.query(`INSERT INTO registry.municipality VALUES
    ('H501', 'A', 'RM', '120201'), ('A001', 'B', 'RM', '120202'), ('A002', 'C', 'RM', '120202'),
    ('B001', 'D', 'LT', '120202'), ('F205', 'E', 'MI', '030321'), ('L378', 'F', 'TN', '042101')`);
  await db.query(`INSERT INTO registry.doctor VALUES ($1, 'BIANCHI', 'ANNA', '120201')`, [DOCTOR]);
  for (let start = 0; start < persons; start += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, persons - start) }, (_, at) => fixturePerson(start + at));
    await db.query(
      `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, doctor, status, care_since,
                                    updated_on)
       SELECT identifier, 'ROSSI', 'ANNA', '1980-01-01', left(asl, 3), asl, CASE WHEN has_doctor THEN $5 END, status, '2015-01-01',
              '2015-01-01'
       FROM unnest($1::text[], $2::text[], $3::boolean[], $4::text[]) AS p (identifier, asl, has_doctor, status)`,
      [
        batch.map(({ identifier }) => identifier),
        batch.map(({ asl }) => asl),
        batch.map(({ hasDoctor }) => hasDoctor),
        batch.map(({ status }) => status),
        DOCTOR,
      ],
    );
  }
}

export interface Expectation {
  readonly rows: readonly ResultRow[];
  readonly validated: number;
  readonly notInCare: number;
  /** Sorted. */
  readonly listed: readonly string[];
}

/**
 * The expected result for persons by their number in the registry, each once.
 * @param isState false: of a paritaria (2.4.3)
 */
export function expectationOf(
  persons: Iterable<number>,
  isState: (index: number) => boolean = () => true,
): Expectation {
  const rows = new Map<string, { withDoctor: number; withoutDoctor: number; paritarie: number }>();
  const listed: string[] = [];
  let [validated, notInCare] = [0, 0];
  for (const index of persons) {
    const person = fixturePerson(index);
    validated += 1;
    if (person.status !== 'in_care') {
      notInCare += 1;
      continue;
    }
    const row = rows.get(person.asl) ?? { withDoctor: 0, withoutDoctor: 0, paritarie: 0 };
    rows.set(person.asl, row);
    if (!isState(index)) row.paritarie += 1;
    else if (person.hasDoctor) {
      row.withDoctor += 1;
      listed.push(person.identifier);
    } else row.withoutDoctor += 1;
  }
  const sorted = [...rows].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return {
    rows: sorted.map(([asl, row]) => ({ region: asl.slice(0, 3), asl, ...row, attributed: false, tied: false })),
    ...{ validated, notInCare },
    listed: listed.toSorted(),
  };
}

/** The doctors' lists, sorted. */
export async function listedPersons(db: DataSource): Promise<string[]> {
  const rows = await db.query<{ person: string }[]>('SELECT person FROM roster.listed_person');
  return rows.map(({ person }) => person).toSorted();
}
