/** Who is calling, once it is certain. */

/** What an account may be. */
export const ROLES = ['doctor', 'asl_operator'] as const;
export type Role = (typeof ROLES)[number];

/** How a caller shows it [T-1]. */
export const SIGN_IN_METHODS = ['card', 'password'] as const;
/** `admin`: nobody signed in; an operator of the machine acts for the account, and the access log says so. */
export type Method = (typeof SIGN_IN_METHODS)[number] | 'admin';

export interface Principal {
  readonly userId: string;
  readonly codiceFiscale: string;
  readonly role: Role;
  readonly method: Method;
  /** Network address the call came from, for the access log. */
  readonly clientAddress: string;
}
