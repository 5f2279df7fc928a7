/**
 * What a region says, read from its answer [N-3]. Chapter 7 names Status, a code and a description, and no XML; regions
 * answer from many platforms. So wrappings are taken as they come (SOAP 1.1 or 1.2, any namespace, an error's parts as
 * elements or attributes at any depth), and the statement strictly: an answer that contradicts itself is no success.
 * Decision 0073. Knows neither bytes nor what becomes of the notification.
 */
import { notificaOpposizione } from '../../generated/NotificaOpposizione.js';
import { defaultLimits } from '../platform/soap/limits.js';
import type { SoapLimits } from '../platform/soap/limits.js';
import { parseXml } from '../platform/soap/xml.js';
import type { XmlElement } from '../platform/soap/xml.js';
import { UnreadableAnswer } from './region-body.js';
import { cleanCode, cleanDescription } from './region-words.js';
import type { RegionAnswer, RegionError, RegionErrors } from './region.js';

/** An answer has one field or three; the rest is margin for signatures and headers of the region's platform. */
const ANSWER_LIMITS: SoapLimits = { ...defaultLimits, bodyBytes: 64 * 1024 };
export const ANSWER_BYTES = ANSWER_LIMITS.bodyBytes;

const ENVELOPES = new Set(['http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope']);

/** Beyond these nobody reads on. */
const MOST_ERRORS = 10;

/** How regions call an error's code and description: in a response by the contract, in the detail of a fault as their platform does. */
const IN_RESPONSE = { code: /^errorCode$/i, description: /^codeContext$/i };
const IN_DETAIL = {
  code: /^(?:error_?code|fault_?code|codice(?:_?errore)?|code)$/i,
  description:
    /^(?:code_?context|(?:error_?)?(?:description|message)|descrizione(?:_?errore)?|messaggio|reason|faultstring|text)$/i,
};

/** Toolkits that write every field fill those of an error that is none. */
const NO_ERROR = /^(?:0+|ok|success|none|null)?$/i;

/** Where no severity is told: `W1`, `WARN-12`. */
const WARNING_CODE = /^W(?:ARN(?:ING)?)?[-_.]?[0-9]+$/i;

/** Faults whose code says that the message is wrong; by SOAP 1.1 and 1.2. */
const BLAMES_MESSAGE = /^(?:client|sender|versionmismatch|mustunderstand|dataencodingunknown)$/i;

/**
 * @param status of HTTP
 * @param subject masked wherever the region repeats it
 * @throws UnreadableAnswer when it is not SOAP
 */
export function readAnswer(status: number, text: string, subject: string): RegionAnswer {
  const root = parsed(text);
  if (root.name !== 'Envelope' || !ENVELOPES.has(root.namespace)) {
    throw new UnreadableAnswer('malformed answer: not a SOAP envelope');
  }
  const bodies = root.children.filter(({ name, namespace }) => name === 'Body' && namespace === root.namespace);
  const [content, ...more] = bodies.flatMap(({ children }) => children);
  if (bodies.length !== 1 || content === undefined || more.length > 0) {
    return unclear('malformed answer: not one element in the body');
  }
  if (content.name === 'Fault' && ENVELOPES.has(content.namespace)) return faultOf(content, subject);
  if (content.name !== notificaOpposizione.operations.NotifyOppPregresso.response.name) {
    return unclear('malformed answer: another element in the body');
  }
  return responseOf(content, status, subject);
}

const unclear = (reason: string): RegionAnswer => ({ kind: 'unclear', reason });

/** `Success` and `Failure` are the only words of chapter 7, whatever their case; ebXML platforms write them as the end of a URN. */
function responseOf(response: XmlElement, http: number, subject: string): RegionAnswer {
  const inside = descendants(response);
  const statuses = inside.filter(({ name }) => /^status$/i.test(name));
  const [status] = statuses;
  if (status === undefined) return unclear('malformed answer: no Status');
  if (statuses.length > 1) return unclear('contradictory answer: more than one Status');
  if (!response.children.includes(status) || status.children.length > 0) {
    return unclear('malformed answer: Status is not where it belongs');
  }
  const found = errorsIn(inside, IN_RESPONSE, subject);
  const grave = found.filter(({ isWarning }) => isWarning !== true);
  const word = status.text.trim().toLowerCase().split(':').at(-1) ?? '';
  if (word === 'failure') {
    return {
      kind: 'failure',
      errors: listed([...grave, ...found.filter(({ isWarning }) => isWarning)], 'SENZA_CODICE'),
    };
  }
  if (word !== 'success') return unclear('malformed answer: unknown Status');
  if (http < 200 || http > 299) return unclear(`contradictory answer: Success with http ${http}`);
  if (inside.some(({ name }) => name === 'Fault')) return unclear('contradictory answer: Success with a fault');
  if (grave.length === 0) return { kind: 'success' };
  // The error decides: what it says of the message is worth more than the word beside it.
  const contradicting = grave.map((error) => ({ ...error, description: `(Success) ${error.description}`.trim() }));
  return { kind: 'failure', errors: listed(contradicting, 'SENZA_CODICE') };
}

