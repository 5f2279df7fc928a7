/** An XML message as a tree, for comparing and printing. Independent of the elements' meaning. */
import { SaxesParser } from 'saxes';
import type { SaxesAttributeNS } from 'saxes';

export interface Attribute {
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

export interface Element {
  readonly namespace: string;
  /** Local name. */
  readonly name: string;
  /** Name as written, with prefix: for printing. */
  readonly label: string;
  /** Namespace declarations, as written: for printing. */
  readonly declarations: readonly { readonly name: string; readonly value: string }[];
  /** Without namespace declarations and attributes of the comparison. */
  readonly attributes: readonly Attribute[];
  readonly children: readonly Element[];
  /** Without white space at its ends; in an element with children the text beside them, normally empty. */
  readonly text: string;
  readonly presence: Presence | undefined;
}

/**
 * How often an element of an expected answer occurs, if not exactly once: any number of times, at least once, once
 * among others of its name with any content, never.
 */
export type Presence = 'ripetuto' | 'almeno-uno' | 'tra-altri' | 'assente';

/** Namespace of the attribute `presenza` in expected answers. */
const REPLAY_NAMESPACE = 'urn:passerella:replay';

const PRESENCES: readonly Presence[] = ['ripetuto', 'almeno-uno', 'tra-altri', 'assente'];
const XMLNS = 'http://www.w3.org/2000/xmlns/';

interface OpenElement extends Element {
  children: Element[];
  text: string;
}

/** @throws Error in Italian, with line and column, when the text is not well-formed XML */
export function readTree(xml: string): Element {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const stack: OpenElement[] = [];
  let root: OpenElement | undefined;
  parser.on('error', (error) => {
    throw new Error(`non è XML ben formato: ${error.message}`);
  });
  parser.on('opentag', (tag) => {
    const all = Object.values(tag.attributes);
    const element: OpenElement = {
      namespace: tag.uri,
      name: tag.local,
      label: tag.name,
      declarations: all.filter(isDeclaration).filter(({ value }) => value !== REPLAY_NAMESPACE),
      attributes: all
        .filter((attribute) => !isDeclaration(attribute) && attribute.uri !== REPLAY_NAMESPACE)
        .map(({ uri, local, value }) => ({ namespace: uri, name: local, value })),
      presence: presenceOf(all),
      children: [],
      text: '',
    };
    stack.at(-1)?.children.push(element);
    root ??= element;
    stack.push(element);
  });
  const onText = (piece: string) => {
    const element = stack.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.on('text', onText);
  parser.on('cdata', onText);
  parser.on('closetag', () => {
    const element = stack.pop();
    if (element === undefined) return;
    // Trims XML white space only: a no-break space is an ordinary character.
    const text = element.children.length === 0 ? element.text : element.text.replace(/[ \t\r\n]+/g, ' ');
    element.text = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
  });
  parser.write(xml).close();
  if (root === undefined) throw new Error('non contiene alcun elemento');
  return root;
}

function isDeclaration({ uri, name }: SaxesAttributeNS): boolean {
  return uri === XMLNS || name === 'xmlns';
}

function presenceOf(attributes: readonly SaxesAttributeNS[]): Presence | undefined {
  const said = attributes.find(({ uri, local }) => uri === REPLAY_NAMESPACE && local === 'presenza')?.value;
  if (said === undefined) return undefined;
  const known = PRESENCES.find((presence) => presence === said);
  if (known === undefined) throw new Error(`presenza="${said}": ammessi ${PRESENCES.join(', ')}`);
  return known;
}

/** All elements of a local name, in document order. */
export function elementsNamed(element: Element, name: string): Element[] {
  const found = element.name === name ? [element] : [];
  for (const child of element.children) found.push(...elementsNamed(child, name));
  return found;
}

/** The element as indented lines, namespace declarations included. */
export function linesOf(element: Element, indent = ''): string[] {
  const open = `${indent}<${element.label}${attributesOf(element)}`;
  if (element.children.length > 0) {
    const stray = element.text === '' ? [] : [`${indent}  ${escapeXml(element.text)}`];
    const inside = [...stray, ...element.children.flatMap((child) => linesOf(child, `${indent}  `))];
    return [`${open}>`, ...inside, `${indent}</${element.label}>`];
  }
  return [element.text === '' ? `${open}/>` : `${open}>${escapeXml(element.text)}</${element.label}>`];
}

function attributesOf({ declarations, attributes, presence }: Element): string {
  const written = [
    ...declarations,
    ...attributes.map(({ namespace, name, value }) => ({ name: prefixed(namespace, name), value })),
  ];
  const mark = presence === undefined ? '' : ` xmlns:r="${REPLAY_NAMESPACE}" r:presenza="${presence}"`;
  return written.map(({ name, value }) => ` ${name}="${escapeXml(value)}"`).join('') + mark;
}

/** xml: needs no declaration, and answers carry no other qualified attribute. */
function prefixed(namespace: string, name: string): string {
  return namespace === 'http://www.w3.org/XML/1998/namespace' ? `xml:${name}` : name;
}

/** For text and attributes in double quotes; characters that XML cannot hold become a replacement character. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}
