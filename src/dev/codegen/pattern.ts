/**
 * Translates xs:pattern to a JavaScript regular expression. The two languages look alike but differ: `.`, `\s`, `^`,
 * `$` and `-` have other meanings. Constructs that no contract needs are errors, never passed through.
 */
import { ContractError } from './xml-tree.js';

/** Multi-character escapes (XML Schema part 2, F.1.1); `\d` matches every Unicode digit. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['s', '[ \\t\\n\\r]'],
  ['S', '[^ \\t\\n\\r]'],
]);
const CONTROLS = 'ntr';
/** Characters that may be escaped to stand for themselves. */
const ESCAPABLE = '\\|.?*+(){}-[]^';
/** Characters that JavaScript requires to be escaped, outside and inside brackets, with the flag u. */
const SYNTAX = /[\\^$.*+?()[\]{}|/]/;
const SYNTAX_IN_BRACKETS = /[\\^\]-]/;

/**
 * @param where position for errors
 * @returns source for the flag u, not anchored
 * @throws ContractError naming an unsupported construct.
 */
export function translatePattern(pattern: string, where: { readonly file: string; readonly line: number }): string {
  const refuse = (what: string): never => {
    throw new ContractError(where, `pattern "${pattern}": ${what} is not understood`);
  };
  let source = '';
  let at = 0;
  let depth = 0;
  /** A quantifier needs an atom before it, and is none itself. */
  let isAtom = false;

  const escaped = (inBrackets: boolean): string => {
    const character = pattern[at + 1] ?? '';
    at += 2;
    if (character !== '' && CONTROLS.includes(character)) return `\\${character}`;
    const meaning = inBrackets ? undefined : CLASSES.get(character);
    if (meaning !== undefined) return meaning;
    if (character === '' || !ESCAPABLE.includes(character)) refuse(`\\${character}`);
    return (inBrackets ? SYNTAX_IN_BRACKETS : SYNTAX).test(character) ? `\\${character}` : character;
  };

  const brackets = (): string => {
    at++;
    let inside = '';
    if (pattern[at] === '^') {
      inside = '^';
      at++;
    }
    const first = at;
    for (;;) {
      const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
      if (at >= pattern.length) refuse('[ without ]');
      if (character === ']') {
        if (at === first) refuse('[]');
        at++;
        return `[${inside}]`;
      }
      if (character === '[') refuse('[ within brackets'); // includes the subtraction of a class
      if (character === '\\') {
        inside += escaped(true);
        continue;
      }
      // A hyphen between two characters is a range, at either end a character.
      const isEdge = at === first || pattern[at + 1] === ']';
      inside += (character !== '-' || isEdge) && SYNTAX_IN_BRACKETS.test(character) ? `\\${character}` : character;
      at += character.length;
    }
  };

  while (at < pattern.length) {
    const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    const quantifier = /^(?:[?*+]|\{[0-9]+(?:,[0-9]*)?\})/.exec(pattern.slice(at))?.[0];
    if (quantifier !== undefined) {
      if (!isAtom) refuse(quantifier);
      source += quantifier;
      at += quantifier.length;
      isAtom = false;
      continue;
    }
    isAtom = true;
    if (character === '\\') source += escaped(false);
    else if (character === '[') source += brackets();
    else {
      at += character.length;
      if (character === '(') {
        depth++;
        source += '(?:';
        isAtom = false;
      } else if (character === ')') {
        if (--depth < 0) refuse(')');
        source += ')';
      } else if (character === '|') {
        source += '|';
        isAtom = false;
      } else if (character === '.') source += '[^\\n\\r]';
      else if (']{}'.includes(character)) refuse(character);
      else source += SYNTAX.test(character) ? `\\${character}` : character;
    }
  }
  if (depth > 0) refuse('( without )');
  return source;
}
