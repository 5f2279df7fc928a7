/**
 * The state of a notification after an exchange [N-3]: sent, parked for an operator, retried, exhausted. Pure: decides,
 * does not write.
 */
import { BESIDE_SUCCESS } from '../region.js';
import type { RegionAnswer, RegionError, RegionErrors } from '../region.js';
import { backoffMs } from '../../../platform/backoff.js';
import type { BackoffPolicy } from '../../../platform/backoff.js';
import { printable } from '../../../platform/printable.js';
import { UNKNOWN_CODE_ATTEMPTS, decisive, failureKindOf } from './failure-kinds.js';
import type { FailureKind } from './failure-kinds.js';
import type { Settlement } from './store.js';

export interface RetryPolicy extends BackoffPolicy {
  /** Attempts after which a notification is abandoned and reported to the operator. */
  readonly attempts: number;
}

/** Our own codes, for results without a code of the region. */
export const OWN_CODES = {
  unreachable: 'irraggiungibile',
  certificate: 'certificato-non-valido',
  unclear: 'risposta-non-chiara',
  failure: 'SENZA_CODICE',
} as const;

/** A description is for a person: none needs more, and the register must not store pages of HTML. */
const LONGEST = { code: 100, description: 1_000 };

export type Fate = Pick<Settlement, 'state' | 'nextAttemptAt' | 'code' | 'description'>;

/**
 * @param attempts number of attempts, including this one
 * @param formerCode code of the previous attempt; null: there was none
 */
export function fateOf(
  answer: RegionAnswer,
  { attempts, formerCode }: { readonly attempts: number; readonly formerCode: string | null },
  now: Date,
  policy: RetryPolicy,
  random: () => number,
): Fate {
  const told = toldBy(answer);
  const again = (): Fate =>
    attempts >= policy.attempts
      ? { state: 'exhausted', ...told }
      : { state: 'queued', nextAttemptAt: new Date(now.getTime() + backoffMs(attempts, policy, random)), ...told };
  switch (answer.kind) {
    case 'success':
      return { state: 'sent' };
    case 'unreachable':
      // Waiting does not help with an untrusted certificate: the server may belong to somebody else.
      return answer.certificate === true ? { state: 'parked', ...told } : again();
    case 'failure':
    case 'fault':
    case 'unclear':
      switch (kindOf(answer)) {
        case 'done':
          return { state: 'sent', ...told };
        case 'permanent':
          return { state: 'parked', ...told };
        case 'unknown':
          return attempts >= UNKNOWN_CODE_ATTEMPTS && !wasOutage(formerCode) ? { state: 'parked', ...told } : again();
        case 'transient':
          return again();
      }
  }
}

/**
 * Whether an answer may concern the region rather than the message. A single one proves nothing; if no other answer
 * comes, the system behind the region's service is probably down.
 */
export function mayBeOutage(answer: RegionAnswer): boolean {
  switch (answer.kind) {
    case 'success':
    case 'unreachable': // the breaker handles it
      return false;
    case 'failure':
      return kindOf(answer) === 'transient'; // busy, by its own statement; other errors concern the message
    case 'fault':
      return decisive(answer.errors).kind === 'unknown' || kindOf(answer) === 'transient';
    case 'unclear':
      return true;
  }
}

/**
 * Whether the region may know the person after this exchange, although it did not confirm the notification: no answer,
 * an unreadable one, or one damaged by its own service. A later refusal does not revoke that [O-9].
 */
export function mayKnow(answer: RegionAnswer): boolean {
  switch (answer.kind) {
    case 'success':
    case 'unclear':
      return true;
    case 'unreachable':
      return answer.certificate !== true; // nothing was sent
    case 'fault':
      return answer.blames === 'region';
    case 'failure':
      return answer.errors.some(({ description }) => description.startsWith(BESIDE_SUCCESS));
  }
}

/**
 * Attempts during an outage say nothing about the message: the first answer after one does not count as the last of
 * many.
 */
function wasOutage(formerCode: string | null): boolean {
  return formerCode !== null && (formerCode === OWN_CODES.unreachable || failureKindOf(formerCode) === 'transient');
}

type Answered = Extract<RegionAnswer, { kind: 'failure' | 'fault' | 'unclear' }>;

/** A code of the table decides, even in a fault; without one, a fault that blames the message will recur. */
function kindOf(answer: Answered): FailureKind {
  if (answer.kind === 'unclear') return 'unknown';
  const { kind } = decisive(answer.errors);
  if (answer.kind === 'failure' || kind !== 'unknown') return kind;
  return answer.blames === 'message' ? 'permanent' : 'transient';
}

type Told = Pick<Fate, 'code' | 'description'>;

const told = (code: string, description: string): Told => ({
  code: printable(code, LONGEST.code),
  description: printable(description, LONGEST.description),
});

function toldBy(answer: RegionAnswer): Told {
  switch (answer.kind) {
    case 'success':
      return {};
    case 'failure':
      return errorsTold(answer.errors, OWN_CODES.failure);
    case 'fault':
      return errorsTold(answer.errors, `SOAP.${answer.faultCode}`);
    case 'unclear':
      return told(OWN_CODES.unclear, answer.reason);
    case 'unreachable':
      return told(answer.certificate === true ? OWN_CODES.certificate : OWN_CODES.unreachable, answer.reason);
  }
}

/** The code of the decisive error; the description gives each of several errors with its code. */
function errorsTold(errors: RegionErrors, codeless: string): Told {
  const each = ({ code = codeless, description }: RegionError): string =>
    description === '' ? code : `${code}: ${description}`;
  const description = errors.length === 1 ? errors[0].description : errors.map(each).join('; ');
  return told(decisive(errors).error.code ?? codeless, description);
}
