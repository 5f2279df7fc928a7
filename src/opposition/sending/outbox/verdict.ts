/**
 * What becomes of a notification after an exchange [N-3]: sent, parked for a person, tried again, exhausted. Pure; owns
 * the decision, not its writing.
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
  /** After so many attempts a notification is given up, and reported to the operator. */
  readonly attempts: number;
}

/** Our own codes, where a region gave none. */
export const OWN_CODES = {
  unreachable: 'irraggiungibile',
  certificate: 'certificato-non-valido',
  unclear: 'risposta-non-chiara',
  failure: 'SENZA_CODICE',
} as const;

/** A description is for a person: no region needs more, and the register is no place for pages of HTML. */
const LONGEST = { code: 100, description: 1_000 };

export type Fate = Pick<Settlement, 'state' | 'nextAttemptAt' | 'code' | 'description'>;

/**
 * @param attempts made so far, this one included
 * @param formerCode what the attempt before came to; null: there was none
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
      // A certificate that is not to be trusted is never a matter of waiting: it may be somebody else's server.
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
 * Whether an answer may tell of the region rather than of the message. One alone says nothing; where nothing else comes,
 * what is behind the region's service is probably down.
 */
export function mayBeOutage(answer: RegionAnswer): boolean {
  switch (answer.kind) {
    case 'success':
    case 'unreachable': // that is the breaker's affair
      return false;
    case 'failure':
      return kindOf(answer) === 'transient'; // busy: it says so itself; any other is a judgement on the message
    case 'fault':
      return decisive(answer.errors).kind === 'unknown' || kindOf(answer) === 'transient';
    case 'unclear':
      return true;
  }
}

/**
 * Whether the region may know the person after this exchange, although it did not say that it took the notification: no
 * answer, one that nobody understands, one that its own service spoilt. A later refusal does not take that back [O-9].
 */
export function mayKnow(answer: RegionAnswer): boolean {
  switch (answer.kind) {
    case 'success':
    case 'unclear':
      return true;
    case 'unreachable':
      return answer.certificate !== true; // nothing was sent to it
    case 'fault':
      return answer.blames === 'region';
    case 'failure':
      return answer.errors.some(({ description }) => description.startsWith(BESIDE_SUCCESS));
  }
}

/** Attempts of an outage say nothing of the message: the first answer after one does not count for the last of many. */
function wasOutage(formerCode: string | null): boolean {
  return formerCode !== null && (formerCode === OWN_CODES.unreachable || failureKindOf(formerCode) === 'transient');
}

type Answered = Extract<RegionAnswer, { kind: 'failure' | 'fault' | 'unclear' }>;

/** A code of the table counts, in a fault too; without one a fault that blames the message will blame it again. */
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

/** The code of the error that decides; of several errors each is described with its code. */
function errorsTold(errors: RegionErrors, codeless: string): Told {
  const each = ({ code = codeless, description }: RegionError): string =>
    description === '' ? code : `${code}: ${description}`;
  const description = errors.length === 1 ? errors[0].description : errors.map(each).join('; ');
  return told(decisive(errors).error.code ?? codeless, description);
}
