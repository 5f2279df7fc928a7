/**
 * What a region says, read from its answer [N-3]. Chapter 7 names Status, a code and a description, and no XML; regions
 * answer from many platforms. So wrappings are taken as they come (SOAP 1.1 or 1.2, any namespace, an error's parts as
 * elements or attributes at any depth), and the statement strictly: an answer that contradicts itself is no success.
 * Decision 0073. Knows neither bytes nor what becomes of the notification.
 */
import { notificaOpposizione } from '../../../generated/NotificaOpposizione.js';
import { defaultLimits } from '../../platform/soap/limits.js';
import type { SoapLimits } from '../../platform/soap/limits.js';
import { parseXml } from '../../platform/soap/xml.js';
import type { XmlElement } from '../../platform/soap/xml.js';
import { UnreadableAnswer } from './region-body.js';
import { cleanCode, cleanDescription } from './region-words.js';
import type { RegionAnswer, RegionError, RegionErrors } from './region.js';

/** An answer has one field or three; the rest is margin for signatures and headers of the region's platform. */
const ANSWER_LIMITS: SoapLimits = { ...defaultLimits, bodyBytes: 64 * 1024 };
export const ANSWER_BYTES = ANSWER_LIMITS.bodyBytes;

const ENVELOPES = new Set(['http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope']);

/** Beyond these nobody reads on. */
const MOST_ERRORS = 10;

/** How regions call an error's code and description: by the contract errorCode and codeContext, else as their platform does. */
const CODE = /^(?:error_?code|fault_?code|codice(?:_?errore)?|code)$/i;
const DESCRIPTION =
  /^(?:code_?context|(?:error_?)?(?:description|message)|descrizione(?:_?errore)?|messaggio(?:_?errore)?|reason|faultstring|text)$/i;
/** Those of them that are an error's by their name. */
const ERROR_WORDS = /^(?:error_?(?:description|message)|(?:descrizione|messaggio)_?errore|faultstring)$/i;
const SEVERITY = /^(?:highest_?)?severity$/i;

/** What is an error by its own name, whatever is inside. */
const ERROR = /^(?:registry)?(?:err(?:ore?|ors|ori)(?:_?list)?|fault|exception|eccezione|anomalia)$/i;

/** What says, beside Status, whether it was done, and how it says yes. */
const OUTCOME = /^(?:codice_?)?(?:status|esito|result|risultato|outcome|success)(?:_?(?:code|operazione))?$/i;
const YES = /^(?:0+|ok|s[iì]|true|success|successo|(?:esito )?positivo)?$/i;

/** Toolkits that write every field fill those of an error that is none. */
const NO_ERROR = /^(?:0+|ok|success|none|null|false|no|nessuno?)?$/i;

/** What such a toolkit writes as their text: that it was done. Anything else is worth a look. */
const DONE =
  /^(?:ok|[^.;]{0,80}\b(?:eseguit|effettuat|elaborat|completat|registrat|acquisit|accettat|ricevut|inserit|avvenut|riuscit|success|completed|accepted|received|processed)[a-z]{0,6}\b[^.;]{0,80})?[.!]?$/i;
const NO_ERRORS = /\b(?:nessun[ao]?|senza|no|without) (?:err[a-z]{2,4}|anomali[ae]|problem[aies]{0,2})\b/gi;
const NOT_DONE =
  /\b(?:non?|not|mai|senza|without|impossibile|un(?:able|available|expected|known)|negat[oa]|denied)\b|\b(?:err(?:or|at)|fail|fallit|rifiut|scart|reject|sconosciut|inesistent|mancant|missing|assent[ei]|invalid|anomal|eccezion|exception|timeout)|\bdown\b/i;

/** A code of HTTP, which some platforms repeat as their own: no error where nothing else speaks of one. */
const HTTP_OK = /^20[0-9]$/;

function saysDone(text: string): boolean {
  const rest = text.replace(NO_ERRORS, '').trim();
  return DONE.test(rest) && !NOT_DONE.test(rest);
}

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

