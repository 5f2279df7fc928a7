/**
 * Cleans a region's texts for storage: one line, bounded, without personal data. Regions repeat the identifier they
 * were sent, and operators read the descriptions to find a fault, not a person (6.7) [S-7].
 */

const CODE_LENGTH = 64;
const DESCRIPTION_LENGTH = 500;

/** Separator between the groups of a number: as printed, or as a program joins them. */
const GAP = '[\\W_]{0,3}';

/** Allows a separator between the characters of the pattern, each of which is one character. */
const spaced = (...characters: readonly string[]): string => characters.join('[\\W_]{0,2}');
const times = (count: number, character: string): readonly string[] => Array<string>(count).fill(character);
const DIGIT = '[0-9]';
const LETTER = '[A-Z]';

/**
 * Matches any person's identifier: a region may mistakenly answer about a person other than the one sent. All
 * repetitions are bounded.
 */
const IDENTIFIER = new RegExp(
  [
    // Codice fiscale in the groups of the card, including letters that replace digits (omocodia); and single
    // characters.
    [
      `${LETTER}{3}`,
      `${LETTER}{3}`,
      '[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}',
      '[A-Z][0-9LMNPQRSTUV]{3}[A-Z]',
    ].join(GAP),
    spaced(...times(6, LETTER), DIGIT, DIGIT, '[ABCDEHLMPRST]', DIGIT, DIGIT, LETTER, ...times(3, DIGIT), LETTER),
    // A codice fiscale of 11 to 15 characters, truncated by a short field.
    '\\b[A-Z]{6}[0-9]{2}[ABCDEHLMPRST][0-9]{2}(?:[A-Z][0-9]{0,3})?\\b',
    `STP${GAP}${spaced(...times(13, DIGIT))}`,
    // Provisional codice fiscale, and longer numbers: those of cards, also in groups of four.
    '(?<![0-9])[0-9]{11,}(?![0-9])',
    '(?<![0-9])(?:[0-9]{3} ){3}[0-9]{2}(?![0-9])',
    '(?<![0-9])(?:[0-9]{4}[\\W_]{1,2}){3,9}[0-9]{1,4}(?![0-9])',
    '[\\w.+-]{1,64}@[\\w-]{1,63}(?:\\.[\\w-]{1,63}){1,8}',
  ].join('|'),
  'gi',
);

const NAME =
  '(?:cognome|nome|nominativo|surname|(?:given|family|last|first|full|patient)[ _]?name|name)(?:_?(?:assistit[oa]|paziente|cittadin[oa]))?';

/** `Cognome: ROSSI`, `name = "Anna"`, `"nome":"Mario"`, `<nome>Mario`. */
const LABELLED = new RegExp(
  `(\\b${NAME}["'»]?\\s?[:=]\\s?["'«]?|<(?:[\\w.-]{1,30}:)?(?:${NAME}|given|family)(?:\\s[^<>]{0,100})?>\\s?)\\p{L}[\\p{L}'’ -]*`,
  'giu',
);

/**
 * `Assistito ROSSI MARIO`, `Assistito: Rossi Mario`: two or more capitalised words. `Patient Not Found` and texts all
 * in capitals are not names.
 */
const NAMED =
  /(\b(?:[Aa]ssistit[oa]|[Pp]aziente|[Ss]oggetto|[Cc]ittadin[oa]|[Uu]tente|[Ss]ig\.?(?:ra)?|[Pp]atient)(?:\s?[:=]\s?| ))(?!(?:N(?:on|ot|ON|OT)|I[DdsS]|Does|Da|Già)\b)\p{Lu}[\p{L}'’-]+(?:[,/]? ?\p{Lu}[\p{L}'’-]+)+/gu;

/** `Cognome ROSSI Nome MARIO`: capitalised words that follow a label without a separator. */
const BARE_LABEL =
  /(\b(?:[Nn]ome|[Cc]ognome|NOME|COGNOME) )(?!N(?:on|ON)\b)\p{Lu}[\p{L}'’-]+(?: (?!(?:Nome|Cognome|NOME|COGNOME)\b)\p{Lu}[\p{L}'’-]+)*/gu;

