/**
 * Remembers verified credentials, so that a caller pays for the hash once, not at every request. Holds no secret: its
 * keys are HMACs under a key that lives as long as the process. An entry names the version of the credentials it was
 * verified against; any change of password, pincode or suspension, and any lock, creates a new version, which
 * invalidates the entry.
 */
import { createHmac, randomBytes } from 'node:crypto';

/** Five minutes: a doctor's session of entering tests. */
export const KEEP_MS = 5 * 60_000;
const MAX_ENTRIES = 100_000;

export interface CredentialMemory {
  /** The fingerprint of a set of credentials: distinguishes sets without revealing them. */
  markOf(...credentials: readonly string[]): string;
  /** @returns until when the credentials count as verified, ms since the epoch; undefined: not verified */
  verifiedUntil(mark: string, version: string, now: Date): number | undefined;
  /** @param until ms since the epoch: at most `KEEP_MS` after the verification */
  remember(mark: string, version: string, until: number): void;
}

export function createCredentialMemory(): CredentialMemory {
  const key = randomBytes(32);
  const entries = new Map<string, { version: string; until: number }>();
  return {
    markOf: (...credentials) => createHmac('sha256', key).update(JSON.stringify(credentials)).digest('base64'),
    verifiedUntil(mark, version, now) {
      const entry = entries.get(mark);
      if (entry !== undefined && entry.version === version && entry.until > now.getTime()) return entry.until;
      if (entry !== undefined) entries.delete(mark);
      return undefined;
    },
    remember(mark, version, until) {
      if (entries.size >= MAX_ENTRIES) {
        const [oldest] = entries.keys();
        if (oldest !== undefined) entries.delete(oldest);
      }
      entries.set(mark, { version, until });
    },
  };
}