function responseOf(response: XmlElement, http: number, subject: string): RegionAnswer {
  const inside = descendants(response);
  const statuses = inside.filter(({ name }) => /^status$/i.test(name));
  const [status] = statuses;
  if (status === undefined) return unclear('malformed answer: no Status');
  if (statuses.length > 1) return unclear('contradictory answer: more than one Status');
  if (!response.children.includes(status) || status.children.length > 0) {
    return unclear('malformed answer: Status is not where it belongs');
  }
  const all = [response, ...inside];
  const found = errorsIn(all);
  const grave = found.filter(({ weight }) => weight === 'error');
  const word = wordOf(status.text);
  if (word === 'failure') {
    const others = found.filter(({ weight }) => weight !== 'error');
    return { kind: 'failure', errors: listed(kept([...grave, ...others], subject)) };
  }
  if (word !== 'success') return unclear('malformed answer: unknown Status');
  if (http < 200 || http > 299) return unclear(`contradictory answer: Success with http ${http}`);
  if (inside.some(({ name }) => name === 'Fault')) return unclear('contradictory answer: Success with a fault');
  if (grave.length > 0) {
    // The error decides: what it says of the message is worth more than the word beside it.
    const contradicting = kept(grave, subject).map((error) => ({
      ...error,
      description: `(Success) ${error.description}`.trim(),
    }));
    return { kind: 'failure', errors: listed(contradicting) };
  }
  const doubtful = found.find(({ weight }) => weight === 'doubtful');
  if (doubtful !== undefined) {
    const words = cleanDescription(doubtful.description, subject);
    return unclear(`contradictory answer: Success with the code of no error and the words of one: ${words}`);
  }
  if (
    response.text.trim() !== '' ||
    all.some((element) => !isYes(element, element === response || element === status))
  ) {
    return unclear('contradictory answer: Success with another outcome');
  }
  return { kind: 'success' };
}

/** `Success` and `Failure` are the only words of chapter 7, whatever their case; ebXML platforms write them as the end of a URN. */
function wordOf(text: string): string {
  const parts = text.trim().toLowerCase().split(':');
  const word = parts.at(-1) ?? '';
  if (parts.length === 1) return word;
  const isUrn = parts[0] === 'urn' && parts.length > 2 && parts.every((part) => /^[^\s]+$/.test(part));
  return isUrn && !parts.slice(0, -1).some((part) => part === 'success' || part === 'failure') ? word : '';
}

/**
 * Whether what an element and its attributes say of the outcome, if anything, is that it was done.
 * @param isRead its text was judged already
 */
function isYes({ name, text, attributes }: XmlElement, isRead: boolean): boolean {
  const own = isRead || !OUTCOME.test(name) ? [] : [text];
  const others = attributes.filter((attribute) => OUTCOME.test(attribute.name)).map(({ value }) => value);
  return [...own, ...others].every(
    (said) => YES.test(said.trim()) || wordOf(said) === 'success' || saysDone(said.trim()),
  );
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
  const detailed = errorsIn(inside);
  const said = cleanDescription(string ?? '', subject);
  const joined = (description: string): string =>
    [said, description].filter((part, at, all) => part !== '' && all.indexOf(part) === at).join(': ');
  const isGeneric = BLAMES_MESSAGE.test(generic) || /^(?:server|receiver)$/i.test(generic);
  const own = codeOf(subcodes.at(-1) ?? (isGeneric ? '' : code), subject);
  const errors = kept(detailed, subject).map((error) => ({ ...own, ...error, description: joined(error.description) }));
  const rest = cleanDescription(inside.map(({ text }) => text).join(' '), subject);
  return {
    kind: 'fault',
    blames: BLAMES_MESSAGE.test(generic) ? 'message' : 'region',
    faultCode: cleanCode(isGeneric ? code : generic, subject),
    errors: listed(errors.length > 0 ? errors : [{ ...own, description: joined(rest) }]),
  };
}

interface Found {
  readonly code: string;
  readonly description: string;
  /** `doubtful`: by its code no error, by its words or severity one. `words`: nothing in it speaks of an error. */
  readonly weight: 'error' | 'warning' | 'doubtful' | 'words';
}

