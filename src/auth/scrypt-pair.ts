/**
 * The former form of stored secrets: one scrypt hash each. Verified until the owner's next success replaces it; no
 * longer created. Remove this file and the columns when no account has such hashes (decision 0060).
 */
import { scrypt, timingSafeEqual } from 'node:crypto';

export interface ScryptPair {
  readonly passwordHash: string;
  readonly pincodeHash: string;
}

const FORM = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Computes both, even when the first differs. @throws Error if either is not a scrypt hash */
export async function verifyPair(password: string, pincode: string, pair: ScryptPair | undefined): Promise<boolean> {
  const passwordMatches = await verifyOne(password, pair?.passwordHash);
  const pincodeMatches = await verifyOne(pincode, pair?.pincodeHash);
  return passwordMatches && pincodeMatches;
}

async function verifyOne(secret: string, stored = ''): Promise<boolean> {
  const [, ln, r, p, salt, hash] = FORM.exec(stored) ?? [];
  if (salt === undefined || hash === undefined) throw new Error('a stored credential is not a scrypt hash');
  const expected = Buffer.from(hash, 'base64');
  const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p), maxmem: 256 * 2 ** Number(ln) * Number(r) };
  const actual = await new Promise<Buffer>((resolve, reject) => {
    scrypt(secret.normalize('NFC'), Buffer.from(salt, 'base64'), expected.length, cost, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
  return timingSafeEqual(actual, expected);
}