/** SOAP 1.1 (faultcode, faultstring, detail) or 1.2 (Code, Reason, Detail), in either envelope. */
function faultOf(fault: XmlElement, subject: string): RegionAnswer {
  const codes = fault.children
    .filter(({ name }) => name === 'faultcode' || name === 'Code')
    .flatMap((code) => [code, ...descendants(code)])
    .filter(({ name, children }) => (name === 'faultcode' || name === 'Value') && children.length === 0)
    .map(({ text }) => text.trim().split(':').at(-1) ?? '');
  const [code = '', ...subcodes] = codes;
  const [generic = ''] = code.split('.'); // SOAP 1.1, 4.4.1: what follows the dot makes it more specific
  const string = fault.children
    .flatMap((child) => (child.name === 'faultstring' ? [child] : child.name === 'Reason' ? child.children : []))
    .map(({ text }) => text)
    .find((text) => text.trim() !== '');
  const details = fault.children.filter(({ name }) => /^detail$/i.test(name));
  const inside = details.flatMap((detail) => [detail, ...descendants(detail)]);
  const detailed = errorsIn(inside, IN_DETAIL, subject);
  const said = cleanDescription(string ?? '', subject);
  const joined = (description: string): string =>
    [said, description].filter((part, at, all) => part !== '' && all.indexOf(part) === at).join(': ');
  const isGeneric = BLAMES_MESSAGE.test(generic) || /^(?:server|receiver)$/i.test(generic);
  const own = cleanCode(subcodes.at(-1) ?? (isGeneric ? `SOAP.${code}` : code), subject);
  const errors = detailed.map((error) => ({
    ...error,
    code: error.code === '' ? own : error.code,
    description: joined(error.description),
  }));
  const rest = cleanDescription(inside.map(({ text }) => text).join(' '), subject);
  return {
    kind: 'fault',
    blames: BLAMES_MESSAGE.test(generic) ? 'message' : 'region',
    errors: listed(errors.length > 0 ? errors : [{ code: own, description: joined(rest) }], `SOAP.${generic}`),
  };
}

/** Every element that has a code or a description, with both; in the order of the document. */
function errorsIn(
  elements: readonly XmlElement[],
  names: { readonly code: RegExp; readonly description: RegExp },
  subject: string,
): readonly RegionError[] {
  return elements
    .flatMap((element): RegionError[] => {
      const said = (name: RegExp): string => partOf(element, name);
      const isLeafError = /^(?:registry)?error$/i.test(element.name) && element.children.length === 0;
      const code = said(names.code);
      const description = said(names.description) || (isLeafError ? element.text.trim() : '');
      if (NO_ERROR.test(code) && (code !== '' || NO_ERROR.test(description))) return [];
      const severity = said(/^severity$/i);
      const isWarning = severity === '' ? WARNING_CODE.test(code) : /warning$/i.test(severity);
      return [
        {
          code: cleanCode(code, subject),
          description: cleanDescription(description, subject),
          ...(isWarning ? { isWarning } : {}),
        },
      ];
    })
    .slice(0, MOST_ERRORS);
}

/** Text of the child, or value of the attribute, of that name. */
function partOf({ children, attributes }: XmlElement, name: RegExp): string {
  const child = children.find((candidate) => name.test(candidate.name) && candidate.children.length === 0);
  return (child?.text ?? attributes.find((candidate) => name.test(candidate.name))?.value ?? '').trim();
}

function listed(errors: readonly RegionError[], codeless: string): RegionErrors {
  const [first = { code: '', description: '' }, ...others] = errors.map((error) =>
    error.code === '' ? { ...error, code: codeless } : error,
  );
  return [first.code === '' ? { ...first, code: codeless } : first, ...others];
}

function descendants(element: XmlElement): readonly XmlElement[] {
  return element.children.flatMap((child) => [child, ...descendants(child)]);
}

function parsed(text: string): XmlElement {
  try {
    return parseXml(text, ANSWER_LIMITS);
  } catch (cause) {
    throw new UnreadableAnswer('malformed answer: not XML within the limits', { cause });
  }
}
