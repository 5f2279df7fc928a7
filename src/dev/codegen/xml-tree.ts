/**
 * A contract file as a tree whose nodes have file and line, with helpers that reject everything a reader does not name.
 * Independent of WSDL and XSD. For our own files only: no size limits.
 */
import { SaxesParser } from 'saxes';

/** A contract file has an unsupported construct; the message names file, line and construct. */
export class ContractError extends Error {
  constructor(where: { readonly file: string; readonly line: number }, message: string) {
    super(`${where.file}:${where.line}: ${message}`);
    this.name = 'ContractError';
  }
}

export interface XmlNode {
  readonly file: string;
  /** Line on which the start tag ends, from 1. */
  readonly line: number;
  readonly namespace: string;
  /** Local name. */
  readonly name: string;
  /** By name as written (`xml:lang`), without namespace declarations. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  /** Character data directly inside, white space collapsed. */
  readonly text: string;
  /** Prefixes in scope, '' for the default namespace. */
  readonly prefixes: ReadonlyMap<string, string>;
}

export interface QualifiedName {
  readonly namespace: string;
  readonly name: string;
}

interface OpenNode extends XmlNode {
  readonly children: XmlNode[];
  text: string;
}

/** @throws ContractError when the text is not well-formed or has a DOCTYPE. */
export function parseTree(source: string, file: string): XmlNode {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const open: OpenNode[] = [];
  const roots: XmlNode[] = [];
  const here = (): { file: string; line: number } => ({ file, line: parser.line });

  parser.on('error', (error) => {
    throw new ContractError(here(), `not well-formed: ${error.message}`);
  });
  parser.on('doctype', () => {
    throw new ContractError(here(), 'DOCTYPE is not understood');
  });
  parser.on('opentag', (tag) => {
    const parent = open.at(-1);
    const attributes = Object.values(tag.attributes).filter(
      ({ name, prefix }) => name !== 'xmlns' && prefix !== 'xmlns',
    );
    const node: OpenNode = {
      ...here(),
      namespace: tag.uri,
      name: tag.local,
      attributes: new Map(attributes.map(({ name, value }) => [name, value])),
      children: [],
      text: '',
      prefixes: new Map([...(parent?.prefixes ?? []), ...Object.entries(tag.ns)]),
    };
    (parent?.children ?? roots).push(node);
    open.push(node);
  });
  parser.on('text', (text) => {
    const node = open.at(-1);
    if (node !== undefined) node.text += text;
  });
  parser.on('cdata', () => {
    throw new ContractError(here(), 'CDATA is not understood');
  });
  parser.on('closetag', () => {
    const node = open.pop();
    if (node !== undefined) node.text = node.text.replace(/\s+/g, ' ').trim();
  });
  parser.write(source).close();
  const [root] = roots;
  if (root === undefined) throw new ContractError(here(), 'no root element');
  return root;
}

/**
 * Rejects attributes and children that the caller does not name. Documentation holds no text of its own outside it.
 * @param children local names, all of `namespaces`
 * @throws ContractError naming the first unexpected one.
 */
export function allowOnly(
  node: XmlNode,
  attributes: readonly string[],
  children: readonly string[],
  namespaces: readonly string[] = [node.namespace],
): void {
  for (const name of node.attributes.keys()) {
    if (!attributes.includes(name))
      throw new ContractError(node, `attribute ${name} of ${node.name} is not understood`);
  }
  for (const child of node.children) {
    if (!namespaces.includes(child.namespace) || !children.includes(child.name)) {
      throw new ContractError(child, `${child.name} {${child.namespace}} in ${node.name} is not understood`);
    }
  }
  if (children.length > 0 && node.text !== '') throw new ContractError(node, `text in ${node.name} is not understood`);
}

/** Children of that local name, in file order. */
export function childrenOf(node: XmlNode, name: string): readonly XmlNode[] {
  return node.children.filter((child) => child.name === name);
}

/** @throws ContractError unless there is exactly one child of that local name. */
export function onlyChild(node: XmlNode, name: string): XmlNode {
  const [child, ...others] = childrenOf(node, name);
  if (child === undefined || others.length > 0)
    throw new ContractError(node, `${node.name} must have exactly one ${name}`);
  return child;
}

/** @throws ContractError when the attribute is missing or empty. */
export function attribute(node: XmlNode, name: string): string {
  const value = node.attributes.get(name);
  if (value === undefined || value === '') throw new ContractError(node, `${node.name} has no attribute ${name}`);
  return value;
}

/** Reads an attribute as a QName. @throws ContractError when it is missing or its prefix is not declared. */
export function qualifiedName(node: XmlNode, attributeName: string): QualifiedName {
  const [local = '', prefix = ''] = attribute(node, attributeName).split(':').reverse();
  const namespace = node.prefixes.get(prefix) ?? (prefix === '' ? '' : undefined);
  if (namespace === undefined) throw new ContractError(node, `prefix ${prefix} of ${attributeName} is not declared`);
  return { namespace, name: local };
}
