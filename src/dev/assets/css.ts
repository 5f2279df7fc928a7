/** Removes rules from minified CSS, so that browsers load less. */

/**
 * @param selectors matches unwanted selectors: a rule is removed if all its selectors match; the rules of a group
 * (`@media`) are checked one by one; `@font-face` and `@keyframes` stay
 */
export function withoutRulesFor(css: string, selectors: RegExp): string {
  let kept = '';
  for (const { prelude, block, end } of rulesOf(css)) {
    if (block === undefined) kept += prelude + end;
    else if (/^@(?:media|supports|layer)\b/.test(prelude)) {
      const inside = withoutRulesFor(block, selectors);
      if (inside !== '') kept += `${prelude}{${inside}}`;
    } else if (/^@font-face/.test(prelude)) kept += /VideoJS/.test(block) ? '' : `${prelude}{${block}}`;
    else if (prelude.startsWith('@') || !isUnwanted(prelude, selectors)) kept += `${prelude}{${block}}`;
  }
  return kept;
}

/** `:is(.a,.b)` splits too: a rule is removed only if every piece matches. */
function isUnwanted(prelude: string, selectors: RegExp): boolean {
  return prelude.split(',').every((selector) => selectors.test(selector));
}

interface Rule {
  readonly prelude: string;
  /** undefined: a statement such as `@charset`. */
  readonly block: string | undefined;
  readonly end: string;
}

function* rulesOf(css: string): Generator<Rule> {
  let at = 0;
  while (at < css.length) {
    const opening = indexOutside(css, at, '{;');
    if (opening < 0) {
      yield { prelude: css.slice(at), block: undefined, end: '' };
      return;
    }
    const prelude = css.slice(at, opening);
    if (css[opening] === ';') {
      yield { prelude, block: undefined, end: ';' };
      at = opening + 1;
      continue;
    }
    const closing = closingOf(css, opening);
    yield { prelude, block: css.slice(opening + 1, closing), end: '' };
    at = closing + 1;
  }
}

/** First of the characters outside strings, comments and parentheses. */
function indexOutside(css: string, from: number, wanted: string): number {
  for (let at = from; at < css.length; at++) {
    const char = css.charAt(at);
    if (wanted.includes(char)) return at;
    at = skipped(css, at);
  }
  return -1;
}

/** @returns the last character of a string, comment or parentheses that begin here, otherwise the same position */
function skipped(css: string, at: number): number {
  const char = css.charAt(at);
  if (char === '"' || char === "'") {
    let end = at + 1;
    while (end < css.length && css[end] !== char) end += css[end] === '\\' ? 2 : 1;
    return end;
  }
  if (css.startsWith('/*', at)) return css.indexOf('*/', at + 2) + 1;
  if (char !== '(') return at;
  let end = at + 1;
  while (end < css.length && css[end] !== ')') end = skipped(css, end) + 1;
  return end;
}

function closingOf(css: string, opening: number): number {
  let depth = 0;
  for (let at = opening; at < css.length; at++) {
    const char = css.charAt(at);
    if (char === '{') depth++;
    else if (char === '}' && --depth === 0) return at;
    else at = skipped(css, at);
  }
  throw new Error('a block of the styles has no end');
}
