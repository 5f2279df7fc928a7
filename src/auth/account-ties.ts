/**
 * What auth and other features request from each other about accounts, within the transaction of an operation. Each
 * function requires the access of that operation.
 */
import type { Queryable } from '../platform/db/index.js';
import type { AccountRole } from './caller.js';
import type { AdmittedAccess } from './operation.js';

/** What other features store about accounts. */
export interface AccountTies {
  readonly isAsl: (asl: string, access: AdmittedAccess) => Promise<boolean>;
  /**
   * Sets the ASL that an operator acts for.
   * @returns false: the account is not one of an ASL operator, or the ASL does not exist
   */
  readonly assignAsl: (userId: string, asl: string, access: AdmittedAccess) => Promise<boolean>;
  readonly unassignAsl: (userId: string, access: AdmittedAccess) => Promise<void>;
  /** @returns the code of the ASL that an account acts for; undefined: none */
  readonly aslOf: (userId: string, access: AdmittedAccess) => Promise<string | undefined>;
  /** Revokes the present and future substitutions by or for a person. @returns their number */
  readonly revokeSubstitutions: (codiceFiscale: string, at: Date, access: AdmittedAccess) => Promise<number>;
}

/** @returns the capacities of a person's account; undefined: the person has no account */
export const accountRolesOf: (
  tables: Queryable,
  codiceFiscale: string,
  access: AdmittedAccess,
) => Promise<readonly AccountRole[] | undefined> = async (tables, codiceFiscale) => {
  const [row] = await tables.query<{ roles: AccountRole[] }[]>(
    `SELECT ARRAY(SELECT c.role FROM auth.capacity c WHERE c.user_id = a.user_id) AS roles
     FROM auth.account a WHERE a.codice_fiscale = $1`,
    [codiceFiscale],
  );
  return row?.roles;
};
