/**
 * Creates X.509 certificates for development and tests, valid ones and deliberately invalid ones: names, extensions and
 * signatures. Uses neither files nor the clock, and is never part of production.
 */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** A certificate and its private key (PKCS#8), both PEM. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export type KeyType = 'rsa' | 'rsa1024';
export type Signature = 'sha256' | 'sha1';
export type KeyUsage = 'digitalSignature' | 'nonRepudiation' | 'keyEncipherment' | 'keyCertSign' | 'cRLSign';

/** Policy of the CNS (Carta Nazionale dei Servizi). */
export const CNS_POLICY = '1.3.76.16.2.1';

const { asn1, pki } = forge;
const makeKeyPair = promisify(generateKeyPair);

interface CertificateRequest extends Validity {
  readonly commonName: string;
  readonly organization: string;
  readonly subjectSerialNumber?: string | undefined;
  readonly extensions: readonly object[];
  readonly keyType?: KeyType | undefined;
  readonly signature?: Signature | undefined;
}

export interface CaOptions extends Validity {
  readonly commonName: string;
  readonly signature?: Signature;
}

/** An issuing authority: a root, or an intermediate if a parent is given. */
export async function issueCa(parent: CertificateAndKey | undefined, options: CaOptions): Promise<CertificateAndKey> {
  const extensions = [{ name: 'basicConstraints', critical: true, cA: true }, usage(['keyCertSign', 'cRLSign'])];
  return issue(parent, { ...options, organization: 'Passerella development', extensions });
}

/** A TLS server certificate for DNS names and IP addresses; the first one is also its common name. */
export async function issueServer(
  ca: CertificateAndKey,
  options: Validity & { readonly names: readonly string[] },
): Promise<CertificateAndKey> {
  const altNames = options.names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name }));
  return issue(ca, {
    ...options,
    commonName: options.names[0] ?? 'localhost',
    organization: 'Passerella development',
    extensions: [
      { name: 'basicConstraints', critical: true, cA: false },
      usage(['digitalSignature', 'keyEncipherment']),
      extendedUsage(['serverAuth']),
      { name: 'subjectAltName', altNames },
    ],
  });
}

/**
 * The certificate with which clients encrypt the pincode: self-signed, because it is published, not verified by a
 * chain.
 */
export async function issuePincodeCertificate(options: Validity): Promise<CertificateAndKey> {
  return issue(undefined, {
    ...options,
    commonName: 'Passerella development pincode',
    organization: 'Passerella development',
    extensions: [{ name: 'basicConstraints', critical: true, cA: false }, usage(['keyEncipherment'])],
  });
}

export interface CardOptions extends Partial<Validity> {
  /** As on the card: `<codice fiscale>/<16-digit card id>.<base64 hash>`. */
  readonly commonName: string;
  /** Attribute serialNumber of the subject (`TINIT-<codice fiscale>`); absent unless given. */
  readonly serialNumber?: string;
  /** Default the CNS policy; an empty list leaves the extension out. */
  readonly policies?: readonly string[];
  /** Names or OIDs; default clientAuth; an empty list leaves the extension out. */
  readonly extendedKeyUsage?: readonly string[];
  /** Default digitalSignature; an empty list leaves the extension out. */
  readonly keyUsage?: readonly KeyUsage[];
  readonly keyType?: KeyType;
  readonly signature?: Signature;
}

/** A CNS card as issued in reality; options change it to make an invalid one. The validity defaults to the CA's. */
export async function issueCard(ca: CertificateAndKey, options: CardOptions): Promise<CertificateAndKey> {
  const { policies = [CNS_POLICY], extendedKeyUsage = ['clientAuth'], keyUsage = ['digitalSignature'] } = options;
  const issuer = pki.certificateFromPem(ca.certificate);
  const extensions: object[] = [{ name: 'basicConstraints', cA: false }];
  if (keyUsage.length > 0) extensions.push(usage(keyUsage));
  if (extendedKeyUsage.length > 0) extensions.push(extendedUsage(extendedKeyUsage));
  if (policies.length > 0) extensions.push(certificatePolicies(policies));
  return issue(ca, {
    commonName: options.commonName,
    organization: 'TS-CNS development',
    subjectSerialNumber: options.serialNumber,
    extensions,
    notBefore: options.notBefore ?? issuer.validity.notBefore,
    notAfter: options.notAfter ?? issuer.validity.notAfter,
    keyType: options.keyType,
    signature: options.signature,
  });
}

