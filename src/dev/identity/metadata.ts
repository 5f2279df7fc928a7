/** Metadata of a development identity provider, signed by its own key: it is its own federation. */
import {
  DSIG,
  METADATA,
  POST_BINDING,
  PROTOCOL,
  REDIRECT_BINDING,
  TRANSIENT_FORMAT,
  escapeXml,
  signXml,
} from '../../auth/saml/index.js';
import type { SigningIdentity } from '../../auth/saml/index.js';

export interface DevelopmentProvider {
  readonly entityId: string;
  readonly title: string;
  readonly singleSignOn: string;
}

export function providerMetadata(
  { entityId, title, singleSignOn }: DevelopmentProvider,
  identity: SigningIdentity,
): string {
  const id = '_metadata';
  const service = escapeXml(singleSignOn);
  const xml =
    `<md:EntityDescriptor xmlns:md="${METADATA}" xmlns:ds="${DSIG}" ID="${id}" entityID="${escapeXml(entityId)}">` +
    `<md:IDPSSODescriptor WantAuthnRequestsSigned="true" protocolSupportEnumeration="${PROTOCOL}">` +
    '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>' +
    identity.certificate.raw.toString('base64') +
    '</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>' +
    `<md:NameIDFormat>${TRANSIENT_FORMAT}</md:NameIDFormat>` +
    `<md:SingleSignOnService Binding="${REDIRECT_BINDING}" Location="${service}"/>` +
    `<md:SingleSignOnService Binding="${POST_BINDING}" Location="${service}"/></md:IDPSSODescriptor>` +
    `<md:Organization><md:OrganizationDisplayName xml:lang="it">${escapeXml(title)}</md:OrganizationDisplayName>` +
    '</md:Organization></md:EntityDescriptor>';
  return signXml(xml, id, identity, { reference: '/*', action: 'prepend' });
}
