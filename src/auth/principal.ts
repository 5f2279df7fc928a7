/** Who is calling, once it is certain. */

/** What an account may be. */
export const ROLES = ['doctor', 'asl_operator'] as const;
export type Role = (typeof ROLES)[number];

/** How the caller showed it [T-1]. */
export const METHODS = ['card', 'password'] as const;
export type Method = (typeof METHODS)[number];

export interface Principal {
  readonly userId: string;
  readonly codiceFiscale: string;
  readonly role: Role;
  readonly method: Method;
  /** Network address the call came from, for the access log. */
  readonly clientAddress: string;
}
