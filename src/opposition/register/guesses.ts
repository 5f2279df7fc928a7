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
 * Adds an attempt at $1 from $2, of network $8, at $3. A count does not change while it is locked. The network's count
 * comes first: while it is locked, nothing else is counted, so one network can neither lock a person everywhere nor fill
 * the table. All attempts lock rows in this order and cannot deadlock.
 */
const FORGOTTEN = 'coalesce(t.locked_until, t.attempted_at) < $3::timestamptz - make_interval(secs => $4)';
const countOf = (claimed: string, origin: string, free: number, onlyIf: string): string => `
    INSERT INTO consent.free_area_attempt AS t (claimed, origin, failures, attempted_at)
    SELECT ${claimed}, ${origin}, 1, $3::timestamptz WHERE ${onlyIf}
    ON CONFLICT (claimed, origin) DO UPDATE SET
      failures = CASE WHEN ${FORGOTTEN} THEN 1 ELSE t.failures + 1 END,
      locked_until = CASE WHEN ${FORGOTTEN} THEN NULL WHEN t.failures + 1 > ${String(free)}
        THEN $3::timestamptz + make_interval(secs => least($5 * 2 ^ least(t.failures - ${String(free)}, 30), $6))
        ELSE t.locked_until END,
      attempted_at = $3::timestamptz
    WHERE t.locked_until IS NULL OR t.locked_until <= $3::timestamptz
    RETURNING failures`;
const CLAIM = `
  WITH network AS (${countOf('$7::bytea', '$8::text', NETWORK_RULE.freeFailures, 'true')}
  ), own AS (${countOf('$1::bytea', '$2::text', ADDRESS_RULE.freeFailures, 'EXISTS (SELECT FROM network)')}
  ), anywhere AS (${countOf('$1::bytea', `'${ANYWHERE}'`, ANYWHERE_RULE.freeFailures, 'EXISTS (SELECT FROM own)')}
  ) SELECT (SELECT failures FROM own) AS own, EXISTS (SELECT FROM anywhere) AS anywhere`;

/** Resets the person's own count; takes this attempt, and a lock that it set, back from the others. */
const SUCCEED = `
  UPDATE consent.free_area_attempt
  SET failures = CASE WHEN claimed = $1 AND origin = $2 THEN 0 ELSE greatest(failures - 1, 0) END,
      locked_until = CASE WHEN attempted_at = $6::timestamptz THEN NULL ELSE locked_until END
  WHERE (claimed, origin) IN (($1, $2), ($1, $3), ($4, $5))`;

/** @param db the consent database, as the register's role */
export function createGuessCounter(db: Queryable): GuessCounter {
  const keyOf = (subject: string): Buffer => createHash('sha256').update(subject).digest();
  return {
    async claim(subject, network, at) {
      const { firstLockSeconds, longestLockSeconds } = ADDRESS_RULE;
      const [row] = await db.query<{ own: number | null; anywhere: boolean }[]>(CLAIM, [
        ...[keyOf(subject), network, at, FORGET_AFTER_SECONDS, firstLockSeconds, longestLockSeconds],
        ...[WHOMEVER, areaOf(network)],
      ]);
      if (row === undefined || row.own === null) return false;
      // The first attempt in a day from a network passes the common lock, as at sign-in (decision 0061): whoever keeps
      // that lock closed does not keep the holder out.
      return row.anywhere || row.own === 1;
    },
    async succeeded(subject, network, at) {
      await db.query(SUCCEED, [keyOf(subject), network, ANYWHERE, WHOMEVER, areaOf(network), at]);
    },
  };
}
