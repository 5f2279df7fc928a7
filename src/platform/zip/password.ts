/** Passwords that people may have to type: no two characters look alike in any typeface. */
import { randomInt } from 'node:crypto';

/** Without I, O, l, o, 0, 1: 56 characters, 5.8 bits each. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
const LENGTH = 24;

/** From the system's generator; 24 characters, 139 bits: beyond guessing, even without the archive's key derivation. */
export function generatePassword(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}
