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
