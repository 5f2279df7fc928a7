/**
 * Password and pincode at rest: one Argon2id over both, in the PHC string form, which includes its cost. One hash over
 * both cannot be guessed in two steps, and a sign-in costs one hash. 19 MiB, t=2, p=1 is OWASP's first setting. Runs on
 * libuv's threads, never on the event loop.
 */
import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { verifyPair } from './scrypt-pair.js';
import type { ScryptPair } from './scrypt-pair.js';

export interface HashCost {
  /** In KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

const COST: HashCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** The stored hashes of an account: one hash of both secrets, the two hashes of former releases, or both. */
export interface StoredSecrets {
  readonly secretHash: string | null;
  readonly pair: ScryptPair | undefined;
}

/**
 * Both secrets as one text: a JSON array marks where the first ends. NFC, because systems encode the same letters
 * differently.
 */
const bothOf = (password: string, pincode: string): string =>
  JSON.stringify([password.normalize('NFC'), pincode.normalize('NFC')]);

/** @param cost lower only for throw-away data, as in tests */
export function hashSecrets(password: string, pincode: string, cost: HashCost = COST): Promise<string> {
  return hash(bothOf(password, pincode), { ...cost, outputLen: HASH_BYTES });
}

/** A hash that no secrets match, at the same cost: verifying against it takes as long as against a real one. */
export function unmatchableHash(): string {
  const base64 = (length: number) => randomBytes(length).toString('base64').replace(/=+$/, '');
  const { memoryCost, timeCost, parallelism } = COST;
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(SALT_BYTES)}$${base64(HASH_BYTES)}`;
}

/** @throws Error if the stored text is not a hash of this program */
export async function verifySecrets(password: string, pincode: string, stored: StoredSecrets): Promise<boolean> {
  const { secretHash, pair } = stored;
  if (secretHash === null) return verifyPair(password, pincode, pair);
  if (!secretHash.startsWith('$argon2id$')) throw new Error('a stored credential is not an Argon2id hash');
  return verify(secretHash, bothOf(password, pincode));
}
