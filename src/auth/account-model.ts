/** The rules of accounts that need no database [S-2], 6.2, and the generation of an account's first secrets. */
import { randomInt } from 'node:crypto';
import { checkLetter, isProvisionalCodiceFiscale } from '../platform/ids/index.js';
import { faultOfText } from '../platform/plain-text.js';
import type { AccountRole } from './caller.js';
import type { AccountRefusal } from './errors.js';

export interface NewAccount {
  readonly userId: string;
  /** Codice fiscale: a person has one account. */
  readonly codiceFiscale: string;
  readonly role: AccountRole;
  /** Code of the ASL that an operator acts for [A-1]; undefined for other roles. */
  readonly asl?: string | undefined;
  /** Address for notices and for the links by which secrets are chosen. */
  readonly email?: string | undefined;
  /** Absent: generated at once. */
  readonly secrets?: FirstSecrets;
}

/**
 * How an account gets its first password and pincode. `later`: by `reset`, or by a link that an operator sends or hands
 * over. `card-only`: the holder signs in by card, SPID or CIE; the same, and no recovery mail can be requested before.
 */
export type FirstSecrets = 'generated' | 'later' | 'card-only';

/** In plain text, to hand over; the database stores one hash of both. */
export interface Secrets {
  readonly password: string;
  readonly pincode: string;
}

export const MAX_USER_ID = 64;

/** Returns every rule that a new account breaks. */
export function faultsOfAccount(account: NewAccount): readonly AccountRefusal[] {
  const { userId, codiceFiscale, role, asl, email } = account;
  const faults: AccountRefusal[] = [];
  if (!isUserId(userId)) faults.push('user-id-form');
  if (!isHolder(codiceFiscale)) faults.push('holder-form');
  if (email !== undefined && !isEmail(email)) faults.push('email-form');
  return [...faults, ...faultsOfCapacity(role, asl)];
}

/** ASCII only, which every mail server accepts (RFC 5321, without SMTPUTF8). */
const EMAIL =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$/;

export function isEmail(text: string): boolean {
  return text.length <= 254 && EMAIL.test(text);
}

/** Why a secret chosen by its holder is refused. */
export type SecretFault =
  | 'password-length'
  | 'password-control'
  | 'password-is-user'
  | 'password-same'
  | 'pincode-form'
  | 'pincode-plain'
  | 'pincode-same';

const PASSWORD_LENGTH = { least: 12, most: 128 };

/**
 * Any characters except control characters, which HTTP Basic cannot carry (RFC 7617), counted as displayed. No rules
 * about letters and digits: such rules make people write passwords down.
 */
export function faultOfPassword(password: string, userId: string): SecretFault | undefined {
  const text = password.normalize('NFC');
  const { length } = Array.from(text);
  if (length < PASSWORD_LENGTH.least || length > PASSWORD_LENGTH.most) return 'password-length';
  if (/\p{Cc}/u.test(text)) return 'password-control';
  return text.toLowerCase().trim() === userId.toLowerCase() ? 'password-is-user' : undefined;
}

/** Ten digits, like generated ones, for which lockout.ts is calculated; except those that a guesser tries first. */
export function faultOfPincode(pincode: string): SecretFault | undefined {
  if (!/^[0-9]{10}$/.test(pincode)) return 'pincode-form';
  const steps = new Set(
    Array.from(pincode.slice(1), (digit, index) => (Number(digit) - Number(pincode.charAt(index)) + 10) % 10),
  );
  return steps.size === 1 && [0, 1, 9].some((step) => steps.has(step)) ? 'pincode-plain' : undefined;
}

/** A change needs another secret. @returns a fault for each new secret that is the present one */
export function faultsOfSame(present: Secrets, wanted: Partial<Secrets>): readonly SecretFault[] {
  const isSame = (name: keyof Secrets): boolean => wanted[name]?.normalize('NFC') === present[name].normalize('NFC');
  return [
    ...(isSame('password') ? (['password-same'] as const) : []),
    ...(isSame('pincode') ? (['pincode-same'] as const) : []),
  ];
}

/** [A-1] An operator acts for an ASL; no other role does. */
export function faultsOfCapacity(role: AccountRole, asl: string | undefined): readonly AccountRefusal[] {
  if (role === 'asl_operator') return asl === undefined ? ['asl-missing'] : [];
  return asl === undefined ? [] : ['asl-not-his'];
}

/**
 * What HTTP Basic can carry: the user id ends at the first colon (RFC 7617). Blanks are typing errors, and invisible
 * characters would make two accounts look alike.
 */
function isUserId(text: string): boolean {
  return text.length <= MAX_USER_ID && /^[^\s:\p{C}]+$/u.test(text) && faultOfText(text) === undefined;
}

/**
 * Lenient about the form: shared test identities (PROVAX00X00X000Y) have no month. The check letter detects typing
 * errors.
 */
function isHolder(text: string): boolean {
  if (/^[A-Z0-9]{16}$/.test(text)) return checkLetter(text.slice(0, 15)) === text.slice(15);
  return isProvisionalCodiceFiscale(text);
}

// Without letters and digits that are easily confused.
const PASSWORD_LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

const pick = (letters: string, length: number): string =>
  Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join('');

/** Generates a password of about 93 bits and a pincode of ten digits. */
export function freshSecrets(): Secrets {
  return { password: pick(PASSWORD_LETTERS, 16), pincode: pick('0123456789', 10) };
}
