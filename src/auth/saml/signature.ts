/**
 * Enveloped XML signatures: creates those of our messages, verifies those of providers. Does not judge the signed
 * content.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { DSIG, ENVELOPED, EXCLUSIVE_C14N, RSA_SHA256, RSA_SHA512, SHA256, SHA512 } from './names.js';
import { OF_FEDERATIONS, attributeOf, childOf, childrenOf, descendants, escapeXml, readXml } from './xml.js';
import type { XmlElement } from './xml.js';

/** One of our private keys with its certificate. */
export interface SigningIdentity {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
}

/**
 * @param xml text with one element that has this ID
 * @param place XPath of the element, where the signature is inserted
 */
export function signXml(
  xml: string,
  id: string,
  { key, certificate }: SigningIdentity,
  place: { readonly reference: string; readonly action: 'after' | 'prepend' },
): string {
  const signature = new SignedXml({
    privateKey: key,
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
    getKeyInfoContent: () =>
      `<ds:X509Data><ds:X509Certificate>${certificate.raw.toString('base64')}</ds:X509Certificate></ds:X509Data>`,
  });
  signature.addReference({
    xpath: `//*[@ID='${id}']`,
    transforms: [ENVELOPED, EXCLUSIVE_C14N],
    digestAlgorithm: SHA256,
  });
  signature.computeSignature(xml, { prefix: 'ds', location: place });
  return signature.getSignedXml();
}

/**
 * Verifies the signature that is a child of an element and covers only that element, with a key that we already know:
 * the key in the message is ignored.
 * @param element of `xml`
 * @returns the signed content, parsed again from the digested octets; undefined: no key signed it, or the signature has
 *   another form
 */
export function verifiedPart(xml: string, element: XmlElement, keys: readonly KeyObject[]): XmlElement | undefined {
  const signature = childOf(element, DSIG, 'Signature');
  const id = attributeOf(element, 'ID');
  if (signature === undefined || id === undefined || !isPlainSignature(signature, id)) return undefined;
  const text = standaloneText(xml, signature);
  for (const key of keys) {
    const signed = signedText(xml, text, key);
    if (signed === undefined) continue;
    const part = readXml(signed, OF_FEDERATIONS); // a known key signed it, and the caller has limited the whole
    const isSame = part.namespace === element.namespace && part.name === element.name && attributeOf(part, 'ID') === id;
    return isSame ? part : undefined;
  }
  return undefined;
}

/** Whether an ID occurs twice, also as `xml:id` or `Id`: a reference could then mean another element. */
export function hasRepeatedId(root: XmlElement): boolean {
  const seen = new Set<string>();
  for (const { attributes } of descendants(root)) {
    for (const { name, value } of attributes) {
      if (name.toLowerCase() !== 'id') continue;
      if (seen.has(value)) return true;
      seen.add(value);
    }
  }
  return false;
}

/** One reference, to the element itself, with exactly the two transforms of the profile (no XSLT, no XPath). */
function isPlainSignature(signature: XmlElement, id: string): boolean {
  const info = childOf(signature, DSIG, 'SignedInfo');
  const reference = childOf(info, DSIG, 'Reference');
  const transforms = childrenOf(childOf(reference, DSIG, 'Transforms'), DSIG, 'Transform');
  const algorithm = (element: XmlElement | undefined): string => attributeOf(element, 'Algorithm') ?? '';
  return (
    /^[A-Za-z_][\w.-]*$/.test(id) &&
    attributeOf(reference, 'URI') === `#${id}` &&
    transforms.map(algorithm).join(' ') === `${ENVELOPED} ${EXCLUSIVE_C14N}` &&
    algorithm(childOf(info, DSIG, 'CanonicalizationMethod')) === EXCLUSIVE_C14N &&
    [RSA_SHA256, RSA_SHA512].includes(algorithm(childOf(info, DSIG, 'SignatureMethod'))) &&
    [SHA256, SHA512].includes(algorithm(childOf(reference, DSIG, 'DigestMethod'))) &&
    childrenOf(signature, DSIG, 'Object').length === 0
  );
}

/** The signature as a separate text, including namespaces declared outside it. */
function standaloneText(xml: string, { start, end, scope }: XmlElement): string {
  const text = xml.slice(start, end);
  const tagEnd = text.indexOf('>');
  const nameEnd = text.search(/[\s/>]/);
  const tag = text.slice(0, tagEnd);
  const missing = Object.entries(scope)
    .map(([prefix, namespace]) => [prefix === '' ? 'xmlns' : `xmlns:${prefix}`, namespace] as const)
    .filter(([name]) => !new RegExp(`\\s${name.replaceAll('.', '\\.')}\\s*=`).test(tag))
    .map(([name, namespace]) => ` ${name}="${escapeXml(namespace)}"`);
  return text.slice(0, nameEnd) + missing.join('') + text.slice(nameEnd);
}

function signedText(xml: string, signatureText: string, key: KeyObject): string | undefined {
  // A failed verification may retain unsigned content: a new object for each attempt.
  const signature = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null });
  try {
    signature.loadSignature(signatureText);
    if (!signature.checkSignature(xml)) return undefined;
  } catch {
    return undefined;
  }
  const [only, ...others] = signature.getSignedReferences();
  return others.length === 0 ? only : undefined;
}
