/** From a certificate's facts to a codice fiscale: the rules, without handshakes (see integration/card-sign-in). */
import { expect, test } from '@jest/globals';
import { holderOf } from '../../src/auth/card.js';
import { SignInError } from '../../src/auth/errors.js';
import { CLIENT_AUTH } from '../../src/platform/tls/index.js';
import type { CertificateFacts, PolicyRules } from '../../src/platform/tls/index.js';

const CNS = '1.3.76.16.2.1';
const HOLDER = 'RSSMRA80A01H501U';
const OTHER = 'MRTMTT25D09F205Z';
const now = new Date('2026-11-21T12:00:00Z');
const noRules: PolicyRules = {
  ...{ policies: undefined, mappings: [], isSelfIssued: false },
  ...{ requireExplicitPolicy: undefined, inhibitPolicyMapping: undefined, inhibitAnyPolicy: undefined },
};
const good: CertificateFacts = {
  ...noRules,
  commonNames: [`${HOLDER}/6030123456789012.aGFzaA==`],
  serialNumbers: [],
  policies: [CNS],
  extendedKeyUsage: [CLIENT_AUTH],
  digitalSignature: true,
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2027-01-01T00:00:00Z'),
};

function outcome(
  facts: Partial<CertificateFacts>,
  untrusted?: string,
  at = now,
  authorities: readonly PolicyRules[] = [],
): string {
  try {
    return holderOf(
      { facts: { ...good, ...facts }, untrusted, authorities, isOurs: true, serialNumber: '01' },
      [CNS],
      at,
    );
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
  ['another spelling that agrees', { serialNumbers: [`PNOIT-${HOLDER}`] }, HOLDER],
  ['in small letters, agreeing', { serialNumbers: [`tinit-${HOLDER.toLowerCase()}`] }, HOLDER],
  ['a number of the card beside it', { serialNumbers: ['6030123456789012', '12345678903'] }, HOLDER],
  ['tinit- that differs', { serialNumbers: [`tinit-${OTHER}`] }, 'certificate-identity'],
  [
    'TINIT that agrees, tinit- that differs',
    { serialNumbers: [`TINIT-${HOLDER}`, `tinit-${OTHER}`] },
    'certificate-identity',
  ],
  ['IT: that differs', { serialNumbers: [`IT:${OTHER}`] }, 'certificate-identity'],
  ['PNOIT that differs', { serialNumbers: [`PNOIT-${OTHER}`] }, 'certificate-identity'],
  ['PNOIT with more behind it', { serialNumbers: [`PNOIT-${HOLDER}\n${OTHER}`] }, 'certificate-identity'],
  ['a bare codice fiscale that differs', { serialNumbers: [OTHER] }, 'certificate-identity'],
  ['the same in small letters', { serialNumbers: [OTHER.toLowerCase()] }, 'certificate-identity'],
  ['tinit- alone', { commonNames: [], serialNumbers: [`tinit-${HOLDER}`] }, 'certificate-identity'],
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
  ['an unknown verdict', 'certificate-untrusted'],
  ['', 'certificate-untrusted'],
])('OpenSSL reports «%s»: %s', (verdict, expected) => {
  expect(outcome({}, verdict)).toBe(expected);
});

test('validity is checked again at each call, including its first and last instant', () => {
  expect(outcome({}, undefined, good.notBefore)).toBe(HOLDER);
  expect(outcome({}, undefined, good.notAfter)).toBe(HOLDER);
  expect(outcome({}, undefined, new Date(good.notBefore.getTime() - 1))).toBe('certificate-not-yet-valid');
  expect(outcome({}, undefined, new Date(good.notAfter.getTime() + 1))).toBe('certificate-expired');
});

/** RFC 5280, 6.1: the CAs between the root and the card, the nearest to the root first. */
const ANY = '2.5.29.32.0';
const FOREIGN = '1.3.76.16.9.9';
const ca = (rules: Partial<PolicyRules>): PolicyRules => ({ ...noRules, ...rules });
const PATHS: readonly (readonly [title: string, authorities: readonly PolicyRules[], expected: string])[] = [
  ['no CA between', [], HOLDER],
  ['a CA without policies', [ca({})], HOLDER],
  ['a CA for any policy', [ca({ policies: [ANY] })], HOLDER],
  ['a CA for this policy among others', [ca({ policies: [FOREIGN, CNS] })], HOLDER],
  ['a CA for another policy only', [ca({ policies: [FOREIGN] })], 'certificate-not-cns'],
  ['of two CAs one for another policy', [ca({ policies: [FOREIGN] }), ca({ policies: [ANY] })], 'certificate-not-cns'],
  [
    'any, which was inhibited',
    [ca({ policies: [ANY], inhibitAnyPolicy: 0 }), ca({ policies: [ANY] })],
    'certificate-not-cns',
  ],
  [
    'any, inhibited, of a self-issued CA',
    [ca({ policies: [ANY], inhibitAnyPolicy: 0 }), ca({ policies: [ANY], isSelfIssued: true })],
    HOLDER,
  ],
  ['any, inhibited one further down', [ca({ policies: [ANY], inhibitAnyPolicy: 1 }), ca({ policies: [ANY] })], HOLDER],
  ['explicit policy demanded and there', [ca({ policies: [CNS], requireExplicitPolicy: 0 })], HOLDER],
  ['explicit policy demanded by one that has none', [ca({ requireExplicitPolicy: 0 })], 'certificate-not-cns'],
  [
    'explicit policy demanded, a CA below has none',
    [ca({ policies: [ANY], requireExplicitPolicy: 0 }), ca({})],
    'certificate-not-cns',
  ],
  ['explicit policy demanded further down than the card', [ca({ requireExplicitPolicy: 5 })], HOLDER],
  ['another name for the policy', [ca({ policies: [CNS], mappings: [[CNS, FOREIGN]] })], 'certificate-not-cns'],
  [
    'this name for a policy that is not wanted',
    [ca({ policies: [FOREIGN], mappings: [[FOREIGN, CNS]] })],
    'certificate-not-cns',
  ],
];

test.each(PATHS)('policies along the path: %s', (_title, authorities, expected) => {
  expect(outcome({}, undefined, now, authorities)).toBe(expected);
});

test('policies along the path: the card’s under the name that its CA maps it to, unless that is inhibited', () => {
  const mapping = ca({ policies: [CNS], mappings: [[CNS, FOREIGN]] });
  const inhibiting = ca({ policies: [ANY], inhibitPolicyMapping: 0 });
  expect(outcome({ policies: [FOREIGN] }, undefined, now, [mapping])).toBe(HOLDER);
  expect(outcome({ policies: [FOREIGN] }, undefined, now, [inhibiting, mapping])).toBe('certificate-not-cns');
});

test('policies along the path: any-policy in the card itself is not a policy of cards', () => {
  expect(outcome({ policies: [ANY] })).toBe('certificate-not-cns');
});
