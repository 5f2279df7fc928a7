import { StacklessError } from '../platform/stackless-error.js';

/** Why nobody acceptable is calling. `credentials` is one code for every wrong secret: it must teach an attacker nothing. */
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
  | 'no-asl-operator';

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
