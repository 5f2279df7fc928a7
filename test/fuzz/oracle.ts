/** The properties of every message, whatever its content. One list of rules; the first broken one is the finding. */
import { XmlDocument, XmlLibError } from 'libxml2-wasm';
import type { Message } from './message.js';
import { CANARY } from './pools.js';
import type { Opinion } from './schema-judge.js';
import type { Answer, Handled } from './target.js';

export interface Observation {
  readonly message: Message;
  /** An error when there was none. */
  readonly answer: Answer | Error;
  readonly handled: Handled | undefined;
  readonly log: readonly string[];
  /** Of the message, by the schema judge. */
  readonly request: Opinion;
  /** Of the answer. */
  readonly response: Opinion;
}

export interface Finding {
  readonly rule: string;
  readonly text: string;
}

type Rule = (observation: Observation, answer: Answer) => string | undefined;

/** Refusals that mean: not a valid message. The schema judge must agree. */
const INVALID = new Set([
  'BODY_NON_VALIDO',
  'BUSTA_NON_VALIDA',
  'CHARSET_ERRATO',
  'MESSAGGIO_NON_VALIDO',
  'MESSAGGIO_VUOTO',
  'OPERAZIONE_SCONOSCIUTA',
  'XML_NON_VALIDO',
]);

/** Refusals of what XML and the schema allow, each with what the message (or its header) must contain to deserve it. */
const STRICTER: ReadonlyMap<string, RegExp> = new Map([
  ['ATTRIBUTO_NON_AMMESSO', /XMLSchema-instance/],
  ['CHARSET_NON_AMMESSO', /(?:charset="?|encoding\s*=\s*["'])(?!(?:utf-?8|utf-16|us-ascii|iso-8859-1)(?:["'\s;]|$))/i],
  ['COMMENTO_NON_AMMESSO', /<!--/],
  ['DOCTYPE_NON_AMMESSO', /<!DOCTYPE/],
  ['HEADER_NON_RICONOSCIUTO', /mustUnderstand/],
  // Anywhere except at the very beginning, after at most a byte order mark, or of another name.
  ['ISTRUZIONE_NON_AMMESSA', /<\?(?!xml\s)|(?<!^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?)<\?/],
  // A name, one or several values, tags, attributes: at least one of them exceeds the smallest of its limits.
  ['LIMITE_SUPERATO', /[^\s<>="'/]{129}|[^]{4097}|(?:<[^<]*){33}|(?:=[^=]*){33}/],
  ['SOAPACTION_DISCORDE', /soapaction|action=|addressing/],
  ['TIPO_NON_AMMESSO', /^content-type: (?!text\/xml|application\/(?:soap\+)?xml)/],
]);

