/**
 * The known attacks on signed XML, on the text of a response that is good and signed twice: the eight wrappings (Somorovsky
 * et al., 2012), a transform that runs code, and foreign signed elements (spid-saml-check 112, 113).
 */
const SIGNATURE = /<ds:Signature[^]*?<\/ds:Signature>/;
const ASSERTION = /<saml:Assertion[^]*<\/saml:Assertion>/;

/** The text with what must be there replaced, or it is no test. */
function replaced(text: string, find: string | RegExp, by: string): string {
  const result = text.replace(find, () => by);
  if (result === text) throw new Error('the message has not the form expected');
  return result;
}

function found(text: string, find: RegExp): string {
  const match = find.exec(text)?.[0];
  if (match === undefined) throw new Error('the message has not the form expected');
  return match;
}

const outerSignature = (xml: string): string => found(xml, SIGNATURE);
const assertionOf = (xml: string): string => found(xml, ASSERTION);
const withoutSignature = (text: string): string => replaced(text, SIGNATURE, '');
const withNewId = (text: string): string => replaced(text, /\bID="_/g, 'ID="_altro-');
const evil = (text: string): string => text.replaceAll('TINIT-', 'TINIT-X');

/** A second response and assertion inside the response's signature. */
export function responseInSignature(xml: string): string {
  const signature = outerSignature(xml);
  const original = withoutSignature(xml);
  const forged = withNewId(evil(original));
  return replaced(
    forged,
    '<samlp:Status>',
    `${replaced(signature, '</ds:Signature>', `${original}</ds:Signature>`)}<samlp:Status>`,
  );
}

/** The signed response beside its detached signature, in a forged one. */
export function responseBesideSignature(xml: string): string {
  const original = withoutSignature(xml);
  const forged = withNewId(evil(original));
  return replaced(forged, '<samlp:Status>', `${original}${outerSignature(xml)}<samlp:Status>`);
}

const forgedAssertion = (xml: string): string => withNewId(evil(withoutSignature(assertionOf(xml))));
const unsignedOutside = (xml: string): string => withoutSignature(xml);

export function assertionBefore(xml: string): string {
  const text = unsignedOutside(xml);
  return replaced(text, '<saml:Assertion', `${forgedAssertion(text)}<saml:Assertion`);
}

export function assertionInside(xml: string): string {
  const text = unsignedOutside(xml);
  const forged = replaced(forgedAssertion(text), '</saml:Assertion>', `${assertionOf(text)}</saml:Assertion>`);
  return replaced(text, ASSERTION, forged);
}

export function assertionAfter(xml: string): string {
  const text = unsignedOutside(xml);
  return replaced(text, ASSERTION, withNewId(evil(assertionOf(text))) + withoutSignature(assertionOf(text)));
}

export function assertionInSignature(xml: string): string {
  const text = unsignedOutside(xml);
  const original = withoutSignature(assertionOf(text));
  const forged = withNewId(evil(assertionOf(text)));
  return replaced(text, ASSERTION, replaced(forged, '</ds:Signature>', `${original}</ds:Signature>`));
}

export function assertionInExtensions(xml: string): string {
  const text = unsignedOutside(xml);
  const extensions = `<samlp:Extensions>${forgedAssertion(text)}</samlp:Extensions>`;
  return replaced(text, '<samlp:Status>', `${extensions}<samlp:Status>`);
}

export function assertionInObject(xml: string): string {
  const text = unsignedOutside(xml);
  const object = `<ds:Object>${withoutSignature(assertionOf(text))}</ds:Object>`;
  return replaced(text, '</ds:Signature>', `${object}</ds:Signature>`);
}

export function transformThatRuns(xml: string): string {
  const sheet =
    '<ds:Transform><xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="doc">' +
    '<xsl:value-of select="unparsed-text(\'http://localhost:9600/\')"/></xsl:template></xsl:stylesheet></ds:Transform>';
  return replaced(xml, '<ds:Transforms>', `<ds:Transforms>${sheet}`);
}

/** A document that the provider has really signed, as the first child of a response that nobody has. */
export function foreignSignedChild(xml: string, signedDocument: string): string {
  return replaced(xml, /(?<=<samlp:Response[^>]*>)/, signedDocument);
}

/** A signature of another message in the place of the assertion's. */
export function brokenSignature(xml: string): string {
  return replaced(xml, /(?<=<ds:DigestValue>)[^<]*/, 'Uyj5SRz998utRshjIBSMM+CDquBo0mOQ5TRnw6oTdcs=');
}
