/**
 * Responses of an identity provider: every official case of SPID and CIE by its number, then attacks that the official
 * list lacks. The valid response passes first, so that no refusal has another reason.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { CIE, SPID, judgeResponse, openResponse } from '../../src/auth/saml/index.js';
import type { Expectation, SamlScheme, SigningIdentity } from '../../src/auth/saml/index.js';
import { ASSERTION_CHECKS, RESPONSE_CHECKS } from '../../src/auth/saml/checks.js';
import { OFFICIAL_CASES, caseXml } from '../../src/dev/identity/cases.js';
import type { OfficialCase } from '../../src/dev/identity/cases.js';
import { goodParts, responseXml } from '../../src/dev/identity/message.js';
import type { ResponseFacts, ResponseParts } from '../../src/dev/identity/message.js';
import { providerMetadata } from '../../src/dev/identity/metadata.js';
import { issueCa } from '../../src/dev/sandbox/pki.js';

const NOW = new Date('2026-11-29T12:00:00.400Z');
const REQUESTED = new Date('2026-11-29T11:58:00.000Z');
const PROVIDER = 'https://idp.example.it';
const CODICE_FISCALE = 'GDASDV00A01H501J';

let provider: SigningIdentity;
let stranger: SigningIdentity;
let metadata: string;

beforeAll(async () => {
  const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
  [provider, stranger] = (await Promise.all(
    ['provider', 'stranger'].map(async (commonName) => {
      const { certificate, key } = await issueCa(undefined, { commonName, ...validity });
      return { certificate: new X509Certificate(certificate), key: createPrivateKey(key) };
    }),
  )) as [SigningIdentity, SigningIdentity];
  metadata = providerMetadata(
    { entityId: PROVIDER, title: 'Identità di prova', singleSignOn: `${PROVIDER}/sso` },
    provider,
  );
}, 60_000);

const facts: ResponseFacts = {
  provider: PROVIDER,
  audience: 'https://servizi.example.it',
  assertionConsumer: 'https://servizi.example.it/accesso/spid/risposta',
  requestId: '_request',
  issuedAt: REQUESTED,
  notOnOrAfter: new Date('2026-11-29T12:05:00Z'),
  level: 'https://www.spid.gov.it/SpidL2',
  attributes: { fiscalNumber: `TINIT-${CODICE_FISCALE}` },
  serial: '1',
};

function expectation(scheme: SamlScheme): Expectation {
  const { audience, assertionConsumer, requestId } = facts;
  return {
    ...{ scheme, audience, assertionConsumer, requestId },
    ...{ provider: PROVIDER, requestedAt: REQUESTED, receivedAt: NOW },
  };
}

function verdict(xml: string, scheme = SPID, keys = [provider.certificate.publicKey], expected = expectation(scheme)) {
  const opened = openResponse(Buffer.from(xml).toString('base64'));
  if ('refusal' in opened) return opened.refusal;
  const result = judgeResponse(opened, expected, keys);
  return result.codiceFiscale ?? result.refusal;
}

const messageOf = (change: Partial<ResponseParts> = {}): string =>
  responseXml({ ...goodParts(facts), ...change }, provider);

/** A change that is certain to have been applied. */
function changed(xml: string, find: string | RegExp, by: string): string {
  const result = xml.replace(find, () => by);
  expect(result).not.toBe(xml);
  return result;
}

test('the list is the official one: 111 cases, 112 and 113', () => {
  const numbers = OFFICIAL_CASES.map(({ number }) => number);
  expect(new Set(numbers).size).toBe(113);
  const missing = Array.from({ length: 113 }, (_, index) => String(index + 1)).filter(
    (each) => !numbers.includes(each),
  );
  // Numbers that the official list does not use, and 6 and 7, its wrappings and its XSLT.
  expect(missing).toEqual(['6', '7', '25', '50', '67', '84', '91', '101', '102']);
});

test('every check has an official case that only it refuses', () => {
  const reasons = new Set(OFFICIAL_CASES.map(({ expected }) => (expected === 'accepted' ? '' : expected.why)));
  const checks = [...RESPONSE_CHECKS, ...ASSERTION_CHECKS].map(({ name }) => name);
  expect(checks.filter((name) => !reasons.has(name))).toEqual([]);
});

describe.each([SPID, CIE])('official cases of $name', (scheme) => {
  const expectedOf = ({ number, expected }: OfficialCase) =>
    // CIE's assertions need not state the format of their Issuer, and its providers cannot return 19 and 20.
    scheme === CIE && ['70', '71'].includes(number) ? 'accepted' : expected;
  test.each(OFFICIAL_CASES.map((each) => [each.number, each] as const))('%s', (_, official) => {
    const result = verdict(caseXml(official, facts, { provider, stranger, metadata }), scheme);
    const expected = expectedOf(official);
    if (expected === 'accepted') expect(result).toBe(CODICE_FISCALE);
    else if (scheme === CIE && ['104', '105'].includes(official.number)) expect(result).toEqual({ code: 'status' });
    else expect(result).toMatchObject(expected);
  });
});

