/**
 * The responses of the official checker (spid-sp-test), and 112 and 113 of spid-saml-check, as a table of ours: number, what
 * is changed, and what must become of it. `why` is the check, or the step, that must refuse it.
 */
import { BEARER, ENTITY_FORMAT, TRANSIENT_FORMAT } from '../../auth/saml/index.js';
import type { SigningIdentity } from '../../auth/saml/index.js';
import * as message from './message.js';
import type { ResponseFacts, ResponseParts } from './message.js';
import * as wrapping from './wrapping.js';

export interface OfficialCase {
  readonly number: string;
  /** Departures from the good response. */
  readonly change?: (facts: ResponseFacts) => Partial<ResponseParts>;
  /** What a stranger signs instead of the provider. */
  readonly stranger?: 'all' | 'assertion';
  /** What is done to the text when it is signed. @param metadata of the provider, signed by it */
  readonly after?: (xml: string, metadata: string) => string;
  readonly expected: 'accepted' | { readonly code: string; readonly why?: string };
}

const NOWHERE = 'diversodaassertionconsumerserviceurl';
const LATE = '2099-01-01T00:00:00Z';
const LONG_AGO = '2000-01-01T00:00:00Z';

const refused = (why: string) => ({ code: 'check', why }) as const;
const badForm = (why: string) => ({ code: 'form', why }) as const;
const badSignature = (why: 'assertion' | 'response') => ({ code: 'signature', why }) as const;

/** An attribute of the response, or of the assertion, has another value; undefined leaves it out. */
const attributeIn =
  (place: 'responseAttributes' | 'assertionAttributes') =>
  (number: string, attribute: string, value: string | undefined, expected: OfficialCase['expected']): OfficialCase => ({
    ...{ number, expected },
    change: (facts) => ({ [place]: { ...message.goodParts(facts)[place], [attribute]: value } }),
  });
const response = attributeIn('responseAttributes');
const assertion = attributeIn('assertionAttributes');
const part = (number: string, change: Partial<ResponseParts>, expected: OfficialCase['expected']): OfficialCase => ({
  ...{ number, expected },
  change: () => change,
});
const nameId = (
  number: string,
  expected: string,
  value: string,
  format?: string,
  qualifier?: string,
): OfficialCase => ({
  number,
  change: () => ({
    nameId: message.nameId(
      {
        ...(format === undefined ? {} : { Format: format }),
        ...(qualifier === undefined ? {} : { NameQualifier: qualifier }),
      },
      value,
    ),
  }),
  expected: refused(expected),
});
const confirmationData = (
  number: string,
  expected: string,
  change: Record<string, string | undefined>,
): OfficialCase => ({
  number,
  change: (facts) => ({
    confirmation: message.confirmation({ Method: BEARER }, { ...message.confirmationAttributes(facts), ...change }),
  }),
  expected: refused(expected),
});
const confirmationMethod = (number: string, attributes: Record<string, string>): OfficialCase => ({
  number,
  change: (facts) => ({ confirmation: message.confirmation(attributes, message.confirmationAttributes(facts)) }),
  expected: refused('subject-confirmation-method'),
});
const conditions = (number: string, expected: string, change: Record<string, string | undefined>): OfficialCase => ({
  number,
  change: (facts) => ({
    conditionsAttributes: { ...message.goodParts(facts).conditionsAttributes, ...change },
  }),
  expected: refused(expected),
});
const anomaly = (number: string, code: number): OfficialCase => ({
  number,
  change: () => ({ status: message.anomalyStatus(code), hasAssertion: false }),
  expected: { code: 'anomaly' },
});

