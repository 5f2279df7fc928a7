/**
 * The operation: one value per use-case, defined in its feature and called in the same way by every entrance. It checks
 * the policy, passes the columns of the access-log row to the work, and records refusals.
 */
import type { Access, AccessLog, SubjectKind } from '../audit/index.js';
import type { Clock } from '../platform/clock.js';
import type { Arrival, Call } from './call.js';
import { kindOf } from './caller.js';
import type { Caller } from './caller.js';
import { POLICY, isPermittedCall } from './policy.js';
import type { CallOf, OperationName } from './policy.js';

export interface Outcome<Refusal> {
  readonly transactionId: number;
  /** When the transaction ended [T-45]; the access log has the instant of access. */
  readonly at: Date;
  /** Empty: done. Otherwise every reason; the first is the outcome in the log. */
  readonly refusals: readonly Refusal[];
}

/** The answer's data are absent if the call is refused. */
export type Operation<Request, Refusal, Data extends object = object> = (
  call: Call,
  request: Request,
) => Promise<Outcome<Refusal> & Partial<Data>>;

/** What the access-log row records about the request. */
export interface Entry {
  /** Codice fiscale of the acting doctor, as in the request. */
  readonly doctor?: string;
  readonly titular?: string;
  readonly subjectKind?: SubjectKind | undefined;
  /** The account that is changed, if the caller is not an account. */
  readonly account?: string;
  /** Of a search of the log: its reason and filters. */
  readonly search?: object;
}

declare const ADMITTED: unique symbol;
/**
 * The access-log columns of a call that the policy admitted. Only an operation creates one, for its work: code that
 * requires one cannot be called without the policy.
 */
export type AdmittedAccess = Access & { readonly [ADMITTED]: true };

/** Done, or refused by the statement that wrote the row. */
interface Recorded<Refusal> {
  readonly transactionId: number;
  readonly refusals?: readonly Refusal[];
}
/** Refused before any row was written: the operation writes it. */
export class Refused<Refusal> {
  /** @param region of the caller, if the call lacks it and the work has read it */
  constructor(
    readonly refusals: readonly [Refusal, ...Refusal[]],
    readonly region?: string,
  ) {}
}

/**
 * The work of an operation, for callers that the policy admits. Its statement writes the access-log row, with the
 * columns of `access`. When it returns `Refused` instead, the operation writes the row.
 */
export type Work<Name extends OperationName, Request, Refusal, Data> = (
  call: CallOf<Name>,
  request: Request,
  access: AdmittedAccess,
) => Promise<(Recorded<Refusal> & Data) | Refused<Refusal>>;

export interface OperationOptions<Refusal> {
  readonly accessLog: AccessLog;
  readonly clock: Clock;
  /** The outcome of a refusal, as in the access log. */
  readonly outcomeOf: (refusal: Refusal | 'not-permitted') => string;
}

const NOTHING: Entry = {};
const nothing = (): Entry => NOTHING;

/**
 * Creates the operations of a feature.
 * @returns the factory: takes the name in the policy, the work, and what the row records about a request
 */
export function operationsOf<Refusal extends string>({ accessLog, clock, outcomeOf }: OperationOptions<Refusal>) {
  return <const Name extends OperationName, Request, Data extends object>(
    name: Name,
    work: Work<Name, Request, Refusal | 'not-permitted', Data>,
    entryOf: (request: Request) => Entry = nothing,
  ): Operation<Request, Refusal | 'not-permitted', Data> => {
    const absent: Partial<Data> = {};
    return async (call, request) => {
      const access = accessOf(call, name, entryOf(request));
      const done = isPermittedCall(call, name)
        ? await work(call, request, access as AdmittedAccess)
        : new Refused<Refusal | 'not-permitted'>(['not-permitted']);
      if (!(done instanceof Refused)) return { refusals: [], ...done, at: clock.now() };
      const row = { ...access, region: done.region ?? access.region };
      const transactionId = await accessLog.record(row, outcomeOf(done.refusals[0]));
      return { ...absent, transactionId, refusals: done.refusals, at: clock.now() };
    };
  };
}

/** The values that `operation` of the access log can have: docs/events.md. */
type AccessName = OperationName | `admin:${string}` | `retention:${string}`;

/** Whether `operation` of the access log can have a value; for commands and rules only the prefix is checked. */
export function isAccessName(text: string): text is AccessName {
  return Object.hasOwn(POLICY, text) || /^(?:admin|retention):./.test(text);
}

/** The access-log columns of a call [T-60]. */
export function accessOf(call: Call, operation: AccessName, entry: Entry = NOTHING): Access {
  const { caller, at, clientAddress, requestId } = call;
  const { doctor, titular, subjectKind = ownKindOf(caller), account, search } = entry;
  const machine = 'machine' in caller ? caller.machine : undefined;
  return {
    at,
    operation,
    userId: userIdOf(caller) ?? account,
    doctor,
    titular,
    method: caller.method,
    clientAddress,
    requestId,
    caller: kindOf(caller),
    region: regionOf(caller),
    subjectKind,
    databaseLogin: machine?.databaseLogin,
    systemUser: machine?.systemUser,
    search,
  };
}

/** The access-log columns of a refused sign-in. @param userId as claimed */
export function accessOfNobody(
  { at, clientAddress, requestId }: Arrival,
  operation: AccessName,
  method: Access['method'],
  userId?: string,
): Access {
  return { at, operation, userId, doctor: undefined, titular: undefined, method, clientAddress, requestId };
}

/** The kind of a person's identifier, judged by its form only. */
export function subjectKindOf(identifier: string): SubjectKind {
  if (identifier.length === 11) return 'provisional';
  return identifier.startsWith('STP') && /[0-9]/.test(identifier.charAt(3)) ? 'stp' : 'codice-fiscale';
}

/** The caller acts on their own data. */
function ownKindOf(caller: Caller): SubjectKind | undefined {
  if (caller.kind === 'citizen') return subjectKindOf(caller.codiceFiscale);
  return caller.kind === 'free_area' ? subjectKindOf(caller.subject) : undefined;
}

/** The caller's name in the log: never an identifier of a person who acts on their own data [O-4]. */
function userIdOf(caller: Caller): string | undefined {
  if (caller.kind === 'account') return caller.userId;
  return caller.kind === 'system' ? caller.name : undefined;
}

function regionOf(caller: Caller): string | undefined {
  if (caller.kind === 'system') return caller.region;
  return caller.kind === 'account' && 'region' in caller.capacity ? caller.capacity.region : undefined;
}
