/**
 * Parses a SAML message into a tree, within limits. DOCTYPE, processing instructions and undeclared entities are
 * refused, comments are dropped. An element stores its position in the text, so that its signature can be extracted.
 */
import { SaxesParser } from 'saxes';

export interface XmlElement {
  readonly namespace: string;
  /** Local name. */
  readonly name: string;
  readonly attributes: readonly { readonly namespace: string; readonly name: string; readonly value: string }[];
  readonly children: readonly XmlElement[];
  /** All character data directly inside. */
  readonly text: string;
  /** Prefixes declared here or above, with their namespaces; '' is the default one. */
  readonly scope: Readonly<Record<string, string>>;
  /** Its start and end in the text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** The text is not acceptable XML. The error's message contains nothing of the text. */
export class XmlError extends Error {}

const MAX_DEPTH = 32;

/** Limits of parsing. Attributes count together with namespace declarations: each costs time in every element below. */
export interface XmlLimits {
  readonly elements: number;
  readonly attributes: number;
}
/** For a message, which anybody can send: four times the longest of the official responses. */
const OF_MESSAGES: XmlLimits = { elements: 200, attributes: 400 };
/** For the metadata of a whole federation, which an operator has configured. */
export const OF_FEDERATIONS: XmlLimits = { elements: 20_000, attributes: 50_000 };

interface OpenElement extends XmlElement {
  children: XmlElement[];
  text: string;
  end: number;
}

/** @throws XmlError */
export function readXml(text: string, limits = OF_MESSAGES): XmlElement {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let attributesRead = 0;
  parser.on('error', () => refuse('is not well-formed'));
  parser.on('doctype', () => refuse('has a DOCTYPE'));
  parser.on('processinginstruction', () => refuse('has a processing instruction'));
  // Before the tag is complete: a tag with many attributes is not read to its end.
  parser.on('attribute', () => {
    if (++attributesRead > limits.attributes) refuse('has too many attributes');
  });
  parser.on('opentag', (tag) => {
    if (++elements > limits.elements || open.length >= MAX_DEPTH) refuse('has too many elements');
    const attributes = Object.values(tag.attributes);
    const parent = open.at(-1);
    const element: OpenElement = {
      ...{ namespace: tag.uri, name: tag.local, children: [], text: '' },
      attributes: attributes
        .filter(({ name }) => name !== 'xmlns' && !name.startsWith('xmlns:'))
        .map(({ uri, local, value }) => ({ namespace: uri, name: local, value })),
      scope: parent !== undefined && Object.keys(tag.ns).length === 0 ? parent.scope : { ...parent?.scope, ...tag.ns },
      // Attributes cannot contain «<»: the previous one is the tag's own.
      start: text.lastIndexOf('<', parser.position - 1),
      end: 0,
    };
    parent?.children.push(element);
    root ??= element;
    open.push(element);
  });
  const append = (piece: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.on('text', append);
  parser.on('cdata', append);
  parser.on('closetag', () => {
    const element = open.pop();
    if (element !== undefined) element.end = parser.position;
  });
  parser.write(text).close();
  return root ?? refuse('is empty');
}

function refuse(what: string): never {
  throw new XmlError(`the message ${what}`);
}

/** The element and all elements inside, in document order. */
export function* descendants(element: XmlElement): Generator<XmlElement> {
  yield element;
  for (const child of element.children) yield* descendants(child);
}

export function is(element: XmlElement | undefined, namespace: string, name: string): boolean {
  return element?.namespace === namespace && element.name === name;
}

export function childrenOf(element: XmlElement | undefined, namespace: string, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => is(child, namespace, name)) ?? [];
}

/** The only child with that name. @returns undefined: none, or several */
export function childOf(element: XmlElement | undefined, namespace: string, name: string): XmlElement | undefined {
  const [only, ...others] = childrenOf(element, namespace, name);
  return others.length === 0 ? only : undefined;
}

/** An attribute without a prefix, as in SAML. */
export function attributeOf(element: XmlElement | undefined, name: string): string | undefined {
  return element?.attributes.find((attribute) => attribute.namespace === '' && attribute.name === name)?.value;
}

/** Text without surrounding white space, which the official responses have around names. */
export function textOf(element: XmlElement | undefined): string {
  return element?.text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '') ?? '';
}

/** For text and for attributes between double quotes. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
