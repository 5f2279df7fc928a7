/**
 * The notification's message, and everything about it that is uncertain: chapter 7 names three fields and two answers
 * but no XML, and the schema of the real service is not public. Whoever learns more changes wsdl/NotificaOpposizione.xsd
 * and this file, and nothing else. Knows neither TLS nor HTTP, and writes no identifier anywhere but into the message.
 *
 * Certain: namespace of the family, field names, Status `Success`/`Failure`, errorCode and codeContext, WS-Addressing.
 * Assumed: that the fields are elements, the date is xs:date, and Error is a child of the response. Answers are therefore
 * read tolerantly: Error's parts as elements or as attributes, at any depth, in any or no namespace.
 */
import type { NotifyOppPregressoRequest } from '../../generated/client/notificaopposizione/index.js';
import { notificaOpposizione } from '../../generated/NotificaOpposizione.js';
import type { IsoDate } from '../platform/clock.js';
import { escapeText } from '../platform/soap/escape.js';
import { defaultLimits } from '../platform/soap/limits.js';
import type { SoapLimits } from '../platform/soap/limits.js';
import { parseXml } from '../platform/soap/xml.js';
import type { XmlElement } from '../platform/soap/xml.js';
import type { RegionAnswer } from './region.js';

export const ACTION = notificaOpposizione.operations.NotifyOppPregresso.soapAction;

const ADDRESSING = 'http://www.w3.org/2005/08/addressing';
const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';

/** OIDs that assign the identifiers: codice fiscale (also provisional), STP code. */
const CODICE_FISCALE_OID = '2.16.840.1.113883.2.9.4.3.2';
const STP_OID = '2.16.840.1.113883.2.9.4.3.17';

/** An answer has one field or three; the rest is margin for signatures and headers of the region's platform. */
const ANSWER_LIMITS: SoapLimits = { ...defaultLimits, bodyBytes: 64 * 1024 };
export const ANSWER_BYTES = ANSWER_LIMITS.bodyBytes;

const CODE_LENGTH = 64;
const DESCRIPTION_LENGTH = 500;

/** A person's identifier as a region wants it: as it is, or as HL7 CX. */
export function patientIdOf(subject: string, form: 'plain' | 'cx'): string {
  return form === 'plain' ? subject : `${subject}^^^&${subject.startsWith('STP') ? STP_OID : CODICE_FISCALE_OID}&ISO`;
}

/** The body's fields, as the stub wants them: text, since `soap` writes a Date as an empty element. */
export function requestOf(patientId: string, opposedOn: IsoDate): NotifyOppPregressoRequest {
  return {
    PatientId: patientId,
    OppositionDate: opposedOn,
    OppositionValue: 'true', // [N-1] nothing but oppositions is notified
  };
}

/** The WS-Addressing header blocks of a message, as XML. */
export function addressingOf(messageId: string, endpoint: string): string {
  const block = (name: string, text: string) =>
    `<wsa:${name} xmlns:wsa="${ADDRESSING}">${escapeText(text)}</wsa:${name}>`;
  return block('To', endpoint) + block('MessageID', `urn:uuid:${messageId}`) + block('Action', ACTION);
}

/** The answer is not one of this service. The message is a word for the operator, never the region's or a library's text. */
export class UnreadableAnswer extends Error {}

/** What a region answered, before anybody decides what it means. */
export type ReadAnswer =
  | { readonly kind: 'response'; readonly status: string; readonly code: string; readonly description: string }
  | { readonly kind: 'fault'; readonly code: string; readonly description: string };

/**
 * Reads an answer within limits, before any library sees it.
 * @throws UnreadableAnswer when it is not XML, not an envelope, or holds neither a response nor a fault
 */
export function readAnswer(text: string): ReadAnswer {
  const body = bodyOf(parsed(text));
  const [content, ...more] = body.children;
  if (content === undefined || more.length > 0)
    throw new UnreadableAnswer('malformed answer: not one element in the body');
  if (content.name === 'Fault' && content.namespace === SOAP_11) {
    const [code, string] = ['faultcode', 'faultstring'].map((name) => textOf(content, name));
    return { kind: 'fault', code: code?.split(':').at(-1) ?? '', description: string ?? '' };
  }
  const { response } = notificaOpposizione.operations.NotifyOppPregresso;
  if (content.name !== response.name) throw new UnreadableAnswer('malformed answer: another element in the body');
  const status = textOf(content, 'Status');
  if (status === undefined) throw new UnreadableAnswer('malformed answer: no Status');
  const [code, description] = ['errorCode', 'codeContext'].map((name) => textOf(content, name));
  return { kind: 'response', status, code: code ?? '', description: description ?? '' };
}

/**
 * The decision on a response: `Success` and `Failure` are the only words of chapter 7, whatever their case.
 * @param subject masked wherever the region repeats it
 */
export function judged(status: string, code: string, description: string, subject: string): RegionAnswer {
  const word = status.toLowerCase();
  if (word === 'success') return { kind: 'success' };
  if (word !== 'failure') return { kind: 'unreachable', reason: 'malformed answer: unknown Status' };
  return refusal(code === '' ? 'SENZA_CODICE' : code, description, subject);
}

/** A refusal in the region's words, cleaned: no control characters, no identifier, bounded length. */
export function refusal(code: string, description: string, subject: string): RegionAnswer {
  return {
    kind: 'failure',
    code: cleaned(code, subject, CODE_LENGTH),
    description: cleaned(description, subject, DESCRIPTION_LENGTH),
  };
}

/** Also identifiers of others: a region may answer about another person than it was asked, by mistake. */
const IDENTIFIER =
  /[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]|STP[0-9]{13}|(?<![0-9])[0-9]{11}(?![0-9])/gi;

function cleaned(text: string, subject: string, length: number): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.replaceAll(subject, '[identificativo]').replace(IDENTIFIER, '[identificativo]').slice(0, length);
}

function parsed(text: string): XmlElement {
  try {
    return parseXml(text, ANSWER_LIMITS);
  } catch (cause) {
    throw new UnreadableAnswer('malformed answer: not XML within the limits', { cause });
  }
}

function bodyOf(root: XmlElement): XmlElement {
  const body = root.children.find(({ name, namespace }) => name === 'Body' && namespace === SOAP_11);
  if (root.name !== 'Envelope' || root.namespace !== SOAP_11 || body === undefined) {
    throw new UnreadableAnswer('malformed answer: not a SOAP 1.1 envelope');
  }
  return body;
}

/** The first element or attribute of that name, in document order. */
function textOf(element: XmlElement, name: string): string | undefined {
  for (const child of element.children) {
    if (child.name === name) return child.text.trim();
    const attribute = child.attributes.find((candidate) => candidate.name === name);
    const found = attribute?.value.trim() ?? textOf(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
