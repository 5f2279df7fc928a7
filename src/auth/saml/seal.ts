/**
 * Messages for the register, encrypted to a public key: AES-256-GCM under a key per message, wrapped by RSA-OAEP. The
 * sealing process cannot open them.
 */
import { constants, createCipheriv, createDecipheriv, privateDecrypt, publicEncrypt, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' } as const;

/** @returns version (1 byte), length of the wrapped key (2), wrapped key, IV (12), tag (16), text */
export function seal(text: string, key: KeyObject): Buffer {
  const secret = randomBytes(32);
  const wrapped = publicEncrypt({ key, ...OAEP }, secret);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', secret, iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const head = Buffer.from([VERSION, wrapped.length >> 8, wrapped.length & 0xff]);
  return Buffer.concat([head, wrapped, iv, cipher.getAuthTag(), sealed]);
}

/**
 * @param key the private key, which is not on the portal's machine
 * @throws Error if it is another key, or the message was changed
 */
export function openSealed(sealed: Buffer, key: KeyObject): string {
  if (sealed[0] !== VERSION) throw new Error('sealed by another release');
  const ivAt = 3 + sealed.readUInt16BE(1);
  const tagAt = ivAt + IV_BYTES;
  const secret = privateDecrypt({ key, ...OAEP }, sealed.subarray(3, ivAt));
  const decipher = createDecipheriv('aes-256-gcm', secret, sealed.subarray(ivAt, tagAt), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(tagAt, tagAt + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(tagAt + TAG_BYTES)), decipher.final()]).toString('utf8');
}
