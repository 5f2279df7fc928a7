/**
 * TS-CNS and CNS certificates [T-1]: from the facts of the handshake to a codice fiscale. Pure rules; OpenSSL has
 * already verified the chain.
 */
import { isCodiceFiscale } from '../platform/ids/index.js';
import { CLIENT_AUTH, validPolicies } from '../platform/tls/index.js';
import type { PresentedCertificate } from '../platform/tls/index.js';
import { SignInError } from './errors.js';
import type { SignInCode } from './errors.js';

/** OpenSSL's verdicts that have a separate refusal; any other verdict is «untrusted». */
const VERDICTS: ReadonlyMap<string, SignInCode> = new Map([
  ['CERT_HAS_EXPIRED', 'certificate-expired'],
  ['CERT_NOT_YET_VALID', 'certificate-not-yet-valid'],
  ['CERT_REVOKED', 'certificate-revoked'],
  ['INVALID_PURPOSE', 'certificate-not-cns'], // key usage or extended key usage does not permit a TLS client
  ['UNABLE_TO_GET_CRL', 'revocation-unknown'],
  ['CRL_HAS_EXPIRED', 'revocation-unknown'],
  ['CRL_NOT_YET_VALID', 'revocation-unknown'],
  ['CRL_SIGNATURE_FAILURE', 'revocation-unknown'],
  ['VERDICT_OVER', 'revocation-unknown'], // the lists changed after the handshake: a new connection gets a new verdict
]);

/**
 * Form of a codice fiscale; not strict, because test identities in use are not: the issuing CA vouches for the rest.
 */
const HOLDER = /^(?:[A-Z0-9]{16}|[0-9]{11})$/;

/**
 * Checks that OpenSSL and the certificate's source trust it, and that it is currently valid.
 * @throws SignInError
 */
export function demandTrusted({ facts, untrusted }: PresentedCertificate, now: Date): void {
  if (untrusted !== undefined) throw new SignInError(VERDICTS.get(untrusted) ?? 'certificate-untrusted');
  if (now > facts.notAfter) throw new SignInError('certificate-expired');
  if (now < facts.notBefore) throw new SignInError('certificate-not-yet-valid');
}

/**
 * @param policies OIDs: the certificate must be valid for one of them under its CAs, e.g. 1.3.76.16.2.1
 * @param now a connection may outlive the certificate: validity is checked again for each call
 * @returns the codice fiscale of the holder
 * @throws SignInError
 */
export function holderOf(certificate: PresentedCertificate, policies: readonly string[], now: Date): string {
  demandTrusted(certificate, now);
  return namedBy(certificate, policies);
}

/**
 * Refusals of a certificate whose issuer still vouches for its holder. Not included: a certificate that is not such a
 * card, or that does not identify its holder.
 */
const ISSUER_VOUCHES: ReadonlySet<SignInCode> = new Set([
  'certificate-expired',
  'certificate-not-yet-valid',
  'certificate-revoked',
  'revocation-unknown',
  'not-enabled',
]);

/** Whether a refused certificate still identifies its holder for the access log [T-60]. */
export function isVouchedFor({ isOurs }: PresentedCertificate, refusal: SignInCode): boolean {
  return isOurs && ISSUER_VOUCHES.has(refusal);
}

/** @returns the codice fiscale of the holder of a refused card; undefined: no trusted issuer vouches for one */
export function refusedHolder(
  certificate: PresentedCertificate,
  policies: readonly string[],
  refusal: SignInCode,
): string | undefined {
  if (!isVouchedFor(certificate, refusal)) return undefined;
  try {
    return namedBy(certificate, policies);
  } catch (error) {
    if (error instanceof SignInError) return undefined;
    throw error;
  }
}

/** @throws SignInError if it is not an authentication card, or does not identify its holder with certainty */
function namedBy({ facts, authorities }: PresentedCertificate, policies: readonly string[]): string {
  const isCns =
    validPolicies(authorities, facts, policies).length > 0 &&
    facts.extendedKeyUsage?.includes(CLIENT_AUTH) === true &&
    facts.digitalSignature === true;
  if (!isCns) throw new SignInError('certificate-not-cns');
  return identityOf(facts.commonNames, facts.serialNumbers);
}

/**
 * The common name is `<codice fiscale>/<card id>.<base64 hash>`; the hash may contain further slashes, so the first one
 * separates. Newer cards also have `TINIT-<codice fiscale>` in serialNumber: a difference between the two is refused.
 * Other spellings of a codice fiscale in serialNumber are not used as a source, but must not differ either.
 */
function identityOf(commonNames: readonly string[], serialNumbers: readonly string[]): string {
  const [commonName, ...others] = commonNames;
  const named = commonName?.includes('/') === true ? commonName.slice(0, commonName.indexOf('/')) : undefined;
  const serials = serialNumbers
    .filter((value) => value.startsWith('TINIT-'))
    .map((value) => value.slice('TINIT-'.length));
  const claims = [...new Set([...(named === undefined ? [] : [named]), ...serials])];
  const [holder] = claims;
  if (others.length > 0 || claims.length !== 1 || holder === undefined || !HOLDER.test(holder)) {
    throw new SignInError('certificate-identity');
  }
  if (alsoNamed(serialNumbers).some((other) => other !== holder)) throw new SignInError('certificate-identity');
  return holder;
}

/** ETSI EN 319 412-1, 5.1.3 (tax number, national number), in any case; the older form; or the bare value. */
function alsoNamed(serialNumbers: readonly string[]): string[] {
  return serialNumbers.flatMap((value) => {
    const marked = /^(?:TINIT-|PNOIT-|IT:)(.*)$/is.exec(value)?.[1] ?? value;
    // A bare number of another kind, e.g. of the card, does not identify the holder.
    return marked === value && !isCodiceFiscale(value.toUpperCase()) ? [] : [marked.toUpperCase()];
  });
}
