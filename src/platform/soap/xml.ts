/**
 * A message as a tree of elements, read in one pass within the limits. Refuses DOCTYPE, processing instructions and
 * comments inside a value. What later steps validate and read is this tree, so no two parsers can disagree about it.
 */
import { SaxesParser } from 'saxes';
import type { SaxesAttributeNS } from 'saxes';
import { clientFault } from './fault.js';
import type { SoapLimits } from './limits.js';

export interface XmlAttribute {
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

export interface XmlElement {
  readonly namespace: string;
  /** Local name. */
  readonly name: string;
  /** Line of the start tag, from 1. */
  readonly line: number;
  /** Without namespace declarations. */
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** All character data directly inside. */
  readonly text: string;
}

interface OpenElement extends XmlElement {
  children: XmlElement[];
  text: string;
  commented: boolean;
}

/** NCName's first character (Namespaces in XML 1.0). */
const NAME_START =
  /^[A-Z_a-z\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{2FF}\u{370}-\u{37D}\u{37F}-\u{1FFF}\u{200C}-\u{200D}\u{2070}-\u{218F}\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFFD}\u{10000}-\u{EFFFF}]/u;

/** The same for nearly every name there is: looked at first, since it costs a tenth. */
const ASCII_NAME_START = /^[A-Z_a-z]/;

const XMLNS = 'http://www.w3.org/2000/xmlns/';

/** @throws SoapFault with line and column when the text is not well-formed, or passes a limit. */
export function parseXml(text: string, limits: SoapLimits): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: true, defaultXMLVersion: '1.0', forceXMLVersion: true });
  const stack: OpenElement[] = [];
  let root: OpenElement | undefined;
  let elements = 0;

  const refuse = (codice: string, message: string): never => {
    throw clientFault(codice, `${message} (riga ${parser.line}).`, { riga: parser.line });
  };
  const tooMuch = (what: string): never => refuse('LIMITE_SUPERATO', `Il messaggio supera un limite: ${what}`);

  const checkName = (name: string, prefix: string, local: string): void => {
    if (name.length > limits.nameLength) tooMuch(`nome più lungo di ${limits.nameLength} caratteri`);
    // The parser looks at how the whole name begins; behind a prefix the local part has to be a name too.
    if (prefix !== '' && !ASCII_NAME_START.test(local) && !NAME_START.test(local))
      refuse('XML_NON_VALIDO', 'Il messaggio contiene un nome non valido');
  };
  const onText = (piece: string) => {
    const element = stack.at(-1);
    if (element === undefined) return;
    if (element.text.length + piece.length > limits.valueLength)
      tooMuch(`valore più lungo di ${limits.valueLength} caratteri`);
    element.text += piece;
  };

  parser.on('error', (error) => {
    throw clientFault(
      'XML_NON_VALIDO',
      `Il messaggio non è XML ben formato: ${reasonOf(error.message)} alla riga ${parser.line}, colonna ${parser.column}.`,
      { riga: parser.line },
    );
  });
  parser.on('opentag', (tag) => {
    if (++elements > limits.elements) tooMuch(`più di ${limits.elements} elementi`);
    if (stack.length >= limits.depth) tooMuch(`più di ${limits.depth} livelli`);
    checkName(tag.name, tag.prefix, tag.local);
    const attributes = Object.values(tag.attributes);
    if (attributes.length > limits.attributesPerElement)
      tooMuch(`più di ${limits.attributesPerElement} attributi in un elemento`);
    for (const { name, prefix, local, value } of attributes) {
      checkName(name, prefix, local);
      if (value.length > limits.valueLength) tooMuch(`valore più lungo di ${limits.valueLength} caratteri`);
    }
    const element: OpenElement = {
      namespace: tag.uri,
      name: tag.local,
      line: parser.line,
      attributes: attributes.length === 0 ? [] : ownAttributes(attributes),
      children: [],
      text: '',
      commented: false,
    };
    stack.at(-1)?.children.push(element);
    root ??= element;
    stack.push(element);
  });
  parser.on('closetag', () => {
    const element = stack.pop();
    if (element?.commented === true && element.children.length === 0 && !isBlank(element.text)) {
      refuse('COMMENTO_NON_AMMESSO', `L’elemento ${element.name} contiene un commento dentro il valore`);
    }
  });
  parser.on('text', onText);
  // Not for the XML declaration, which is none; an instruction may stand at the very beginning in its place.
  parser.on('processinginstruction', () =>
    refuse('ISTRUZIONE_NON_AMMESSA', 'Il messaggio contiene una istruzione di elaborazione, non ammessa'),
  );

  // V8 slows a parser with more than six handlers down to a quarter: those for what few messages hold are set on demand.
  if (text.includes('<!')) {
    parser.on('doctype', () =>
      refuse('DOCTYPE_NON_AMMESSO', 'Il messaggio contiene una dichiarazione DOCTYPE, non ammessa'),
    );
    parser.on('cdata', onText);
    parser.on('comment', () => {
      const element = stack.at(-1);
      if (element !== undefined) element.commented = true;
    });
  }

  parser.write(text).close();
  return root ?? refuse('XML_NON_VALIDO', 'Il messaggio non contiene alcun elemento');
}

function ownAttributes(all: readonly SaxesAttributeNS[]): XmlAttribute[] {
  const own: XmlAttribute[] = [];
  for (const { uri, local, value } of all) if (uri !== XMLNS) own.push({ namespace: uri, name: local, value });
  return own;
}

/** Whether there is nothing but white space as XML means it: a no-break space is a character like any other. */
export function isBlank(text: string): boolean {
  return !/[^ \t\r\n]/.test(text);
}

/** Without the white space, as XML means it, at both ends. */
export function trimBlank(text: string): string {
  return text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}

/** The parser's own words stay inside: the caller reads ours. */
function reasonOf(message: string): string {
  if (/undefined entity/i.test(message)) return 'entità non definita';
  if (/unbound namespace prefix/i.test(message)) return 'prefisso di namespace non dichiarato';
  if (/unmatched closing tag|unexpected close tag/i.test(message)) return 'chiusura di un elemento non aperto';
  if (/unclosed tag/i.test(message)) return 'elemento non chiuso';
  if (/duplicate attribute/i.test(message)) return 'attributo ripetuto';
  if (/disallowed character/i.test(message)) return 'carattere non ammesso';
  if (/text data outside of root|document must contain a root/i.test(message))
    return 'testo fuori dell’elemento radice';
  return 'errore di sintassi';
}
