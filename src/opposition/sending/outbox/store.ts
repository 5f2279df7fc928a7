/**
 * The outbox in PostgreSQL [N-3]: claim under a lease, settle under the same lease. Every statement is its own
 * transaction, so none is open during an exchange. The current instant is a parameter: the sender's clock counts.
 */
import { randomUUID } from 'node:crypto';
import { statement } from '../../../platform/db/index.js';
import type { DataSource } from '../../../platform/db/index.js';
import { stands } from '../../register/last-decision.js';
import { createCompletion } from '../completion.js';
import type { RegionConnection, RegionNotification } from '../region.js';

export interface RegionSettings extends RegionConnection {
  /** Concurrent exchanges, per worker process. */
  readonly concurrency: number;
  /** Exchanges per second, per worker process; null: limited only by the concurrency. */
  readonly ratePerSecond: number | null;
  readonly isPaused: boolean;
}

export interface Claimed extends RegionNotification {
  readonly leaseToken: string;
  readonly leaseUntil: Date;
  /** Including this one. */
  readonly attempts: number;
  /** Code of the previous attempt; null at the first. */
  readonly formerCode: string | null;
}

export interface Settlement {
  readonly messageId: string;
  readonly leaseToken: string;
  readonly at: Date;
  readonly state: 'sent' | 'parked' | 'exhausted' | 'queued';
  /** When to try again; undefined: unchanged. */
  readonly nextAttemptAt?: Date;
  /** The region's code, or our own if the region gave none. */
  readonly code?: string;
  readonly description?: string;
  /** Claimed but not sent: the attempt does not count. */
  readonly untried?: boolean;
  /** The region may know the person from now on; an earlier true stays. */
  readonly mayBeKnown?: boolean;
}

export interface OutboxStore {
  regions(): Promise<readonly RegionSettings[]>;
  /**
   * Claims notifications due for a region; no other claim gets them before `leaseUntil`. A quarter is reserved for
   * retries, the rest goes to new ones first, then to more retries; each ordered by due time. Thus neither delays the
   * other: a retry behind a bulk, a new one behind many that keep failing. A claim of one takes a new one first.
   * Notifications that no longer apply are withdrawn instead [N-1].
   * @throws the database's error if nothing has been claimed; otherwise resolves to what has
   */
  claim(region: string, limit: number, now: Date, leaseUntil: Date): Promise<readonly Claimed[]>;
  /**
   * A notification that was withdrawn meanwhile becomes sent if the region accepted it, otherwise it stays withdrawn.
   * @returns how many were still under their lease; others have been claimed again, and stay unchanged
   */
  settle(settlements: readonly Settlement[]): Promise<number>;
  /** Pauses a region until an operator resumes it; a region already paused stays unchanged. */
  pause(region: string, reason: 'operator' | 'certificate', now: Date): Promise<void>;
  /** Marks the windows whose bulk has no pending notification [B-1] [B-2]; resolves to their ids. */
  completeWindows(now: Date): Promise<readonly string[]>;
  /** Number of unsent notifications, by region and state. */
  depths(): Promise<readonly { readonly region: string; readonly state: string; readonly count: number }[]>;
}

/** One of so many claimed is a retry. */
const SHARE_OF_RETRIES = 4;

const DUE = `
    SELECT message_id FROM consent.notification
    WHERE state = 'queued' AND region = $1 AND next_attempt_at <= $2::timestamptz
      AND (lease_until IS NULL OR lease_until <= $2::timestamptz)`;

/**
 * An expired lease means that its sender died, perhaps after the region had received the message [O-9]. The conditions
 * on last_code match two partial indexes: a failed attempt leaves a code. The planner expects a tenth of all due rows,
 * and would read the whole outbox: the array makes it use the key.
 */
const CLAIM = `
  WITH again AS MATERIALIZED (${DUE} AND last_code IS NOT NULL
    ORDER BY next_attempt_at LIMIT $3::integer / ${SHARE_OF_RETRIES}
    FOR UPDATE SKIP LOCKED
  ), untried AS MATERIALIZED (${DUE} AND last_code IS NULL
    ORDER BY next_attempt_at LIMIT $3::integer - (SELECT count(*) FROM again)
    FOR UPDATE SKIP LOCKED
  ), rest AS MATERIALIZED (${DUE} AND last_code IS NOT NULL AND message_id <> ALL (ARRAY(SELECT message_id FROM again))
    ORDER BY next_attempt_at LIMIT $3::integer - (SELECT count(*) FROM again) - (SELECT count(*) FROM untried)
    FOR UPDATE SKIP LOCKED
  ), claimed AS (
    TABLE again UNION ALL TABLE untried UNION ALL TABLE rest
  ), judged AS MATERIALIZED (
    SELECT message_id, ${stands('due', '$2::timestamptz')} AS stands FROM consent.notification due
    WHERE message_id = ANY (ARRAY(SELECT message_id FROM claimed))
  )
  UPDATE consent.notification n
  SET state = CASE WHEN stands THEN n.state ELSE 'withdrawn' END,
      finished_at = CASE WHEN NOT stands THEN $2::timestamptz END,
      attempts = n.attempts + stands::integer,
      may_be_known = n.may_be_known OR n.lease_token IS NOT NULL,
      lease_token = CASE WHEN stands THEN $4::uuid ELSE n.lease_token END,
      lease_until = CASE WHEN stands THEN $5::timestamptz ELSE n.lease_until END
  FROM judged WHERE n.message_id = judged.message_id
  RETURNING n.message_id AS "messageId", n.subject, n.opposed_on AS "opposedOn", n.attempts,
            n.last_code AS "formerCode", stands`;

