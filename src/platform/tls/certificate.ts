/**
 * Reads from the ASN.1 of a client certificate what it says about its holder: attributes are read one by one, and a
 * distinguished name is never parsed from text. Does not judge trust: Node and OpenSSL check the chain.
 */
import forge from 'node-forge';

/** What a certificate says about the policies of those below it (RFC 5280, 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14). */
export interface PolicyRules {
  /** OIDs of certificatePolicies; undefined when the extension is absent. */
  readonly policies: readonly string[] | undefined;
  /** Pairs of policyMappings: the first, of the issuer's domain, is called the second below. */
  readonly mappings: readonly (readonly [issuer: string, subject: string])[];
  /** How many certificates may follow before it applies; undefined: never. */
  readonly requireExplicitPolicy: number | undefined;
  readonly inhibitPolicyMapping: number | undefined;
  readonly inhibitAnyPolicy: number | undefined;
  /** Subject and issuer have the same name: such a certificate does not count in the numbers above. */
  readonly isSelfIssued: boolean;
}

export interface CertificateFacts extends PolicyRules {
  /** Values of the subject's commonName and serialNumber attributes, in order. */
  readonly commonNames: readonly string[];
  readonly serialNumbers: readonly string[];
  /** OIDs of extKeyUsage; undefined when the extension is absent. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  /** The digitalSignature bit; undefined when keyUsage is absent. */
  readonly digitalSignature: boolean | undefined;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

const COMMON_NAME = '2.5.4.3';
const SERIAL_NUMBER = '2.5.4.5';
const KEY_USAGE = '2.5.29.15';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const CERTIFICATE_POLICIES = '2.5.29.32';
const POLICY_MAPPINGS = '2.5.29.33';
const POLICY_CONSTRAINTS = '2.5.29.36';
const INHIBIT_ANY_POLICY = '2.5.29.54';

const { asn1, util } = forge;

/**
 * @param der the certificate, DER
 * @throws Error when the bytes are not a certificate
 */
export function readCertificate(der: Buffer): CertificateFacts {
  const tbs = part(asn1.fromDer(util.createBuffer(der.toString('latin1'))), 0);
  const shift = isContext(part(tbs, 0), 0) ? 1 : 0; // the version is optional
  const validity = part(tbs, 3 + shift);
  const subject = part(tbs, 4 + shift);
  const extensions = extensionsOf(tbs);
  const usage = extensions.get(KEY_USAGE);
  const extended = extensions.get(EXTENDED_KEY_USAGE);
  return {
    commonNames: attribute(subject, COMMON_NAME),
    serialNumbers: attribute(subject, SERIAL_NUMBER),
    ...policyRulesOf(extensions, isSame(part(tbs, 2 + shift), subject)),
    extendedKeyUsage: extended === undefined ? undefined : parts(extended).map(oid),
    // A BIT STRING: the first byte counts unused bits, digitalSignature is the highest bit of the second (RFC 5280,
    // 4.2.1.3).
    digitalSignature: usage === undefined ? undefined : (bytes(usage).charCodeAt(1) & 0x80) !== 0,
    notBefore: time(part(validity, 0)),
    notAfter: time(part(validity, 1)),
  };
}

function policyRulesOf(extensions: Map<string, forge.asn1.Asn1>, isSelfIssued: boolean): PolicyRules {
  const policies = extensions.get(CERTIFICATE_POLICIES);
  const mappings = extensions.get(POLICY_MAPPINGS);
  const constraints = extensions.get(POLICY_CONSTRAINTS);
  const inhibitAny = extensions.get(INHIBIT_ANY_POLICY);
  const constraint = (tag: number): number | undefined => {
    const found = constraints && parts(constraints).find((candidate) => isContext(candidate, tag));
    return found && whole(found);
  };
  return {
    policies: policies && parts(policies).map((policy) => oid(part(policy, 0))),
    mappings: mappings === undefined ? [] : parts(mappings).map((pair) => [oid(part(pair, 0)), oid(part(pair, 1))]),
    requireExplicitPolicy: constraint(0),
    inhibitPolicyMapping: constraint(1),
    inhibitAnyPolicy: inhibitAny && whole(inhibitAny),
    isSelfIssued,
  };
}

function isSame(one: forge.asn1.Asn1, other: forge.asn1.Asn1): boolean {
  return asn1.toDer(one).getBytes() === asn1.toDer(other).getBytes();
}

function extensionsOf(tbs: forge.asn1.Asn1): Map<string, forge.asn1.Asn1> {
  const found = new Map<string, forge.asn1.Asn1>();
  const wrapper = parts(tbs).find((candidate) => isContext(candidate, 3));
  if (wrapper === undefined) return found;
  for (const extension of parts(part(wrapper, 0))) {
    const value = parts(extension).at(-1);
    if (value !== undefined) found.set(oid(part(extension, 0)), asn1.fromDer(util.createBuffer(bytes(value))));
  }
  return found;
}

function attribute(name: forge.asn1.Asn1, type: string): string[] {
  const values: string[] = [];
  for (const set of parts(name)) {
    for (const pair of parts(set)) {
      if (oid(part(pair, 0)) === type) values.push(util.decodeUtf8(bytes(part(pair, 1))));
    }
  }
  return values;
}

function isContext(node: forge.asn1.Asn1, tag: number): boolean {
  const type: number = node.type; // forge types only universal tags; here it is a context-specific one
  return node.tagClass === asn1.Class.CONTEXT_SPECIFIC && type === tag;
}

function parts(node: forge.asn1.Asn1): forge.asn1.Asn1[] {
  if (typeof node.value === 'string') throw new Error('certificate: a sequence was expected');
  return node.value;
}

function part(node: forge.asn1.Asn1, index: number): forge.asn1.Asn1 {
  const found = parts(node)[index];
  if (found === undefined) throw new Error('certificate: a field is missing');
  return found;
}

function bytes(node: forge.asn1.Asn1): string {
  if (typeof node.value !== 'string') throw new Error('certificate: a value was expected');
  return node.value;
}

/** A small INTEGER, tagged as such or by the context. */
function whole(node: forge.asn1.Asn1): number {
  return Buffer.from(bytes(node), 'latin1').reduce((value, byte) => value * 256 + byte, 0);
}

function oid(node: forge.asn1.Asn1): string {
  return asn1.derToOid(bytes(node));
}

function time(node: forge.asn1.Asn1): Date {
  return node.type === asn1.Type.UTCTIME ? asn1.utcTimeToDate(bytes(node)) : asn1.generalizedTimeToDate(bytes(node));
}
