/** From a certificate's facts to a codice fiscale: the rules, without handshakes (those are in integration/card-sign-in). */
import { expect, test } from '@jest/globals';
import { holderOf } from '../../src/auth/card.js';
import { SignInError } from '../../src/auth/errors.js';
import { CLIENT_AUTH } from '../../src/platform/tls/index.js';
import type { CertificateFacts } from '../../src/platform/tls/index.js';

const CNS = '1.3.76.16.2.1';
const HOLDER = 'RSSMRA80A01H501U';
const now = new Date('2026-11-21T12:00:00Z');
const good: CertificateFacts = {
  commonNames: [`${HOLDER}/6030123456789012.aGFzaA==`],
  serialNumbers: [],
  policies: [CNS],
  extendedKeyUsage: [CLIENT_AUTH],
  digitalSignature: true,
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2027-01-01T00:00:00Z'),
};

function outcome(facts: Partial<CertificateFacts>, untrusted?: string, at = now): string {
  try {
    return holderOf({ facts: { ...good, ...facts }, untrusted }, [CNS], at);
  } catch (error) {
    if (error instanceof SignInError) return error.code;
    throw error;
  }
}

test.each([
  ['up to the first slash', { commonNames: [`${HOLDER}/1.a/b/c`] }, HOLDER],
  ['provisional, 11 digits', { commonNames: ['12345678903/1.a'] }, '12345678903'],
  ['a shared test identity', { commonNames: ['PROVAX00X00X000Y/1.a'] }, 'PROVAX00X00X000Y'],
  ['TINIT alone', { commonNames: ['Mario Rossi'], serialNumbers: [`TINIT-${HOLDER}`] }, HOLDER],
  ['TINIT without any common name', { commonNames: [], serialNumbers: [`TINIT-${HOLDER}`] }, HOLDER],
  ['both, equal', { serialNumbers: [`TINIT-${HOLDER}`] }, HOLDER],
  ['both, different', { serialNumbers: ['TINIT-MRTMTT25D09F205Z'] }, 'certificate-identity'],
  ['two TINIT that differ', { serialNumbers: [`TINIT-${HOLDER}`, 'TINIT-MRTMTT25D09F205Z'] }, 'certificate-identity'],
  ['two common names', { commonNames: [`${HOLDER}/1.a`, `${HOLDER}/1.a`] }, 'certificate-identity'],
  ['no slash', { commonNames: [HOLDER] }, 'certificate-identity'],
  ['slash first', { commonNames: [`/${HOLDER}/1`] }, 'certificate-identity'],
  ['a line end after it', { commonNames: [`${HOLDER}\n/1.a`] }, 'certificate-identity'],
  ['too short', { commonNames: ['RSSMRA80/1.a'] }, 'certificate-identity'],
  ['nothing', { commonNames: [] }, 'certificate-identity'],
  ['PNOIT is not TINIT', { commonNames: [], serialNumbers: [`PNOIT-${HOLDER}`] }, 'certificate-identity'],
  ['no policy', { policies: [] }, 'certificate-not-cns'],
  ['no clientAuth', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] }, 'certificate-not-cns'],
  ['no digitalSignature', { digitalSignature: false }, 'certificate-not-cns'],
  ['key usage absent', { digitalSignature: undefined }, 'certificate-not-cns'],
])('identity: %s', (_title, facts, expected) => {
  expect(outcome(facts)).toBe(expected);
});

test.each([
  ['CERT_HAS_EXPIRED', 'certificate-expired'],
  ['CERT_NOT_YET_VALID', 'certificate-not-yet-valid'],
  ['CERT_REVOKED', 'certificate-revoked'],
  ['UNABLE_TO_GET_CRL', 'revocation-unknown'],
  ['CRL_HAS_EXPIRED', 'revocation-unknown'],
  ['INVALID_PURPOSE', 'certificate-not-cns'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate-untrusted'],
  ['a verdict nobody has heard of', 'certificate-untrusted'],
  ['', 'certificate-untrusted'],
])('OpenSSL says «%s»: %s', (verdict, expected) => {
  expect(outcome({}, verdict)).toBe(expected);
});

test('validity is looked at again at each call, its ends included', () => {
  expect(outcome({}, undefined, good.notBefore)).toBe(HOLDER);
  expect(outcome({}, undefined, good.notAfter)).toBe(HOLDER);
  expect(outcome({}, undefined, new Date(good.notBefore.getTime() - 1))).toBe('certificate-not-yet-valid');
  expect(outcome({}, undefined, new Date(good.notAfter.getTime() + 1))).toBe('certificate-expired');
});
