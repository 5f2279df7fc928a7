/**
 * Counts an attempt before it is verified, so that parallel attempts count too: the counts and locks of lockout.ts as
 * SQL statements. Used for accounts, and for unknown user ids, which must cost the same work (nobody.ts).
 */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { ADDRESS_RULE, ANYWHERE, ANYWHERE_RULE, FORGET_AFTER_SECONDS } from './lockout.js';
import type { LockRule, Standing } from './lockout.js';

/** Origin of an attempt: the address and the network around it; for IPv4 both are the same. */
export interface Whence {
  readonly origin: string;
  readonly area: string;
}

/** Counts an attempt. @returns false: a lock started in the meantime */
export type ClaimAttempt = (userId: string, whence: Whence, standing: Standing, now: Date) => Promise<boolean>;

/**
 * Counts another failure; the lock doubles with each failure beyond the free ones. Does nothing while a lock is active;
 * an expired lock is deleted together with the failures that led to it.
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

/** @param table has the columns of auth.sign_in_attempt that are counted */
export function createClaims(db: DataSource, name: string, table: string): ClaimAttempt {
  const claim = statement<{ failures: number }>(db, name, claimOn(table));

  /** @returns the failures including this one; undefined: a lock is active */
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
      // The common lock started in the meantime: it does not affect a first attempt either.
      if (own > 1) return false;
      if (area === origin) return true;
    }
    // While the common lock is active, a network area has one row, however many addresses attempt from it: nobody can
    // fill the table.
    return (await claimOne(userId, area, now, ADDRESS_RULE)) === 1;
  };
}
