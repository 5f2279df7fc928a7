/**
 * The conditions of a valid response, one named check each, with the official cases that it refuses (checker
 * spid-sp-test; 112 and 113 of spid-saml-check). The signatures are verified before (response.ts).
 */
import { ASSERTION, BEARER, ENTITY_FORMAT, PROTOCOL, SUCCESS, TRANSIENT_FORMAT } from './names.js';
import { LEVELS_ACCEPTED } from './scheme.js';
import type { SamlScheme } from './scheme.js';
import { attributeOf, childOf, childrenOf, textOf } from './xml.js';
import type { XmlElement } from './xml.js';

/** The expected sender, recipient and request of a response. */
export interface Expectation {
  readonly scheme: SamlScheme;
  /** Our entityID. */
  readonly audience: string;
  /** The URL that receives the scheme's responses. */
  readonly assertionConsumer: string;
  /** entityID of the provider that received the request. */
  readonly provider: string;
  readonly requestId: string;
  readonly requestedAt: Date;
  readonly receivedAt: Date;
}

export interface Facts {
  readonly expected: Expectation;
  /** The signed content if the response is signed; otherwise as received, which proves nothing. */
  readonly response: XmlElement;
  /** The signed content. */
  readonly assertion: XmlElement;
}

/** Permitted difference of a provider's clock from ours, ms. */
const CLOCK_SKEW_MS = 60_000;
/** UTC, with or without fractions (case 110). */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/** NaN, which fails every comparison, if the text has another form. */
function instantOf(element: XmlElement | undefined, attribute: string): number {
  const text = attributeOf(element, attribute) ?? '';
  return INSTANT.test(text) ? Date.parse(text) : NaN;
}

function isIssuedInTime(element: XmlElement, { requestedAt, receivedAt }: Expectation): boolean {
  const issuedAt = instantOf(element, 'IssueInstant');
  return issuedAt >= requestedAt.getTime() - CLOCK_SKEW_MS && issuedAt <= receivedAt.getTime() + CLOCK_SKEW_MS;
}

const subjectOf = ({ assertion }: Facts) => childOf(assertion, ASSERTION, 'Subject');
const nameIdOf = (facts: Facts) => childOf(subjectOf(facts), ASSERTION, 'NameID');
const confirmationOf = (facts: Facts) => childOf(subjectOf(facts), ASSERTION, 'SubjectConfirmation');
const confirmationDataOf = (facts: Facts) => childOf(confirmationOf(facts), ASSERTION, 'SubjectConfirmationData');
const conditionsOf = ({ assertion }: Facts) => childOf(assertion, ASSERTION, 'Conditions');
const statementOf = ({ assertion }: Facts) => childOf(assertion, ASSERTION, 'AuthnStatement');
const attributesOf = ({ assertion }: Facts) =>
  childrenOf(childOf(assertion, ASSERTION, 'AttributeStatement'), ASSERTION, 'Attribute');

export interface Check {
  readonly name: string;
  /** Numbers of the official cases that fail here. */
  readonly cases: readonly string[];
  readonly holds: (facts: Facts) => boolean;
}

/** Checks of the envelope. They run before the status is read, hence also without an assertion. */
export const RESPONSE_CHECKS = [
  {
    name: 'response-version',
    cases: ['10'],
    holds: ({ response }) => attributeOf(response, 'Version') === '2.0',
  },
  {
    name: 'response-issue-instant',
    cases: ['11', '12', '13', '14', '15'],
    holds: ({ response, expected }) => isIssuedInTime(response, expected),
  },
  {
    name: 'response-in-response-to',
    cases: ['16', '17', '18'],
    holds: ({ response, expected }) => attributeOf(response, 'InResponseTo') === expected.requestId,
  },
  {
    name: 'response-destination',
    cases: ['19', '20', '21'],
    holds: ({ response, expected }) => attributeOf(response, 'Destination') === expected.assertionConsumer,
  },
  {
    name: 'response-issuer',
    cases: ['27', '28', '29'],
    holds: ({ response, expected }) => textOf(childOf(response, ASSERTION, 'Issuer')) === expected.provider,
  },
  {
    name: 'response-issuer-format',
    cases: ['30'], // 31, without a format, is valid
    holds({ response }) {
      const format = attributeOf(childOf(response, ASSERTION, 'Issuer'), 'Format');
      return format === undefined || format === ENTITY_FORMAT;
    },
  },
] as const satisfies readonly (Omit<Check, 'holds'> & {
  readonly holds: (facts: Omit<Facts, 'assertion'>) => boolean;
})[];

