/**
 * Compares an answer with the expected one, element by element, and prints both as one text: equal lines with a leading
 * blank, missing ones with `-`, unexpected ones with `+`. Uses neither files nor the network.
 */
import { matches } from './placeholders.js';
import type { Memory } from './placeholders.js';
import { linesOf } from './tree.js';
import type { Element } from './tree.js';

export interface Comparison {
  /** In Italian, each with the path of the element; empty: the answers agree. */
  readonly differences: readonly string[];
  readonly lines: readonly string[];
}

/** Number of equal siblings after which further ones are shown without details. */
const SHOWN_ALIKE = 1;

/** @throws UnknownPlaceholder */
export function compare(expected: Element, received: Element, memory: Memory): Comparison {
  const differences: string[] = [];
  const lines: string[] = [];
  compareElements(expected, received, '', '', { differences, lines, memory });
  return { differences, lines };
}

interface Notes {
  readonly differences: string[];
  readonly lines: string[];
  readonly memory: Memory;
}

function compareElements(expected: Element, received: Element, parent: string, indent: string, notes: Notes): void {
  const path = parent === '' ? expected.name : `${parent}/${expected.name}`;
  const before = notes.differences.length;
  const note = (text: string) => notes.differences.push(`${path}: ${text}`);
  if (expected.name !== received.name || expected.namespace !== received.namespace) {
    note(`atteso ${describe(expected)}, ricevuto ${describe(received)}`);
  }
  compareAttributes(expected, received, note, notes.memory);
  if (!matches(expected.text, received.text, notes.memory)) {
    note(`atteso «${expected.text}», ricevuto «${received.text}»`);
  }
  const differs = notes.differences.length > before;
  if (differs) {
    notes.lines.push(...marked('-', linesOf(expected, indent)), ...marked('+', linesOf(received, indent)));
    return;
  }
  if (expected.children.length === 0 && received.children.length === 0) {
    notes.lines.push(...marked(' ', linesOf(received, indent)));
    return;
  }
  const [open = '', ...rest] = linesOf(received, indent);
  notes.lines.push(` ${open}`);
  compareChildren(expected, received, path, `${indent}  `, notes);
  notes.lines.push(` ${rest.at(-1) ?? `${indent}</${received.label}>`}`);
}

/**
 * Compares both sequences in parallel; where the names differ, the rest of the other side decides which one has an
 * extra element.
 */
function compareChildren(expected: Element, received: Element, path: string, indent: string, notes: Notes): void {
  const left = [...received.children];
  const wanted = [...expected.children];
  for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
    if (next.presence !== undefined) {
      compareMany(next, takeNamed(left, next.name), path, indent, notes);
      continue;
    }
    const ahead = left.findIndex((element) => element.name === next.name);
    const isLater =
      ahead > 0 && !left.slice(0, ahead).some((element) => wanted.some(({ name }) => name === element.name));
    if (isLater) for (const element of left.splice(0, ahead)) unexpected(element, path, indent, notes);
    if (left[0]?.name === next.name) {
      const found = left.shift();
      if (found !== undefined) compareElements(next, found, path, indent, notes);
    } else missing(next, path, indent, notes);
  }
  for (const element of left) unexpected(element, path, indent, notes);
}

/** Compares siblings of one name with the single example for them. */
function compareMany(example: Element, found: readonly Element[], path: string, indent: string, notes: Notes): void {
  const here = `${path}/${example.name}`;
  const agrees = (element: Element) => compare(example, element, notes.memory).differences.length === 0;
  if (example.presence === 'assente' || example.presence === 'tra-altri') {
    const equal = found.filter(agrees);
    if (example.presence === 'assente') {
      if (equal.length === 0) return;
      notes.differences.push(`${here}: presente, non deve esserci`);
      for (const element of equal) notes.lines.push(...marked('+', linesOf(element, indent)));
      return;
    }
    if (equal.length === 1) notes.lines.push(...equal.flatMap((element) => marked(' ', linesOf(element, indent))));
    else {
      notes.differences.push(`${here}: atteso una volta tra ${found.length}, trovato ${equal.length} volte`);
      notes.lines.push(...marked('-', linesOf(example, indent)));
    }
    if (found.length > equal.length) notes.lines.push(` ${indent}<!-- e altri ${found.length - equal.length} -->`);
    return;
  }
  if (found.length === 0 && example.presence === 'almeno-uno') missing(example, path, indent, notes);
  let alike = 0;
  for (const element of found) {
    if (agrees(element) && ++alike > SHOWN_ALIKE) continue;
    compareElements(example, element, path, indent, notes);
  }
  if (alike > SHOWN_ALIKE) notes.lines.push(` ${indent}<!-- e altri ${alike - SHOWN_ALIKE} della stessa forma -->`);
}

function takeNamed(from: Element[], name: string): Element[] {
  const taken = from.filter((element) => element.name === name);
  const kept = from.filter((element) => element.name !== name);
  from.splice(0, from.length, ...kept);
  return taken;
}

function missing(element: Element, path: string, indent: string, notes: Notes): void {
  notes.differences.push(`${path}/${element.name}: manca nella risposta`);
  notes.lines.push(...marked('-', linesOf(element, indent)));
}

function unexpected(element: Element, path: string, indent: string, notes: Notes): void {
  notes.differences.push(`${path}/${element.name}: non atteso`);
  notes.lines.push(...marked('+', linesOf(element, indent)));
}

function compareAttributes(expected: Element, received: Element, note: (text: string) => void, memory: Memory): void {
  const same = (one: { namespace: string; name: string }) => (other: { namespace: string; name: string }) =>
    one.namespace === other.namespace && one.name === other.name;
  for (const attribute of expected.attributes) {
    const found = received.attributes.find(same(attribute));
    if (found === undefined) note(`manca l’attributo ${attribute.name}`);
    else if (!matches(attribute.value, found.value, memory)) {
      note(`attributo ${attribute.name}: atteso «${attribute.value}», ricevuto «${found.value}»`);
    }
  }
  for (const attribute of received.attributes) {
    if (!expected.attributes.some(same(attribute))) note(`attributo ${attribute.name} non atteso`);
  }
}

const describe = ({ name, namespace }: Element): string => `${name}${namespace === '' ? '' : ` {${namespace}}`}`;

const marked = (mark: string, lines: readonly string[]): string[] => lines.map((line) => mark + line);
