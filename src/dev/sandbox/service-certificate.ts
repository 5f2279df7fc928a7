/** Self-signed certificates for SPID and CIE: of a public service provider, as Avviso 29 asks, and of development providers. */
import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import type { CertificateAndKey, Validity } from './certificates.js';

const { asn1, pki } = forge;
const makeKeyPair = promisify(generateKeyPair);

/** Attributes of the subject that forge has no names for. */
const URI = '2.5.4.83';
const ORGANISATION_IDENTIFIER = '2.5.4.97';

export interface ServiceSubject {
  readonly commonName: string;
  readonly organisation: string;
  readonly entityId: string;
  readonly ipaCode: string;
  readonly locality: string;
}

/** Policies with the notice that each must have. */
const POLICIES = [
  ['1.3.76.16.6', 'agIDcert'],
  ['1.3.76.16.4.2.1', 'cert_SP_Pub'],
] as const;

export async function issueServiceCertificate(subject: ServiceSubject, validity: Validity): Promise<CertificateAndKey> {
  return selfSigned(
    [
      utf8('2.5.4.10', subject.organisation),
      utf8('2.5.4.3', subject.commonName),
      utf8(URI, subject.entityId),
      utf8(ORGANISATION_IDENTIFIER, `PA:IT-${subject.ipaCode}`),
      { type: '2.5.4.6', value: 'IT' },
      utf8('2.5.4.7', subject.locality),
    ],
    [
      { name: 'basicConstraints', critical: false, cA: false },
      { name: 'keyUsage', critical: true, digitalSignature: true, nonRepudiation: true },
      certificatePolicies(),
    ],
    validity,
  );
}

export async function issueProviderCertificate(commonName: string, validity: Validity): Promise<CertificateAndKey> {
  return selfSigned(
    [{ type: '2.5.4.6', value: 'IT' }, utf8('2.5.4.10', 'Passerella development'), utf8('2.5.4.3', commonName)],
    [
      { name: 'basicConstraints', critical: false, cA: false },
      { name: 'keyUsage', critical: true, digitalSignature: true, nonRepudiation: true },
    ],
    validity,
  );
}

async function selfSigned(
  subject: forge.pki.CertificateField[],
  extensions: object[],
  { notBefore, notAfter }: Validity,
): Promise<CertificateAndKey> {
  const keys = await makeKeyPair('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = pki.createCertificate();
  certificate.publicKey = pki.publicKeyFromPem(keys.publicKey);
  certificate.serialNumber = `4e${randomBytes(15).toString('hex')}`;
  certificate.validity.notBefore = notBefore;
  certificate.validity.notAfter = notAfter;
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions(extensions);
  certificate.sign(pki.privateKeyFromPem(keys.privateKey), forge.md.sha256.create());
  return { certificate: pki.certificateToPem(certificate).replaceAll('\r\n', '\n'), key: keys.privateKey };
}

function utf8(type: string, value: string): forge.pki.CertificateField {
  const tagClass: number = asn1.Type.UTF8;
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- forge's definitions take the string type for a tag class
  return { type, value, valueTagClass: tagClass };
}

/** RFC 5280, 4.2.1.4: each policy with a user notice that holds its explicit text. */
function certificatePolicies(): object {
  const { Class, Type } = asn1;
  const sequence = (...parts: forge.asn1.Asn1[]) => asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, parts);
  const oid = (value: string) => asn1.create(Class.UNIVERSAL, Type.OID, false, asn1.oidToDer(value).getBytes());
  const notice = (text: string) =>
    sequence(oid('1.3.6.1.5.5.7.2.2'), sequence(asn1.create(Class.UNIVERSAL, Type.UTF8, false, text)));
  return {
    id: '2.5.29.32',
    value: sequence(...POLICIES.map(([id, text]) => sequence(oid(id), sequence(notice(text))))),
  };
}