/** PKCS#12 with AES-256 (PBES2), which OpenSSL 3, Java and .NET open without legacy options. */
export function toPkcs12(pair: CertificateAndKey, chain: readonly string[], password: string, name: string): Buffer {
  const certificates = [pair.certificate, ...chain].map((pem) => pki.certificateFromPem(pem));
  const options = { algorithm: 'aes256' as const, prfAlgorithm: 'sha256', friendlyName: name };
  const pfx = forge.pkcs12.toPkcs12Asn1(pki.privateKeyFromPem(pair.key), certificates, password, options);
  return Buffer.from(asn1.toDer(pfx).getBytes(), 'latin1');
}

async function issue(issuer: CertificateAndKey | undefined, request: CertificateRequest): Promise<CertificateAndKey> {
  const keys = await makeKeyPair('rsa', {
    modulusLength: request.keyType === 'rsa1024' ? 1024 : 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(keys.publicKey);
  certificate.serialNumber = newSerialNumber();
  certificate.validity.notBefore = request.notBefore;
  certificate.validity.notAfter = request.notAfter;
  certificate.setSubject(subjectOf(request));

  const extensions = [...request.extensions, { name: 'subjectKeyIdentifier' }];
  if (issuer) {
    const issuerCertificate = pki.certificateFromPem(issuer.certificate);
    certificate.setIssuer(issuerCertificate.subject.attributes);
    const keyIdentifier = issuerCertificate.generateSubjectKeyIdentifier().getBytes();
    extensions.push({ name: 'authorityKeyIdentifier', keyIdentifier });
  } else {
    certificate.setIssuer(certificate.subject.attributes);
  }
  certificate.setExtensions(extensions);
  certificate.sign(
    pki.privateKeyFromPem(issuer?.key ?? keys.privateKey),
    request.signature === 'sha1' ? forge.md.sha1.create() : forge.md.sha256.create(),
  );
  return { certificate: withUnixLines(pki.certificateToPem(certificate)), key: keys.privateKey };
}

function subjectOf(request: CertificateRequest): forge.pki.CertificateField[] {
  const subject: forge.pki.CertificateField[] = [
    { name: 'countryName', value: 'IT' },
    utf8Field('organizationName', request.organization),
  ];
  if (request.subjectSerialNumber !== undefined) subject.push({ type: '2.5.4.5', value: request.subjectSerialNumber });
  subject.push(utf8Field('commonName', request.commonName));
  return subject;
}

function utf8Field(name: string, value: string): forge.pki.CertificateField {
  const tagClass: number = asn1.Type.UTF8;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- forge's definitions take the string type for a tag class
  return { name, value, valueTagClass: tagClass };
}

/**
 * 120 random bits after a fixed first byte: positive and of constant length, so that hexadecimal forms compare
 * directly.
 */
function newSerialNumber(): string {
  return `4e${randomBytes(15).toString('hex')}`;
}

function usage(keyUsages: readonly KeyUsage[]): object {
  return { name: 'keyUsage', critical: true, ...Object.fromEntries(keyUsages.map((name) => [name, true])) };
}

function extendedUsage(purposes: readonly string[]): object {
  return { name: 'extKeyUsage', ...Object.fromEntries(purposes.map((name) => [name, true])) };
}

/** forge does not write certificatePolicies: SEQUENCE OF PolicyInformation, each with the OID only. */
function certificatePolicies(policies: readonly string[]): object {
  const { Class, Type } = asn1;
  const information = policies.map((policy) =>
    asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, [
      asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(policy).getBytes()),
    ]),
  );
  return { id: '2.5.29.32', value: asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, information) };
}

function withUnixLines(pem: string): string {
  return pem.replaceAll('\r\n', '\n');
}
