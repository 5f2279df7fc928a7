/**
 * Responses as an identity provider makes them: a good one, and any departure from it. The template follows the base case
 * of the official checker, white space around names included.
 */
import {
  ASSERTION,
  BEARER,
  ENTITY_FORMAT,
  PROTOCOL,
  SUCCESS,
  TRANSIENT_FORMAT,
  escapeXml,
  signXml,
} from '../../auth/saml/index.js';
import type { SigningIdentity } from '../../auth/saml/index.js';

/** What a response says. Parts that are whole elements are XML; an empty text leaves them out. */
export interface ResponseParts {
  readonly responseAttributes: Readonly<Record<string, string | undefined>>;
  readonly assertionAttributes: Readonly<Record<string, string | undefined>>;
  readonly declaration: string;
  readonly responseIssuer: string;
  readonly status: string;
  readonly assertionIssuer: string;
  readonly nameId: string;
  readonly confirmation: string;
  /** undefined: there is none. */
  readonly subject: string | undefined;
  readonly conditionsAttributes: Readonly<Record<string, string | undefined>> | undefined;
  readonly audience: string;
  readonly authnContext: string;
  readonly authnStatement: string | undefined;
  readonly attributes: string;
  readonly hasAssertion: boolean;
  readonly signsAssertion: boolean;
  readonly signsResponse: boolean;
}

export interface ResponseFacts {
  readonly provider: string;
  readonly audience: string;
  readonly assertionConsumer: string;
  readonly requestId: string;
  readonly issuedAt: Date;
  readonly notOnOrAfter: Date;
  readonly level: string;
  /** By name, as sent. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Different for each message. */
  readonly serial: string;
}

export function goodParts(facts: ResponseFacts): ResponseParts {
  const issuedAt = instant(facts.issuedAt);
  return {
    declaration: '',
    responseAttributes: {
      Destination: facts.assertionConsumer,
      ID: `_response-${facts.serial}`,
      InResponseTo: facts.requestId,
      IssueInstant: issuedAt,
      Version: '2.0',
    },
    assertionAttributes: { ID: `_assertion-${facts.serial}`, IssueInstant: issuedAt, Version: '2.0' },
    responseIssuer: issuer(facts.provider, { Format: ENTITY_FORMAT }),
    assertionIssuer: issuer(facts.provider, { Format: ENTITY_FORMAT }),
    status: `<samlp:Status><samlp:StatusCode Value="${SUCCESS}"/></samlp:Status>`,
    nameId: nameId({ Format: TRANSIENT_FORMAT, NameQualifier: facts.provider }, `_name-${facts.serial}`),
    confirmation: confirmation({ Method: BEARER }, confirmationAttributes(facts)),
    subject: '',
    conditionsAttributes: { NotBefore: issuedAt, NotOnOrAfter: instant(facts.notOnOrAfter) },
    audience: audienceRestriction(facts.audience),
    authnContext: authnContext(facts.level),
    authnStatement: issuedAt,
    attributes: attributesXml(facts.attributes),
    ...{ hasAssertion: true, signsAssertion: true, signsResponse: true },
  };
}

/** Seconds, as the official checker writes them. */
export const instant = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z');

export const element = (name: string, attributes: Readonly<Record<string, string | undefined>>, inside = ''): string =>
  `<${name}${attributesText(attributes)}>${inside}</${name}>`;
const attributesText = (attributes: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeXml(value)}"`))
    .join('');

export const issuer = (value: string, attributes: Readonly<Record<string, string>> = {}): string =>
  element('saml:Issuer', attributes, escapeXml(value));
export const nameId = (attributes: Readonly<Record<string, string>>, value: string): string =>
  element('saml:NameID', attributes, `\n      ${value}\n    `);
export const confirmation = (
  attributes: Readonly<Record<string, string>>,
  data: Readonly<Record<string, string | undefined>> | undefined,
): string =>
  element(
    'saml:SubjectConfirmation',
    attributes,
    data === undefined ? '' : element('saml:SubjectConfirmationData', data),
  );