export const OFFICIAL_CASES: readonly OfficialCase[] = [
  { number: '1', expected: 'accepted' },
  part('2', { signsAssertion: false, signsResponse: false }, badSignature('assertion')),
  part('3', { signsAssertion: false }, badSignature('assertion')),
  { number: '4', stranger: 'all', expected: badSignature('response') },
  // The stranger's certificate stands in the message, as in every signature of ours.
  { number: '5', stranger: 'all', expected: badSignature('response') },
  { number: 'xsw1', after: wrapping.responseInSignature, expected: badForm('assertions') },
  { number: 'xsw2', after: wrapping.responseBesideSignature, expected: badForm('assertions') },
  { number: 'xsw3', after: wrapping.assertionBefore, expected: badForm('assertions') },
  { number: 'xsw4', after: wrapping.assertionInside, expected: badForm('assertions') },
  { number: 'xsw5', after: wrapping.assertionAfter, expected: badForm('assertions') },
  { number: 'xsw6', after: wrapping.assertionInSignature, expected: badForm('assertions') },
  { number: 'xsw7', after: wrapping.assertionInExtensions, expected: badForm('assertions') },
  { number: 'xsw8', after: wrapping.assertionInObject, expected: badForm('id') },
  { number: 'xslt', after: wrapping.transformThatRuns, expected: badSignature('response') },
  response('8', 'ID', '', badForm('id')),
  response('9', 'ID', undefined, badForm('id')),
  response('10', 'Version', '1.0', refused('response-version')),
  response('11', 'IssueInstant', '', refused('response-issue-instant')),
  response('12', 'IssueInstant', undefined, refused('response-issue-instant')),
  response('13', 'IssueInstant', '2018-09-04', refused('response-issue-instant')),
  response('14', 'IssueInstant', '2018-01-01T00:00:00Z', refused('response-issue-instant')),
  response('15', 'IssueInstant', LATE, refused('response-issue-instant')),
  response('16', 'InResponseTo', '', refused('response-in-response-to')),
  response('17', 'InResponseTo', undefined, refused('response-in-response-to')),
  response('18', 'InResponseTo', 'inresponsetodiversodaidrequest', refused('response-in-response-to')),
  response('19', 'Destination', '', refused('response-destination')),
  response('20', 'Destination', undefined, refused('response-destination')),
  response('21', 'Destination', NOWHERE, refused('response-destination')),
  part('22', { status: '<samlp:Status></samlp:Status>' }, { code: 'status' }),
  part('23', { status: '' }, { code: 'status' }),
  part('24', { status: '<samlp:Status><samlp:StatusCode Value=""/></samlp:Status>' }, { code: 'status' }),
  part(
    '26',
    {
      status: message.element(
        'samlp:Status',
        {},
        '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:non-valido"/>',
      ),
    },
    { code: 'status' },
  ),
  part('27', { responseIssuer: message.issuer('', { Format: ENTITY_FORMAT }) }, refused('response-issuer')),
  part('28', { responseIssuer: '' }, refused('response-issuer')),
  part(
    '29',
    { responseIssuer: message.issuer('diversodaentityididp', { Format: ENTITY_FORMAT }) },
    refused('response-issuer'),
  ),
  {
    number: '30',
    change: ({ provider }) => ({ responseIssuer: message.issuer(provider, { Format: `${ENTITY_FORMAT}-diverso` }) }),
    expected: refused('response-issuer-format'),
  },
  { number: '31', change: ({ provider }) => ({ responseIssuer: message.issuer(provider) }), expected: 'accepted' },
  part('32', { hasAssertion: false }, badForm('assertions')),
  assertion('33', 'ID', '', badSignature('assertion')),
  assertion('34', 'ID', undefined, badSignature('assertion')),
  assertion('35', 'Version', '1.0', refused('assertion-version')),
  assertion('36', 'IssueInstant', '', refused('assertion-issue-instant')),
  assertion('37', 'IssueInstant', undefined, refused('assertion-issue-instant')),
  assertion('38', 'IssueInstant', '2018-09-06 16:00', refused('assertion-issue-instant')),
  assertion('39', 'IssueInstant', '2000-01-01T12:00:00Z', refused('assertion-issue-instant')),
  assertion('40', 'IssueInstant', LATE, refused('assertion-issue-instant')),
  part('41', { subject: ' ' }, refused('subject')),
  part('42', { subject: undefined }, refused('subject')),
  nameId('43', 'name-id', '', TRANSIENT_FORMAT, ''),
  part('44', { nameId: '' }, refused('name-id')),
  nameId('45', 'name-id-format', 'x', '', 'y'),
  nameId('46', 'name-id-format', 'x', undefined, 'y'),
  nameId('47', 'name-id-format', 'x', `${TRANSIENT_FORMAT}-diverso`, 'y'),
  nameId('48', 'name-id-qualifier', 'x', TRANSIENT_FORMAT, ''),
  nameId('49', 'name-id-qualifier', 'x', TRANSIENT_FORMAT),
  part(
    '51',
    { confirmation: message.confirmation({ Method: BEARER }, undefined) },
    refused('subject-confirmation-data'),
  ),
  part('52', { confirmation: '' }, refused('subject-confirmation')),
  confirmationMethod('53', { Method: '' }),
  confirmationMethod('54', {}),
  confirmationMethod('55', { Method: `${BEARER}-diverso` }),
  part(
    '56',
    { confirmation: message.confirmation({ Method: BEARER }, undefined) },
    refused('subject-confirmation-data'),
  ),
  confirmationData('57', 'recipient', { Recipient: '' }),
  confirmationData('58', 'recipient', { Recipient: undefined }),
  confirmationData('59', 'recipient', { Recipient: NOWHERE }),
  confirmationData('60', 'assertion-in-response-to', { InResponseTo: '' }),
  confirmationData('61', 'assertion-in-response-to', { InResponseTo: undefined }),
  confirmationData('62', 'assertion-in-response-to', { InResponseTo: 'diversodaauthnrequestid' }),
  confirmationData('63', 'confirmation-not-on-or-after', { NotOnOrAfter: '' }),
  confirmationData('64', 'confirmation-not-on-or-after', { NotOnOrAfter: undefined }),
  confirmationData('65', 'confirmation-not-on-or-after', { NotOnOrAfter: '2018.09.18' }),
  confirmationData('66', 'confirmation-not-on-or-after', { NotOnOrAfter: LONG_AGO }),
  part('68', { assertionIssuer: '' }, refused('assertion-issuer')),
  part(
    '69',
    { assertionIssuer: message.issuer('diversodaentityididp', { Format: ENTITY_FORMAT }) },
    refused('assertion-issuer'),
  ),
  {
    number: '70',
    change: ({ provider }) => ({ assertionIssuer: message.issuer(provider, { Format: '' }) }),
    expected: refused('assertion-issuer-format'),
  },
  {
    number: '71',
    change: ({ provider }) => ({ assertionIssuer: message.issuer(provider) }),
    expected: refused('assertion-issuer-format'),
  },
  {
    number: '72',
    change: ({ provider }) => ({ assertionIssuer: message.issuer(provider, { Format: `${ENTITY_FORMAT}-diverso` }) }),
    expected: refused('assertion-issuer-format'),
  },
  part('73', { audience: '' }, refused('audience')),
  part('74', { conditionsAttributes: undefined }, refused('conditions')),
  conditions('75', 'conditions-not-before', { NotBefore: '' }),
  conditions('76', 'conditions-not-before', { NotBefore: undefined }),
  conditions('77', 'conditions-not-before', { NotBefore: '2018/09/10' }),
  conditions('78', 'conditions-not-before', { NotBefore: LATE }),
  // The official ones of these four also begin in 2099; here the one fault that they are named after.
  conditions('79', 'conditions-not-on-or-after', { NotOnOrAfter: '' }),
  conditions('80', 'conditions-not-on-or-after', { NotOnOrAfter: undefined }),
  conditions('81', 'conditions-not-on-or-after', { NotOnOrAfter: '10-09-2018' }),
  conditions('82', 'conditions-not-on-or-after', { NotOnOrAfter: LONG_AGO }),
  part('83', { audience: message.audienceRestriction(undefined) }, refused('audience')),
  part('85', { audience: message.audienceRestriction('') }, refused('audience')),
  part('86', { audience: message.audienceRestriction(undefined) }, refused('audience')),
  part('87', { audience: message.audienceRestriction('diversodaentityidsp') }, refused('audience')),
  part('88', { authnContext: '' }, refused('authn-statement')),
  part('89', { authnStatement: undefined }, refused('authn-statement')),
  part('90', { authnContext: message.authnContext(undefined) }, refused('authn-statement')),
  part('92', { authnContext: message.authnContext('') }, refused('authn-statement')),
  part('93', { authnContext: message.authnContext(undefined) }, refused('authn-statement')),
  part('94', { authnContext: message.authnContext('https://www.spid.gov.it/SpidL1') }, refused('level')),
  part('95', { authnContext: message.authnContext('https://www.spid.gov.it/SpidL2') }, 'accepted'),
  part('96', { authnContext: message.authnContext('https://www.spid.gov.it/SpidL3') }, 'accepted'),
  part('97', { authnContext: message.authnContext('urn:oasis:names:tc:SAML:2.0:ac:classes:SpidL1') }, refused('level')),
  part('98', { attributes: '' }, refused('attributes')),
  part('99', { attributes: message.element('saml:Attribute', { Name: 'spidCode' }) }, refused('attributes')),
  { number: '100', stranger: 'assertion', expected: badSignature('assertion') },
  part(
    '103',
    { attributes: message.attributesXml({ spidCode: 'AGID-001', address: 'via Test' }) },
    refused('fiscal-number'),
  ),
  anomaly('104', 19),
  anomaly('105', 20),
  anomaly('106', 21),
  anomaly('107', 22),
  anomaly('108', 23),
  part('109', { declaration: '<?xml version="1.0" encoding="UTF-8" ?>\n' }, 'accepted'),
  {
    number: '110',
    change: (facts) => ({
      responseAttributes: {
        ...message.goodParts(facts).responseAttributes,
        IssueInstant: `${message.instant(facts.issuedAt).slice(0, -1)}.123456Z`,
      },
    }),
    expected: 'accepted',
  },
  anomaly('111', 25),
  {
    number: '112',
    change: () => ({ signsAssertion: false, signsResponse: false }),
    after: wrapping.foreignSignedChild,
    expected: badSignature('assertion'),
  },
  {
    number: '113',
    change: () => ({ signsResponse: false }),
    after: (xml, metadata) => wrapping.foreignSignedChild(wrapping.brokenSignature(xml), metadata),
    expected: badSignature('assertion'),
  },
];

/** @param stranger whose key the provider's metadata do not name */
export function caseXml(
  { change, stranger: who, after }: OfficialCase,
  facts: ResponseFacts,
  keys: { readonly provider: SigningIdentity; readonly stranger: SigningIdentity; readonly metadata: string },
): string {
  const parts = { ...message.goodParts(facts), ...change?.(facts) };
  const outside = who === 'all' ? keys.stranger : keys.provider;
  const xml = message.responseXml(parts, outside, who === undefined ? keys.provider : keys.stranger);
  return after === undefined ? xml : after(xml, keys.metadata);
}
