/** Changes to a message: mutations as data, so that single ones can be removed while a failing message is minimised. */
import fc from 'fast-check';
import { ATTRIBUTE, BYTES, FILLER, LOCAL_NAME, NAMESPACE_URI, OUTSIDE, PREFIX, VALUE } from './pools.js';
import { elementsOf } from './xml-text.js';
import type { ElementNode, TextNode } from './xml-text.js';

/** Elements are chosen by number, modulo their count. */
const AT = fc.nat(40);

/** Each changes the tree in place. */
const KINDS = {
  value: fc.record({ at: AT, value: VALUE, as: fc.constantFrom<TextNode['kind'][]>('text', 'text', 'text', 'cdata', 'raw') }),
  filler: fc.record({ at: AT, piece: FILLER, where: fc.constantFrom('before', 'after', 'middle'), as: fc.constantFrom<TextNode['kind'][]>('text', 'cdata', 'comment') }),
  reference: fc.record({ at: AT, hexadecimal: fc.boolean() }),
  drop: fc.record({ at: AT }),
  duplicate: fc.record({ at: AT }),
  swap: fc.record({ at: AT, with: AT }),
  move: fc.record({ at: AT, into: AT }),
  wrap: fc.record({ at: AT, name: LOCAL_NAME }),
  rename: fc.record({ at: AT, name: LOCAL_NAME }),
  prefix: fc.record({ at: AT, prefix: PREFIX }),
  namespace: fc.record({ at: AT, prefix: PREFIX, uri: NAMESPACE_URI }),
  insert: fc.record({ at: AT, name: LOCAL_NAME, value: VALUE }),
  attribute: fc.record({ at: AT, attribute: ATTRIBUTE }),
  attributeTwice: fc.record({ at: AT, attribute: ATTRIBUTE, again: VALUE }),
  attributeTwiceByPrefixes: fc.record({ at: AT, name: LOCAL_NAME, uri: NAMESPACE_URI }),
  namespaceTwice: fc.record({ at: AT, prefix: PREFIX, uri: NAMESPACE_URI, again: NAMESPACE_URI }),
  nest: fc.record({ at: AT, depth: fc.constantFrom(2, 28, 31, 40, 300) }),
  repeat: fc.record({ at: AT, times: fc.constantFrom(2, 20, 700, 2_100) }),
} as const; // prettier-ignore

type Kinds = typeof KINDS;
type TreeMutation = {
  [Kind in keyof Kinds]: { kind: Kind } & (Kinds[Kind] extends fc.Arbitrary<infer Data> ? Data : never);
}[keyof Kinds];

function kind(name: keyof Kinds, weight: number): fc.WeightedArbitrary<TreeMutation> {
  const data: fc.Arbitrary<object> = KINDS[name];
  return { weight, arbitrary: data.map((fields) => ({ kind: name, ...fields }) as TreeMutation) };
}

export const TREE_MUTATION: fc.Arbitrary<TreeMutation> = fc.oneof(
  kind('value', 24),
  kind('filler', 6),
  kind('reference', 6),
  kind('drop', 3),
  kind('duplicate', 2),
  kind('swap', 2),
  kind('move', 2),
  kind('wrap', 2),
  kind('rename', 3),
  kind('prefix', 2),
  kind('namespace', 4),
  kind('insert', 3),
  kind('attribute', 5),
  kind('attributeTwice', 1),
  kind('attributeTwiceByPrefixes', 1),
  kind('namespaceTwice', 1),
  kind('nest', 1),
  kind('repeat', 1),
);

