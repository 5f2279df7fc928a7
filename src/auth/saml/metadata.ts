/**
 * The metadata that describe us to SPID and CIE: created and signed once at start, so that their octets stay the same.
 */
import { createHash } from 'node:crypto';
import { DSIG, METADATA, POST_BINDING, PROTOCOL, REDIRECT_BINDING, TRANSIENT_FORMAT } from './names.js';
import type { SamlScheme } from './scheme.js';
import { signXml } from './signature.js';
import type { SigningIdentity } from './signature.js';
import { escapeXml } from './xml.js';

/** The provider of the service: a public body, as registered in IPA. */
export interface Organisation {
  readonly name: string;
  readonly displayName: string;
  readonly url: string;
  readonly ipaCode: string;
  readonly email: string;
  /** With country code, without blanks. */
  readonly phone: string;
  /** Codice catastale of its municipality; required by CIE. */
  readonly municipality: string;
}

export interface ServiceAddresses {
  readonly entityId: string;
  readonly assertionConsumer: string;
  readonly logout: string;
}

const SPID_EXTENSIONS = 'https://spid.gov.it/saml-extensions';
const CIE_EXTENSIONS = 'https://www.cartaidentita.interno.gov.it/saml-extensions';

export function serviceMetadata(
  scheme: SamlScheme,
  addresses: ServiceAddresses,
  organisation: Organisation,
  identity: SigningIdentity,
): string {
  const unsigned = (id: string): string => descriptor(scheme, addresses, organisation, identity, id);
  // The ID changes if and only if the content does.
  const id = `_${createHash('sha256').update(unsigned('_')).digest('hex').slice(0, 40)}`;
  return signXml(unsigned(id), id, identity, { reference: '/*', action: 'prepend' });
}

function descriptor(
  scheme: SamlScheme,
  { entityId, assertionConsumer, logout }: ServiceAddresses,
  organisation: Organisation,
  { certificate }: SigningIdentity,
  id: string,
): string {
  const consumer = escapeXml(assertionConsumer);
  const service = escapeXml(logout);
  const name = escapeXml(organisation.name);
  const lang = 'xml:lang="it"';
  return (
    `<md:EntityDescriptor xmlns:md="${METADATA}" xmlns:ds="${DSIG}" xmlns:spid="${SPID_EXTENSIONS}"` +
    ` xmlns:cie="${CIE_EXTENSIONS}" ID="${id}" entityID="${escapeXml(entityId)}">` +
    `<md:SPSSODescriptor protocolSupportEnumeration="${PROTOCOL}" AuthnRequestsSigned="true"` +
    ' WantAssertionsSigned="true">' +
    '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>' +
    `<ds:X509Certificate>${certificate.raw.toString('base64')}</ds:X509Certificate>` +
    '</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>' +
    `<md:SingleLogoutService Binding="${REDIRECT_BINDING}" Location="${service}"/>` +
    `<md:SingleLogoutService Binding="${POST_BINDING}" Location="${service}"/>` +
    `<md:NameIDFormat>${TRANSIENT_FORMAT}</md:NameIDFormat>` +
    `<md:AssertionConsumerService index="0" isDefault="true" Binding="${POST_BINDING}" Location="${consumer}"/>` +
    '<md:AttributeConsumingService index="0">' +
    `<md:ServiceName ${lang}>${escapeXml(organisation.displayName)}</md:ServiceName>` +
    scheme.attributes.map((attribute) => `<md:RequestedAttribute Name="${attribute}"/>`).join('') +
    '</md:AttributeConsumingService></md:SPSSODescriptor>' +
    `<md:Organization><md:OrganizationName ${lang}>${name}</md:OrganizationName>` +
    `<md:OrganizationDisplayName ${lang}>${escapeXml(organisation.displayName)}</md:OrganizationDisplayName>` +
    `<md:OrganizationURL ${lang}>${escapeXml(organisation.url)}</md:OrganizationURL></md:Organization>` +
    contact(scheme, organisation) +
    '</md:EntityDescriptor>'
  );
}

function contact({ name: scheme }: SamlScheme, organisation: Organisation): string {
  const [type, prefix] = scheme === 'spid' ? ['other', 'spid'] : ['administrative', 'cie'];
  const ipaCode = `<${prefix}:IPACode>${escapeXml(organisation.ipaCode)}</${prefix}:IPACode>`;
  const extensions =
    scheme === 'spid'
      ? `${ipaCode}<spid:Public/>`
      : `<cie:Public/>${ipaCode}<cie:Municipality>${escapeXml(organisation.municipality)}</cie:Municipality>`;
  return (
    `<md:ContactPerson contactType="${type}"><md:Extensions>${extensions}</md:Extensions>` +
    `<md:Company>${escapeXml(organisation.name)}</md:Company>` +
    `<md:EmailAddress>${escapeXml(organisation.email)}</md:EmailAddress>` +
    `<md:TelephoneNumber>${escapeXml(organisation.phone)}</md:TelephoneNumber></md:ContactPerson>`
  );
}
