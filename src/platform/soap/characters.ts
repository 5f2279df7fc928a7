/** Characters of XML 1.0 (fifth edition): which are allowed in a document, which make names, what references mean. */

/* eslint-disable no-control-regex -- naming the characters that XML forbids is the purpose */
const SUSPECT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\ud800-\udfff]/;
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
/* eslint-enable no-control-regex */

/** Position of the first character that no document may contain [2.2]; -1: none. */
export function forbiddenAt(text: string): number {
  return SUSPECT.test(text) ? text.search(FORBIDDEN) : -1;
}

const NAME_START =
  /[\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{2FF}\u{370}-\u{37D}\u{37F}-\u{1FFF}\u{200C}-\u{200D}\u{2070}-\u{218F}\u{2C00}-\u{2FEF}\u{3001}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFFD}\u{10000}-\u{EFFFF}]/u;
/* eslint-disable-next-line no-misleading-character-class -- combining characters are meant one by one */
const NAME_REST = /[\u{B7}\u{300}-\u{36F}\u{203F}-\u{2040}]/u;

/** In ASCII: characters of a name, and those that may begin one; neither has the colon (Namespaces in XML, 3). */
const ASCII_NAME = asciiTable(/[A-Za-z0-9_.-]/);
const ASCII_START = asciiTable(/[A-Za-z_]/);

function asciiTable(pattern: RegExp): readonly boolean[] {
  return Array.from({ length: 128 }, (_item, code) => pattern.test(String.fromCharCode(code)));
}

/** Whether a name can begin with the character at this place. */
export function startsName(text: string, at: number): boolean {
  const code = text.codePointAt(at) ?? 0;
  return code < 128 ? ASCII_START[code] === true : NAME_START.test(String.fromCodePoint(code));
}

/** The end of the run of name characters that begins at this place. */
export function nameEnd(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (ASCII_NAME[code] === true) at++;
    else if (code < 128 || Number.isNaN(code)) return at;
    else {
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      if (!NAME_START.test(character) && !NAME_REST.test(character)) return at;
      at += character.length;
    }
  }
}

/** Without a DOCTYPE there are no other entities [4.6]. */
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/**
 * The character that a reference represents, given without its `&` and `;`; undefined: none that a document may contain
 * [4.1, 66].
 */
export function referenced(name: string): string | undefined {
  if (!name.startsWith('#')) return ENTITIES.get(name);
  const [, hexadecimal, decimal] = /^#(?:x([0-9A-Fa-f]+)|([0-9]+))$/.exec(name) ?? [];
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  if (!(code <= 0x10_ffff)) return undefined;
  const character = String.fromCodePoint(code);
  return forbiddenAt(character) < 0 ? character : undefined;
}