/** Changes the tree; impossible changes (dropping the root) do nothing. */
export function mutate(root: ElementNode, mutation: TreeMutation): void {
  const all = elementsOf(root);
  const { element, parent } = all[mutation.at % all.length] ?? { element: root, parent: undefined };
  const siblings = parent?.children ?? [];
  const place = siblings.indexOf(element);
  switch (mutation.kind) {
    case 'value':
      element.children = [{ kind: mutation.as, value: mutation.value }];
      return;
    case 'filler': {
      const piece: TextNode = { kind: mutation.as, value: mutation.piece };
      const half = Math.floor(element.children.length / 2);
      element.children.splice({ before: 0, after: element.children.length, middle: half }[mutation.where], 0, piece);
      return;
    }
    case 'reference': {
      const radix = mutation.hexadecimal ? 16 : 10;
      const written = (character: string) =>
        `&#${mutation.hexadecimal ? 'x' : ''}${(character.codePointAt(0) ?? 0).toString(radix)};`;
      element.children = element.children.map((child) =>
        child.kind === 'text' ? { kind: 'raw', value: Array.from(child.value, written).join('') } : child,
      );
      return;
    }
    case 'drop':
      if (parent !== undefined) siblings.splice(place, 1);
      return;
    case 'duplicate':
      if (parent !== undefined) siblings.splice(place, 0, structuredClone(element));
      return;
    case 'swap': {
      // Of two nested ones the inner ones drop out of the tree.
      const other = all[mutation.with % all.length];
      if (other === undefined) return;
      [element.children, other.element.children] = [other.element.children, element.children];
      [element.name, other.element.name] = [other.element.name, element.name];
      return;
    }
    case 'move': {
      const into = all[mutation.into % all.length]?.element;
      if (parent === undefined || into === undefined || into === element || holds(element, into)) return;
      siblings.splice(place, 1);
      into.children.push(element);
      return;
    }
    case 'wrap':
      if (parent !== undefined) {
        siblings[place] = { kind: 'element', name: mutation.name, attributes: [], children: [element] };
      }
      return;
    case 'rename':
      element.name = withPrefix(element.name.split(':').at(-2) ?? '', mutation.name);
      return;
    case 'prefix':
      element.name = withPrefix(mutation.prefix, element.name.split(':').at(-1) ?? '');
      return;
    case 'namespace':
      setAttribute(element, withPrefix('xmlns', mutation.prefix), mutation.uri);
      return;
    case 'insert':
      siblings.splice(place, 0, {
        kind: 'element',
        name: withPrefix('tes', mutation.name),
        attributes: [],
        children: [{ kind: 'text', value: mutation.value }],
      });
      return;
    case 'attribute':
      setAttribute(element, ...mutation.attribute);
      return;
    case 'attributeTwice':
      setTwice(element, ...mutation.attribute, mutation.again);
      return;
    case 'attributeTwiceByPrefixes': // in one namespace they are one name (Namespaces in XML 1.0, 6.3)
      for (const prefix of ['a', 'b']) {
        setAttribute(element, `xmlns:${prefix}`, mutation.uri);
        setAttribute(element, `${prefix}:${mutation.name}`, prefix);
      }
      return;
    case 'namespaceTwice':
      setTwice(element, withPrefix('xmlns', mutation.prefix), mutation.uri, mutation.again);
      return;
    case 'nest':
      element.children.push({ kind: 'raw', value: '<n>'.repeat(mutation.depth) + '</n>'.repeat(mutation.depth) });
      return;
    case 'repeat':
      if (parent !== undefined) siblings.push({ kind: 'raw', value: '<n/>'.repeat(mutation.times) });
      return;
  }
}

function withPrefix(prefix: string, name: string): string {
  if (prefix === '') return name;
  return name === '' ? prefix : `${prefix}:${name}`;
}

function setAttribute(element: ElementNode, name: string, value: string): void {
  element.attributes = [...element.attributes.filter(([known]) => known !== name), [name, value]];
}

/** What no XML may have, whether the values agree or not. */
function setTwice(element: ElementNode, name: string, value: string, again: string): void {
  setAttribute(element, name, value);
  element.attributes.push([name, again]);
}

/** Whether `inner` is anywhere inside. */
function holds(element: ElementNode, inner: ElementNode): boolean {
  return element.children.some((child) => child.kind === 'element' && (child === inner || holds(child, inner)));
}

const OFFSET = fc.nat(4_000);

export const BYTE_MUTATION = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: OFFSET, bytes: BYTES }),
  fc.record({ kind: fc.constant('overwrite' as const), at: OFFSET, bytes: BYTES }),
  fc.record({ kind: fc.constant('flip' as const), at: OFFSET, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), at: OFFSET, length: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: OFFSET, length: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('truncate' as const), at: OFFSET }),
);

export const PROLOGUE = fc.array(OUTSIDE, { maxLength: 2 });

export type ByteMutation = typeof BYTE_MUTATION extends fc.Arbitrary<infer Data> ? Data : never;

export function mutateBytes(bytes: Buffer, mutation: ByteMutation): Buffer {
  const at = bytes.length === 0 ? 0 : mutation.at % bytes.length;
  const before = bytes.subarray(0, at);
  switch (mutation.kind) {
    case 'insert':
      return Buffer.concat([before, mutation.bytes, bytes.subarray(at)]);
    case 'overwrite':
      return Buffer.concat([before, mutation.bytes, bytes.subarray(at + mutation.bytes.length)]);
    case 'flip': {
      const flipped = Buffer.from([(bytes[at] ?? 0) ^ (1 << mutation.bit)]);
      return Buffer.concat([before, flipped, bytes.subarray(at + 1)]);
    }
    case 'cut':
      return Buffer.concat([before, bytes.subarray(at + mutation.length)]);
    case 'repeat': {
      const piece = bytes.subarray(at, at + mutation.length);
      return Buffer.concat([before, piece, bytes.subarray(at)]);
    }
    case 'truncate':
      return before;
  }
}