/** Words of libraries, of the runtime and of stacks, which are not for callers. */
const INSIDE = /saxes|libxml|xsd|facet|node:|\bat \S+:\d+|[A-Z][a-z]+Error\b|undefined|\[object|xmlns=""/;
const IDENTIFIER = /[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]|STP[0-9]{13}/i;

const RULES: readonly (readonly [name: string, rule: Rule])[] = [
  ['the answer is one of the contract', ({ response }) => (response.isValid ? undefined : response.words)],
  ['no breakdown', (_o, answer) => (/ERRORE_INTERNO|SERVIZIO_/.test(codeOf(answer)) ? codeOf(answer) : undefined)],
  ['status and content agree', (_o, answer) => (statusFits(answer) ? undefined : `${answer.status} ${codeOf(answer)}`)],
  ['the fault carries the id of the request', (_o, answer) => (hasItsId(answer) ? undefined : answer.requestId)],
  ['no inside word leaves', (_o, answer) => INSIDE.exec(faultTextOf(answer))?.[0]],
  ['no personal data in the log', ({ log }) => log.find((line) => line.includes(CANARY) || IDENTIFIER.test(line))],
  ['accepted messages are valid', acceptedIsValid],
  ['no DOCTYPE and no processing instruction is accepted', acceptedIsPlain],
  ['refused messages are not', refusedIsInvalid],
  ['the handler gets what another parser reads', handlerGetsWhatIsThere],
];

export function judge(observation: Observation): Finding | undefined {
  const { answer } = observation;
  if (answer instanceof Error) return { rule: 'every message is answered', text: answer.message };
  for (const [rule, breaks] of RULES) {
    const text = breaks(observation, answer);
    if (text !== undefined) return { rule, text };
  }
  return undefined;
}

/** The code of the typed detail; for a fault without one its faultcode; `0000` for an answer. */
export function codeOf({ text }: Answer): string {
  const code = /<codice>([^<]*)</.exec(text)?.[1];
  if (code !== undefined) return code;
  const faultcode = /<faultcode>soap:([^<]*)</.exec(text)?.[1];
  return faultcode === 'MustUnderstand' ? 'HEADER_NON_RICONOSCIUTO' : (faultcode ?? '0000');
}

const faultTextOf = ({ text }: Answer): string => /<(?:faultstring|soap:Text)[^>]*>([^<]*)</.exec(text)?.[1] ?? '';

function statusFits(answer: Answer): boolean {
  const isFault = /<soap:Fault>/.test(answer.text);
  return isFault ? [400, 405, 413, 415, 500].includes(answer.status) : answer.status === 200;
}

function hasItsId({ text, requestId }: Answer): boolean {
  const said = /<idRichiesta>([^<]*)</.exec(text)?.[1];
  return requestId !== '' && (said === undefined || said === requestId);
}

function acceptedIsValid({ message, request }: Observation, answer: Answer): string | undefined {
  if (codeOf(answer) !== '0000' || !isReadAlike(message)) return undefined;
  return request.isValid || isPeculiar(message, request.words) ? undefined : request.words;
}

/**
 * Where libxml2 refuses what the specifications allow: a namespace that it does not accept as a URI (they are strings,
 * Namespaces in XML 1.0, 2.3), an xml:id that is not a name, and a blank CDATA section between elements (the schema's
 * rule is on characters). And xsi attributes on the envelope's own elements: only the judge has a schema around the
 * contract.
 */
function isPeculiar({ body }: Message, words: string): boolean {
  if (/is not a valid URI|^xml:id/.test(words) || OF_ENVELOPE_BY_XSI.test(words)) return true;
  return words.includes("content type is 'element-only'") && /<!\[CDATA\[[ \t\r\n]*\]\]>/.test(body.toString('latin1'));
}

const OF_ENVELOPE_BY_XSI =
  /Element '\{[^}]*soap[/-]envelope\/?\}(?:Envelope|Header|Body)', attribute '\{[^}]*XMLSchema-instance\}/;

function acceptedIsPlain({ message }: Observation, answer: Answer): string | undefined {
  if (codeOf(answer) !== '0000' || !isReadAlike(message)) return undefined;
  const markup = message.body.toString('utf8').replace(/<!--[^]*?-->|<!\[CDATA\[[^]*?\]\]>/g, '');
  return /<!DOCTYPE|<\?(?!xml\s)/.exec(markup)?.[0];
}

function refusedIsInvalid({ message, request }: Observation, answer: Answer): string | undefined {
  const code = codeOf(answer);
  if (code === '0000') return undefined;
  if (!INVALID.has(code)) {
    const { contentType, soapAction, body } = message;
    const saysNothing = soapAction === undefined || soapAction === '""';
    const fields = `content-type: ${contentType} ${saysNothing ? '' : 'soapaction'}`;
    const reason = STRICTER.get(code);
    if (reason === undefined) return `a refusal that no rule knows: ${code}`;
    // UTF-16 without its zeros is readable enough.
    const isDeserved = reason.test(fields) || reason.test(body.toString('latin1').replaceAll('\0', ''));
    return isDeserved ? undefined : `${code} for no reason to be seen`;
  }
  if (!request.isValid || !isReadAlike(message)) return undefined;
  // The judge ignores header blocks, the engine reads those of the contract.
  if (/<campo>pinCode</.test(answer.text)) return undefined;
  // An element of the contract alone, without an envelope, is valid as a document.
  if (code === 'BUSTA_NON_VALIDA' && !isEnvelope(message)) return undefined;
  return `${code}: ${faultTextOf(answer)}`;
}

/**
 * Whether both readers take the bytes for UTF-8: with another charset declared anywhere, either may legitimately
 * differ.
 */
function isReadAlike({ contentType, body }: Message): boolean {
  const declared = /^[^<]*<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)["']/.exec(body.toString('latin1', 0, 300))?.[1];
  const said = /charset=([^;]*)/.exec(contentType)?.[1]?.replaceAll('"', '');
  const hasWideMark = (body[0] === 0xff && body[1] === 0xfe) || (body[0] === 0xfe && body[1] === 0xff);
  return !hasWideMark && [declared, said].every((charset) => charset === undefined || /^utf-?8$/i.test(charset));
}

function isEnvelope({ body }: Message): boolean {
  const document = readByAnother(body);
  if (document === undefined) return /<(?:[\w.-]+:)?Envelope[\s/>]/.test(body.toString('latin1'));
  try {
    return document.root.name === 'Envelope';
  } finally {
    document.dispose();
  }
}

/** Two parsers that read one message differently let a check pass with one value and the work use another. */
function handlerGetsWhatIsThere({ message, handled }: Observation, answer: Answer): string | undefined {
  if (codeOf(answer) !== '0000') return handled === undefined ? undefined : 'a refused message reached the handler';
  if (handled === undefined) return 'an accepted message did not reach the handler';
  if (!isReadAlike(message)) return undefined;
  const document = readByAnother(message.body);
  if (document === undefined) return undefined;
  try {
    const wrapper = document.get("/*/*[local-name()='Body']/*");
    const fields = document.find("/*/*[local-name()='Body']/*/*");
    const there = fields.map(
      (field) => `${nameOf(field)}=${field.content.replace(/[\t\n\r ]+/g, ' ').replace(/^ | $/g, '')}`,
    );
    const given = Object.entries(handled.request).map(([name, value]) => `${name}=${String(value)}`);
    const isSame = nameOf(wrapper) === handled.operation && there.join('\n') === given.join('\n');
    return isSame ? undefined : `there: ${there.join(', ')}; given: ${given.join(', ')}`;
  } finally {
    document.dispose();
  }
}

/** Undefined where libxml2 is peculiar: well-formedness was judged before. */
function readByAnother(body: Buffer): XmlDocument | undefined {
  try {
    return XmlDocument.fromBuffer(body);
  } catch (error) {
    if (error instanceof XmlLibError) return undefined;
    throw error;
  }
}

function nameOf(node: unknown): string {
  return typeof node === 'object' && node !== null && 'name' in node ? String(node.name) : '';
}
