/**
 * Reads a provider's response: limits, form, signatures, status, checks, in this order. Returns only the codice fiscale
 * from an assertion.
 */
import { isUtf8 } from 'node:buffer';
import type { KeyObject } from 'node:crypto';
import { isCodiceFiscale } from '../../platform/ids/index.js';
import { anomalyIn } from './anomaly.js';
import type { Anomaly } from './anomaly.js';
import { ASSERTION_CHECKS, RESPONSE_CHECKS, fiscalNumberOf, isSuccess } from './checks.js';
import type { CheckName, Expectation } from './checks.js';
import { ASSERTION, DSIG, PROTOCOL } from './names.js';
import { hasRepeatedId, verifiedPart } from './signature.js';
import { XmlError, attributeOf, childOf, childrenOf, descendants, is, readXml, textOf } from './xml.js';
import type { XmlElement } from './xml.js';

/** Why a response is refused. `why` is for the log; it contains nothing of the message. */
export type ResponseRefusal =
  /** The provider reports an anomaly, by number. */
  | { readonly code: 'anomaly'; readonly anomaly: Anomaly }
  /** The provider refuses without a known number [22-26]. */
  | { readonly code: 'status' }
  | { readonly code: 'form'; readonly why: FormFault }
  /** Not signed by the requested provider, or not in the form of the profile. */
  | { readonly code: 'signature'; readonly why: 'response' | 'assertion' }
  | { readonly code: 'check'; readonly why: CheckName }
  /** The provider's fiscalNumber is not a codice fiscale. */
  | { readonly code: 'no-codice-fiscale' };
type FormFault = 'size' | 'base64' | 'xml' | 'no-response' | 'id' | 'assertions';

export type ResponseResult = {
  /** Whether the requested provider signed the response or its assertion, even if the response is refused. */
  readonly isProven: boolean;
} & ({ readonly codiceFiscale: string } | { readonly refusal: ResponseRefusal; readonly codiceFiscale?: never });

/** A response as received; nothing is proven. */
export interface OpenedResponse {
  readonly xml: string;
  readonly root: XmlElement;
  /** The request that it claims to answer; empty: none given. */
  readonly inResponseTo: string;
}

/** Maximum size of a decoded message, bytes. */
const MAX_RESPONSE_BYTES = 100_000;
/** In base64, with room for line breaks. */
const MAX_ENCODED = 140_000;

/** @param encoded the form's field SAMLResponse */
export function openResponse(encoded: string): OpenedResponse | { readonly refusal: ResponseRefusal } {
  if (encoded.length > MAX_ENCODED) return form('size');
  const compact = encoded.replace(/[ \t\r\n]+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return form('base64');
  const bytes = Buffer.from(compact, 'base64');
  if (bytes.length > MAX_RESPONSE_BYTES) return form('size');
  if (!isUtf8(bytes)) return form('xml');
  try {
    const xml = bytes.toString('utf8');
    const root = readXml(xml);
    if (!is(root, PROTOCOL, 'Response')) return form('no-response');
    return { xml, root, inResponseTo: attributeOf(root, 'InResponseTo') ?? '' };
  } catch (error) {
    if (error instanceof XmlError) return form('xml');
    throw error;
  }
}

/** @param keys of the requested provider, from its metadata: several during a change */
export function judgeResponse(
  opened: OpenedResponse,
  expected: Expectation,
  keys: readonly KeyObject[],
): ResponseResult {
  const { xml, root } = opened;
  if ((attributeOf(root, 'ID') ?? '') === '' || hasRepeatedId(root)) return unproven(form('id')); // 8, 9
  // 2-5, xsw1-xsw8, xslt, 112, 113: a signature is in the response or in its one assertion, and nowhere else.
  const assertions = [...descendants(root)].filter(({ name }) => name === 'Assertion' || name === 'EncryptedAssertion');
  const [received] = assertions;
  if (assertions.length > 1 || (received !== undefined && !root.children.includes(received)))
    return unproven(form('assertions'));
  const isSigned = childrenOf(root, DSIG, 'Signature').length > 0;
  const signatures = [...descendants(root)].filter(({ name }) => name === 'Signature').length;
  if (signatures !== (isSigned ? 1 : 0) + (received === undefined ? 0 : 1)) return unproven(unsigned('assertion'));
  const response = isSigned ? verifiedPart(xml, root, keys) : root;
  if (response === undefined) return unproven(unsigned('response'));

  const refused = RESPONSE_CHECKS.find((check) => !check.holds({ response, expected }));
  if (refused !== undefined) return { isProven: isSigned, refusal: { code: 'check', why: refused.name } };
  const status = childOf(response, PROTOCOL, 'Status');
  if (!isSuccess({ response })) {
    const anomaly = anomalyIn(textOf(childOf(status, PROTOCOL, 'StatusMessage')), expected.scheme);
    return { isProven: isSigned, refusal: anomaly === undefined ? { code: 'status' } : { code: 'anomaly', anomaly } }; // 22-26, 104-108, 111
  }
  if (received === undefined || !is(received, ASSERTION, 'Assertion')) {
    return { isProven: isSigned, ...form('assertions') }; // 32
  }
  const assertion = verifiedPart(xml, received, keys);
  if (assertion === undefined) return { isProven: isSigned, ...unsigned('assertion') }; // 33, 34, 100

  const facts = { response, assertion, expected };
  const failed = ASSERTION_CHECKS.find((check) => !check.holds(facts));
  if (failed !== undefined) return { isProven: true, refusal: { code: 'check', why: failed.name } };
  const codiceFiscale = /^TINIT-(.*)$/.exec(fiscalNumberOf(facts))?.[1] ?? '';
  return isCodiceFiscale(codiceFiscale)
    ? { isProven: true, codiceFiscale }
    : { isProven: true, refusal: { code: 'no-codice-fiscale' } };
}

function unproven(refused: { readonly refusal: ResponseRefusal }): ResponseResult {
  return { isProven: false, ...refused };
}

function form(why: FormFault): { readonly refusal: ResponseRefusal } {
  return { refusal: { code: 'form', why } };
}

function unsigned(why: 'response' | 'assertion'): { readonly refusal: ResponseRefusal } {
  return { refusal: { code: 'signature', why } };
}
