/**
 * Reads and writes of the metadata block, in two separate databases: one look-up in the consent database, by a role
 * that may read one view and call one function, and one row in the access log of the TS database, which holds nothing
 * of the look-up (docs/decisions/0030-metadata-block.md). Concurrent calls share a statement.
 */
import { ACCESS_ARRAYS, ACCESS_COLUMNS, NEXT_TRANSACTION_ID, accessArrays, loggedAs } from '../../audit/index.js';
import type { AdmittedAccess } from '../../auth/index.js';
import type { IsoDate } from '../../platform/clock.js';
import { grouped, statement } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import type { RegisterState } from './model.js';

export interface AskedPerson {
  /** All present and former identifiers [G-5]. */
  readonly identifiers: readonly string[];
  /** Europe/Rome: decisions of an open window have no effect yet [O-8]. */
  readonly today: IsoDate;
}

export interface BlockRegister {
  /** A person who is not in the register has not opposed. */
  stateOf(person: AskedPerson): Promise<RegisterState>;
}

export interface BlockLog {
  /** @returns the transaction's id, once the row is committed */
  answered(access: AdmittedAccess): Promise<number>;
}

/** $1: identifiers of each person, separated by blanks; $2: days. One row for each person, in their order. */
const LOOK_UP = `
  SELECT (SELECT active FROM consent.block_state) AS active,
         consent.is_opposed(string_to_array(asked.identifiers, ' '), asked.today) AS opposed
  FROM unnest($1::text[], $2::date[]) WITH ORDINALITY AS asked (identifiers, today, position)
  ORDER BY asked.position`;

/** The same outcome for every answer: a reader of the log must not learn who opposed. */
const ANSWERED = `
  WITH call AS MATERIALIZED (
    SELECT ${NEXT_TRANSACTION_ID} AS id, asked.*
    FROM unnest(${ACCESS_ARRAYS}) WITH ORDINALITY AS asked (${ACCESS_COLUMNS}, position)
  ), ${loggedAs("'answered'", 'call', ACCESS_COLUMNS)}
  SELECT id FROM call ORDER BY position`;

/** @param db the consent database, as its reader */
export function createBlockRegister(db: DataSource): BlockRegister {
  const lookUp = statement<RegisterState>(db, 'opposition.blockLookUp', LOOK_UP);
  return {
    stateOf: grouped((persons: readonly AskedPerson[]) =>
      lookUp([persons.map(({ identifiers }) => identifiers.join(' ')), persons.map(({ today }) => today)]),
    ),
  };
}

/** @param db the TS database, as the gateway */
export function createBlockLog(db: DataSource): BlockLog {
  const insert = statement<{ id: string }>(db, 'opposition.blockAnswered', ANSWERED);
  return {
    answered: grouped(async (accesses: readonly AdmittedAccess[]) =>
      (await insert(accessArrays(accesses))).map(({ id }) => Number(id)),
    ),
  };
}
