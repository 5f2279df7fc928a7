/** Substitutions in PostgreSQL [T-2]: each function runs in the caller's transaction, as the owner of the tables. */
import type { IsoDate } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';

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

/** @returns its id; undefined: the registry has no such titular */
export async function addSubstitution(
  tables: Queryable,
  { titular, substitute, from, to }: NewSubstitution,
  at: Date,
): Promise<string | undefined> {
  const [row] = await tables.query<{ id: string }[]>(
    `INSERT INTO screening.substitution (titular, substitute, valid_from, valid_to, created_at)
     SELECT codice_fiscale, $2, $3, $4, $5 FROM registry.doctor WHERE codice_fiscale = $1 RETURNING id`,
    [titular, substitute, from, to, at],
  );
  return row?.id;
}

/**
 * @param titular who alone may revoke it; undefined: anybody's
 * @returns its titular; undefined: there is none with this id of his, or it is revoked already
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

/** Revokes those by or for a person that are in force or to come. @returns how many */
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

/** Those by which a substitute may act, or has acted: begun, and not revoked before their first day [T-4]. */
const BEGUN = `valid_from <= $2::date
  AND (revoked_at IS NULL OR (revoked_at AT TIME ZONE 'Europe/Rome')::date >= valid_from)`;

/** Those that a substitute received, the latest first. @param today in Rome */
export function receivedSubstitutions(
  tables: Queryable,
  substitute: string,
  today: IsoDate,
): Promise<readonly ReceivedSubstitution[]> {
  return tables.query<ReceivedSubstitution[]>(
    `SELECT id, titular, valid_from AS "from", least(valid_to, (revoked_at AT TIME ZONE 'Europe/Rome')::date) AS "to"
     FROM screening.substitution WHERE substitute = $1 AND ${BEGUN} ORDER BY valid_to DESC, id DESC`,
    [substitute, today],
  );
}

/** @returns the titular of a substitution that a substitute received; undefined: there is none of his with this id */
export async function titularOf(tables: Queryable, id: string, substitute: string): Promise<string | undefined> {
  const [row] = await tables.query<{ titular: string }[]>(
    'SELECT titular FROM screening.substitution WHERE id = $1::bigint AND substitute = $2',
    [id, substitute],
  );
  return row?.titular;
}
