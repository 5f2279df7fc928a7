/**
 * Checks an element against the contract's shape and reads it as a typed value in the same pass, so that what is
 * validated is what is read. Order, number, namespaces, attributes and texts; names on the wire never become property
 * names.
 */
import type { AttributeShape, ElementShape } from './contract.js';
import { DOCUMENT_LITERAL } from './envelope.js';
import { findingsFault } from './findings.js';
import type { Finding } from './findings.js';
import { Unfit, compileText } from './text.js';
import type { ReadText } from './text.js';
import { isBlank } from './tree.js';
import type { XmlElement } from './tree.js';
import { nameOfCharacter, unseenIn } from '../unseen.js';

/** @throws SoapFault naming each element that breaks the schema, its line and the reason */
export type ReadElement = (element: XmlElement) => unknown;

/** Reads as much as possible, and adds violations of the schema to the findings. */
type Read = (element: XmlElement, findings: Finding[]) => unknown;

/**
 * Compiles a global element of the contract once, at start.
 * @param namespace of it and of every element inside
 */
export function compileReader(shape: ElementShape, namespace: string): ReadElement {
  const read = compileElement(shape, namespace);
  return (element) => {
    const findings: Finding[] = [];
    const isExpected = element.name === shape.name && element.namespace === namespace;
    const value = isExpected ? read(element, findings) : findings.push({ element, reason: 'elemento non previsto' });
    if (findings.length > 0) throw findingsFault(findings);
    return value;
  };
}

function compileElement(shape: ElementShape, namespace: string): Read {
  const { lexical, facets, attributes } = shape;
  if (lexical === undefined) return compileSequence(shape.children ?? [], namespace);
  const readText = compileText(facets === undefined ? { lexical } : { lexical, facets });
  if (attributes !== undefined) return compileAttributed(readText, attributes);
  return (element, findings) => {
    if (element.attributes.length > 0) refuseAttributes(element, findings, new Map());
    return textOf(element, readText, findings);
  };
}

function textOf(element: XmlElement, readText: ReadText, findings: Finding[]): unknown {
  if (element.children.length > 0) {
    findings.push({ element, reason: 'contiene elementi, ma è ammesso solo testo: scrivere il solo valore' });
    return undefined;
  }
  const value = readText(element.text);
  if (value instanceof Unfit) findings.push({ element, reason: value.reason });
  return value;
}

/** Text with attributes: an object of both. */
function compileAttributed(readText: ReadText, shapes: readonly AttributeShape[]): Read {
  const readers = new Map(shapes.map((shape) => [shape.name, compileText(shape)]));
  return (element, findings) => {
    refuseAttributes(element, findings, readers);
    const value: Record<string, unknown> = { text: undefined };
    for (const { name, optional } of shapes) {
      const attribute = element.attributes.find((one) => one.name === name && one.namespace === '');
      const read = attribute === undefined ? undefined : readers.get(name)?.(attribute.value);
      if (read instanceof Unfit) findings.push({ element, reason: `attributo ${name}: ${read.reason}` });
      else if (read !== undefined) value[name] = read;
      else if (!optional) findings.push({ element, reason: `manca l’attributo ${name}` });
    }
    value['text'] = textOf(element, readText, findings);
    return value;
  };
}

function refuseAttributes(element: XmlElement, findings: Finding[], known: ReadonlyMap<string, unknown>): void {
  for (const { name, namespace } of element.attributes) {
    if (namespace === '' && known.has(name)) continue;
    if (known.has(name)) {
      findings.push({ element, reason: `attributo ${name} non previsto con un prefisso: scriverlo senza` });
      continue;
    }
    const style = name === 'encodingStyle' ? `, ${DOCUMENT_LITERAL}` : '';
    findings.push({ element, reason: `attributo ${name} non previsto: toglierlo${style}` });
  }
}

interface Part extends ElementShape {
  readonly read: Read;
}

function compileSequence(children: readonly ElementShape[], namespace: string): Read {
  const parts: readonly Part[] = children.map((child) => ({ ...child, read: compileElement(child, namespace) }));
  return (element, findings) => {
    if (element.attributes.length > 0) refuseAttributes(element, findings, new Map());
    if (!isBlank(element.text)) findings.push({ element, reason: strayText(element.text) });
    const value: Record<string, unknown> = {};
    const found = element.children;
    let at = 0;
    /** The part to which the last element belongs. */
    let last = -1;
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index];
      if (part === undefined) break;
      const { name, many, optional } = part;
      let next = found[at];
      const before = at;
      if (many) {
        const items: unknown[] = [];
        for (; next?.name === name && next.namespace === namespace; next = found[++at]) {
          items.push(part.read(next, findings));
        }
        value[name] = items;
      } else if (next?.name === name && next.namespace === namespace) {
        value[name] = part.read(next, findings);
        at++;
      }
      if (at > before) last = index;
      else if (!optional) {
        findings.push(misplaced(element, next, parts, last, namespace));
        return undefined;
      }
    }
    const stray = found[at];
    if (stray !== undefined) findings.push(misplaced(element, stray, parts, last, namespace));
    return value;
  };
}

function strayText(text: string): string {
  const unseen = unseenIn(text);
  const isAlone = unseen !== undefined && isBlank(text.replaceAll(unseen.character, ''));
  const what = isAlone ? `un carattere invisibile, ${nameOfCharacter(unseen.character)}` : 'testo';
  return `contiene ${what}, ma sono ammessi solo elementi: toglierlo`;
}

/** @param last the part of the last element before the misplaced one; -1: none */
function misplaced(
  parent: XmlElement,
  element: XmlElement | undefined,
  parts: readonly Part[],
  last: number,
  namespace: string,
): Finding {
  const expected: string[] = [];
  for (const [index, { name, many, optional }] of parts.entries()) {
    if (index < last || (index === last && !many)) continue;
    expected.push(name);
    if (index > last && !optional) break;
  }
  const names = expected.join(', ');
  if (element === undefined) return { element: parent, reason: `manca ${names}` };
  if (expected.includes(element.name)) {
    // Clients of RPC style, or with elementFormDefault="unqualified", write the children of a qualified element like
    // this.
    const said = element.namespace === '' ? 'senza namespace' : 'namespace errato';
    const remedy = 'il contratto è document/literal, dove anche gli elementi figli sono qualificati';
    return { element, reason: `${said}, è atteso «${namespace}»: ${remedy}` };
  }
  return {
    element,
    reason: names === '' ? 'elemento non previsto: toglierlo' : `elemento inatteso, al suo posto è atteso ${names}`,
  };
}
