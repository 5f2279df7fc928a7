/** Which namespace a prefix stands for at a place in a message (Namespaces in XML 1.0). Knows names, not elements. */

const XML = 'http://www.w3.org/XML/1998/namespace';
const XMLNS = 'http://www.w3.org/2000/xmlns/';

/** A declaration in force, and those around it. */
export interface Scope {
  readonly prefix: string;
  readonly namespace: string;
  readonly outer: Scope | undefined;
  /** How many there are, this one included. */
  readonly count: number;
}

/** What every document begins with: a prefix of its own for the namespace of xml:lang. */
export const OUTERMOST: Scope = { prefix: 'xml', namespace: XML, outer: undefined, count: 0 };

/** Whether a declaration is one that the specification allows; an empty prefix is the default namespace's [3, 2.2]. */
export function isDeclarable(prefix: string, namespace: string): boolean {
  if (namespace === XMLNS || prefix === 'xmlns') return false;
  if ((prefix === 'xml') !== (namespace === XML)) return false;
  return namespace !== '' || prefix === '';
}

/** Whether the prefix is declared in front of `outer`: twice in one tag is no well-formed document. */
export function isDeclaredWithin(scope: Scope | undefined, outer: Scope | undefined, prefix: string): boolean {
  for (let at = scope; at !== undefined && at !== outer; at = at.outer) if (at.prefix === prefix) return true;
  return false;
}

/** undefined: the prefix is not declared. Without a declaration the default namespace is none. */
export function namespaceOf(scope: Scope | undefined, prefix: string): string | undefined {
  for (let at = scope; at !== undefined; at = at.outer) if (at.prefix === prefix) return at.namespace;
  return prefix === '' ? '' : undefined;
}
