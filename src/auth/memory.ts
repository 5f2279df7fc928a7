/**
 * Memory of verified credentials, so that a repeated caller does not pay the hash at every request. Holds no secret:
 * its keys are HMACs under a key that lives as long as the process. An entry names the version of the credentials it
 * was verified against; any change of password, pincode or suspension and any lock makes a new version, and the entry
 * is worth nothing from that moment.
 */
import { createHmac, randomBytes } from 'node:crypto';

/** Five minutes: a doctor's session of entering tests. */
export const KEEP_MS = 5 * 60_000;
const MAX_ENTRIES = 100_000;

export interface CredentialMemory {
  /** The mark of a set of credentials: tells them apart, does not give them away. */
  markOf(...credentials: readonly string[]): string;
  /** @returns until when they count as verified, ms of the epoch; undefined: they do not */
  verifiedUntil(mark: string, version: string, now: Date): number | undefined;
  /** @param until ms of the epoch: at most `KEEP_MS` from when they were verified */
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
