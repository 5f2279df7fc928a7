/**
 * When revocation lists run out (nextUpdate, RFC 5280, 5.1.2.5). Reads the first fields of a list and nothing of its
 * entries, which may be hundreds of thousands. Whether a list is good is OpenSSL's to say.
 */
import forge from 'node-forge';
import { listsOf } from './card-listener.js';
import type { CardTlsFiles } from './card-listener.js';

const VERSION = 0x02;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/**
 * When each list of the files runs out.
 * @throws Error when a file cannot be read or is no list
 */
export function listEnds(files: CardTlsFiles): Date[] {
  return listsOf(files)
    .map((pem) => nextUpdateOf(Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64')))
    .filter((end) => end !== undefined);
}

/**
 * @param der a CertificateList
 * @returns undefined when it does not say, as lists of version 1 may
 */
export function nextUpdateOf(der: Buffer): Date | undefined {
  const tbs = fieldAt(der, fieldAt(der, 0).start);
  let field = fieldAt(der, tbs.start);
  if (field.tag === VERSION) field = fieldAt(der, field.end);
  const issuer = fieldAt(der, field.end); // after the algorithm of the signature
  const thisUpdate = fieldAt(der, issuer.end);
  if (thisUpdate.end >= tbs.end) return undefined;
  const { tag, start, end } = fieldAt(der, thisUpdate.end);
  const text = der.toString('latin1', start, end);
  if (tag === UTC_TIME) return forge.asn1.utcTimeToDate(text);
  return tag === GENERALIZED_TIME ? forge.asn1.generalizedTimeToDate(text) : undefined;
}

/** Tag and content of the DER value at an offset. */
function fieldAt(der: Buffer, at: number): { tag: number; start: number; end: number } {
  const first = der.readUInt8(at + 1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  return { tag: der.readUInt8(at), start, end: start + length };
}
