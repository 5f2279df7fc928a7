/**
 * Counts of failed guesses in the free area (2.1), in the register's own database, because the TS database must not
 * learn who asks [O-4]: of one person from one network, of one person from anywhere, and of anyone from one network.
 */
import { createHash } from 'node:crypto';
import { ADDRESS_RULE, ANYWHERE, ANYWHERE_RULE, FORGET_AFTER_SECONDS } from '../../auth/index.js';
import type { GuessCounter, LockRule } from '../../auth/index.js';
import { areaOf } from '../../platform/address.js';
import type { Queryable } from '../../platform/db/index.js';

/** Families and counters share an address: more failures are free, because they concern several persons. */
const NETWORK_RULE: LockRule = { ...ADDRESS_RULE, freeFailures: 20 };

const WHOMEVER = Buffer.alloc(0);

/**
 * Adds an attempt to each count: $1 claimed identity, $2 origin, $5 number of free failures. A count does not change
 * while it is locked. Rows are locked in key order, so that two attempts cannot deadlock.
 */
const FORGOTTEN = 'coalesce(t.locked_until, t.attempted_at) < $3::timestamptz - make_interval(secs => $4)';
const CLAIM = `
  WITH counts AS (
    SELECT * FROM unnest($1::bytea[], $2::text[], $5::integer[]) AS c (claimed, origin, free) ORDER BY claimed, origin
  ), counted AS (
    INSERT INTO consent.free_area_attempt AS t (claimed, origin, failures, attempted_at)
    SELECT claimed, origin, 1, $3::timestamptz FROM counts
    ON CONFLICT (claimed, origin) DO UPDATE SET
      failures = CASE WHEN ${FORGOTTEN} THEN 1 ELSE t.failures + 1 END,
      locked_until = CASE WHEN ${FORGOTTEN} THEN NULL
        WHEN t.failures + 1 > (SELECT c.free FROM counts c WHERE c.claimed = t.claimed AND c.origin = t.origin)
        THEN $3::timestamptz + make_interval(secs => least($6 * 2 ^ least(t.failures -
             (SELECT c.free FROM counts c WHERE c.claimed = t.claimed AND c.origin = t.origin), 30), $7))
        ELSE t.locked_until END,
      attempted_at = $3::timestamptz
    WHERE t.locked_until IS NULL OR t.locked_until <= $3::timestamptz
    RETURNING 1
  ) SELECT count(*)::integer AS counted FROM counted`;

/** Resets the person's own count; takes this attempt back from the others. */
const SUCCEED = `
  UPDATE consent.free_area_attempt SET failures = CASE WHEN claimed = $1 AND origin = $2 THEN 0 ELSE greatest(failures - 1, 0) END,
    locked_until = NULL
  WHERE (claimed, origin) IN (($1, $2), ($1, $3), ($4, $5))`;

/** @param db the consent database, as the register's role */
export function createGuessCounter(db: Queryable): GuessCounter {
  const keyOf = (subject: string): Buffer => createHash('sha256').update(subject).digest();
  return {
    async claim(subject, network, at) {
      const key = keyOf(subject);
      const { firstLockSeconds, longestLockSeconds } = ADDRESS_RULE;
      const rules = [ADDRESS_RULE, ANYWHERE_RULE, NETWORK_RULE];
      const [row] = await db.query<{ counted: number }[]>(CLAIM, [
        ...[[key, key, WHOMEVER], [network, ANYWHERE, areaOf(network)], at, FORGET_AFTER_SECONDS],
        ...[rules.map(({ freeFailures }) => freeFailures), firstLockSeconds, longestLockSeconds],
      ]);
      return row?.counted === rules.length;
    },
    async succeeded(subject, network) {
      await db.query(SUCCEED, [keyOf(subject), network, ANYWHERE, WHOMEVER, areaOf(network)]);
    },
  };
}
