import { StacklessError } from '../platform/stackless-error.js';

/**
 * Why nobody acceptable is calling. `credentials` is one code for every wrong secret: it must teach an attacker
 * nothing.
 */
export const SIGN_IN_CODES = [
  'none-presented',
  'pincode-missing',
  'credentials',
  'busy',
  'certificate-unreadable',
  'certificate-untrusted',
  'certificate-expired',
  'certificate-not-yet-valid',
  'certificate-revoked',
  'revocation-unknown',
  'certificate-not-cns',
  'certificate-identity',
  'not-enabled',
] as const;
export type SignInCode = (typeof SIGN_IN_CODES)[number];

/**
 * Refusals of user id, password and pincode are sent at multiples of this, ms: the work for an account and for nobody
 * differs, and the time of the answer does not show it.
 */
const REFUSAL_BEAT_MS = 250;
/** Longer: who floods the queue of hashes waits for his answers, and the places go to those who are patient. */
const BUSY_BEAT_MS = 4_000;

/** @returns the multiples, counted from when the message was whole, at which a refusal is sent; undefined: at once */
export function beatOf(code: SignInCode): number | undefined {
  if (code === 'busy') return BUSY_BEAT_MS;
  return code === 'credentials' ? REFUSAL_BEAT_MS : undefined;
}

/** Why an operation on an account is refused. */
export type AccountRefusal =
  | 'not-permitted'
  | 'user-id-form'
  | 'holder-form'
  | 'asl-missing'
  | 'asl-not-his'
  | 'unknown-asl'
  | 'capacity-held'
  | 'capacity-not-held'
  | 'only-capacity'
  | 'account-exists'
  | 'unknown-account'
  | 'no-asl-operator'
  | 'email-form'
  | 'no-email'
  | 'account-suspended';

/** The outcome in the access log: the code of the answers (docs/esiti.md) where there is one, else the word. */
export function accountOutcome(refusal: AccountRefusal): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}

export class SignInError extends StacklessError {
  /** @param isCounted it was an attempt on an account, and counted as a failure of it */
  constructor(
    readonly code: SignInCode,
    readonly isCounted = false,
  ) {
    super(`sign-in refused: ${code}`);
    this.name = 'SignInError';
  }
}
