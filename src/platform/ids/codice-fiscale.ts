/**
 * Identifiers of persons: codice fiscale (DM 23-12-1976, with omocodia), provisional codice fiscale, STP code.
 * Owns their form, check characters and derivation. Does not know whether a person with that identifier exists,
 * and never normalises: identifiers are compared as they were issued, so a text in lower case or with blanks is none.
 */
import type { IsoDate } from '../clock.js';

/** Month letters, and the letters LMNPQRSTUV that replace digits when two persons would get the same code. */
const CODICE_FISCALE = /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;
const MONTH_LETTERS = 'ABCDEHLMPRST';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Values of 0-9 (the same as of A-J), then of K-Z, at the odd places counted from one: table of the decree. */
const ODD_VALUES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** The data that a codice fiscale is derived from. */
export interface PersonalData {
  readonly surname: string;
  readonly givenName: string;
  readonly birthDate: IsoDate;
  readonly sex: 'M' | 'F';
  /** Codice catastale of the municipality, or Z + 3 digits for a foreign country. */
  readonly birthplace: string;
}

/**
 * The check letter that follows the first fifteen characters, which may already hold omocodia letters.
 * @throws RangeError when these are not fifteen of A-Z and 0-9
 */
export function checkLetter(first15: string): string {
  if (!/^[A-Z0-9]{15}$/.test(first15)) throw new RangeError('fifteen characters A-Z or 0-9 expected');
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = first15.charCodeAt(i);
    const ordinal = code <= 57 ? code - 48 : code - 65; // '9' is 57: digits and letters have the same values in both tables
    sum += i % 2 === 0 ? (ODD_VALUES[ordinal] ?? 0) : ordinal;
  }
  return ALPHABET.charAt(sum % 26);
}

/** A codice fiscale of sixteen characters: form, omocodia included, and check letter. */
export function isCodiceFiscale(value: string): boolean {
  return value.length === 16 && CODICE_FISCALE.test(value) && checkLetter(value.slice(0, 15)) === value.charAt(15);
}

/** A provisional codice fiscale: eleven digits, the last one a Luhn check; any office code. */
export function isProvisionalCodiceFiscale(value: string): boolean {
  if (value.length !== 11 || !/^[0-9]{11}$/.test(value)) return false;
  let sum = 0;
  for (let i = 0; i < 11; i++) {
    const digit = value.charCodeAt(i) - 48;
    const weighted = i % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

/** A code for foreigners temporarily present: `STP`, region (3), ASL (3), progressive number (7). */
export function isStpCode(value: string): boolean {
  return value.length === 16 && /^STP[0-9]{13}$/.test(value);
}

/** Any identifier a person in care may have: codice fiscale, provisional one, or STP code. */
export function isPersonIdentifier(value: string): boolean {
  return isCodiceFiscale(value) || isStpCode(value) || isProvisionalCodiceFiscale(value);
}

/** Checks the form only, as the contract does: not the check character. */
export function hasPersonIdentifierForm(value: string): boolean {
  return CODICE_FISCALE.test(value) || isStpCode(value) || /^[0-9]{11}$/.test(value);
}

/** Codice fiscale and STP code, anywhere and in any case. Eleven digits may be any number. */
const IN_A_TEXT = /\b(?:[A-Z]{6}[0-9A-Z]{2}[A-Z][0-9A-Z]{2}[A-Z][0-9A-Z]{3}[A-Z]|STP[0-9]{13})\b/gi;

/** A text with the identifiers of persons masked. */
export function withoutIdentifiers(text: string): string {
  return text.replace(IN_A_TEXT, '[identificativo]');
}

/**
 * The codice fiscale that follows from a person's data, before any omocodia.
 * Accents are dropped; characters other than letters (apostrophe, blank, hyphen) do not count.
 * @throws RangeError when the birth date or the birthplace cannot be one
 */
export function codiceFiscaleOf(person: PersonalData): string {
  const first15 =
    surnamePart(person.surname) +
    givenNamePart(person.givenName) +
    birthPart(person.birthDate, person.sex) +
    birthplacePart(person.birthplace);
  return first15 + checkLetter(first15);
}

function surnamePart(surname: string): string {
  const { consonants, vowels } = lettersOf(surname);
  return `${consonants}${vowels}XXX`.slice(0, 3);
}

/** With four consonants or more the first, third and fourth count; else as in a surname. */
function givenNamePart(givenName: string): string {
  const { consonants, vowels } = lettersOf(givenName);
  if (consonants.length >= 4) return consonants.charAt(0) + consonants.slice(2, 4);
  return `${consonants}${vowels}XXX`.slice(0, 3);
}

function lettersOf(name: string): { consonants: string; vowels: string } {
  const letters = name
    .normalize('NFD')
    .toUpperCase()
    .replace(/[^A-Z]/g, '');
  return { consonants: letters.replace(/[AEIOU]/g, ''), vowels: letters.replace(/[^AEIOU]/g, '') };
}

function birthPart(birthDate: IsoDate, sex: 'M' | 'F'): string {
  const day = new Date(`${birthDate}T00:00:00Z`);
  // Date turns 30 February into a day of March: then the day of the month differs from the written one.
  if (!/^\d{4}-\d{2}-\d{2}$/.test(birthDate) || day.getUTCDate() !== Number(birthDate.slice(8))) {
    throw new RangeError('birthDate is not a calendar day');
  }
  const dayNumber = day.getUTCDate() + (sex === 'F' ? 40 : 0);
  return birthDate.slice(2, 4) + MONTH_LETTERS.charAt(day.getUTCMonth()) + String(dayNumber).padStart(2, '0');
}

function birthplacePart(birthplace: string): string {
  if (!/^[A-Z][0-9]{3}$/.test(birthplace)) throw new RangeError('birthplace is not a codice catastale');
  return birthplace;
}
