/**
 * Interprets a region's answer [N-3]. Chapter 7 names Status, a code and a description, and no XML; regions answer from
 * many platforms. So wrappings are accepted in any form (SOAP 1.1 or 1.2, any namespace), but the statement is read
 * strictly: an answer that contradicts itself is no success. Decision 0073. Handles neither bytes nor what follows for
 * the notification.
 */
import { notificaOpposizione } from '../../../generated/NotificaOpposizione.js';
import { defaultLimits } from '../../platform/soap/limits.js';
import type { SoapLimits } from '../../platform/soap/limits.js';
import { isBlank, parseXml } from '../../platform/soap/xml.js';
import type { XmlElement } from '../../platform/soap/xml.js';
import { contradictionIn, wordOf } from './region-agreement.js';
import { UnreadableAnswer } from './region-body.js';
import { codeOf, descendants, errorsIn, kept, listed, placedIn } from './region-errors.js';
import { cleanCode, cleanDescription } from './region-words.js';
import { BESIDE_SUCCESS } from './region.js';
import type { RegionAnswer, RegionNotification } from './region.js';

/** An answer has one field or three; the rest is margin for signatures and headers of the region's platform. */
const ANSWER_LIMITS: SoapLimits = { ...defaultLimits, bodyBytes: 64 * 1024 };
export const ANSWER_BYTES = ANSWER_LIMITS.bodyBytes;

const ENVELOPES = new Set(['http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope']);

/** Every version of WS-Addressing; and its value for a message of unknown id. */
const ADDRESSING = /^http:\/\/(?:www\.w3\.org\/2005|schemas\.xmlsoap\.org\/ws\/200[34])\/0[38]\/addressing$/;
const UNSPECIFIED = /(?:^|[/:])unspecified$/i;

/** Fault codes of SOAP 1.1 and 1.2 that blame the message. */
const BLAMES_MESSAGE = /^(?:client|sender|versionmismatch|mustunderstand|dataencodingunknown)$/i;

/**
 * @param status HTTP status
 * @param asked the request; its subject is masked wherever the region repeats it
 * @throws UnreadableAnswer when the answer is not SOAP
 */
export function readAnswer(status: number, text: string, asked: RegionNotification): RegionAnswer {
  const root = parsed(text);
  if (root.name !== 'Envelope' || !ENVELOPES.has(root.namespace)) {
    throw new UnreadableAnswer('malformed answer: not a SOAP envelope');
  }
  const parts = root.children.filter(({ namespace }) => namespace === root.namespace);
  const bodies = parts.filter(({ name }) => name === 'Body');
  const headers = parts.filter(({ name }) => name === 'Header').flatMap(({ children }) => children);
  const [content, ...more] = bodies.flatMap(({ children }) => children);
  if (bodies.length !== 1 || content === undefined || more.length > 0) {
    return unclear('malformed answer: not one element in the body');
  }
  if (root.children.some((part) => !parts.includes(part) || !['Header', 'Body'].includes(part.name))) {
    return unclear('malformed answer: another element in the envelope');
  }
  if ([root, ...bodies].some((part) => !isBlank(part.text))) return unclear('malformed answer: text in the envelope');
  if (headers.some((header) => isOfAnother(header, asked))) return unclear('contradictory answer: to another message');
  if (isFault(content)) return faultOf(content, asked.subject);
  if (headers.some(isFault)) return unclear('contradictory answer: a fault in the header');
  if (content.name !== notificaOpposizione.operations.NotifyOppPregresso.response.name) {
    return unclear('malformed answer: another element in the body');
  }
  return responseOf(content, status, asked);
}

const unclear = (reason: string): RegionAnswer => ({ kind: 'unclear', reason });
const isFault = ({ name, namespace }: XmlElement): boolean => name === 'Fault' && ENVELOPES.has(namespace);

