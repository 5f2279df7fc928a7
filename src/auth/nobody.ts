/**
 * The cost of an attempt on an unknown user id: the same look-ups, counts and locks as for an account, so that many
 * parallel attempts do not reveal by their duration which user ids exist [T-1]. They decide nothing. Counts are kept in
 * a fixed number of slots, so that strangers cannot fill a table. A slot reveals nothing about a user id or an address:
 * its key ends with the process.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { areaOf } from '../platform/address.js';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { createClaims } from './attempts.js';
import { ANYWHERE, isLocked, standingOf } from './lockout.js';
import type { AttemptState } from './lockout.js';

/**
 * How many user ids, and addresses of each, are distinguished: their product, plus one each, limits the number of rows.
 */
const USER_SLOTS = 1_024;
const ORIGIN_SLOTS = 256;

interface SlotRow extends Omit<AttemptState, 'lastSuccessAt'> {
  readonly origin: string;
}

/** Resolves when the work is done. */
export type AttemptOnNobody = (userId: string, origin: string, now: Date) => Promise<void>;

export function createAttemptOnNobody(db: DataSource): AttemptOnNobody {
  const key = randomBytes(32);
  const slotOf = (slots: number, ...parts: readonly string[]): string => {
    const digest = createHmac('sha256', key).update(JSON.stringify(parts)).digest();
    return String(digest.readUInt32BE() % slots);
  };
  const claim = createClaims(db, 'auth.claimOfNobody', 'auth.attempt_on_nobody');
  const states = statement<SlotRow>(
    db,
    'auth.attemptsOnNobody',
    `SELECT origin, failures, locked_until AS "lockedUntil", attempted_at AS "attemptedAt"
     FROM auth.attempt_on_nobody WHERE user_id = $1 AND origin = ANY ($2::text[])`,
  );
  return async (userId, from, now) => {
    const user = slotOf(USER_SLOTS, userId);
    const origin = slotOf(ORIGIN_SLOTS, userId, from);
    const area = slotOf(ORIGIN_SLOTS, userId, areaOf(from));
    const rows = await states([user, [origin, ANYWHERE]]);
    const stateOf = (wanted: string): AttemptState | undefined => {
      const row = rows.find((one) => one.origin === wanted);
      return row && { ...row, lastSuccessAt: null };
    };
    const [address, anywhere] = [stateOf(origin), stateOf(ANYWHERE)];
    if (isLocked(address, anywhere, now)) return;
    await claim(user, { origin, area }, standingOf(address, anywhere, now), now);
  };
}
