/** Who calls, once it is certain: one closed union for every entrance. Only the entrances of this folder make one. */

/** In which capacity an account holder acts. A person may have several; a call has one, roles never mix. */
export type Capacity =
  /** `region`: of his ASL; undefined: the registry has no such doctor, as of a substitute. */
  | { readonly role: 'doctor'; readonly region?: string | undefined }
  /** `region`: of his ASL; undefined: none is assigned to him. */
  | { readonly role: 'asl_operator'; readonly region?: string | undefined }
  | { readonly role: 'ministry_uploader' }
  /** Authorises the ministry's users (2.3). */
  | { readonly role: 'ministry_administrator' }
  /**
   * Of an office that a region has named [O-7]: `office` undefined, none is chosen yet; `region`: that has named it.
   */
  | { readonly role: 'intermediary'; readonly office?: string | undefined; readonly region?: string | undefined }
  | { readonly role: 'administrator' }
  /** Reads the access log and the monitoring, and changes nothing. */
  | { readonly role: 'auditor' };
export type Role = Capacity['role'];

/** For which an intermediary acts in a session or command; he may belong to several [O-7]. */
export interface ChosenOffice {
  readonly office: string;
  /** That has named it; undefined: several have. */
  readonly region: string | undefined;
}

/** What an account can be granted: every one of them. */
export const ROLES = [
  ...(['doctor', 'asl_operator', 'intermediary', 'ministry_uploader', 'ministry_administrator'] as const),
  ...(['administrator', 'auditor'] as const),
] as const satisfies readonly Role[];
/** What an account's column holds. */
export type AccountRole = (typeof ROLES)[number];

/** How an account holder shows who he is [T-1]. SPID and CIE come with the portal. */
export const SIGN_IN_METHODS = ['card', 'password'] as const;
/** How a session of the portal began. */
export type SessionMethod = (typeof SIGN_IN_METHODS)[number];
export type AccountMethod = SessionMethod | 'spid' | 'cie';

/** Who operates the machine: no account of ours, but a login of the database and a user of the system [S-3]. */
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
/** Somebody with an account, or with method `admin` the machine's operator who acts for him. */
export type AccountHolder<Acting extends Capacity = Capacity> = Holder<Acting> &
  ({ readonly method: AccountMethod } | { readonly method: 'admin'; readonly machine: Machine });

/** A person in the matter of his own data, by digital identity [O-1]. */
export interface Citizen {
  readonly kind: 'citizen';
  readonly codiceFiscale: string;
  readonly method: 'spid' | 'cie' | 'card';
}

/**
 * Whoever knows the data of a health card, or of an STP code, in the free area [O-1]. Nothing else of him is certain.
 */
export interface FreeAreaHolder {
  readonly kind: 'free_area';
  readonly subject: string;
  readonly method: 'health-card' | 'stp';
}

/** A system that feeds the record (chapter 6) [B-1]. */
export interface FeedingSystem {
  /** The common name of its certificates, whole and as written. */
  readonly name: string;
  /** Three digits, or SASN. */
  readonly region: string;
}
export interface SystemCaller extends FeedingSystem {
  readonly kind: 'system';
  readonly method: 'system';
}

/** The operator of the machine, in his own name. */
export interface MachineOperator {
  readonly kind: 'operator';
  readonly method: 'admin';
  readonly machine: Machine;
}

/** The worker, at a job's time. */
export interface JobCaller {
  readonly kind: 'job';
  readonly method: 'job';
  /** Kind of the job. */
  readonly job: string;
}

export type Caller = AccountHolder | Citizen | FreeAreaHolder | SystemCaller | MachineOperator | JobCaller;
export type Method = Caller['method'];

/** The policy's word for a caller: the role in which an account holder acts, else the kind. */
export type CallerKind = Role | Exclude<Caller['kind'], 'account'>;

/** Every kind there is. */
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
