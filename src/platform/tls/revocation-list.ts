/**
 * Revocation lists (RFC 5280, 5.1): their issuer and their expiry. Reads the first fields and the signature, not
 * the entries, of which there may be hundreds of thousands. OpenSSL checks certificates against them.
 */
import { verify } from 'node:crypto';
import type { X509Certificate } from 'node:crypto';
import forge from 'node-forge';

const INTEGER = 0x02;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const VERSION_OF_CERTIFICATE = 0xa0;

export interface RevocationList {
  /** The issuer's name for people. */
  readonly issuer: string;
  /** The name in DER. */
  readonly issuerName: Buffer;
  /** nextUpdate; undefined when the list has none, which version 1 allows. */
  readonly end: Date | undefined;
  readonly signed: Buffer;
  /** Dotted object identifier. */
  readonly algorithm: string;
  readonly signature: Buffer;
}

/** Hash by the OID of the signature algorithms in use. */
const HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};

/** @throws Error when the bytes are not a list */
export function readList(pem: string): RevocationList {
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  const tbs = fieldAt(der, fieldAt(der, 0).start);
  const first = fieldAt(der, tbs.start);
  const algorithm = first.tag === INTEGER ? fieldAt(der, first.end) : first; // version 1 has no version
  const issuer = fieldAt(der, algorithm.end);
  const thisUpdate = fieldAt(der, issuer.end);
  const ofSignature = fieldAt(der, tbs.end);
  const signature = fieldAt(der, ofSignature.end);
  const oid = fieldAt(der, ofSignature.start);
  const issuerName = der.subarray(issuer.at, issuer.end);
  return {
    issuerName,
    issuer: readable(issuerName),
    end: thisUpdate.end < tbs.end ? timeAt(der, thisUpdate.end) : undefined,
    signed: der.subarray(tbs.at, tbs.end),
    algorithm: forge.asn1.derToOid(der.toString('latin1', oid.start, oid.end)),
    signature: der.subarray(signature.start + 1, signature.end), // after the count of unused bits
  };
}

/**
 * Whether this CA issued the list. Checks the signature, since names that OpenSSL treats as equal may differ in DER
 * (PrintableString and UTF8String); compares the names' DER when the algorithm is unknown here.
 */
export function isOf(list: RevocationList, ca: X509Certificate): boolean {
  const hash = HASHES[list.algorithm];
  if (hash === undefined) return list.issuerName.equals(subjectOf(ca.raw));
  try {
    return verify(hash, list.signed, ca.publicKey, list.signature);
  } catch {
    return false; // a signature of another kind of key
  }
}

function timeAt(der: Buffer, at: number): Date | undefined {
  const { tag, start, end } = fieldAt(der, at);
  const text = der.toString('latin1', start, end);
  if (tag === UTC_TIME) return forge.asn1.utcTimeToDate(text);
  return tag === GENERALIZED_TIME ? forge.asn1.generalizedTimeToDate(text) : undefined;
}

function subjectOf(certificate: Buffer): Buffer {
  const tbs = fieldAt(certificate, fieldAt(certificate, 0).start);
  let field = fieldAt(certificate, tbs.start);
  if (field.tag === VERSION_OF_CERTIFICATE) field = fieldAt(certificate, field.end);
  for (let index = 0; index < 4; index++) field = fieldAt(certificate, field.end); // algorithm, issuer, validity, subject
  return certificate.subarray(field.at, field.end);
}

/** The values of a name, as `IT, Example Spa, CA 1`. */
function readable(name: Buffer): string {
  const values: string[] = [];
  const end = fieldAt(name, 0).end;
  for (let set = fieldAt(name, fieldAt(name, 0).start); ; set = fieldAt(name, set.end)) {
    const type = fieldAt(name, fieldAt(name, set.start).start);
    const value = fieldAt(name, type.end);
    values.push(name.toString('utf8', value.start, value.end));
    if (set.end >= end) return values.join(', ');
  }
}

/** Tag, content and whole extent of the DER value at an offset. */
function fieldAt(der: Buffer, at: number): { tag: number; at: number; start: number; end: number } {
  const first = der.readUInt8(at + 1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
  return { tag: der.readUInt8(at), at, start, end: start + length };
}
