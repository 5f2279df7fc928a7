import { StacklessError } from '../platform/stackless-error.js';

/** Why a sign-in is refused. `credentials` is one code for every wrong secret: it must not help an attacker. */
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
 * Refusals of user id, password and pincode are sent at multiples of this, ms: the work for a known and an unknown user
 * id differs, and the response time must not reveal it.
 */
const REFUSAL_BEAT_MS = 250;
/** Longer: a caller who floods the hash queue waits for the answers, and callers who send less get the places. */
const BUSY_BEAT_MS = 4_000;

/** @returns the multiples, counted from the message's last byte, at which a refusal is sent; undefined: immediately */
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

/** The outcome in the access log: the code of the answer (docs/esiti.md) if it has one, otherwise the word. */
export function accountOutcome(refusal: AccountRefusal): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}

export class SignInError extends StacklessError {
  /** @param isCounted the attempt was on an account and counted as a failure */
  constructor(
    readonly code: SignInCode,
    readonly isCounted = false,
  ) {
    super(`sign-in refused: ${code}`);
    this.name = 'SignInError';
  }
}
