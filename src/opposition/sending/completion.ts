/**
 * Completion of a window's bulk, after which the block of past documents may start automatically [B-1] [B-2]: no
 * notification of it, nor of a later bulk, is pending. A silent region (no receiver, paused, unreachable) is waited for
 * no longer than a setting, counted from its last answer or from the planning.
 */
import { statement } from '../../platform/db/index.js';
import type { DataSource, Queryable } from '../../platform/db/index.js';
import { DAY_MS } from '../../platform/clock.js';
import { OWN_CODES } from './outbox/verdict.js';

/** A region with pending notifications of a bulk. */
export interface AwaitedRegion {
  readonly window: string;
  readonly region: string;
  readonly waiting: number;
  /** When the region stops holding up the block, unless it answers before. */
  readonly holdsUntil: Date;
}

export interface Completion {
  /** Marks the windows whose bulk has no pending notification; resolves to their ids. */
  complete(now: Date): Promise<readonly string[]>;
}

/** States that prove an answer; parking for an untrusted certificate does not. */
const ANSWERED = `answered.state IN ('sent', 'parked') AND answered.last_code IS DISTINCT FROM '${OWN_CODES.certificate}'`;

/**
 * $2: a region whose last answer is older no longer counts. Checks last answers only for regions with pending
 * notifications: the index of pending ones usually decides alone.
 */
const COMPLETE = `
  UPDATE consent.acquisition_window w SET completed_at = $1::timestamptz
  WHERE w.planned_at IS NOT NULL AND w.completed_at IS NULL
    AND NOT EXISTS (
      SELECT FROM consent.notification n JOIN consent.acquisition_window bulk ON bulk.id = n.window_id
      WHERE n.state = 'queued' AND bulk.closes_on >= w.closes_on
        AND (bulk.planned_at IS NULL OR bulk.planned_at > $2::timestamptz
             OR n.region IN (SELECT r.code FROM consent.region r
                             WHERE EXISTS (SELECT FROM consent.notification answered
                                           WHERE answered.region = r.code AND ${ANSWERED}
                                             AND answered.finished_at > $2::timestamptz))))
  RETURNING w.id`;

const AWAITED = `
  SELECT bulk.id AS window, n.region::text AS region, count(*)::integer AS waiting,
         greatest(coalesce(bulk.planned_at, bulk.planning_started_at),
                  (SELECT max(answered.finished_at) FROM consent.notification answered
                   WHERE answered.region = n.region AND ${ANSWERED})) AS since
  FROM consent.acquisition_window bulk JOIN consent.notification n ON n.window_id = bulk.id AND n.state = 'queued'
  WHERE bulk.completed_at IS NULL
  GROUP BY bulk.id, n.region ORDER BY bulk.closes_on, n.region`;

/**
 * @param db the consent database, as the register's role or its owner
 * @param waitDays how long a silent region holds up the block
 */
export function createCompletion(db: DataSource, waitDays: number): Completion {
  const waitMs = waitDays * DAY_MS;
  const complete = statement<{ id: string }>(db, 'opposition.complete', COMPLETE);
  return {
    async complete(now) {
      return (await complete([now, new Date(now.getTime() - waitMs)])).map(({ id }) => id);
    },
  };
}

/**
 * Regions with pending notifications of windows that are planned and not complete, including those that no longer hold
 * up the block.
 * @param tables @param waitDays as of `createCompletion`
 */
export async function awaitedRegions(tables: Queryable, waitDays: number): Promise<readonly AwaitedRegion[]> {
  const rows = await tables.query<(Omit<AwaitedRegion, 'holdsUntil'> & { since: Date })[]>(AWAITED);
  return rows.map(({ since, ...row }) => ({ ...row, holdsUntil: new Date(since.getTime() + waitDays * DAY_MS) }));
}
