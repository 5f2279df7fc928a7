/** What a browser holds to be known again: 256 random bits. The database has their hash only. */
import { createHash, randomBytes } from 'node:crypto';

/** Base64 of 32 bytes, for URLs and cookies. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export const newToken = (): string => randomBytes(32).toString('base64url');
export const isToken = (text: string): boolean => TOKEN.test(text);
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
