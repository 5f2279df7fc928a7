/**
 * Reads the XSD of a contract: named simple types, sequences, text with attributes. Contracts use only this subset,
 * which every toolkit can import; anything else is an error that names it. Independent of WSDL and TypeScript.
 */
import type { Facets, Lexical } from '../../platform/soap/contract.js';
import { documentation, readFacets } from './facets.js';
import { allowOnly, attribute, childrenOf, ContractError, onlyChild, qualifiedName } from './xml-tree.js';
import type { XmlNode } from './xml-tree.js';

export const XSD = 'http://www.w3.org/2001/XMLSchema';

/** Text content, reduced to its built-in base type. */
export interface TextType {
  readonly kind: 'text';
  readonly lexical: Lexical;
  readonly facets: Facets;
}

export interface SchemaAttribute {
  readonly name: string;
  readonly doc: string;
  readonly optional: boolean;
  readonly type: TextType;
}

/** Text with attributes (xs:simpleContent). */
export interface AttributedType {
  readonly kind: 'attributed';
  readonly name: string;
  readonly doc: string;
  readonly text: TextType;
  readonly attributes: readonly SchemaAttribute[];
}

export interface SequenceType {
  readonly kind: 'sequence';
  /** Name of the complexType, or of the element when the type is anonymous. */
  readonly name: string;
  readonly doc: string;
  readonly elements: readonly SchemaElement[];
}

export type SchemaType = TextType | AttributedType | SequenceType;

export interface SchemaElement {
  readonly name: string;
  readonly doc: string;
  readonly optional: boolean;
  readonly many: boolean;
  readonly type: SchemaType;
}

export interface Schema {
  readonly namespace: string;
  /** Global elements by local name. */
  readonly elements: ReadonlyMap<string, SchemaElement>;
}

const BUILT_IN: ReadonlyMap<string, Lexical> = new Map(
  (['string', 'token', 'date', 'dateTime', 'long', 'int', 'boolean'] as const).map((name) => [name, name]),
);

/** @throws ContractError naming file, line and unsupported construct. */
export function readSchema(root: XmlNode): Schema {
  return new SchemaReader(root).read();
}

class SchemaReader {
  readonly #namespace: string;
  readonly #declared = new Map<string, XmlNode>();
  readonly #resolved = new Map<string, SchemaType>();
  readonly #resolving = new Set<string>();

