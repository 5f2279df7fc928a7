/** Tokens of sessions and of one-time links: 256 random bits; the database stores only the hash. */
import { createHash, randomBytes } from 'node:crypto';
import { DAY_MS } from '../platform/clock.js';

/** Base64 of 32 bytes, for URLs and cookies. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

export const isToken = (text: string): boolean => TOKEN.test(text);
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
export const newToken = (): string => randomBytes(32).toString('base64url');

/** Lifetime of a link, ms, from its creation. */
export const LINK_TERMS_MS = { activation: 7 * DAY_MS, recovery: DAY_MS / 24, address: DAY_MS } as const;
export type LinkPurpose = keyof typeof LINK_TERMS_MS;
