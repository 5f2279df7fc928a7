/**
 * WS-Security X.509 signature of an outgoing envelope: Body and Timestamp, for the regions that require it. Signs only:
 * verification is another program, which shares only the standards with this file (OASIS WSS SOAP Message Security 1.1
 * and X.509 Token Profile 1.1). Does not read the body's content.
 */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import type { SenderIdentity } from './region.js';

const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
const WSSE = `${WSS}-wssecurity-secext-1.0.xsd`;
const WSU = `${WSS}-wssecurity-utility-1.0.xsd`;
const X509_TOKEN = `${WSS}-x509-token-profile-1.0#X509v3`;
const BASE64 = `${WSS}-soap-message-security-1.0#Base64Binary`;
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';

/** Validity of a signed message; receivers add their own tolerance for clock differences. */
const LIFETIME_MS = 5 * 60_000;

/** @returns a function that signs, at an instant, an envelope of ours with prefix `soap` and a Header */
export function createSigner(identity: SenderIdentity): (envelope: string, now: Date) => string {
  const certificate = new X509Certificate(identity.certificate).raw.toString('base64');
  const privateKey = createPrivateKey(identity.key); // parsed once: parsing the PEM costs as much as signing
  const keyInfo =
    `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}">` +
    `<wsse:Reference URI="#X509-1" ValueType="${X509_TOKEN}"/></wsse:SecurityTokenReference>`;
  return (envelope, now) => {
    const expires = new Date(now.getTime() + LIFETIME_MS);
    const security =
      `<wsse:Security xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}" soap:mustUnderstand="1">` +
      `<wsu:Timestamp wsu:Id="Timestamp-1"><wsu:Created>${now.toISOString()}</wsu:Created>` +
      `<wsu:Expires>${expires.toISOString()}</wsu:Expires></wsu:Timestamp>` +
      `<wsse:BinarySecurityToken wsu:Id="X509-1" EncodingType="${BASE64}" ValueType="${X509_TOKEN}">${certificate}` +
      '</wsse:BinarySecurityToken></wsse:Security>';
    const prepared = once(
      once(envelope, '<soap:Body>', `<soap:Body xmlns:wsu="${WSU}" wsu:Id="Body-1">`),
      '</soap:Header>',
      `${security}</soap:Header>`,
    );
    const signature = new SignedXml({
      privateKey,
      idMode: 'wssecurity',
      signatureAlgorithm: RSA_SHA256,
      canonicalizationAlgorithm: EXCLUSIVE_C14N,
      getKeyInfoContent: () => keyInfo,
    });
    for (const [name, id] of [
      ['Body', 'Body-1'],
      ['Timestamp', 'Timestamp-1'],
    ]) {
      signature.addReference({
        xpath: `//*[local-name(.)='${name}' and @*[local-name(.)='Id']='${id}']`,
        transforms: [EXCLUSIVE_C14N],
        digestAlgorithm: SHA256,
      });
    }
    const place = {
      reference: `//*[local-name(.)='Security' and namespace-uri(.)='${WSSE}']`,
      action: 'append',
    } as const;
    signature.computeSignature(prepared, { prefix: 'ds', location: place });
    return signature.getSignedXml();
  };
}

function once(text: string, find: string, replacement: string): string {
  const at = text.indexOf(find);
  if (at < 0 || text.includes(find, at + 1)) throw new Error('the envelope to sign has an unexpected form');
  return text.slice(0, at) + replacement + text.slice(at + find.length);
}