export const confirmationAttributes = (facts: ResponseFacts): Record<string, string> => ({
  InResponseTo: facts.requestId,
  NotOnOrAfter: instant(facts.notOnOrAfter),
  Recipient: facts.assertionConsumer,
});
export const audienceRestriction = (audience: string | undefined): string =>
  element(
    'saml:AudienceRestriction',
    {},
    audience === undefined ? '' : element('saml:Audience', {}, `\n ${escapeXml(audience)}\n `),
  );
export const authnContext = (level: string | undefined): string =>
  element('saml:AuthnContext', {}, level === undefined ? '' : element('saml:AuthnContextClassRef', {}, level));
export const attributesXml = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .map(([Name, value]) =>
      element(
        'saml:Attribute',
        { Name },
        `<saml:AttributeValue xsi:type="xs:string">${escapeXml(value)}</saml:AttributeValue>`,
      ),
    )
    .join('\n');
/** A provider's no: with the number of the anomaly. */
export const anomalyStatus = (anomaly: number, status = 'Responder', sub = 'AuthnFailed'): string =>
  element(
    'samlp:Status',
    {},
    `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${status}">` +
      `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${sub}"/></samlp:StatusCode>` +
      element('samlp:StatusMessage', {}, `ErrorCode nr${anomaly}`),
  );

/** @param assertionKey who signs the assertion; default the one who signs the response */
export function responseXml(parts: ResponseParts, key: SigningIdentity, assertionKey = key): string {
  const assertion = parts.hasAssertion ? assertionXml(parts) : '';
  const attributes = attributesText(parts.responseAttributes);
  let xml =
    `${parts.declaration}<samlp:Response${attributes} xmlns:saml="${ASSERTION}" xmlns:samlp="${PROTOCOL}">\n` +
    `${parts.responseIssuer}\n${parts.status}\n${assertion}\n</samlp:Response>`;
  // The inner one first: the outer one covers it.
  if (parts.hasAssertion && parts.signsAssertion) {
    xml = signed(xml, 'Assertion', parts.assertionAttributes['ID'], assertionKey);
  }
  if (parts.signsResponse) xml = signed(xml, 'Response', parts.responseAttributes['ID'], key);
  return xml;
}

function assertionXml(parts: ResponseParts): string {
  const subject =
    parts.subject === undefined
      ? ''
      : element('saml:Subject', {}, parts.subject || `\n${parts.nameId}\n${parts.confirmation}\n`);
  const conditions =
    parts.conditionsAttributes === undefined
      ? ''
      : element('saml:Conditions', parts.conditionsAttributes, parts.audience);
  const statement =
    parts.authnStatement === undefined
      ? ''
      : element('saml:AuthnStatement', { AuthnInstant: parts.authnStatement }, parts.authnContext);
  const types = {
    'xmlns:xs': 'http://www.w3.org/2001/XMLSchema',
    'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
  };
  return element(
    'saml:Assertion',
    { ...parts.assertionAttributes, ...types },
    `\n${parts.assertionIssuer}\n${subject}\n${conditions}\n${statement}\n` +
      `${element('saml:AttributeStatement', {}, parts.attributes)}\n`,
  );
}

/** After the Issuer, as the schema wants it; where that is missing, first. An element without ID cannot be signed. */
function signed(xml: string, name: string, id: string | undefined, key: SigningIdentity): string {
  if (id === undefined || id === '') return xml;
  const parent = `//*[local-name()='${name}']`;
  const reference = `${parent}/*[local-name()='Issuer']`;
  const hasIssuer =
    name === 'Assertion'
      ? /<saml:Assertion[^>]*>\s*<saml:Issuer/.test(xml)
      : /^[^]*?Response[^>]*>\s*<saml:Issuer/.test(xml);
  return signXml(xml, id, key, hasIssuer ? { reference, action: 'after' } : { reference: parent, action: 'prepend' });
}
