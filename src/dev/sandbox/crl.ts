/** Creates certificate revocation lists (RFC 5280, version 2), which node-forge cannot: the ASN.1 of a CRL. */
import { sign } from 'node:crypto';
import forge from 'node-forge';
import type { CertificateAndKey } from './certificates.js';

const { asn1, pki } = forge;
const { Class, Type } = asn1;
type Node = forge.asn1.Asn1;
/** [0]: forge accepts a context tag in place of a universal type. */
const TAG_0 = Type.NONE;

const SHA256_WITH_RSA = '1.2.840.113549.1.1.11';
const CRL_NUMBER = '2.5.29.20';
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';

export interface RevokedCertificate {
  /** Certificate serial number, hexadecimal. */
  readonly serialNumber: string;
  readonly revokedAt: Date;
}

export interface CrlOptions {
  readonly revoked: readonly RevokedCertificate[];
  /** CRLNumber: a later list has a greater one. */
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
}

/** A list signed by the authority with SHA-256, as PEM (`X509 CRL`). */
export function makeCrl(ca: CertificateAndKey, options: CrlOptions): string {
  const issuer = pki.certificateFromPem(ca.certificate);
  const algorithm = sequence([oid(SHA256_WITH_RSA), primitive(Type.NULL, '')]);
  const toBeSigned = sequence([
    integer('01'), // version 2 is written as 1
    algorithm,
    pki.distinguishedNameToAsn1(issuer.subject),
    time(options.thisUpdate),
    time(options.nextUpdate),
    ...revokedCertificates(options.revoked),
    asn1.create(Class.CONTEXT_SPECIFIC, TAG_0, true, [
      sequence([
        extension(AUTHORITY_KEY_IDENTIFIER, sequence([keyIdentifier(issuer)])),
        extension(CRL_NUMBER, integer(options.number.toString(16))),
      ]),
    ]),
  ]);
  const signature = sign('sha256', toBuffer(toBeSigned), ca.key).toString('latin1');
  const list = sequence([toBeSigned, algorithm, primitive(Type.BITSTRING, `\0${signature}`)]);
  return toPem(toBuffer(list));
}

/** RFC 5280, 5.1.2.6: the list itself MUST be absent when nothing is revoked. */
function revokedCertificates(revoked: readonly RevokedCertificate[]): Node[] {
  if (revoked.length === 0) return [];
  return [sequence(revoked.map((entry) => sequence([integer(entry.serialNumber), time(entry.revokedAt)])))];
}

function keyIdentifier(issuer: forge.pki.Certificate): Node {
  return asn1.create(Class.CONTEXT_SPECIFIC, TAG_0, false, issuer.generateSubjectKeyIdentifier().getBytes());
}

function extension(id: string, value: Node): Node {
  return sequence([oid(id), primitive(Type.OCTETSTRING, asn1.toDer(value).getBytes())]);
}

/** RFC 5280, 5.1.2.4: UTCTime through 2049, GeneralizedTime from 2050. */
function time(instant: Date): Node {
  return instant.getUTCFullYear() < 2050
    ? primitive(Type.UTCTIME, asn1.dateToUtcTime(instant))
    : primitive(Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(instant));
}

/** A non-negative integer from hexadecimal; a leading zero byte keeps the sign bit clear. */
function integer(hexadecimal: string): Node {
  const even = hexadecimal.length % 2 === 0 ? hexadecimal : `0${hexadecimal}`;
  const positive = parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even;
  return primitive(Type.INTEGER, forge.util.hexToBytes(positive));
}

function oid(id: string): Node {
  return primitive(Type.OID, asn1.oidToDer(id).getBytes());
}

function sequence(children: Node[]): Node {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, children);
}

function primitive(type: forge.asn1.Type, bytes: string): Node {
  return asn1.create(Class.UNIVERSAL, type, false, bytes);
}

function toBuffer(node: Node): Buffer {
  return Buffer.from(asn1.toDer(node).getBytes(), 'latin1');
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN X509 CRL-----\n${lines.join('\n')}\n-----END X509 CRL-----\n`;
}