export const ASSERTION_CHECKS = [
  {
    name: 'assertion-version',
    cases: ['35'],
    holds: ({ assertion }) => attributeOf(assertion, 'Version') === '2.0',
  },
  {
    name: 'assertion-issue-instant',
    cases: ['36', '37', '38', '39', '40'],
    holds: ({ assertion, expected }) => isIssuedInTime(assertion, expected),
  },
  {
    name: 'assertion-issuer',
    cases: ['67', '68', '69'],
    holds: ({ assertion, expected }) => textOf(childOf(assertion, ASSERTION, 'Issuer')) === expected.provider,
  },
  {
    name: 'assertion-issuer-format',
    cases: ['70', '71', '72'],
    holds({ assertion, expected }) {
      const format = attributeOf(childOf(assertion, ASSERTION, 'Issuer'), 'Format');
      return format === ENTITY_FORMAT || (!expected.scheme.hasIssuerFormat && (format ?? '') === '');
    },
  },
  { name: 'subject', cases: ['41', '42'], holds: (facts) => (subjectOf(facts)?.children.length ?? 0) > 0 },
  { name: 'name-id', cases: ['43', '44'], holds: (facts) => textOf(nameIdOf(facts)) !== '' },
  {
    name: 'name-id-format',
    cases: ['45', '46', '47'],
    holds: (facts) => attributeOf(nameIdOf(facts), 'Format') === TRANSIENT_FORMAT,
  },
  {
    name: 'name-id-qualifier',
    cases: ['48', '49'],
    holds: (facts) => (attributeOf(nameIdOf(facts), 'NameQualifier') ?? '') !== '',
  },
  { name: 'subject-confirmation', cases: ['52'], holds: (facts) => confirmationOf(facts) !== undefined },
  {
    name: 'subject-confirmation-method',
    cases: ['53', '54', '55'],
    holds: (facts) => attributeOf(confirmationOf(facts), 'Method') === BEARER,
  },
  {
    name: 'subject-confirmation-data',
    cases: ['51', '56'],
    holds: (facts) => confirmationDataOf(facts) !== undefined,
  },
  {
    name: 'recipient',
    cases: ['57', '58', '59'],
    holds: (facts) => attributeOf(confirmationDataOf(facts), 'Recipient') === facts.expected.assertionConsumer,
  },
  {
    name: 'assertion-in-response-to',
    cases: ['60', '61', '62'],
    holds: (facts) => attributeOf(confirmationDataOf(facts), 'InResponseTo') === facts.expected.requestId,
  },
  {
    name: 'confirmation-not-on-or-after',
    cases: ['63', '64', '65', '66'],
    holds: (facts) => instantOf(confirmationDataOf(facts), 'NotOnOrAfter') > facts.expected.receivedAt.getTime(),
  },
  {
    name: 'conditions',
    cases: ['74'],
    holds: (facts) => conditionsOf(facts) !== undefined,
  },
  {
    name: 'conditions-not-before',
    cases: ['75', '76', '77', '78'],
    holds: (facts) =>
      instantOf(conditionsOf(facts), 'NotBefore') <= facts.expected.receivedAt.getTime() + CLOCK_SKEW_MS,
  },
  {
    name: 'conditions-not-on-or-after',
    cases: ['79', '80', '81', '82'],
    holds: (facts) => instantOf(conditionsOf(facts), 'NotOnOrAfter') > facts.expected.receivedAt.getTime(),
  },
  {
    name: 'audience',
    cases: ['73', '83', '84', '85', '86', '87'],
    holds(facts) {
      // Each restriction must be fulfilled; within one, any audience suffices (SAML core, 2.5.1.4).
      const restrictions = childrenOf(conditionsOf(facts), ASSERTION, 'AudienceRestriction');
      const names = (restriction: XmlElement) =>
        childrenOf(restriction, ASSERTION, 'Audience').some((audience) => textOf(audience) === facts.expected.audience);
      return restrictions.length > 0 && restrictions.every(names);
    },
  },
  {
    name: 'authn-statement',
    cases: ['88', '89', '90', '91', '92', '93'],
    holds: (facts) => levelOf(facts) !== '',
  },
  { name: 'level', cases: ['94', '97'], holds: (facts) => LEVELS_ACCEPTED.includes(levelOf(facts)) },
  {
    name: 'attributes',
    cases: ['98', '99'],
    holds(facts) {
      const attributes = attributesOf(facts);
      const hasValue = (attribute: XmlElement) => childrenOf(attribute, ASSERTION, 'AttributeValue').length > 0;
      return attributes.length > 0 && attributes.every(hasValue);
    },
  },
  { name: 'fiscal-number', cases: ['103'], holds: (facts) => fiscalNumberOf(facts) !== '' },
] as const satisfies readonly Check[];

export const isSuccess = ({ response }: Pick<Facts, 'response'>): boolean =>
  attributeOf(childOf(childOf(response, PROTOCOL, 'Status'), PROTOCOL, 'StatusCode'), 'Value') === SUCCESS;

const levelOf = (facts: Facts): string =>
  textOf(childOf(childOf(statementOf(facts), ASSERTION, 'AuthnContext'), ASSERTION, 'AuthnContextClassRef'));

/** As sent, including `TINIT-`. Empty: none, or more than one. */
export function fiscalNumberOf(facts: Facts): string {
  const [only, ...others] = attributesOf(facts).filter(
    (attribute) => attributeOf(attribute, 'Name') === 'fiscalNumber',
  );
  return others.length === 0 ? textOf(childOf(only, ASSERTION, 'AttributeValue')) : '';
}

export type CheckName = (typeof RESPONSE_CHECKS)[number]['name'] | (typeof ASSERTION_CHECKS)[number]['name'];
