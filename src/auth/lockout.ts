/**
 * Locks out guessers without locking out the honest owner: failures count per account and network address. A second,
 * higher count covers all addresses together. It does not affect an address from which the owner has recently signed
 * in, nor the first attempt in a day from any other address: a guesser who keeps that lock closed does not keep out an
 * owner whose address changes (decision 0061). A guesser with N addresses has N such attempts a day, besides the 150 of
 * the common count.
 */
import { DAY_MS } from '../platform/clock.js';

/** The origin of the count over all addresses without a recent success. */
export const ANYWHERE = '*';

/** Number of free failures, length of the first lock, and the maximum that it doubles to. */
export interface LockRule {
  readonly freeFailures: number;
  readonly firstLockSeconds: number;
  readonly longestLockSeconds: number;
}

/**
 * Five typing errors are usual, a sixth in a row is not; a quarter of an hour allows 100 guesses a day at a 10-digit
 * pincode.
 */
export const ADDRESS_RULE: LockRule = { freeFailures: 5, firstLockSeconds: 30, longestLockSeconds: 900 };
export const ANYWHERE_RULE: LockRule = { freeFailures: 50, firstLockSeconds: 30, longestLockSeconds: 900 };

/** How long an address stays known after its last success. */
const KNOWN_FOR_MS = 30 * DAY_MS;
/** The count restarts after this long without an attempt or a lock. */
export const FORGET_AFTER_SECONDS = 86_400;

export interface AttemptState {
  readonly failures: number;
  readonly lockedUntil: Date | null;
  readonly attemptedAt: Date | null;
  readonly lastSuccessAt: Date | null;
}

/** Whether the owner has recently signed in from the address. */
export function isKnownOrigin(address: AttemptState | undefined, now: Date): boolean {
  const last = address?.lastSuccessAt ?? undefined;
  return last !== undefined && now.getTime() - last.getTime() <= KNOWN_FOR_MS;
}

/**
 * The standing of an address that is not locked: `known` as the owner's, `stranger`, or `passing` the common lock with
 * its first attempt in a day.
 */
export type Standing = 'known' | 'stranger' | 'passing';

export function standingOf(address: AttemptState | undefined, anywhere: AttemptState | undefined, now: Date): Standing {
  if (isKnownOrigin(address, now)) return 'known';
  return holds(anywhere, now) ? 'passing' : 'stranger';
}

function holds(state: AttemptState | undefined, now: Date): boolean {
  return (state?.lockedUntil ?? undefined) !== undefined && Number(state?.lockedUntil) > now.getTime();
}

/** There are no recent failures from this address. */
function isFresh(address: AttemptState | undefined, now: Date): boolean {
  if (address === undefined || address.failures === 0) return true;
  const last = address.lockedUntil ?? address.attemptedAt;
  return last !== null && now.getTime() - last.getTime() > FORGET_AFTER_SECONDS * 1_000;
}

export function isLocked(address: AttemptState | undefined, anywhere: AttemptState | undefined, now: Date): boolean {
  return holds(address, now) || (!isKnownOrigin(address, now) && !isFresh(address, now) && holds(anywhere, now));
}
