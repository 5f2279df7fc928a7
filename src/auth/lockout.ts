/**
 * Lock-out of guessing without locking the honest owner out: failures count per account and network address. All
 * addresses together have a second, higher count, which does not bind an address from which the owner has lately signed
 * in, nor the first attempt in a day from any other: whoever keeps that lock closed does not keep out an owner whose
 * address changes (decision 0061). A guesser with N addresses has N such attempts a day, besides the 150 of the common
 * count.
 */
import { DAY_MS } from '../platform/clock.js';

/** The origin that counts for all addresses without a recent success. */
export const ANYWHERE = '*';

/** How many failures are free, how long the first lock lasts, and the maximum to which it doubles. */
export interface LockRule {
  readonly freeFailures: number;
  readonly firstLockSeconds: number;
  readonly longestLockSeconds: number;
}

/**
 * Five typing slips are usual, a sixth in a row is not; a quarter of an hour allows 100 guesses a day at a 10-digit
 * pincode.
 */
export const ADDRESS_RULE: LockRule = { freeFailures: 5, firstLockSeconds: 30, longestLockSeconds: 900 };
export const ANYWHERE_RULE: LockRule = { freeFailures: 50, firstLockSeconds: 30, longestLockSeconds: 900 };

/** How long an address stays known after its last success. */
const KNOWN_FOR_MS = 30 * DAY_MS;
/** How long without an attempt or a lock until the count starts again. */
export const FORGET_AFTER_SECONDS = 86_400;

export interface AttemptState {
  readonly failures: number;
  readonly lockedUntil: Date | null;
  readonly attemptedAt: Date | null;
  readonly lastSuccessAt: Date | null;
}

/** Whether the address has lately been the owner's. */
export function isKnownOrigin(address: AttemptState | undefined, now: Date): boolean {
  const last = address?.lastSuccessAt ?? undefined;
  return last !== undefined && now.getTime() - last.getTime() <= KNOWN_FOR_MS;
}

/**
 * The standing of an address with an account that is open to it: `known` as the owner's, a `stranger`, or `passing` the
 * common lock with its first attempt in a day.
 */
export type Standing = 'known' | 'stranger' | 'passing';

export function standingOf(address: AttemptState | undefined, anywhere: AttemptState | undefined, now: Date): Standing {
  if (isKnownOrigin(address, now)) return 'known';
  return holds(anywhere, now) ? 'passing' : 'stranger';
}

function holds(state: AttemptState | undefined, now: Date): boolean {
  return (state?.lockedUntil ?? undefined) !== undefined && Number(state?.lockedUntil) > now.getTime();
}

/** Nobody has lately failed from this address. */
function isFresh(address: AttemptState | undefined, now: Date): boolean {
  if (address === undefined || address.failures === 0) return true;
  const last = address.lockedUntil ?? address.attemptedAt;
  return last !== null && now.getTime() - last.getTime() > FORGET_AFTER_SECONDS * 1_000;
}

export function isLocked(address: AttemptState | undefined, anywhere: AttemptState | undefined, now: Date): boolean {
  return holds(address, now) || (!isKnownOrigin(address, now) && !isFresh(address, now) && holds(anywhere, now));
}
