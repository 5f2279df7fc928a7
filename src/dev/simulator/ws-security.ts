/**
 * Verifies the WS-Security X.509 signature of a received envelope (OASIS WSS 1.1, X.509 Token Profile). Each rule
 * prevents a known attack: the key is one of the configured certificates, never one from the message; algorithms are
 * allow-listed; one Signature, in the Security header; it covers the Body and the Timestamp, each referenced by a
 * unique id; the signed content is read from the verification's result, not from the message. Shares no code with the
 * signer.
 */
import { X509Certificate } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import type { Clock } from '../../platform/clock.js';
import { clientFault } from '../../platform/soap/fault.js';
import type { SoapFault } from '../../platform/soap/fault.js';
import type { SoapLimits } from '../../platform/soap/limits.js';
import { parseXml } from '../../platform/soap/xml.js';
import type { XmlElement } from '../../platform/soap/xml.js';

const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss';
export const WSSE = `${WSS}-wssecurity-secext-1.0.xsd`;
const WSU = `${WSS}-wssecurity-utility-1.0.xsd`;
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';

const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
/** Permitted algorithms by the element that names them; anything else is refused. */
const ALLOWED: Readonly<Record<string, string>> = {
  CanonicalizationMethod: EXCLUSIVE_C14N,
  SignatureMethod: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  DigestMethod: 'http://www.w3.org/2001/04/xmlenc#sha256',
  Transform: EXCLUSIVE_C14N,
};

/** Tolerance for clock differences, both ways. */
const TOLERANCE_MS = 60_000;
/** Longest age of an accepted signed message, whatever expiry it states. */
const LONGEST_LIFE_MS = 10 * 60_000;

export interface SignatureVerifier {
  /**
   * @param text the message as received
   * @param root the same, parsed
   * @returns the Body as it was signed
   * @throws SoapFault Client: names the violated rule; for an invalid signature value, only that it is invalid
   */
  verify(text: string, root: XmlElement): XmlElement;
}

/**
 * @param trusted PEM of the signing certificates, which need no issuer
 * @throws Error when one is not a certificate or its key is not RSA of at least 2048 bits
 */
export function createSignatureVerifier(
  trusted: readonly string[],
  clock: Clock,
  limits: SoapLimits,
): SignatureVerifier {
  const certificates = trusted.map((pem) => new X509Certificate(pem));
  if (certificates.length === 0) throw new Error('no certificate to verify signatures with');
  for (const { publicKey } of certificates) {
    if (publicKey.asymmetricKeyType !== 'rsa' || (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) < 2048) {
      throw new Error('a signing certificate must have an RSA key of at least 2048 bits');
    }
  }
  return {
    verify(text, root) {
      const { security, signature } = placeOf(text, root);
      const referenced = referencesOf(signature);
      refuseDuplicateIds(root);
      const now = clock.now().getTime();
      const valid = certificates.filter((c) => Date.parse(c.validFrom) <= now && now < Date.parse(c.validTo));
      const slice = signatureText(text);
      const signed = firstOf(valid, (certificate) => signedParts(text, slice, certificate));
      if (signed === undefined) throw refused('FIRMA_NON_VALIDA', 'La firma non è valida, o non è di chi è atteso');
      const parts = signed.map((part) => parseXml(part, limits));
      const body = part(parts, 'Body', root.namespace);
      const timestamp = part(parts, 'Timestamp', WSU);
      const isInPlace =
        parts.length === 2 &&
        referenced.has(idOf(root.children.find((child) => child.name === 'Body'))) &&
        referenced.has(idOf(security.children.find((child) => child.name === 'Timestamp' && child.namespace === WSU)));
      if (!isInPlace) throw refused('FIRMA_INCOMPLETA', 'La firma deve coprire il Body e il Timestamp, e null’altro');
      checkFresh(timestamp, now);
      return body;
    },
  };
}

/**
 * One Security header, and one Signature in the whole message, in that header; nothing ambiguous between two readers.
 */
