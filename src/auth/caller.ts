/** The identified caller: one closed union for every entrance. Only the entrances of this folder create one. */

/**
 * The capacity in which an account holder acts. A person may have several; a call has exactly one, so roles never mix.
 */
export type Capacity =
  /** `region`: of the doctor's ASL; undefined: the registry does not list the doctor, e.g. a substitute. */
  | { readonly role: 'doctor'; readonly region?: string | undefined }
  /** `region`: of the operator's ASL; undefined: no ASL is assigned. */
  | { readonly role: 'asl_operator'; readonly region?: string | undefined }
  | { readonly role: 'ministry_uploader' }
  /** Authorises the ministry's users (2.3). */
  | { readonly role: 'ministry_administrator' }
  /**
   * Acts for an office that a region has named [O-7]. `office` undefined: none is chosen yet; `region`: the region that
   * named it.
   */
  | { readonly role: 'intermediary'; readonly office?: string | undefined; readonly region?: string | undefined }
  | { readonly role: 'administrator' }
  /** Reads the access log and the monitoring; changes nothing. */
  | { readonly role: 'auditor' };
export type Role = Capacity['role'];

/** The office that an intermediary acts for in a session or command; an intermediary may belong to several [O-7]. */
export interface ChosenOffice {
  readonly office: string;
  /** The region that named it; undefined: several regions did. */
  readonly region: string | undefined;
}

/** The same, with its name for people. */
export interface NamedOffice extends ChosenOffice {
  readonly name: string;
}

/** Every capacity that an account can be granted. */
export const ROLES = [
  ...(['doctor', 'asl_operator', 'intermediary', 'ministry_uploader', 'ministry_administrator'] as const),
  ...(['administrator', 'auditor'] as const),
] as const satisfies readonly Role[];
/** What an account's column stores. */
export type AccountRole = (typeof ROLES)[number];

/** How an account holder signs in by SOAP [T-1]; the portal also accepts SPID and CIE. */
export const SIGN_IN_METHODS = ['card', 'password'] as const;
/** Digital identity: an external provider identifies the person. */
export type IdentityMethod = 'spid' | 'cie';
/** How a session of the portal was started. */
export type SessionMethod = (typeof SIGN_IN_METHODS)[number] | IdentityMethod;

/** Who operates the machine: identified by a database login and a system user, not by an account [S-3]. */
export interface Machine {
  /** `session_user` of PostgreSQL. */
  readonly databaseLogin: string;
  readonly systemUser: string;
}

interface Holder<Acting extends Capacity> {
  readonly kind: 'account';
  readonly userId: string;
  readonly codiceFiscale: string;
  readonly capacity: Acting;
}
/** A caller with an account, or, with method `admin`, the machine's operator on behalf of that account. */
export type AccountHolder<Acting extends Capacity = Capacity> = Holder<Acting> &
  ({ readonly method: SessionMethod } | { readonly method: 'admin'; readonly machine: Machine });

/** A person acting on their own data, identified by digital identity [O-1]. */
export interface Citizen {
  readonly kind: 'citizen';
  readonly codiceFiscale: string;
  readonly method: IdentityMethod | 'card';
}

/**
 * A caller who knows the data of a health card or an STP code, in the free area [O-1]. Nothing else about the caller is
 * certain.
 */
export interface FreeAreaHolder {
  readonly kind: 'free_area';
  readonly subject: string;
  readonly method: 'health-card' | 'stp';
}

/** A system that feeds the record (chapter 6) [B-1]. */
export interface FeedingSystem {
  /** The common name of its certificates, complete and as written. */
  readonly name: string;
  /** Three digits, or SASN. */
  readonly region: string;
}
export interface SystemCaller extends FeedingSystem {
  readonly kind: 'system';
  readonly method: 'system';
}

/** The operator of the machine, not on behalf of an account. */
export interface MachineOperator {
  readonly kind: 'operator';
  readonly method: 'admin';
  readonly machine: Machine;
}

/** The worker, when a job runs. */
export interface JobCaller {
  readonly kind: 'job';
  readonly method: 'job';
  /** Kind of the job. */
  readonly job: string;
}

export type Caller = AccountHolder | Citizen | FreeAreaHolder | SystemCaller | MachineOperator | JobCaller;
export type Method = Caller['method'];

/** The policy's word for a caller: for an account holder the capacity, otherwise the kind. */
export type CallerKind = Role | Exclude<Caller['kind'], 'account'>;

/** Every kind of caller. */
export const CALLER_KINDS = [
  ...ROLES,
  ...(['citizen', 'free_area', 'system', 'operator', 'job'] as const),
] as const satisfies readonly CallerKind[];

export function kindOf(caller: Caller): CallerKind {
  return caller.kind === 'account' ? caller.capacity.role : caller.kind;
}

/** The callers of a kind. */
export type CallerOfKind<Kind extends CallerKind> = Kind extends Role
  ? AccountHolder<Extract<Capacity, { role: Kind }>>
  : Extract<Caller, { kind: Kind }>;
