/** The AuthnRequest and its URL at the provider, signed over the transmitted octets. */
import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { ASSERTION, ENTITY_FORMAT, PROTOCOL, RSA_SHA256, TRANSIENT_FORMAT } from './names.js';
import type { IdentityProvider } from './provider.js';
import { LEVEL_ASKED } from './scheme.js';
import { escapeXml } from './xml.js';

export interface AuthnRequest {
  readonly id: string;
  readonly issuedAt: Date;
  /** Our entityID. */
  readonly entityId: string;
  readonly provider: IdentityProvider;
}

/**
 * The same for both schemes. `Destination` is the Location: SPID permits it since Avviso 11, CIE requires it. The
 * Issuer's `Format` is mandatory for SPID; CIE allows it with this value only («Richiesta di autenticazione SAML»), and
 * the official checker demands it of both. No IsPassive, no AllowCreate.
 */
export function authnRequestXml({ id, issuedAt, entityId, provider }: AuthnRequest): string {
  const issuer = escapeXml(entityId);
  return (
    `<samlp:AuthnRequest xmlns:samlp="${PROTOCOL}" xmlns:saml="${ASSERTION}" ID="${id}" Version="2.0"` +
    ` IssueInstant="${issuedAt.toISOString()}" Destination="${escapeXml(provider.singleSignOn)}" ForceAuthn="true"` +
    ' AssertionConsumerServiceIndex="0" AttributeConsumingServiceIndex="0">' +
    `<saml:Issuer Format="${ENTITY_FORMAT}" NameQualifier="${issuer}">${issuer}</saml:Issuer>` +
    `<samlp:NameIDPolicy Format="${TRANSIENT_FORMAT}"/>` +
    '<samlp:RequestedAuthnContext Comparison="minimum">' +
    `<saml:AuthnContextClassRef>${LEVEL_ASKED}</saml:AuthnContextClassRef>` +
    '</samlp:RequestedAuthnContext></samlp:AuthnRequest>'
  );
}

/** @param relayState an opaque code @returns the URL to redirect the browser to */
export function redirectUrl(location: string, xml: string, relayState: string, key: KeyObject): string {
  const message = deflateRawSync(Buffer.from(xml)).toString('base64');
  const query = Object.entries({ SAMLRequest: message, RelayState: relayState, SigAlg: RSA_SHA256 })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  const signature = sign('sha256', Buffer.from(query), key).toString('base64');
  const separator = location.includes('?') ? '&' : '?';
  return `${location}${separator}${query}&Signature=${encodeURIComponent(signature)}`;
}