/** Accepts `urn:uuid:…`, as we sent it, `uuid:…`, or the plain id. */
function isOfAnother({ name, namespace, text }: XmlElement, { messageId }: RegionNotification): boolean {
  const id = text.trim().toLowerCase();
  if (name !== 'RelatesTo' || !ADDRESSING.test(namespace) || id === '' || UNSPECIFIED.test(id)) return false;
  return id.replace(/^(?:urn:)?(?:uuid:)?/, '') !== messageId.toLowerCase();
}

function responseOf(response: XmlElement, http: number, asked: RegionNotification): RegionAnswer {
  const placed = placedIn(response);
  const statuses = placed.map(({ element }) => element).filter(({ name }) => /^status$/i.test(name));
  const [status] = statuses;
  if (status === undefined) return unclear('malformed answer: no Status');
  if (statuses.length > 1) return unclear('contradictory answer: more than one Status');
  if (!response.children.includes(status) || status.children.length > 0) {
    return unclear('malformed answer: Status is not where it belongs');
  }
  const found = errorsIn(placed);
  const word = wordOf(status.text);
  if (word === 'failure') return { kind: 'failure', errors: listed(kept(found, asked.subject)) };
  if (word !== 'success') return unclear('malformed answer: unknown Status');
  if (http < 200 || http > 299) return unclear(`contradictory answer: Success with http ${http}`);
  const coded = found.filter(({ code, isWarning }) => code !== '' && !isWarning);
  if (coded.length > 0) {
    // The code decides, because it is more specific than the word beside it.
    const contradicting = kept(coded, asked.subject).map((error) => ({
      ...error,
      description: `${BESIDE_SUCCESS} ${error.description}`.trim(),
    }));
    return { kind: 'failure', errors: listed(contradicting) };
  }
  const contradiction = contradictionIn(response, status, asked);
  if (contradiction === undefined) return { kind: 'success' };
  return unclear(`contradictory answer: Success beside ${cleanDescription(contradiction, asked.subject)}`);
}

/** SOAP 1.1 (faultcode, faultstring, detail) or 1.2 (Code, Reason, Detail), in either envelope. */
function faultOf(fault: XmlElement, subject: string): RegionAnswer {
  const codes = fault.children
    .filter(({ name }) => name === 'faultcode' || name === 'Code')
    .flatMap((code) => [code, ...descendants(code)])
    .filter(({ name, children }) => (name === 'faultcode' || name === 'Value') && children.length === 0)
    .map(({ text }) => text.trim().split(':').at(-1) ?? '');
  const [code = '', ...subcodes] = codes;
  const [generic = ''] = code.split('.'); // SOAP 1.1, 4.4.1: a suffix after the dot makes the code more specific
  const string = fault.children
    .flatMap((child) => (child.name === 'faultstring' ? [child] : child.name === 'Reason' ? child.children : []))
    .map(({ text }) => text)
    .find((text) => text.trim() !== '');
  const details = fault.children.filter(({ name }) => /^detail$/i.test(name));
  const inside = details.flatMap(placedIn);
  const detailed = errorsIn(inside);
  const said = cleanDescription(string ?? '', subject);
  const joined = (description: string): string =>
    [said, description].filter((part, at, all) => part !== '' && all.indexOf(part) === at).join(': ');
  const isGeneric = BLAMES_MESSAGE.test(generic) || /^(?:server|receiver)$/i.test(generic);
  const own = codeOf(subcodes.at(-1) ?? (isGeneric ? '' : code), subject);
  const errors = kept(detailed, subject).map((error) => ({ ...own, ...error, description: joined(error.description) }));
  const rest = cleanDescription(inside.map(({ element }) => element.text).join(' '), subject);
  return {
    kind: 'fault',
    blames: BLAMES_MESSAGE.test(generic) ? 'message' : 'region',
    faultCode: cleanCode(isGeneric ? code : generic, subject),
    errors: listed(errors.length > 0 ? errors : [{ ...own, description: joined(rest) }]),
  };
}

function parsed(text: string): XmlElement {
  try {
    return parseXml(text, ANSWER_LIMITS);
  } catch (cause) {
    throw new UnreadableAnswer('malformed answer: not XML within the limits', { cause });
  }
}
