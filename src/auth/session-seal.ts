/**
 * Encrypts the session data of a person acting on their own data under the browser's token: the database has only the
 * token's hash, so it does not reveal whose session it is [O-4].
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param use of the sealed column: data sealed for one column cannot be opened as another */
export function sealFor(token: string, use: string, content: object): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(token, use), nonce);
  const sealed = [cipher.update(JSON.stringify(content), 'utf8'), cipher.final()];
  return Buffer.concat([nonce, cipher.getAuthTag(), ...sealed]);
}

/** @throws Error when the bytes were not sealed for this token and use */
export function openFor(token: string, use: string, sealed: Buffer): unknown {
  const decipher = createDecipheriv(CIPHER, keyOf(token, use), sealed.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const text = [decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()];
  return JSON.parse(Buffer.concat(text).toString('utf8'));
}

function keyOf(token: string, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', `passerella session ${use}`, 32));
}