/** `ROSSI^MARIO`, as HL7 writes names. */
const HL7_NAME = /(?<![\p{L}\p{N}^])\p{Lu}[\p{L}'’-]*(?: \p{Lu}[\p{L}'’-]*){0,4}\^\p{Lu}[\p{L}'’ -]*(?![\p{L}\p{N}])/gu;

const MONTH = '(?:gen|feb|mar|apr|mag|giu|lug|ago|set|ott|nov|dic)[a-z]{0,6}';
const DATE = `(?:[0-9][0-9/.-]{5,9}|[0-9]{1,2}[ °º]{1,2}${MONTH} [0-9]{4})`;

/** `nato il …`, `nata a ROMA (RM) il …`, `data di nascita: …`, `"birthDate":"…"`; and a bare day in a field of HL7. */
const BIRTH = new RegExp(
  `(\\bnat[oa]\\b[^0-9]{0,60}?|(?:data[ _]?(?:di[ _]?)?nascita|birth[ _]?(?:date|time)?|\\bdob)["']?[\\s:=>"']{0,5})${DATE}|(?<=\\|)(?:19|20)[0-9]{6}(?![0-9])`,
  'gi',
);

/** `tel. 06 1234567`, also with the country code; and a mobile number, with or without a label. */
const TELEPHONE = new RegExp(
  [
    `(?<=\\b(?:tel(?:efono)?|cell(?:ulare)?|phone|mobile|fax|recapito)\\b\\.?["']?[\\s:=>"']{0,4})\\+?${DIGIT}(?:[ ./-]?${DIGIT}){5,14}`,
    `(?<![0-9])(?:\\+${DIGIT}{1,3}|\\b0039)(?:[ ./-]?${DIGIT}){6,12}(?![0-9])`,
    `(?<![0-9.:-])3[2-9]${DIGIT}[ ./-]?(?:${DIGIT}{3}[ .-]?${DIGIT}{3,4}|${DIGIT}{2}[ .-]${DIGIT}{2}[ .-]${DIGIT}{3})(?![0-9])`,
  ].join('|'),
  'gi',
);

/** A character escaped as an XML reference, by percent-encoding, or as in JSON. */
const HEXADECIMAL = /&#x[0-9a-f]{1,6};|%[2-7][0-9a-f]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}/gi;
const DECIMAL = /&#([0-9]{1,7});/g;
const ENTITY = /&(amp|lt|gt|quot|apos|nbsp);/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** Levels of escaping: an escape of an escape, as by a proxy that quotes a page, and one more. */
const MOST_ESCAPES = 3;

/** The text without escapes, so that no identifier hides in them. */
function unescaped(text: string): string {
  const character = (point: number): string => (point <= 0x10ffff ? String.fromCodePoint(point) : ' ');
  let meant = text;
  for (let round = 0; round < MOST_ESCAPES; round++) {
    meant = meant
      .replace(HEXADECIMAL, (escape) => character(parseInt(escape.replace(/^\W+[ux]?/i, ''), 16)))
      .replace(DECIMAL, (_, digits: string) => character(Number(digits)))
      .replace(ENTITY, (entity, name: string) => ENTITIES[name] ?? entity);
  }
  return meant;
}

/** Cleans a code that a region returned. @param subject the person notified */
export function cleanCode(text: string, subject: string): string {
  return withoutPersons(text, subject, CODE_LENGTH);
}

/** Cleans a description that a region returned. @param subject the person notified */
export function cleanDescription(text: string, subject: string): string {
  return withoutPersons(text, subject, DESCRIPTION_LENGTH);
}

/**
 * Reads more than is kept, because masks are shorter than what they hide; truncation may leave half of the last word,
 * which would not match.
 */
const READ = 4;
const TORN = 160;

function withoutPersons(text: string, subject: string, length: number): string {
  const line = unescaped(text)
    .replace(/\p{Cf}+/gu, '') // a soft hyphen inside an identifier must not hide it
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  const most = READ * length + TORN;
  const masked = line
    .slice(0, most)
    .replaceAll(subject, '[identificativo]')
    .replace(IDENTIFIER, '[identificativo]')
    .replace(TELEPHONE, '[telefono]')
    .replace(BIRTH, (_, label?: string) => `${label ?? ''}[data]`)
    .replace(LABELLED, '$1[nome]')
    .replace(NAMED, '$1[nome]')
    .replace(BARE_LABEL, '$1[nome]')
    .replace(HL7_NAME, '[nome]');
  return (line.length > most ? masked.slice(0, -TORN) : masked).slice(0, length);
}
