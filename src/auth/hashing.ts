/**
 * Passwords and pincodes at rest: scrypt of Node's OpenSSL, in the PHC string form, so that cost can rise later.
 * N=2^14, r=8, p=5 is one of OWASP's equal settings; 16 MiB each keeps many sign-ins at once within bounds.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

interface Cost {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

const COST: Cost = { ln: 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const FORM = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function derive(secret: string, salt: Buffer, length: number, cost: Cost): Promise<Buffer> {
  const options = { N: 2 ** cost.ln, r: cost.r, p: cost.p, maxmem: 256 * 2 ** cost.ln * cost.r };
  return new Promise((resolve, reject) => {
    scrypt(secret.normalize('NFC'), salt, length, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

function phc(cost: Cost, salt: Buffer, hash: Buffer): string {
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${base64(salt)}$${base64(hash)}`;
}

/** @param cost lower only for throw-away data, such as a test's */
export async function hashSecret(secret: string, cost: Cost = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return phc(cost, salt, await derive(secret, salt, HASH_BYTES, cost));
}

/** A hash that no secret matches, of the same cost: verifying against it takes the time of a real one. */
export function unmatchableHash(): string {
  return phc(COST, randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));
}

/** @throws Error when the stored hash is not of the PHC form */
export async function verifySecret(secret: string, stored: string): Promise<boolean> {
  const [, ln, r, p, salt, hash] = FORM.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) throw new Error('a stored credential is not a scrypt hash');
  const expected = Buffer.from(hash, 'base64');
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const actual = await derive(secret, Buffer.from(salt, 'base64'), expected.length, cost);
  return timingSafeEqual(actual, expected);
}
