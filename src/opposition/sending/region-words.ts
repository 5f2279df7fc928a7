/**
 * A region's words made fit to be kept: on one line, bounded, without persons. Regions repeat whom they were asked about,
 * and their descriptions are read by people who look for a fault, not for a person (6.7) [S-7].
 */

const CODE_LENGTH = 64;
const DESCRIPTION_LENGTH = 500;

/** Between the groups of a number: as it is printed, or as a program joins them. */
const GAP = '[\\W_]{0,3}';

/** What stands between the characters of the pattern, each of which is one character. */
const spaced = (...characters: readonly string[]): string => characters.join('[\\W_]{0,2}');
const times = (count: number, character: string): readonly string[] => Array<string>(count).fill(character);
const DIGIT = '[0-9]';
const LETTER = '[A-Z]';

/** Also identifiers of others: a region may answer about another person than it was asked, by mistake. All repetitions are bounded. */
const IDENTIFIER = new RegExp(
  [
    // Codice fiscale in the groups of the card, with the letters that stand for digits; and one character at a time.
    [
      `${LETTER}{3}`,
      `${LETTER}{3}`,
      '[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}',
      '[A-Z][0-9LMNPQRSTUV]{3}[A-Z]',
    ].join(GAP),
    spaced(...times(6, LETTER), DIGIT, DIGIT, '[ABCDEHLMPRST]', DIGIT, DIGIT, LETTER, ...times(3, DIGIT), LETTER),
    // One of 11 to 15 characters, cut off by somebody's field.
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

/** `Assistito ROSSI MARIO`, `Assistito: Rossi Mario`: two or more capitalised words; `Patient Not Found` and what is all in capitals is no name. */
const NAMED =
  /(\b(?:[Aa]ssistit[oa]|[Pp]aziente|[Ss]oggetto|[Cc]ittadin[oa]|[Uu]tente|[Ss]ig\.?(?:ra)?|[Pp]atient)(?:\s?[:=]\s?| ))(?!(?:N(?:on|ot|ON|OT)|I[DdsS]|Does|Da|Già)\b)\p{Lu}[\p{L}'’-]+(?:[,/]? ?\p{Lu}[\p{L}'’-]+)+/gu;

/** `Cognome ROSSI Nome MARIO`: capitalised words behind a label that nothing separates from them. */
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

/** `tel. 06 1234567`; with the country's number; and a mobile number, which no label need announce. */
const TELEPHONE = new RegExp(
  [
    `(?<=\\b(?:tel(?:efono)?|cell(?:ulare)?|phone|mobile|fax|recapito)\\b\\.?["']?[\\s:=>"']{0,4})\\+?${DIGIT}(?:[ ./-]?${DIGIT}){5,14}`,
    `(?<![0-9])(?:\\+${DIGIT}{1,3}|\\b0039)(?:[ ./-]?${DIGIT}){6,12}(?![0-9])`,
    `(?<![0-9.:-])3[2-9]${DIGIT}[ ./-]?(?:${DIGIT}{3}[ .-]?${DIGIT}{3,4}|${DIGIT}{2}[ .-]${DIGIT}{2}[ .-]${DIGIT}{3})(?![0-9])`,
  ].join('|'),
  'gi',
);

/** A character written as a reference of XML, per cent, or as in JSON. */
const HEXADECIMAL = /&#x[0-9a-f]{1,6};|%[2-7][0-9a-f]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}/gi;
const DECIMAL = /&#([0-9]{1,7});/g;
const ENTITY = /&(amp|lt|gt|quot|apos|nbsp);/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** An escape of an escape, as by a proxy that quotes a page, and one more. */
const MOST_ESCAPES = 3;

/** The text as it was meant, so that no identifier hides in escapes. */
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

/** The code that a region gave. @param subject whom it was asked about */
export function cleanCode(text: string, subject: string): string {
  return withoutPersons(text, subject, CODE_LENGTH);
}

/** What a region wrote. @param subject whom it was asked about */
export function cleanDescription(text: string, subject: string): string {
  return withoutPersons(text, subject, DESCRIPTION_LENGTH);
}

/** Read beyond what is kept, as masks are shorter than what they hide; of the last words read a half may be left, which is no match. */
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
