/**
 * The SQL of running jobs: schedule, claim under a lease, extend, settle under the same lease. Every statement is its
 * own transaction, so none is open while a job runs. The worker's clock decides what is due, the database's clock when
 * a lease ends: the clocks of two workers may differ.
 */
import { randomUUID } from 'node:crypto';
import { statement } from '../db/index.js';
import type { DataSource } from '../db/index.js';
import type { JobKind } from './kind.js';

export interface Claimed {
  readonly id: string;
  readonly kind: string;
  readonly subject: string | null;
  /** Including this one. */
  readonly attempts: number;
  readonly leaseToken: string;
}

/** How an attempt ended. `untried`: it was returned to the queue, and does not count. */
export type Outcome =
  | { readonly state: 'done'; readonly result: string }
  | { readonly state: 'exhausted'; readonly error: string }
  | { readonly state: 'queued'; readonly dueAt: Date; readonly error: string }
  | { readonly state: 'untried'; readonly dueAt: Date };

/** The last known state of a kind's schedule. */
export interface LastRun {
  readonly kind: string;
  readonly isQueued: boolean;
  /** Slot of the waiting run that has not been tried; null: there is none. */
  readonly waitingSlot: Date | null;
  /**
   * The latest other slot or start, whichever is later: the schedule continues after it. Null: there has been no slot
   * yet, so none was missed, even if requested runs have happened.
   */
  readonly after: Date | null;
}

export interface JobStore {
  lastRuns(kinds: readonly string[]): Promise<readonly LastRun[]>;
  /** Makes a slot of a schedule a job, unless it is one or has been. */
  schedule(kind: string, slot: Date, now: Date): Promise<void>;
  /**
   * Moves an untried waiting run to another slot, or removes it, after a change of the schedule.
   */
  reschedule(kind: string, slot: Date, instead: Date | undefined): Promise<void>;
  claim(kinds: readonly JobKind[], limit: number, now: Date, leaseMs: number): Promise<readonly Claimed[]>;
  /** Marks jobs as exhausted that have no attempts left and whose worker is gone; resolves to their kinds. */
  abandon(kinds: readonly JobKind[], now: Date): Promise<readonly { readonly id: string; readonly kind: string }[]>;
  /** Extends the lease, and stores the progress if there is any. @returns false: it is lost */
  keep(job: Claimed, leaseMs: number, progress?: { readonly done: number; readonly total: number }): Promise<boolean>;
  /** @returns false: the lease is lost, another worker's outcome counts */
  settle(job: Claimed, outcome: Outcome, now: Date): Promise<boolean>;
}

const FREE = '(j.lease_until IS NULL OR j.lease_until <= clock_timestamp())';
const LEASE = `clock_timestamp() + make_interval(secs => $LEASE::double precision / 1000)`;
const KINDS = 'kind AS (SELECT name, max_attempts FROM unnest($1::text[], $2::integer[]) AS k (name, max_attempts))';

const UNTRIED = `state = 'queued' AND started_at IS NULL`;

const LAST_RUNS = `
  SELECT k.name AS kind,
         EXISTS (SELECT FROM jobs.job j WHERE j.kind = k.name AND j.subject IS NULL AND j.state = 'queued') AS "isQueued",
         (SELECT slot FROM jobs.job WHERE kind = k.name AND subject IS NULL AND ${UNTRIED}) AS "waitingSlot",
         CASE WHEN past.slot IS NOT NULL THEN
           greatest(past.slot, (SELECT max(latest.started_at) FROM (
                                  SELECT j.started_at FROM jobs.job j WHERE j.kind = k.name AND j.subject IS NULL
                                  ORDER BY j.created_at DESC LIMIT 10) latest)) END AS after
  FROM unnest($1::text[]) AS k (name)
    CROSS JOIN LATERAL (SELECT max(slot) AS slot FROM jobs.job WHERE kind = k.name AND NOT (${UNTRIED})) past`;

const CLAIM = `
  WITH ${KINDS}, due AS MATERIALIZED (
    SELECT j.id FROM jobs.job j JOIN kind k ON k.name = j.kind
    WHERE j.state = 'queued' AND j.due_at <= $3::timestamptz AND ${FREE} AND j.attempts < k.max_attempts
    ORDER BY j.due_at LIMIT $4::integer
    FOR UPDATE OF j SKIP LOCKED
  )
  UPDATE jobs.job j
  SET attempts = j.attempts + 1, lease_token = $5::uuid, lease_until = ${LEASE.replace('$LEASE', '$6')},
      started_at = $3::timestamptz, progress_done = NULL, progress_total = NULL
  FROM due WHERE j.id = due.id
  RETURNING j.id, j.kind, j.subject, j.attempts`;