const SETTLE = `
  UPDATE consent.notification n
  SET state = CASE WHEN n.state = 'withdrawn' AND s.state <> 'sent' THEN n.state ELSE s.state END,
      attempts = n.attempts - s.untried::integer, lease_token = NULL, lease_until = NULL,
      may_be_known = n.may_be_known OR s.may_be_known,
      next_attempt_at = coalesce(s.next_attempt_at, n.next_attempt_at),
      last_code = CASE WHEN s.untried THEN n.last_code ELSE s.code END,
      last_description = CASE WHEN s.untried THEN n.last_description ELSE s.description END,
      finished_at = CASE WHEN n.state = 'queued' AND s.state = 'queued' THEN NULL ELSE s.at END
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::timestamptz[], $6::text[], $7::text[],
              $8::timestamptz[], $9::boolean[])
       AS s (message_id, lease_token, state, untried, next_attempt_at, code, description, at, may_be_known)
  WHERE n.message_id = s.message_id AND n.lease_token = s.lease_token AND n.state IN ('queued', 'withdrawn')
  RETURNING 1 AS settled`;

const REGIONS = `
  SELECT code, endpoint, anchors, concurrency, rate_per_second AS "ratePerSecond", patient_id_form AS "patientIdForm",
         sign, tls_max AS "tlsMax", paused_at IS NOT NULL AS "isPaused"
  FROM consent.region ORDER BY code`;

/** @param waitDays how long a silent region holds up the block [B-2] */
export function createOutboxStore(db: DataSource, waitDays: number): OutboxStore {
  const regions = statement<RegionSettings>(db, 'outbox.regions', REGIONS);
  const claim = statement<Omit<Claimed, 'leaseToken' | 'leaseUntil'> & { stands: boolean }>(db, 'outbox.claim', CLAIM);
  const settle = statement<{ settled: number }>(db, 'outbox.settle', SETTLE);
  const pause = statement(
    db,
    'outbox.pause',
    `UPDATE consent.region SET paused_at = $2::timestamptz, pause_reason = $3 WHERE code = $1 AND paused_at IS NULL`,
  );
  const completion = createCompletion(db, waitDays);
  const depths = statement<{ region: string; state: string; count: number }>(
    db,
    'outbox.depths',
    `SELECT region, state, count(*)::integer AS count FROM consent.notification WHERE state = 'queued' GROUP BY 1, 2
     UNION ALL
     SELECT region, state, count(*)::integer FROM consent.notification WHERE state IN ('parked', 'exhausted') GROUP BY 1, 2`,
  );
  return {
    regions: () => regions([]),
    async claim(region, limit, now, leaseUntil) {
      const leaseToken = randomUUID();
      const claimed: Claimed[] = [];
      for (;;) {
        const missing = limit - claimed.length;
        let rows;
        try {
          rows = await claim([region, now, missing, leaseToken, leaseUntil]);
        } catch (error) {
          // Notifications claimed by earlier statements must be sent: no other claim gets them before the lease
          // expires. The next claim will fail too.
          if (claimed.length === 0) throw error;
          return claimed;
        }
        for (const { stands, ...row } of rows) if (stands) claimed.push({ ...row, leaseToken, leaseUntil });
        // Withdrawn ones are replaced by others that are due.
        if (claimed.length === limit || rows.length < missing) return claimed;
      }
    },
    async settle(settlements) {
      const column = <Value>(of: (settlement: Settlement) => Value): Value[] => settlements.map(of);
      const rows = await settle([
        column(({ messageId }) => messageId),
        column(({ leaseToken }) => leaseToken),
        column(({ state }) => state),
        column(({ untried }) => untried ?? false),
        column(({ nextAttemptAt }) => nextAttemptAt ?? null),
        column(({ code }) => code ?? null),
        column(({ description }) => description ?? null),
        column(({ at }) => at),
        column(({ mayBeKnown }) => mayBeKnown ?? false),
      ]);
      return rows.length;
    },
    async pause(region, reason, now) {
      await pause([region, now, reason]);
    },
    completeWindows: (now) => completion.complete(now),
    depths: () => depths([]),
  };
}
