/**
 * A region's words made fit to be kept: on one line, bounded, without persons. Regions repeat whom they were asked about,
 * and their descriptions are read by people who look for a fault, not for a person (6.7) [S-7].
 */

const CODE_LENGTH = 64;
const DESCRIPTION_LENGTH = 500;

/** Also identifiers of others: a region may answer about another person than it was asked, by mistake. */
const IDENTIFIER = new RegExp(
  [
    // Codice fiscale, also in the groups in which it is printed on the card.
    '[A-Z]{3}[ -]?[A-Z]{3}[ -]?[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[ -]?[A-Z][0-9LMNPQRSTUV]{3}[A-Z]',
    'STP ?[0-9]{13}',
    // Provisional codice fiscale, and longer numbers: those of cards.
    '(?<![0-9])[0-9]{11,}(?![0-9])',
    '[\\w.+-]+@[\\w-]+(?:\\.[\\w-]+)+',
  ].join('|'),
  'gi',
);

/** `Cognome: ROSSI`, `name = "Anna"`. */
const LABELLED =
  /(\b(?:cognome|nome|nominativo|surname|(?:given|family|last|first)[ _]?name|name)\s*[:=]\s*["'«]?)\p{L}[\p{L}'’ -]*/giu;

/** `Assistito ROSSI MARIO`: two or more capitalised words; `Patient Not Found` and what is all in capitals is no name. */
const NAMED =
  /(\b(?:[Aa]ssistit[oa]|[Pp]aziente|[Ss]oggetto|[Cc]ittadin[oa]|[Ss]ig\.?(?:ra)?|[Pp]atient) )(?!(?:N(?:on|ot|ON|OT)|I[DdsS]|Does|Da|Già)\b)\p{Lu}[\p{L}'’-]+(?: \p{Lu}[\p{L}'’-]+)+/gu;

const BIRTH = /(\b(?:nat[oa](?: il)?|data ?(?:di )?nascita|birth ?(?:date|time)?)\b[\s:=]*)[0-9][0-9/.-]{5,9}/gi;

/** The code that a region gave. @param subject whom it was asked about */
export function cleanCode(text: string, subject: string): string {
  return withoutPersons(text, subject).slice(0, CODE_LENGTH);
}

/** What a region wrote. @param subject whom it was asked about */
export function cleanDescription(text: string, subject: string): string {
  return withoutPersons(text, subject).slice(0, DESCRIPTION_LENGTH);
}

function withoutPersons(text: string, subject: string): string {
  const line = text
    .replace(/\p{Cf}+/gu, '') // a soft hyphen inside an identifier must not hide it
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return line
    .replaceAll(subject, '[identificativo]')
    .replace(IDENTIFIER, '[identificativo]')
    .replace(BIRTH, '$1[data]')
    .replace(LABELLED, '$1[nome]')
    .replace(NAMED, '$1[nome]');
}