function placeOf(text: string, root: XmlElement): { security: XmlElement; signature: XmlElement } {
  if (/<!--|<!\[CDATA\[/.test(text)) {
    throw refused('FIRMA_NON_AMMESSA', 'Un messaggio firmato non contiene commenti né sezioni CDATA');
  }
  const headers = root.children.find((child) => child.name === 'Header')?.children ?? [];
  const [security, ...others] = headers.filter((block) => block.name === 'Security');
  if (security?.namespace !== WSSE) throw refused('FIRMA_ASSENTE', 'Manca l’header Security con la firma');
  const signatures = descendants(root).filter(({ name }) => name === 'Signature');
  const [signature] = security.children.filter(({ name, namespace }) => name === 'Signature' && namespace === DSIG);
  if (others.length > 0 || signatures.length !== 1 || signature === undefined) {
    throw refused('FIRMA_NON_UNICA', 'Serve esattamente una Signature, figlia dell’unico header Security');
  }
  if (descendants(signature).filter(({ name }) => name === 'SignedInfo').length !== 1) {
    throw refused('FIRMA_NON_UNICA', 'Serve esattamente un SignedInfo');
  }
  return { security, signature };
}

/** Ids that the signature references, once its algorithms are permitted. */
function referencesOf(signature: XmlElement): ReadonlySet<string> {
  const all = descendants(signature);
  for (const { name, attributes } of all) {
    const allowed = Object.hasOwn(ALLOWED, name) ? ALLOWED[name] : undefined;
    const said = attributes.find((attribute) => attribute.name === 'Algorithm')?.value;
    if (said !== allowed) throw refused('FIRMA_ALGORITMO', `Algoritmo non ammesso in ${name}`);
  }
  const uris = all
    .filter(({ name }) => name === 'Reference')
    .filter(({ namespace }) => namespace === DSIG)
    .map(({ attributes }) => attributes.find(({ name }) => name === 'URI')?.value ?? '');
  if (uris.length !== 2 || uris.some((uri) => !/^#[A-Za-z_][\w.-]*$/.test(uri))) {
    throw refused('FIRMA_INCOMPLETA', 'La firma deve avere due Reference, per identificativo');
  }
  return new Set(uris.map((uri) => uri.slice(1)));
}

function refuseDuplicateIds(root: XmlElement): void {
  const seen = new Set<string>();
  for (const { attributes } of descendants(root)) {
    for (const { name, value } of attributes) {
      if (name.toLowerCase() !== 'id') continue;
      if (seen.has(value)) throw refused('FIRMA_ID_RIPETUTO', 'Due elementi hanno lo stesso identificativo');
      seen.add(value);
    }
  }
}

/**
 * The Signature as text, for xml-crypto. It exists at this point, and without comments and CDATA every `<` begins a
 * tag, so searching the text is safe. Adds the declaration of a prefix declared further up.
 */
function signatureText(text: string): string {
  const start = /<(?:([A-Za-z_][\w.-]*):)?Signature(?=[\s>])[^<>]*>/.exec(text);
  if (start === null) throw refused('FIRMA_NON_VALIDA', 'La firma non è leggibile');
  const prefix = start[1] === undefined ? '' : `${start[1]}:`;
  const close = new RegExp(`</${prefix.replaceAll('.', '\\.')}Signature\\s*>`).exec(text);
  if (close === null) throw refused('FIRMA_NON_VALIDA', 'La firma non è leggibile');
  const whole = text.slice(start.index, close.index + close[0].length);
  const declaration = prefix === '' ? 'xmlns' : `xmlns:${prefix.slice(0, -1)}`;
  if (new RegExp(`\\s${declaration.replaceAll('.', '\\.')}\\s*=`).test(start[0])) return whole;
  const name = `<${prefix}Signature`;
  return `${name} ${declaration}="${DSIG}"${whole.slice(name.length)}`;
}

/** The signed content, canonical; undefined when this key did not sign it. */
function signedParts(text: string, slice: string, certificate: X509Certificate): readonly string[] | undefined {
  try {
    const signature = new SignedXml({
      publicCert: certificate.publicKey,
      idMode: 'wssecurity',
      getCertFromKeyInfo: () => null, // the message does not choose the key
    });
    signature.loadSignature(slice);
    return signature.checkSignature(text) ? signature.getSignedReferences() : undefined;
  } catch {
    return undefined;
  }
}

function checkFresh(timestamp: XmlElement, now: number): void {
  const instant = (name: string): number => {
    const text = timestamp.children.find((child) => child.name === name && child.namespace === WSU)?.text.trim() ?? '';
    // With a time zone: without one the instant would depend on this machine's zone.
    return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN;
  };
  const created = instant('Created');
  const expires = instant('Expires');
  const isFresh =
    created <= now + TOLERANCE_MS && now <= expires + TOLERANCE_MS && now <= created + LONGEST_LIFE_MS + TOLERANCE_MS;
  if (!isFresh) throw refused('FIRMA_SCADUTA', 'Il Timestamp firmato non è attuale');
}

function part(parts: readonly XmlElement[], name: string, namespace: string): XmlElement {
  const found = parts.find((candidate) => candidate.name === name && candidate.namespace === namespace);
  if (found === undefined) throw refused('FIRMA_INCOMPLETA', `La firma non copre ${name}`);
  return found;
}

function idOf(element: XmlElement | undefined): string {
  return element?.attributes.find(({ name, namespace }) => name === 'Id' && namespace === WSU)?.value ?? '';
}

function descendants(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(descendants)];
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function refused(codice: string, message: string): SoapFault {
  return clientFault(codice, `${message}.`, { campo: 'Security' });
}
