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
export async function addSubstitution(tables: Queryable, wanted: NewSubstitution, at: Date): Promise<Naming> {
  const { titular, substitute, from, to } = wanted;
  await tables.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [NAMING_LOCK, titular]);
  const found = await namingOf(tables, wanted, at);
  if (found !== undefined) return found;
  const [row] = await tables.query<[{ id: string }]>(
    `INSERT INTO screening.substitution (titular, substitute, valid_from, valid_to, created_at)
     VALUES ($1, $2, $3, $4, $5) RETURNING id`,
    [titular, substitute, from, to, at],
  );
  return { id: row.id };
}

/** @returns the obstacle, or the id of the same substitution; undefined: it can be added */
export async function namingOf(
  tables: Queryable,
  { titular, substitute, from, to }: NewSubstitution,
  at: Date,
): Promise<Naming | undefined> {
  const [doctor] = await tables.query<unknown[]>('SELECT 1 FROM registry.doctor WHERE codice_fiscale = $1', [titular]);
  if (doctor === undefined) return { refusal: 'unknown-titular' };
  const standing = await tables.query<Standing[]>(
    `SELECT id, substitute, valid_from AS "from", valid_to AS "to" FROM screening.substitution
     WHERE titular = $1 AND revoked_at IS NULL AND valid_to >= ($2::timestamptz AT TIME ZONE 'Europe/Rome')::date`,
    [titular, at],
  );
  const ofPair = standing.filter((one) => one.substitute === substitute);
  const same = ofPair.find((one) => one.from === from && one.to === to);
  if (same !== undefined) return { id: same.id };
  if (ofPair.some((one) => one.from <= to && from <= one.to)) return { refusal: 'already-named' };
  return standing.length >= MOST_SUBSTITUTIONS ? { refusal: 'too-many' } : undefined;
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
  /** Surname and given name; the codice fiscale if the registry does not list the titular. */
  readonly titularName: string;
  readonly from: IsoDate;
  /** Last day: of the term, or the day on which the titular revoked it. */
  readonly to: IsoDate;
  /** `over`: the substitute can list and cancel their own entries, and nothing else [T-4]. */
  readonly term: 'future' | 'current' | 'over';
}

/** Of screening.substitution `s`: a substitute may act for the titular on this day (3.3.1) [T-2]. */
export const isInForce = (day: string): string =>
  `(${day}::date BETWEEN s.valid_from AND s.valid_to AND s.revoked_at IS NULL)`;

/** Revoked before its first day: it was never in force. */
const STANDS = `(s.revoked_at IS NULL OR (s.revoked_at AT TIME ZONE 'Europe/Rome')::date >= s.valid_from)`;

/** A substitute can act for the titular, or has acted: they list and cancel their own entries [T-4]. */
export const hasBegun = (day: string): string => `(s.valid_from <= ${day}::date AND ${STANDS})`;

/** Substitute, today in Rome. */
const RECEIVED = `
  SELECT s.id, s.titular, coalesce(d.surname || ' ' || d.given_name, s.titular) AS "titularName",
         s.valid_from AS "from", least(s.valid_to, (s.revoked_at AT TIME ZONE 'Europe/Rome')::date) AS "to",
         CASE WHEN s.valid_from > $2::date THEN 'future' WHEN ${isInForce('$2')} THEN 'current' ELSE 'over' END AS term
  FROM screening.substitution s LEFT JOIN registry.doctor d ON d.codice_fiscale = s.titular
  WHERE s.substitute = $1 AND ${STANDS}`;

/** The one in force, otherwise the one that ended last. */
const LATEST = `term = 'current' DESC, "to" DESC, id DESC`;

/**
 * Those that a substitute received: for each titular the one in force, or otherwise the one that ended last, and the
 * next one.
 * @param today in Rome
 */
export function receivedSubstitutions(
  tables: Queryable,
  substitute: string,
  today: IsoDate,
): Promise<readonly ReceivedSubstitution[]> {
  return tables.query<ReceivedSubstitution[]>(
    `SELECT * FROM (
       SELECT DISTINCT ON (titular, term = 'future') * FROM (${RECEIVED}) AS received
       ORDER BY titular, term = 'future', CASE WHEN term = 'future' THEN "from" END, ${LATEST}
     ) AS shown ORDER BY array_position('{current,future,over}'::text[], term), "to" DESC, id DESC`,
    [substitute, today],
  );
}

/**
 * The substitution by which a substitute acts for a titular, or has acted: the one in force, otherwise the one that
 * ended last.
 * @param id of any substitution for this titular that has begun
 * @param today in Rome
 * @returns undefined: there is none with this id
 */
export async function substitutionOf(
  tables: Queryable,
  id: string,
  substitute: string,
  today: IsoDate,
): Promise<ReceivedSubstitution | undefined> {
  const [row] = await tables.query<ReceivedSubstitution[]>(
    `WITH begun AS (SELECT * FROM (${RECEIVED}) AS received WHERE term <> 'future')
     SELECT * FROM begun WHERE titular = (SELECT titular FROM begun WHERE id = $3::bigint) ORDER BY ${LATEST} LIMIT 1`,
    [substitute, today, id],
  );
  return row;
}
