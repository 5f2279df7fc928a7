/** Identity providers, read from a metadata file that the federation has signed. */
import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { DSIG, METADATA, PROTOCOL, REDIRECT_BINDING } from './names.js';
import { hasRepeatedId, verifiedPart } from './signature.js';
import { OF_FEDERATIONS, attributeOf, childOf, childrenOf, descendants, is, readXml, textOf } from './xml.js';
import type { XmlElement } from './xml.js';

export interface IdentityProvider {
  readonly entityId: string;
  /** Name for people. */
  readonly title: string;
  /** The Redirect URL for requests: https only. */
  readonly singleSignOn: string;
  /** Its present signing certificates: two during a change. */
  readonly certificates: readonly X509Certificate[];
}

/** What is wrong with a metadata file; the message tells the operator what to do. */
export class ProviderFileError extends Error {}

/** What a metadata file says. */
export interface Federation {
  readonly providers: readonly IdentityProvider[];
  /** Undefined: the file does not say. */
  readonly validUntil: Date | undefined;
}

/**
 * @param xml an EntityDescriptor, or an EntitiesDescriptor of several
 * @param federation certificates of the file's signer
 * @throws ProviderFileError, XmlError
 */
export function readFederation(xml: string, federation: readonly X509Certificate[], now: Date): Federation {
  const root = readXml(xml, OF_FEDERATIONS);
  if (hasRepeatedId(root)) throw new ProviderFileError('an ID occurs twice: get the file again');
  const keys = federation.map(({ publicKey }) => publicKey);
  const signed = verifiedPart(xml, root, keys);
  if (signed === undefined) {
    throw new ProviderFileError('its signature is not of the federation’s certificate: get both again');
  }
  const descriptors = [...descendants(signed)].filter((element) => is(element, METADATA, 'EntityDescriptor'));
  const providers = descriptors.flatMap((descriptor) => providerOf(descriptor) ?? []);
  if (providers.length === 0) throw new ProviderFileError('it names no identity provider with an https address');
  const until = attributeOf(signed, 'validUntil');
  if (until !== undefined && !(Date.parse(until) > now.getTime())) {
    throw new ProviderFileError(`it was valid until ${until}: get the present one`);
  }
  if (new Set(providers.map(({ entityId }) => entityId)).size < providers.length) {
    throw new ProviderFileError('an entityID occurs twice');
  }
  return { providers, validUntil: until === undefined ? undefined : new Date(until) };
}

/** When the first provider has no certificate left that is valid, or the file ends. */
export function endOf({ providers, validUntil }: Federation): Date {
  const lasts = providers.map(({ certificates }) =>
    Math.max(...certificates.map(({ validTo }) => Date.parse(validTo))),
  );
  return new Date(Math.min(...lasts, validUntil?.getTime() ?? Infinity));
}

function providerOf(descriptor: XmlElement): IdentityProvider | undefined {
  const role = childrenOf(descriptor, METADATA, 'IDPSSODescriptor').find((candidate) =>
    (attributeOf(candidate, 'protocolSupportEnumeration') ?? '').split(/\s+/).includes(PROTOCOL),
  );
  const entityId = attributeOf(descriptor, 'entityID') ?? '';
  const singleSignOn = childrenOf(role, METADATA, 'SingleSignOnService')
    .filter((service) => attributeOf(service, 'Binding') === REDIRECT_BINDING)
    .map((service) => attributeOf(service, 'Location') ?? '')
    .find((location) => URL.canParse(location) && new URL(location).protocol === 'https:');
  const certificates = childrenOf(role, METADATA, 'KeyDescriptor')
    .filter((descriptor) => (attributeOf(descriptor, 'use') ?? 'signing') === 'signing')
    .flatMap((descriptor) => [...descendants(descriptor)])
    .filter((element) => is(element, DSIG, 'X509Certificate'))
    .map(certificateOf);
  if (entityId === '' || singleSignOn === undefined || certificates.length === 0) return undefined;
  return { entityId, title: titleOf(descriptor) ?? new URL(singleSignOn).hostname, singleSignOn, certificates };
}

function titleOf(descriptor: XmlElement): string | undefined {
  const names = childrenOf(childOf(descriptor, METADATA, 'Organization'), METADATA, 'OrganizationDisplayName');
  const isItalian = ({ attributes }: XmlElement): boolean =>
    attributes.some(({ name, value }) => name === 'lang' && value === 'it');
  const title = textOf(names.find(isItalian) ?? names[0]);
  return title === '' ? undefined : title;
}

function certificateOf(element: XmlElement): X509Certificate {
  try {
    return new X509Certificate(Buffer.from(element.text, 'base64'));
  } catch (cause) {
    throw new ProviderFileError('one of its certificates cannot be read', { cause });
  }
}

/** A key of at least 2048 bits of RSA, as the profile demands. */
export function keysOf({ certificates }: IdentityProvider): readonly KeyObject[] {
  return certificates
    .map(({ publicKey }) => publicKey)
    .filter((key) => key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048);
}

/** The operator is warned this many days before a certificate expires. */
const WARN_DAYS = 60;

/** @returns certificates that expire within sixty days, or have expired, as text for the log */
export function expiriesOf(
  named: readonly { readonly title: string; readonly certificates: readonly X509Certificate[] }[],
  now: Date,
): readonly string[] {
  const limit = now.getTime() + WARN_DAYS * 86_400_000;
  return named.flatMap(({ title, certificates }) => {
    const ends = certificates.map(({ validTo }) => Date.parse(validTo));
    const last = Math.max(...ends);
    return last < limit ? [`${title}: its certificate ends on ${new Date(last).toISOString().slice(0, 10)}`] : [];
  });
}

/** In random order for each page, as the rules require: no provider may always be first. */
export function shuffled<Item>(items: readonly Item[], draw: (below: number) => number): readonly Item[] {
  const rest = [...items];
  const order: Item[] = [];
  while (rest.length > 0) order.push(...rest.splice(draw(rest.length), 1));
  return order;
}
