/**
 * Reads the facets of an xs:restriction. A facet that the SOAP engine cannot check, or that the base type does not
 * have, is an error that names it. Reads one restriction and its inherited facets, not the schema around it.
 */
import type { Facets, Lexical } from '../../platform/soap/contract.js';
import { translatePattern } from './pattern.js';
import { allowOnly, attribute, childrenOf, ContractError } from './xml-tree.js';
import type { XmlNode } from './xml-tree.js';

const LENGTHS = ['length', 'minLength', 'maxLength'] as const;
const BOUNDS = ['minInclusive', 'maxInclusive'] as const;

/** Omits whiteSpace, which would change how text is read; only text has a length, only numbers have bounds. */
const FACETS_OF: Readonly<Record<Lexical, readonly string[]>> = {
  string: [...LENGTHS, 'pattern', 'enumeration'],
  token: [...LENGTHS, 'pattern', 'enumeration'],
  date: ['pattern'],
  dateTime: ['pattern'],
  long: [...BOUNDS, 'pattern'],
  int: [...BOUNDS, 'pattern'],
  boolean: ['pattern'],
};

/**
 * @param inherited facets of the base type: a repeated facet replaces the inherited one, except patterns, which must
 * all match
 * @throws ContractError naming an unsupported facet.
 */
export function readFacets(restriction: XmlNode, lexical: Lexical, inherited: Facets): Facets {
  allowOnly(restriction, ['base'], FACETS_OF[lexical]);
  for (const facet of restriction.children) allowOnly(facet, ['value'], ['annotation']);
  const numbers = [...LENGTHS, ...BOUNDS].flatMap((name) => {
    const value = numberOf(restriction, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const values = childrenOf(restriction, 'enumeration').map((facet) => valueOf(facet, lexical));
  const patterns = childrenOf(restriction, 'pattern');
  const pattern = patternOf(patterns);
  const form = patterns.map(documentation).filter((text) => text !== '');
  return {
    ...inherited,
    ...Object.fromEntries(numbers),
    ...(values.length > 0 && { values }),
    ...(pattern !== undefined && { patterns: [...(inherited.patterns ?? []), pattern] }),
    ...(form.length > 0 && { form: form.join(', oppure ') }),
  };
}

/** Text is compared after collapsing white space, except for xs:string. */
function valueOf(facet: XmlNode, lexical: Lexical): string {
  const value = attribute(facet, 'value');
  if (lexical === 'token' && value.trim().replace(/\s+/g, ' ') !== value) {
    throw new ContractError(facet, `enumeration "${value}" is not understood: it has white space to collapse`);
  }
  return value;
}

function numberOf(restriction: XmlNode, name: string): number | undefined {
  const [facet, ...others] = childrenOf(restriction, name);
  if (facet === undefined) return undefined;
  if (others.length > 0) throw new ContractError(restriction, `${name} is said twice`);
  const written = attribute(facet, 'value');
  const value = Number(written);
  if (!/^-?[0-9]+$/.test(written) || !Number.isSafeInteger(value)) {
    throw new ContractError(facet, `${name} "${written}" is not understood`);
  }
  return value;
}

/** Patterns of one restriction are alternatives (XML Schema part 2, 4.3.4.3). */
function patternOf(facets: readonly XmlNode[]): RegExp | undefined {
  if (facets.length === 0) return undefined;
  const alternatives = facets.map((facet) => translatePattern(attribute(facet, 'value'), facet));
  return new RegExp(`^(?:${alternatives.join('|')})$`, 'u');
}

/** The text of xs:documentation, '' when there is none. */
export function documentation(node: XmlNode): string {
  const texts = childrenOf(node, 'annotation').flatMap((annotation) => {
    allowOnly(annotation, [], ['documentation']);
    return annotation.children.map((child) => {
      allowOnly(child, ['xml:lang'], []);
      return child.text;
    });
  });
  return texts.join(' ');
}
