/** XML as written: prefixes, CDATA and comments are preserved, so that mutations can break any of them. */
import { SaxesParser } from 'saxes';

export interface ElementNode {
  kind: 'element';
  /** With prefix. */
  name: string;
  attributes: [name: string, value: string][];
  children: XmlNode[];
}

/** `raw` is written as it is, well-formed or not. */
export interface TextNode {
  kind: 'text' | 'cdata' | 'comment' | 'raw';
  value: string;
}

export type XmlNode = ElementNode | TextNode;

/** @throws Error when the text is not well-formed, or has a DOCTYPE */
export function readXml(xml: string): ElementNode {
  const parser = new SaxesParser({ xmlns: false });
  const stack: ElementNode[] = [];
  let root: ElementNode | undefined;
  const fail = (reason: string): never => {
    throw new Error(reason);
  };
  const add = (kind: TextNode['kind']) => (value: string) => {
    stack.at(-1)?.children.push({ kind, value });
  };
  parser.on('error', (error) => fail(error.message));
  parser.on('doctype', () => fail('DOCTYPE'));
  parser.on('text', add('text'));
  parser.on('cdata', add('cdata'));
  parser.on('comment', add('comment'));
  parser.on('opentag', (tag) => {
    const element: ElementNode = {
      kind: 'element',
      name: tag.name,
      attributes: Object.entries(tag.attributes),
      children: [],
    };
    stack.at(-1)?.children.push(element);
    root ??= element;
    stack.push(element);
  });
  parser.on('closetag', () => {
    stack.pop();
  });
  parser.write(xml).close();
  return root ?? fail('no element');
}

export function writeXml(node: XmlNode): string {
  switch (node.kind) {
    case 'text':
      return escaped(node.value);
    case 'cdata':
      return `<![CDATA[${node.value}]]>`;
    case 'comment':
      return `<!--${node.value}-->`;
    case 'raw':
      return node.value;
    case 'element': {
      const attributes = node.attributes.map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
      const inside = node.children.map(writeXml).join('');
      return inside === '' ? `<${node.name}${attributes}/>` : `<${node.name}${attributes}>${inside}</${node.name}>`;
    }
  }
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Every element with its parent, in document order. */
export function elementsOf(root: ElementNode): { element: ElementNode; parent: ElementNode | undefined }[] {
  const found: { element: ElementNode; parent: ElementNode | undefined }[] = [];
  const walk = (element: ElementNode, parent: ElementNode | undefined) => {
    found.push({ element, parent });
    for (const child of element.children) if (child.kind === 'element') walk(child, element);
  };
  walk(root, undefined);
  return found;
}
