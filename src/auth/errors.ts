/** Why nobody acceptable is calling. `credentials` is one code for every wrong secret: it must teach an attacker nothing. */
export type SignInCode =
  | 'none-presented'
  | 'pincode-missing'
  | 'credentials'
  | 'busy'
  | 'certificate-unreadable'
  | 'certificate-untrusted'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-revoked'
  | 'revocation-unknown'
  | 'certificate-not-cns'
  | 'certificate-identity'
  | 'not-enabled';

export class SignInError extends Error {
  constructor(readonly code: SignInCode) {
    super(`sign-in refused: ${code}`);
    this.name = 'SignInError';
  }
}
