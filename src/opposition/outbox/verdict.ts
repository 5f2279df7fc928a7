/**
 * What becomes of a notification after an exchange [N-3]: sent, parked for a person, tried again, exhausted. Pure; owns
 * the decision, not its writing.
 */
import type { RegionAnswer } from '../region.js';
import { backoffMs } from '../../platform/backoff.js';
import type { BackoffPolicy } from '../../platform/backoff.js';
import { printable } from '../../platform/printable.js';
import { UNKNOWN_CODE_ATTEMPTS, failureKindOf } from './failure-kinds.js';
import type { Settlement } from './store.js';

export interface RetryPolicy extends BackoffPolicy {
  /** After so many a notification is given up, and a person is told. */
  readonly attempts: number;
}

/** Our own codes, in the place of a region's, for what no region answered. */
export const OWN_CODES = { unreachable: 'irraggiungibile', certificate: 'certificato-non-valido' } as const;

/** A description is for a person: no region needs more, and the register is no place for pages of HTML. */
const LONGEST = { code: 100, description: 1_000 };

export type Fate = Pick<Settlement, 'state' | 'nextAttemptAt' | 'code' | 'description'>;

/** @param attempts made so far, this one included */
export function fateOf(
  answer: RegionAnswer,
  attempts: number,
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
      switch (failureKindOf(answer.code)) {
        case 'done':
          return { state: 'sent', ...told };
        case 'permanent':
          return { state: 'parked', ...told };
        case 'unknown':
          return attempts >= UNKNOWN_CODE_ATTEMPTS ? { state: 'parked', ...told } : again();
        case 'transient':
          return again();
      }
  }
}

function toldBy(answer: RegionAnswer): { code?: string; description?: string } {
  switch (answer.kind) {
    case 'success':
      return {};
    case 'failure':
      return {
        code: printable(answer.code, LONGEST.code),
        description: printable(answer.description, LONGEST.description),
      };
    case 'unreachable':
      return {
        code: answer.certificate === true ? OWN_CODES.certificate : OWN_CODES.unreachable,
        description: printable(answer.reason, LONGEST.description),
      };
  }
}
