/** The namespace of a prefix at a place in a message (Namespaces in XML 1.0). Knows names, not elements. */

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';

/** A declaration in scope, and those around it. */
export interface Scope {
  readonly prefix: string;
  readonly namespace: string;
  readonly outer: Scope | undefined;
  /** Number of declarations, including this one. */
  readonly count: number;
}

/** The initial scope of every document: a reserved prefix for the namespace of xml:lang. */
export const OUTERMOST: Scope = { prefix: 'xml', namespace: XML, outer: undefined, count: 0 };

/** Whether the specification allows a declaration; an empty prefix declares the default namespace [3, 2.2]. */
export function isDeclarable(prefix: string, namespace: string): boolean {
  if (namespace === XMLNS || prefix === 'xmlns') return false;
  if ((prefix === 'xml') !== (namespace === XML)) return false;
  return namespace !== '' || prefix === '';
}

/** Whether the prefix is declared inside `outer`: a second declaration in one tag is not well-formed. */
export function isDeclaredWithin(scope: Scope | undefined, outer: Scope | undefined, prefix: string): boolean {
  for (let at = scope; at !== undefined && at !== outer; at = at.outer) if (at.prefix === prefix) return true;
  return false;
}

/** The namespace of a prefix; undefined: not declared. Without a declaration the default namespace is empty. */
export function namespaceOf(scope: Scope | undefined, prefix: string): string | undefined {
  for (let at = scope; at !== undefined; at = at.outer) if (at.prefix === prefix) return at.namespace;
  return prefix === '' ? '' : undefined;
}