  constructor(private readonly root: XmlNode) {
    if (root.namespace !== XSD || root.name !== 'schema') throw new ContractError(root, 'not an xs:schema');
    allowOnly(
      root,
      ['targetNamespace', 'elementFormDefault', 'version'],
      ['annotation', 'simpleType', 'complexType', 'element'],
    );
    if (root.attributes.get('elementFormDefault') !== 'qualified') {
      throw new ContractError(root, 'elementFormDefault must be "qualified"');
    }
    this.#namespace = attribute(root, 'targetNamespace');
    for (const node of [...childrenOf(root, 'simpleType'), ...childrenOf(root, 'complexType')]) {
      const name = attribute(node, 'name');
      if (this.#declared.has(name)) throw new ContractError(node, `type ${name} is declared twice`);
      this.#declared.set(name, node);
    }
  }

  read(): Schema {
    // Includes types that no element uses: an unsupported construct is never skipped.
    for (const name of this.#declared.keys()) this.#typeNamed(name, this.root);
    const elements = new Map<string, SchemaElement>();
    for (const node of childrenOf(this.root, 'element')) {
      const element = this.#globalElement(node);
      if (elements.has(element.name)) throw new ContractError(node, `element ${element.name} is declared twice`);
      elements.set(element.name, element);
    }
    return { namespace: this.#namespace, elements };
  }

  #globalElement(node: XmlNode): SchemaElement {
    allowOnly(node, ['name', 'type'], ['annotation', 'complexType']);
    const name = attribute(node, 'name');
    const doc = documentation(node);
    if (node.attributes.has('type')) {
      if (childrenOf(node, 'complexType').length > 0) throw new ContractError(node, `element ${name} has two types`);
      return { name, doc, optional: false, many: false, type: this.#typeOf(node, 'type') };
    }
    const type = onlyChild(node, 'complexType');
    allowOnly(type, [], ['annotation', 'sequence']);
    return {
      name,
      doc,
      optional: false,
      many: false,
      type: { kind: 'sequence', name, doc, elements: this.#sequence(type) },
    };
  }

  #sequence(type: XmlNode): readonly SchemaElement[] {
    const sequence = onlyChild(type, 'sequence');
    allowOnly(sequence, [], ['annotation', 'element']);
    const elements = childrenOf(sequence, 'element').map((node) => this.#localElement(node));
    // Not even blanks are permitted in it, which no toolkit respects.
    if (elements.length === 0) throw new ContractError(sequence, 'an empty sequence is not understood');
    const names = new Set<string>();
    for (const { name } of elements) {
      if (names.has(name)) throw new ContractError(sequence, `element ${name} occurs twice in one sequence`);
      names.add(name);
    }
    return elements;
  }

  #localElement(node: XmlNode): SchemaElement {
    allowOnly(node, ['name', 'type', 'minOccurs', 'maxOccurs'], ['annotation']);
    const least = occurrences(node, 'minOccurs');
    const most = occurrences(node, 'maxOccurs');
    if (least > 1 || (most !== 1 && most !== Infinity))
      throw new ContractError(node, `minOccurs ${least}, maxOccurs ${most} is not understood`);
    const name = attribute(node, 'name');
    return { name, doc: documentation(node), optional: least === 0, many: most > 1, type: this.#typeOf(node, 'type') };
  }

  #typeOf(node: XmlNode, attributeName: string): SchemaType {
    const { namespace, name } = qualifiedName(node, attributeName);
    if (namespace === this.#namespace) return this.#typeNamed(name, node);
    const lexical = namespace === XSD ? BUILT_IN.get(name) : undefined;
    if (lexical === undefined) throw new ContractError(node, `type ${name} {${namespace}} is not understood`);
    return { kind: 'text', lexical, facets: {} };
  }

  #typeNamed(name: string, user: XmlNode): SchemaType {
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    const node = this.#declared.get(name);
    if (node === undefined) throw new ContractError(user, `type ${name} is not declared`);
    if (this.#resolving.has(name))
      throw new ContractError(user, `type ${name} contains itself: recursion is not understood`);
    this.#resolving.add(name);
    const type = node.name === 'simpleType' ? this.#simpleType(node) : this.#complexType(node, name);
    this.#resolving.delete(name);
    this.#resolved.set(name, type);
    return type;
  }

  #textTypeOf(node: XmlNode, attributeName: string): TextType {
    const type = this.#typeOf(node, attributeName);
    if (type.kind !== 'text') throw new ContractError(node, `${attributeName} of ${node.name} must be a simple type`);
    return type;
  }

  #simpleType(node: XmlNode): TextType {
    allowOnly(node, ['name'], ['annotation', 'restriction']);
    const restriction = onlyChild(node, 'restriction');
    const base = this.#textTypeOf(restriction, 'base');
    return { ...base, facets: readFacets(restriction, base.lexical, base.facets) };
  }

  #complexType(node: XmlNode, name: string): AttributedType | SequenceType {
    allowOnly(node, ['name'], ['annotation', 'sequence', 'simpleContent']);
    const doc = documentation(node);
    const [content] = childrenOf(node, 'simpleContent');
    if (content === undefined) return { kind: 'sequence', name, doc, elements: this.#sequence(node) };
    if (childrenOf(node, 'sequence').length > 0) throw new ContractError(node, `type ${name} has two contents`);
    allowOnly(content, [], ['annotation', 'extension']);
    const extension = onlyChild(content, 'extension');
    allowOnly(extension, ['base'], ['annotation', 'attribute']);
    const attributes = childrenOf(extension, 'attribute').map((child) => this.#attribute(child));
    return { kind: 'attributed', name, doc, text: this.#textTypeOf(extension, 'base'), attributes };
  }

  #attribute(node: XmlNode): SchemaAttribute {
    allowOnly(node, ['name', 'type', 'use'], ['annotation']);
    const use = node.attributes.get('use') ?? 'optional';
    if (use !== 'optional' && use !== 'required') throw new ContractError(node, `use "${use}" is not understood`);
    const type = this.#textTypeOf(node, 'type');
    return { name: attribute(node, 'name'), doc: documentation(node), optional: use === 'optional', type };
  }
}

function occurrences(node: XmlNode, name: string): number {
  const written = node.attributes.get(name) ?? '1';
  if (name === 'maxOccurs' && written === 'unbounded') return Infinity;
  if (!/^[0-9]+$/.test(written)) throw new ContractError(node, `${name} "${written}" is not understood`);
  return Number(written);
}