/** Every element that has a code, a description, or the name of an error; in the order of the document, in the region's words. */
function errorsIn(elements: readonly XmlElement[]): readonly Found[] {
  const ofErrors = new Set(
    elements.filter(({ name }) => ERROR.test(name)).flatMap((one) => [one, ...descendants(one)]),
  );
  const found = elements.flatMap((element) => errorsOf(element, ofErrors.has(element)));
  // A list that repeats the severity of its errors is no error more.
  const hasWords = found.some(({ code, description, weight }) => weight === 'error' && code + description !== '');
  return hasWords ? found.filter(({ code, description }) => code + description !== '') : found;
}

/** @param isOfError it, or what it is in, is an error by its name */
function errorsOf(element: XmlElement, isOfError: boolean): readonly Found[] {
  const codes = partsOf(element, CODE);
  const described = partsOf(element, DESCRIPTION);
  const texts = described.length > 0 || codes.some((code) => code !== '') ? described : ownWords(element);
  const description = [...new Set(texts)].join('; ');
  const severity = partsOf(element, SEVERITY).find((told) => told !== '') ?? '';
  const isWarning = /(?:^|:)(?:warning|info|information|avviso)$/i.test(severity);
  const isSevere = severity !== '' && !isWarning && !NO_ERROR.test(severity);
  const given = codes.filter((code) => !NO_ERROR.test(code));
  const isCalledError =
    isOfError || element.attributes.some(({ name }) => ERROR.test(name)) || partsOf(element, ERROR_WORDS).length > 0;
  const isMereWords =
    !isCalledError && severity === '' && !texts.some((text) => NOT_DONE.test(text.replace(NO_ERRORS, '')));
  if (given.length > 0) {
    return given.map((code) => {
      if (isMereWords && HTTP_OK.test(code)) return { code, description, weight: 'words' };
      const weight = isWarning || (severity === '' && WARNING_CODE.test(code)) ? 'warning' : 'error';
      return { code, description, weight };
    });
  }
  if (!isSevere && texts.every((text) => NO_ERROR.test(text) || saysDone(text))) return [];
  const hasNoErrorCode = codes.some((code) => code !== '');
  if (isWarning) return [{ code: '', description, weight: 'warning' }];
  if (isMereWords) return [{ code: '', description, weight: 'words' }];
  return [{ code: '', description, weight: hasNoErrorCode ? 'doubtful' : 'error' }];
}

/** What an element that is an error by its name says where none of the parts has a name that is known: all of it. */
function ownWords(element: XmlElement): readonly string[] {
  const told = element.attributes.filter(({ name }) => ERROR.test(name));
  if (!ERROR.test(element.name)) return told.map(({ value }) => value.trim()).filter((words) => words !== '');
  const others = element.attributes.filter(
    ({ name, namespace }) => namespace === '' && ![CODE, SEVERITY, OUTCOME].some((known) => known.test(name)),
  );
  const inside = descendants(element);
  const isRead = inside.some(({ name, attributes }) =>
    [name, ...attributes.map((attribute) => attribute.name)].some((part) =>
      [CODE, DESCRIPTION, ERROR].some((known) => known.test(part)),
    ),
  );
  return [element.text, ...(isRead ? [] : inside.map(({ text }) => text)), ...others.map(({ value }) => value)]
    .map((words) => words.trim())
    .filter((words) => words !== '');
}

/** Texts of the children without children, and values of the attributes, of that name. */
function partsOf({ children, attributes }: XmlElement, name: RegExp): readonly string[] {
  return [
    ...children.filter((child) => name.test(child.name) && child.children.length === 0).map(({ text }) => text.trim()),
    ...attributes.filter((attribute) => name.test(attribute.name)).map(({ value }) => value.trim()),
  ];
}

/** The first of them, masked and bounded. */
function kept(found: readonly Found[], subject: string): readonly RegionError[] {
  return found.slice(0, MOST_ERRORS).map(({ code, description, weight }) => ({
    ...codeOf(code, subject),
    description: cleanDescription(description, subject),
    ...(weight === 'warning' ? { isWarning: true as const } : {}),
  }));
}

function codeOf(text: string, subject: string): Pick<RegionError, 'code'> {
  const code = cleanCode(text, subject);
  return code === '' ? {} : { code };
}

/** At least one, for whoever says no and nothing else. */
function listed(errors: readonly RegionError[]): RegionErrors {
  const [first = { description: '' }, ...others] = errors;
  return [first, ...others];
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