const ABANDON = `
  WITH ${KINDS}
  UPDATE jobs.job j
  SET state = 'exhausted', finished_at = $3::timestamptz, lease_token = NULL, lease_until = NULL,
      last_error = CASE WHEN j.lease_until IS NULL THEN j.last_error ELSE 'lease expired' END
  FROM kind k
  WHERE k.name = j.kind AND j.state = 'queued' AND j.due_at <= $3::timestamptz AND ${FREE} AND j.attempts >= k.max_attempts
  RETURNING j.id, j.kind`;

const KEEP = `
  UPDATE jobs.job j
  SET lease_until = ${LEASE.replace('$LEASE', '$3')},
      progress_done = coalesce($4::bigint, progress_done), progress_total = coalesce($5::bigint, progress_total)
  WHERE id = $1::uuid AND lease_token = $2::uuid AND state = 'queued'
  RETURNING id`;

/** Exhausted jobs of the same kind and subject need no attention once a later one succeeds. */
const SETTLE = `
  WITH settled AS (
    UPDATE jobs.job j
    SET state = $3, attempts = j.attempts - $4::integer, due_at = coalesce($5::timestamptz, j.due_at),
        result = coalesce($6, j.result), last_error = coalesce($7, j.last_error),
        finished_at = CASE WHEN $3 = 'queued' THEN NULL ELSE $8::timestamptz END, lease_token = NULL, lease_until = NULL
    WHERE id = $1::uuid AND lease_token = $2::uuid AND state = 'queued'
    RETURNING id, kind, subject, state
  ), put_away AS (
    UPDATE jobs.job o SET state = 'superseded' FROM settled s
    WHERE s.state = 'done' AND o.state = 'exhausted' AND o.kind = s.kind AND coalesce(o.subject, '') = coalesce(s.subject, '')
  )
  SELECT id FROM settled`;

export function createJobStore(db: DataSource): JobStore {
  const lastRuns = statement<LastRun>(db, 'jobs.lastRuns', LAST_RUNS);
  const schedule = statement(
    db,
    'jobs.schedule',
    `INSERT INTO jobs.job (kind, slot, due_at, created_at) VALUES ($1, $2::timestamptz, $2::timestamptz, $3::timestamptz)
     ON CONFLICT DO NOTHING`,
  );
  const reschedule = statement(
    db,
    'jobs.reschedule',
    `UPDATE jobs.job SET slot = $3::timestamptz, due_at = $3::timestamptz
     WHERE kind = $1 AND slot = $2::timestamptz AND ${UNTRIED}`,
  );
  const unschedule = statement(
    db,
    'jobs.unschedule',
    `DELETE FROM jobs.job WHERE kind = $1 AND slot = $2::timestamptz AND ${UNTRIED}`,
  );
  const claim = statement<Omit<Claimed, 'leaseToken'>>(db, 'jobs.claim', CLAIM);
  const abandon = statement<{ id: string; kind: string }>(db, 'jobs.abandon', ABANDON);
  const keep = statement<{ id: string }>(db, 'jobs.keep', KEEP);
  const settle = statement<{ id: string }>(db, 'jobs.settle', SETTLE);
  const columns = (kinds: readonly JobKind[]) => [
    kinds.map(({ name }) => name),
    kinds.map(({ maxAttempts }) => maxAttempts),
  ];
  return {
    lastRuns: (kinds) => lastRuns([kinds]),
    async schedule(kind, slot, now) {
      await schedule([kind, slot, now]);
    },
    async reschedule(kind, slot, instead) {
      if (instead === undefined) await unschedule([kind, slot]);
      else await reschedule([kind, slot, instead]);
    },
    async claim(kinds, limit, now, leaseMs) {
      const leaseToken = randomUUID();
      const rows = await claim([...columns(kinds), now, limit, leaseToken, leaseMs]);
      return rows.map((row) => ({ ...row, leaseToken }));
    },
    abandon: (kinds, now) => abandon([...columns(kinds), now]),
    async keep({ id, leaseToken }, leaseMs, progress) {
      return (await keep([id, leaseToken, leaseMs, progress?.done ?? null, progress?.total ?? null])).length === 1;
    },
    async settle({ id, leaseToken }, outcome, now) {
      const rows = await settle([
        id,
        leaseToken,
        outcome.state === 'untried' ? 'queued' : outcome.state,
        outcome.state === 'untried' ? 1 : 0,
        'dueAt' in outcome ? outcome.dueAt : null,
        'result' in outcome ? outcome.result : null,
        'error' in outcome ? outcome.error : null,
        now,
      ]);
      return rows.length === 1;
    },
  };
}
