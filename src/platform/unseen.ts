/** Invisible characters, by code point and name, so that a caller can find them. */

/** White space other than XML's, format characters, controls, and what Unicode calls ignorable. */
const UNSEEN = /(?![ \t\r\n])[\p{Z}\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/u;

const NAMES: ReadonlyMap<string, string> = new Map([
  ['\u00a0', 'spazio unificatore'],
  ['\u00ad', 'trattino facoltativo'],
  ['\u200b', 'spazio di larghezza zero'],
  ['\u200c', 'separatore di larghezza zero'],
  ['\u200d', 'giunzione di larghezza zero'],
  ['\u200e', 'segno di direzione del testo'],
  ['\u200f', 'segno di direzione del testo'],
  ['\u2028', 'fine riga di Unicode'],
  ['\u202e', 'segno di direzione del testo'],
  ['\u202f', 'spazio unificatore stretto'],
  ['\u2060', 'giunzione di parole'],
  ['\ufeff', 'byte order mark'],
]);

export interface Unseen {
  readonly character: string;
  /** Where in the text, in UTF-16 units from 0. */
  readonly at: number;
}

/** The first invisible character of the text. */
export function unseenIn(text: string): Unseen | undefined {
  const found = UNSEEN.exec(text);
  return found === null ? undefined : { character: found[0], at: found.index };
}

/** `U+00A0 (spazio unificatore)`; a visible character is shown: `U+2013 («–»)`. */
export function nameOfCharacter(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const name = NAMES.get(character) ?? (UNSEEN.test(character) ? 'carattere invisibile' : undefined);
  // Half a surrogate pair, or a code point without a character: only the number can be written.
  if (name === undefined && !/[\p{L}\p{N}\p{P}\p{S}]/u.test(character)) return `U+${code}`;
  return `U+${code} (${name ?? `«${character}»`})`;
}
