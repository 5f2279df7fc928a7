/** A request as a strict provider judges it: the signature over the octets that came, then every rule of SPID and CIE. */
import { X509Certificate, verify } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import {
  ASSERTION,
  DSIG,
  ENTITY_FORMAT,
  METADATA,
  PROTOCOL,
  RSA_SHA256,
  TRANSIENT_FORMAT,
  attributeOf,
  childOf,
  readXml,
  textOf,
  verifiedPart,
} from '../../auth/saml/index.js';

/** A request that a provider accepts. */
export interface AcceptedRequest {
  readonly id: string;
  readonly issuer: string;
  readonly assertionConsumer: string;
  readonly relayState: string;
}

const MAX_AGE_MS = 5 * 60_000;

/**
 * @param query as it stands in the address
 * @param metadata of the service, signed by itself
 * @throws Error that says what is wrong with the request
 */
export function acceptRequest(query: string, metadata: string, singleSignOn: string, now: Date): AcceptedRequest {
  const service = readXml(metadata);
  const descriptor = childOf(service, METADATA, 'SPSSODescriptor');
  const keyInfo = childOf(childOf(descriptor, METADATA, 'KeyDescriptor'), DSIG, 'KeyInfo');
  const written = textOf(childOf(childOf(keyInfo, DSIG, 'X509Data'), DSIG, 'X509Certificate'));
  const { publicKey } = new X509Certificate(Buffer.from(written, 'base64'));
  demand(verifiedPart(metadata, service, [publicKey]) !== undefined, 'the metadata are signed');

  const [signed, signature] = query.split('&Signature=');
  const values = new URLSearchParams(query);
  demand(
    signed !== undefined && signature !== undefined && /^SAMLRequest=[^&]+&RelayState=[^&]+&SigAlg=[^&]+$/.test(signed),
    'the query has the fields in their order',
  );
  demand(values.get('SigAlg') === RSA_SHA256, 'the algorithm is RSA with SHA-256');
  demand(
    verify('sha256', Buffer.from(signed ?? ''), publicKey, Buffer.from(values.get('Signature') ?? '', 'base64')),
    'the signature is of the key in the metadata',
  );
  const relayState = values.get('RelayState') ?? '';
  demand(relayState.length >= 8 && relayState.length <= 80 && !/http/i.test(relayState), 'RelayState says nothing');

  const xml = inflateRawSync(Buffer.from(values.get('SAMLRequest') ?? '', 'base64'), { maxOutputLength: 20_000 });
  const request = readXml(xml.toString('utf8'));
  const is = (name: string, value: string): boolean => attributeOf(request, name) === value;
  demand(request.name === 'AuthnRequest' && request.namespace === PROTOCOL, 'it is an AuthnRequest');
  demand(is('Version', '2.0'), 'Version is 2.0');
  demand(/^[A-Za-z_][\w.-]{16,}$/.test(attributeOf(request, 'ID') ?? ''), 'ID is long enough');
  const age = now.getTime() - Date.parse(attributeOf(request, 'IssueInstant') ?? '');
  demand(age > -60_000 && age < MAX_AGE_MS, 'IssueInstant is now');
  demand(is('Destination', singleSignOn), 'Destination is our address');
  demand(is('ForceAuthn', 'true'), 'ForceAuthn is true');
  demand(attributeOf(request, 'IsPassive') === undefined, 'there is no IsPassive');
  const issuer = childOf(request, ASSERTION, 'Issuer');
  const entityId = attributeOf(service, 'entityID') ?? '';
  demand(textOf(issuer) === entityId && attributeOf(issuer, 'NameQualifier') === entityId, 'Issuer is the entityID');
  demand(attributeOf(issuer, 'Format') === ENTITY_FORMAT, 'Format of Issuer is entity');
  const policy = childOf(request, PROTOCOL, 'NameIDPolicy');
  demand(attributeOf(policy, 'Format') === TRANSIENT_FORMAT, 'NameIDPolicy is transient');
  demand(attributeOf(policy, 'AllowCreate') === undefined, 'there is no AllowCreate');
  const context = childOf(request, PROTOCOL, 'RequestedAuthnContext');
  const level = textOf(childOf(context, ASSERTION, 'AuthnContextClassRef'));
  demand(attributeOf(context, 'Comparison') === 'minimum', 'Comparison is minimum');
  demand(level === 'https://www.spid.gov.it/SpidL2', 'the level is 2');
  demand(is('AttributeConsumingServiceIndex', '0'), 'the set of attributes exists');
  const consumer = childOf(descriptor, METADATA, 'AssertionConsumerService');
  demand(is('AssertionConsumerServiceIndex', attributeOf(consumer, 'index') ?? ''), 'the answer’s address exists');
  return {
    id: attributeOf(request, 'ID') ?? '',
    issuer: entityId,
    assertionConsumer: attributeOf(consumer, 'Location') ?? '',
    relayState,
  };
}

function demand(holds: boolean, rule: string): void {
  if (!holds) throw new Error(`the request breaks a rule: ${rule}`);
}