test.each([19, 20, 21, 22, 23, 25, 30, 8, 18])('anomaly %i is distinguished', (anomaly) => {
  const status = `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/>
    <samlp:StatusMessage>ErrorCode nr${anomaly}</samlp:StatusMessage></samlp:Status>`;
  expect(verdict(messageOf({ status, hasAssertion: false }))).toEqual({ code: 'anomaly', anomaly });
  expect(verdict(messageOf({ status, hasAssertion: false, signsResponse: false }))).toEqual({
    code: 'anomaly',
    anomaly,
  });
  // An assertion beside it admits nobody.
  expect(verdict(messageOf({ status }))).toEqual({ code: 'anomaly', anomaly });
});

test.each(['1', '24', '27', '99', '255', ''])('«nr%s» is not a known anomaly', (number) => {
  const status = `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"/>
    <samlp:StatusMessage>ErrorCode nr${number}</samlp:StatusMessage></samlp:Status>`;
  expect(verdict(messageOf({ status, hasAssertion: false }))).toEqual({ code: 'status' });
});

describe('beyond the official cases', () => {
  test('only the assertion is signed: accepted', () => {
    expect(verdict(messageOf({ signsResponse: false }))).toBe(CODICE_FISCALE);
  });

  test('each of two keys of the provider is accepted, and no unknown one', () => {
    const keys = [stranger.certificate.publicKey, provider.certificate.publicKey];
    expect(verdict(messageOf(), SPID, keys)).toBe(CODICE_FISCALE);
    expect(verdict(messageOf(), SPID, [stranger.certificate.publicKey])).toEqual({
      code: 'signature',
      why: 'response',
    });
    expect(verdict(messageOf(), SPID, [])).toEqual({ code: 'signature', why: 'response' });
  });

  test.each([
    ['another codice fiscale', CODICE_FISCALE, 'RSSMRA80A01H501U'],
    ['another status', 'status:Success', 'status:Responder'],
    ['another recipient', /Recipient="[^"]*"/, 'Recipient="https://altro.example.it"'],
  ])('signed, then changed: %s', (_, find, by) => {
    const change = { signsResponse: false };
    const result = verdict(changed(messageOf(), find, by));
    expect(result).toEqual({ code: 'signature', why: 'response' });
    if (by.includes('status')) return;
    expect(verdict(changed(messageOf(change), find, by))).toEqual({ code: 'signature', why: 'assertion' });
  });

  test.each([
    ['a DOCTYPE', '<samlp:Response', '<!DOCTYPE x [<!ENTITY e "x">]><samlp:Response'],
    ['an entity', '<samlp:Status>', '&e;<samlp:Status>'],
    ['a processing instruction', '<samlp:Status>', '<?x y?><samlp:Status>'],
    ['a cut message', '</samlp:Response>', ''],
  ])('%s is refused before anything is verified', (_, find, by) => {
    expect(verdict(changed(messageOf(), find, by))).toEqual({ code: 'form', why: 'xml' });
  });

  test('100 kB at most, and no other element than a response', () => {
    expect(verdict(`<a>${'x'.repeat(100_000)}</a>`)).toEqual({ code: 'form', why: 'size' });
    expect(openResponse('A'.repeat(200_000))).toEqual({ refusal: { code: 'form', why: 'size' } });
    expect(openResponse('<xml/>')).toEqual({ refusal: { code: 'form', why: 'base64' } });
    expect(openResponse('')).toEqual({ refusal: { code: 'form', why: 'base64' } });
    expect(verdict('<a/>')).toEqual({ code: 'form', why: 'no-response' });
    expect(verdict(metadata)).toEqual({ code: 'form', why: 'no-response' });
    expect(verdict(`${'<a>'.repeat(40)}${'</a>'.repeat(40)}`)).toEqual({ code: 'form', why: 'xml' });
    const bytes = Buffer.concat([Buffer.from('<a>'), Buffer.from([0xff]), Buffer.from('</a>')]);
    expect(openResponse(bytes.toString('base64'))).toEqual({ refusal: { code: 'form', why: 'xml' } });
  });

  // Each element would be read with each prefix: 92 kB took the whole heap.
  test.each([
    ['elements', `<a>${'<b/>'.repeat(200)}</a>`],
    ['attributes', `<a ${Array.from({ length: 401 }, (_, n) => `a${n}=""`).join(' ')}/>`],
    ['prefixes', `<p:a ${Array.from({ length: 5_900 }, (_, n) => `xmlns:p${n}="b"`).join(' ')} xmlns:p="b"/>`],
  ])('more %s than any response has are refused', (_, xml) => {
    expect(verdict(xml)).toEqual({ code: 'form', why: 'xml' });
  });

  test('base64 with line breaks is read', () => {
    const lines = Buffer.from(messageOf()).toString('base64').replace(/.{76}/g, '$&\r\n');
    const opened = openResponse(lines);
    if ('refusal' in opened) throw new Error('not read');
    expect(judgeResponse(opened, expectation(SPID), [provider.certificate.publicKey])).toEqual({
      isProven: true,
      codiceFiscale: CODICE_FISCALE,
    });
  });

  test('a comment inside a value does not cut it', () => {
    const xml = messageOf({ signsResponse: false });
    const split = changed(xml, CODICE_FISCALE, 'GDASDV00A01H501J<!-- x -->');
    expect(verdict(split)).toBe(CODICE_FISCALE);
    const evil = messageOf({
      signsResponse: false,
      attributes: goodParts({ ...facts, attributes: { fiscalNumber: `TINIT-${CODICE_FISCALE}.altro` } }).attributes,
    });
    expect(verdict(changed(evil, `${CODICE_FISCALE}.altro`, `${CODICE_FISCALE}<!-- x -->.altro`))).toEqual({
      code: 'no-codice-fiscale',
    });
  });

  test('the signed assertion inside an Object, with another ID, counts as a second one', () => {
    const xml = messageOf({ signsResponse: false });
    const inside = /<saml:Assertion[^]*<\/saml:Assertion>/.exec(xml)?.[0].replace('ID="_', 'ID="_altro-') ?? '';
    const wrapped = changed(xml, '</ds:Signature>', `<ds:Object>${inside}</ds:Object></ds:Signature>`);
    expect(verdict(wrapped)).toEqual({ code: 'form', why: 'assertions' });
    const empty = changed(xml, '</ds:Signature>', '<ds:Object>x</ds:Object></ds:Signature>');
    expect(verdict(empty)).toEqual({ code: 'signature', why: 'assertion' });
  });

  test('a duplicate ID is refused, also as xml:id', () => {
    const twice = changed(messageOf(), '<samlp:Status>', '<samlp:Status xml:id="_assertion-1">');
    expect(verdict(twice)).toEqual({ code: 'form', why: 'id' });
  });

  test('CRLF line ends and a default namespace are read', () => {
    const xml = messageOf({ declaration: '<?xml version="1.0"?>\r\n\r\n', signsResponse: false });
    expect(verdict(changed(xml, '<samlp:Status>', '\r\n<samlp:Status xmlns="urn:x">'))).toBe(CODICE_FISCALE);
  });

  test.each([
    ['lower case', 'TINIT-gdasdv00a01h501j'],
    ['prefix doubled', `TINIT-TINIT-${CODICE_FISCALE}`],
    ['no prefix', CODICE_FISCALE],
    ['wrong check letter', 'TINIT-GDASDV00A01H501A'],
    ['a company', 'TINIT-12345678903'],
    ['a foreign person', 'TINDE-X1234567'],
  ])('fiscalNumber: %s', (_, fiscalNumber) => {
    const { attributes } = goodParts({ ...facts, attributes: { fiscalNumber } });
    expect(verdict(messageOf({ attributes }))).toEqual({ code: 'no-codice-fiscale' });
  });

  test('two fiscalNumbers are refused', () => {
    const { attributes } = goodParts(facts);
    expect(verdict(messageOf({ attributes: attributes + attributes }))).toEqual({
      code: 'check',
      why: 'fiscal-number',
    });
  });

  test.each([
    ['another request', { requestId: '_other' }, 'response-in-response-to'],
    [
      'the other scheme’s address',
      { assertionConsumer: 'https://servizi.example.it/accesso/cie/risposta' },
      'response-destination',
    ],
    ['another provider', { provider: 'https://altro.example.it' }, 'response-issuer'],
    ['another service', { audience: 'https://altro.example.it' }, 'audience'],
    ['too late', { receivedAt: new Date('2026-11-29T12:05:00Z') }, 'confirmation-not-on-or-after'],
    ['a later request', { requestedAt: new Date('2026-11-29T12:00:00Z') }, 'response-issue-instant'],
  ])('a valid response with another expectation: %s', (_, change, why) => {
    const expected = { ...expectation(SPID), ...change };
    expect(verdict(messageOf(), SPID, undefined, expected)).toEqual({ code: 'check', why });
  });
});
