/** Characters of the PDF's font: names in the registry may contain others, and PDF/A forbids missing glyphs. */

/** The characters of Titillium Web (latin-ext) in both faces. */
const MISSING =
  /[^\x20-\x7e\u00a0-\u00ac\u00ae-\u0131\u0134-\u0137\u0139-\u013e\u0141-\u0148\u014a-\u017e\u0192\u01fa-\u01ff\u0218-\u021b\u02c6\u02da\u02dc\u1e80-\u1e85\u1ef2\u1ef3\u1ef8\u1ef9\u2013\u2014\u2018-\u201a\u201c-\u201e\u2020\u2022\u2026\u2039\u203a\u2044\u2074\u20ac\u2122\u2212]/u;

/** Removes accents that the font lacks; `?` for other scripts. Blanks of every kind become blanks. */
export function printable(text: string): string {
  return Array.from(text.normalize('NFC').replace(/\s/gu, ' '), (character) => {
    if (!MISSING.test(character)) return character;
    const letter = character.normalize('NFD').replace(/\p{M}/gu, '');
    return letter === '' || !MISSING.test(letter) ? letter : '?';
  }).join('');
}
