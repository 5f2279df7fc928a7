/**
 * Counting an attempt before it is tried, so that attempts in parallel count too: the counts and locks of lockout.ts as
 * statements. Used of accounts and, for the same work, of user ids that nobody has (nobody.ts).
 */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { ADDRESS_RULE, ANYWHERE, ANYWHERE_RULE, FORGET_AFTER_SECONDS } from './lockout.js';
import type { LockRule, Standing } from './lockout.js';

/** From where: the address and the area around it, which is the address itself for IPv4. */
export interface Whence {
  readonly origin: string;
  readonly area: string;
}

/** Counts an attempt. False: a lock came in between. */
export type ClaimAttempt = (userId: string, whence: Whence, standing: Standing, now: Date) => Promise<boolean>;

/**
 * One more failure; the lock doubles with each beyond the free ones. Nothing happens while a lock holds; an old
 * lock is forgotten together with the failures that led to it.
 */
const FORGOTTEN = 'coalesce(t.locked_until, t.attempted_at) < $3::timestamptz - make_interval(secs => $4)';
const claimOn = (table: string): string => `
  INSERT INTO ${table} AS t (user_id, origin, failures, attempted_at) VALUES ($1, $2, 1, $3::timestamptz)
  ON CONFLICT (user_id, origin) DO UPDATE SET
    failures = CASE WHEN ${FORGOTTEN} THEN 1 ELSE t.failures + 1 END,
    locked_until = CASE WHEN ${FORGOTTEN} THEN NULL WHEN t.failures + 1 > $5
      THEN $3::timestamptz + make_interval(secs => least($6 * 2 ^ least(t.failures - $5, 30), $7)) ELSE t.locked_until END,
    attempted_at = $3::timestamptz
  WHERE t.locked_until IS NULL OR t.locked_until <= $3::timestamptz
  RETURNING failures`;

/** @param table with the columns of auth.sign_in_attempt that are counted */
export function createClaims(db: DataSource, name: string, table: string): ClaimAttempt {
  const claim = statement<{ failures: number }>(db, name, claimOn(table));

  /** @returns the failures with this one; undefined: a lock holds */
  async function claimOne(userId: string, origin: string, now: Date, rule: LockRule): Promise<number | undefined> {
    const { freeFailures, firstLockSeconds, longestLockSeconds } = rule;
    const limits = [FORGET_AFTER_SECONDS, freeFailures, firstLockSeconds, longestLockSeconds];
    return (await claim([userId, origin, now, ...limits]))[0]?.failures;
  }

  return async (userId, { origin, area }, standing, now) => {
    if (standing !== 'passing') {
      const own = await claimOne(userId, origin, now, ADDRESS_RULE);
      if (own === undefined || standing === 'known') return own !== undefined;
      if ((await claimOne(userId, ANYWHERE, now, ANYWHERE_RULE)) !== undefined) return true;
      // The common lock was set meanwhile: it does not bind a first attempt either.
      if (own > 1) return false;
      if (area === origin) return true;
    }
    // While the common lock holds, an area has one row, however many networks it has: nobody can fill the table.
    return (await claimOne(userId, area, now, ADDRESS_RULE)) === 1;
  };
}
