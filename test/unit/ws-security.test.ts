/**
 * The signature of a notification: created by the client's code, verified by the simulator's, which share nothing. Each
 * known attack is a change of a valid envelope; the valid one passes first, so that no refusal has another reason.
 */
import { X509Certificate, createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { SignedXml } from 'xml-crypto';
import { createSigner } from '../../src/opposition/sending/wssecurity.js';
import { SoapFault } from '../../src/platform/soap/index.js';
import { defaultLimits } from '../../src/platform/soap/limits.js';
import { parseXml } from '../../src/platform/soap/xml.js';
import { issueCa, issueCard } from '../../src/dev/sandbox/pki.js';
import type { CertificateAndKey } from '../../src/dev/sandbox/pki.js';
import { createSignatureVerifier } from '../../src/dev/simulator/ws-security.js';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const MINUTE = 60_000;
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const ENVELOPE =
  `<soap:Envelope xmlns:soap="${SOAP}" xmlns:t="urn:prova"><soap:Header><t:To>x</t:To></soap:Header>` +
  '<soap:Body><t:nota><t:valore>vero</t:valore></t:nota></soap:Body></soap:Envelope>';

let sender: CertificateAndKey;
let stranger: CertificateAndKey;
let good: string;

beforeAll(async () => {
  const validity = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2027-01-01T00:00:00Z') };
  const ca = await issueCa(undefined, { commonName: 'CA', ...validity });
  sender = await issueCard(ca, { commonName: 'INI', policies: [] });
  stranger = await issueCard(ca, { commonName: 'INI', policies: [] });
  good = createSigner(sender)(ENVELOPE, NOW);
}, 60_000);

/** The text of the signed value, or the code of the refusal. */
function verdict(text: string, options: { trusted?: readonly string[]; now?: Date } = {}): string {
  const { trusted = [sender.certificate], now = NOW } = options;
  const verifier = createSignatureVerifier(trusted, { now: () => now }, defaultLimits);
  try {
    const body = verifier.verify(text, parseXml(text, defaultLimits));
    return body.children[0]?.children[0]?.text ?? 'nothing';
  } catch (error) {
    if (error instanceof SoapFault) return error.facts.codice;
    throw error;
  }
}

/** The valid envelope with a change that is certain to have been applied. */
function changed(find: string | RegExp, replacement: string): string {
  const text = good.replace(find, () => replacement);
  expect(text).not.toBe(good);
  return text;
}

const signatureOf = (text: string): string => /<ds:Signature[\s\S]*<\/ds:Signature>/.exec(text)?.[0] ?? '';
const evilBody = '<soap:Body><t:nota><t:valore>falso</t:valore></t:nota></soap:Body>';
const signedBody = (): string => /<soap:Body[\s\S]*<\/soap:Body>/.exec(good)?.[0] ?? '';

test('what the sender signed is verified, and read from the signed octets', () => {
  expect(verdict(good)).toBe('vero');
});

test('the key is one of several trusted ones, and a certificate suffices: its issuer does not matter', () => {
  expect(verdict(good, { trusted: [stranger.certificate, sender.certificate] })).toBe('vero');
});

describe('the signer', () => {
  test('of an untrusted certificate in the message is refused', () => {
    const foreign = createSigner(stranger)(ENVELOPE, NOW);
    expect(verdict(foreign, { trusted: [stranger.certificate] })).toBe('vero');
    expect(verdict(foreign)).toBe('FIRMA_NON_VALIDA');
  });

  test('KeyInfo does not choose the key: a foreign certificate in it changes nothing', () => {
    const x509 = new X509Certificate(stranger.certificate).raw.toString('base64');
    const keyInfo = `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${x509}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`;
    const replaced = (text: string) => text.replace(/<ds:KeyInfo>[\s\S]*<\/ds:KeyInfo>/, keyInfo);
    expect(verdict(replaced(good))).toBe('vero');
    expect(verdict(replaced(createSigner(stranger)(ENVELOPE, NOW)))).toBe('FIRMA_NON_VALIDA');
  });

  test('a certificate that has expired, or is not yet valid, verifies nothing', () => {
    expect(verdict(good, { now: new Date('2027-01-01T00:00:01Z') })).toBe('FIRMA_NON_VALIDA');
    expect(verdict(good, { now: new Date('2025-12-31T23:59:59Z') })).toBe('FIRMA_NON_VALIDA');
  });

  test('a verifier without certificates, or with a short key, is not created', async () => {
    const ca = await issueCa(undefined, {
      commonName: 'CA',
      notBefore: new Date('2026-01-01T00:00:00Z'),
      notAfter: new Date('2027-01-01T00:00:00Z'),
    });
    const short = await issueCard(ca, { commonName: 'INI', keyType: 'rsa1024' });
    const clock = { now: () => NOW };
    expect(() => createSignatureVerifier([], clock, defaultLimits)).toThrow('no certificate');
    expect(() => createSignatureVerifier([short.certificate], clock, defaultLimits)).toThrow('2048');
  });
});

describe('the signed content', () => {
  test.each([
    ['the value of the body', '>vero<', '>falso<', 'FIRMA_NON_VALIDA'],
    ['the time', /<wsu:Created>[^<]*/, '<wsu:Created>2026-11-21T12:00:01.000Z', 'FIRMA_NON_VALIDA'],
    [
      'a digest',
      /<ds:DigestValue>[^<]*/,
      `<ds:DigestValue>${createHash('sha256').update('x').digest('base64')}`,
      'FIRMA_NON_VALIDA',
    ],
    ['the signature value', /<ds:SignatureValue>..../, '<ds:SignatureValue>AAAA', 'FIRMA_NON_VALIDA'],
    ['no signature', /<ds:Signature[\s\S]*<\/ds:Signature>/, '', 'FIRMA_NON_UNICA'],
    ['no Security header', /<wsse:Security[\s\S]*<\/wsse:Security>/, '', 'FIRMA_ASSENTE'],
    ['another namespace of Security', 'wssecurity-secext-1.0.xsd', 'altro.xsd', 'FIRMA_ASSENTE'],
  ])('changed: %s', (_, find, replacement, codice) => {
    expect(verdict(changed(find, replacement))).toBe(codice);
  });

  test('a comment in DigestValue, which would split it, is refused', () => {
    const text = changed(/<ds:DigestValue>([^<]{10})/, '<ds:DigestValue><!-- x -->AAAAAAAAAA');
    const intact = changed('<ds:DigestValue>', '<ds:DigestValue><!-- x -->');
    const verifier = createSignatureVerifier([sender.certificate], { now: () => NOW }, defaultLimits);
    // The parser before it refuses this already; here the verifier gets the tree of the envelope without comment.
    for (const commented of [text, intact]) {
      expect(() => parseXml(commented, defaultLimits)).toThrow(SoapFault);
      expect(() => verifier.verify(commented, parseXml(good, defaultLimits))).toThrow('commenti');
    }
  });

  test('CDATA in a signed message is refused', () => {
    expect(verdict(changed('>vero<', '><![CDATA[vero]]><'))).toBe('FIRMA_NON_AMMESSA');
  });
});

describe('wrapping: a body that was signed, and another that is read', () => {
  test('the signed body moved into the header, an unsigned one in its place', () => {
    const wrapped = good.replace(signedBody(), evilBody).replace('<t:To>x</t:To>', `<t:To>${signedBody()}</t:To>`);
    expect(verdict(wrapped)).toBe('FIRMA_INCOMPLETA');
  });

  test('the same with the id of the signed body on the new one too', () => {
    const evil = signedBody().replace('vero', 'falso');
    const wrapped = good.replace(signedBody(), evil).replace('<t:To>x</t:To>', `<t:To>${signedBody()}</t:To>`);
    expect(verdict(wrapped)).toBe('FIRMA_ID_RIPETUTO');
  });

  test('the same with the other spelling of the id attribute', () => {
    const evil = signedBody().replace('vero', 'falso').replace('wsu:Id="Body-1"', 'ID="Body-1"');
    const wrapped = good.replace(signedBody(), evil).replace('<t:To>x</t:To>', `<t:To>${signedBody()}</t:To>`);
    expect(verdict(wrapped)).toBe('FIRMA_ID_RIPETUTO');
  });

  test('the signed timestamp moved away, a new one in its place', () => {
    const timestamp = /<wsu:Timestamp[\s\S]*<\/wsu:Timestamp>/.exec(good)?.[0] ?? '';
    const later = new Date(NOW.getTime() + 60 * MINUTE);
    const fresh = timestamp.replace('Timestamp-1', 'Timestamp-2').replace(/>2026[^<]*</g, `>${later.toISOString()}<`);
    const hidden = timestamp.replace(
      '<wsu:Timestamp ',
      '<wsu:Timestamp xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" ',
    );
    const wrapped = good.replace(timestamp, fresh).replace('<t:To>x</t:To>', `<t:To>${hidden}</t:To>`);
    expect(verdict(wrapped, { now: later })).toBe('FIRMA_INCOMPLETA');
  });

  test('two Signatures, one of them anywhere, are refused', () => {
    const signature = signatureOf(good);
    expect(verdict(good.replace(signature, signature + signature))).toBe('FIRMA_NON_UNICA');
    const elsewhere = `<t:To><ds:Signature xmlns:ds="${DSIG}"/></t:To>`;
    expect(verdict(changed('<t:To>x</t:To>', elsewhere))).toBe('FIRMA_NON_UNICA');
    expect(verdict(changed('<t:To>x</t:To>', '<t:Signature/>'))).toBe('FIRMA_NON_UNICA');
  });

  test('a Signature outside the Security header is refused', () => {
    const signature = signatureOf(good);
    expect(verdict(good.replace(signature, '').replace('<t:To>x</t:To>', signature))).toBe('FIRMA_NON_UNICA');
  });

  test('two SignedInfos are refused, wherever the second is', () => {
    const signedInfo = /<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/.exec(good)?.[0] ?? '';
    expect(verdict(good.replace(signedInfo, signedInfo + signedInfo))).toBe('FIRMA_NON_UNICA');
    expect(verdict(good.replace('</ds:Signature>', `<ds:Object>${signedInfo}</ds:Object></ds:Signature>`))).toBe(
      'FIRMA_NON_UNICA',
    );
  });

  test('two Security headers are refused', () => {
    expect(verdict(changed('</soap:Header>', '<t:Security/></soap:Header>'))).toBe('FIRMA_NON_UNICA');
  });
});

describe('the method', () => {
  test.each([
    ['SHA-1 signature', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', `${DSIG}rsa-sha1`],
    ['HMAC with a public key as secret', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', `${DSIG}hmac-sha1`],
    ['SHA-1 digest', 'http://www.w3.org/2001/04/xmlenc#sha256', `${DSIG}sha1`],
    [
      'XSLT',
      'Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
      'Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"',
    ],
    [
      'inclusive canonicalization',
      'CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
      'CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"',
    ],
  ])('%s is not allowed', (_, find, replacement) => {
    expect(verdict(changed(find, replacement))).toBe('FIRMA_ALGORITMO');
  });

  test.each([
    ['the whole document', 'URI="#Body-1"', 'URI=""'],
    ['something outside', 'URI="#Body-1"', 'URI="https://localhost/"'],
    ['an XPointer', 'URI="#Body-1"', 'URI="#xpointer(/)"'],
  ])('a Reference to %s is not allowed', (_, find, replacement) => {
    expect(verdict(changed(find, replacement))).toBe('FIRMA_INCOMPLETA');
  });

  test('a valid signature of body and another header, without the timestamp, is refused', () => {
    const wsu = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
    const prepared = good.replace(signatureOf(good), '').replace('<t:To>', `<t:To xmlns:wsu="${wsu}" wsu:Id="To-1">`);
    const signature = new SignedXml({
      privateKey: sender.key,
      idMode: 'wssecurity',
      signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
      canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
    });
    for (const name of ['Body', 'To']) {
      signature.addReference({
        xpath: `//*[local-name(.)='${name}']`,
        transforms: ['http://www.w3.org/2001/10/xml-exc-c14n#'],
        digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
      });
    }
    signature.computeSignature(prepared, {
      prefix: 'ds',
      location: { reference: "//*[local-name(.)='Security']", action: 'append' },
    });
    expect(verdict(signature.getSignedXml())).toBe('FIRMA_INCOMPLETA');
    expect(verdict(signature.getSignedXml().replace('>vero<', '>falso<'))).toBe('FIRMA_NON_VALIDA');
  });

  test('a Signature of one Reference is refused', () => {
    expect(verdict(changed(/<ds:Reference URI="#Timestamp-1">[\s\S]*?<\/ds:Reference>/, ''))).toBe('FIRMA_INCOMPLETA');
  });
});

describe('the time of the signature', () => {
  test.each([
    ['at once', 0, 'vero'],
    ['when our clock is a minute behind', -1, 'vero'],
    ['when it is further in the future', -1.1, 'FIRMA_SCADUTA'],
    ['at its end and the tolerance', 6, 'vero'],
    ['after it', 6.1, 'FIRMA_SCADUTA'],
  ])('%s: %s minutes after its creation: %s', (_, minutes, expected) => {
    expect(verdict(good, { now: new Date(NOW.getTime() + minutes * MINUTE) })).toBe(expected);
  });
});
