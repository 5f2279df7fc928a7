/** Substitutions in PostgreSQL [T-2]: each function runs in the caller's transaction, as the owner of the tables. */
import type { IsoDate } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';
import type { SubstitutionRefusal } from './errors.js';
import { MOST_SUBSTITUTIONS } from './model.js';

export interface NewSubstitution {
  readonly titular: string;
  readonly substitute: string;
  /** First and last day, both included. */
  readonly from: IsoDate;
  readonly to: IsoDate;
}

export interface ListedSubstitution {
  readonly id: string;
  readonly substitute: string;
  readonly from: IsoDate;
  readonly to: IsoDate;
  readonly isRevoked: boolean;
}

/** The obstacle to a new substitution, or its id. */
export type Naming = { readonly id: string } | { readonly refusal: SubstitutionRefusal };

/**
 * Adds a substitution. The same person for the same days is added once, however often it is requested; terms of one
 * pair do not overlap, so that ending one ends the right one. Locks the titular's row: concurrent additions take turns.
 */
export async function addSubstitution(
  tables: Queryable,
  { titular, substitute, from, to }: NewSubstitution,
  at: Date,
): Promise<Naming> {
  const [doctor] = await tables.query<unknown[]>('SELECT 1 FROM registry.doctor WHERE codice_fiscale = $1', [titular]);
  if (doctor === undefined) return { refusal: 'unknown-titular' };
  await tables.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [NAMING_LOCK, titular]);
  const standing = await tables.query<Standing[]>(
    `SELECT id, substitute, valid_from AS "from", valid_to AS "to" FROM screening.substitution
     WHERE titular = $1 AND revoked_at IS NULL AND valid_to >= ($2::timestamptz AT TIME ZONE 'Europe/Rome')::date`,
    [titular, at],
  );
  const ofPair = standing.filter((one) => one.substitute === substitute);
  const same = ofPair.find((one) => one.from === from && one.to === to);
  if (same !== undefined) return { id: same.id };
  if (ofPair.some((one) => one.from <= to && from <= one.to)) return { refusal: 'already-named' };
  if (standing.length >= MOST_SUBSTITUTIONS) return { refusal: 'too-many' };
  const [row] = await tables.query<[{ id: string }]>(
    `INSERT INTO screening.substitution (titular, substitute, valid_from, valid_to, created_at)
     VALUES ($1, $2, $3, $4, $5) RETURNING id`,
    [titular, substitute, from, to, at],
  );
  return { id: row.id };
}

/** First of the two numbers of an advisory lock; the second represents the titular. */
const NAMING_LOCK = 1_790_000_244;

interface Standing extends Omit<NewSubstitution, 'titular'> {
  readonly id: string;
}

/**
 * @param titular who may revoke it; undefined: anybody's
 * @returns its titular; undefined: this titular has no such substitution, or it is revoked already
 */
export async function revokeSubstitution(
  tables: Queryable,
  id: string,
  titular: string | undefined,
  at: Date,
): Promise<string | undefined> {
  const [[row]] = await tables.query<[{ titular: string }[], number]>(
    `UPDATE screening.substitution SET revoked_at = $2
     WHERE id = $1 AND ($3::text IS NULL OR titular = $3) AND revoked_at IS NULL RETURNING titular`,
    [id, at, titular ?? null],
  );
  return row?.titular;
}

/** Revokes present and future substitutions by or for a person. @returns their number */
export async function revokeSubstitutionsOf(tables: Queryable, codiceFiscale: string, at: Date): Promise<number> {
  const [, count] = await tables.query<[unknown[], number]>(
    `UPDATE screening.substitution SET revoked_at = $2
     WHERE (titular = $1 OR substitute = $1) AND revoked_at IS NULL
       AND valid_to >= ($2::timestamptz AT TIME ZONE 'Europe/Rome')::date`,
    [codiceFiscale, at],
  );
  return count;
}

/** The substitutions of a titular, in the order in which they were added. */
export function substitutionsOf(tables: Queryable, titular: string): Promise<readonly ListedSubstitution[]> {
  return tables.query<ListedSubstitution[]>(
    `SELECT id, substitute, valid_from AS "from", valid_to AS "to", revoked_at IS NOT NULL AS "isRevoked"
     FROM screening.substitution WHERE titular = $1 ORDER BY id`,
    [titular],
  );
}

export interface ReceivedSubstitution {
  readonly id: string;
  readonly titular: string;
  readonly from: IsoDate;
  readonly to: IsoDate;
}

/**
 * The substitutions by which a substitute may act or has acted: begun, and not revoked before their first day [T-4].
 */
const BEGUN = `valid_from <= $2::date
  AND (revoked_at IS NULL OR (revoked_at AT TIME ZONE 'Europe/Rome')::date >= valid_from)`;

/**
 * The substitutions that a substitute received: for each titular the one that lasts longest, latest first.
 * @param today in Rome
 */
export function receivedSubstitutions(
  tables: Queryable,
  substitute: string,
  today: IsoDate,
): Promise<readonly ReceivedSubstitution[]> {
  return tables.query<ReceivedSubstitution[]>(
    `SELECT * FROM (
       SELECT DISTINCT ON (titular) id, titular, valid_from AS "from",
              least(valid_to, (revoked_at AT TIME ZONE 'Europe/Rome')::date) AS "to"
       FROM screening.substitution WHERE substitute = $1 AND ${BEGUN}
       ORDER BY titular, least(valid_to, (revoked_at AT TIME ZONE 'Europe/Rome')::date) DESC, id DESC
     ) AS received ORDER BY "to" DESC, id DESC`,
    [substitute, today],
  );
}

/**
 * @param today in Rome
 * @returns the titular of a substitution that the substitute received and that has begun; undefined: none with this id
 */
export async function titularOf(
  tables: Queryable,
  id: string,
  substitute: string,
  today: IsoDate,
): Promise<string | undefined> {
  const [row] = await tables.query<{ titular: string }[]>(
    `SELECT titular FROM screening.substitution WHERE substitute = $1 AND ${BEGUN} AND id = $3::bigint`,
    [substitute, today, id],
  );
  return row?.titular;
}
