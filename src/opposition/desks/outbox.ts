/**
 * The operator's view of the outbox: progress, stuck notifications and their causes, retries, lists for a region. Sends
 * nothing. Only the export, which is for a region that must know, shows persons' identifiers.
 */
import { recordIn } from '../../audit/index.js';
import type { Operation } from '../../auth/index.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import { statement } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import { DONE } from '../../platform/outcome.js';
import { registerOperations } from '../operations.js';
import { stands } from '../register/last-decision.js';

export const NOTIFICATION_STATES = ['queued', 'sent', 'parked', 'exhausted', 'withdrawn'] as const;
export type NotificationState = (typeof NOTIFICATION_STATES)[number];

export interface RegionSummary extends Readonly<Record<NotificationState, number>> {
  readonly region: string;
  /** Undefined: notifications are waiting for a region that has not been configured. */
  readonly receiver: { readonly pauseReason: 'operator' | 'certificate' | null } | undefined;
  /** Queued notifications that have been tried at least once. */
  readonly retrying: number;
  readonly lastSentAt: Date | null;
}

export interface Stuck {
  readonly messageId: string;
  readonly region: string;
  readonly state: 'parked' | 'exhausted';
  readonly attempts: number;
  /** The region's code, or our own. */
  readonly code: string | null;
  readonly description: string | null;
  readonly finishedAt: Date;
}

export interface Exported {
  readonly messageId: string;
  readonly subject: string;
  readonly region: string;
  readonly opposedOn: IsoDate;
  readonly state: NotificationState;
  readonly code: string | null;
  readonly description: string | null;
}

/** Which stuck notifications: all, or those of a region, with a code, or a single one. */
export interface Selection {
  readonly region?: string | undefined;
  readonly code?: string | undefined;
  readonly messageId?: string | undefined;
}

/** Why some queued notifications have not been accepted so far. */
export interface WaitingReason {
  readonly region: string;
  readonly code: string;
  readonly description: string | null;
  readonly count: number;
}

/** Number of notifications that are stuck for one reason. */
export interface StuckReason {
  readonly region: string;
  readonly code: string | null;
  readonly count: number;
}

/** Which notifications to export for a region; a missing field selects all. */
interface ExportRequest {
  readonly region?: string | undefined;
  readonly state?: NotificationState | undefined;
}

export interface OutboxDesk {
  /** Per region, with the three most frequent reasons why queued notifications have not been accepted so far. */
  readonly summary: Operation<
    object,
    'not-permitted',
    { readonly regions: readonly RegionSummary[]; readonly reasons: readonly WaitingReason[] }
  >;
  /** Number of stuck notifications by reason, and the oldest ones, at most `limit`. */
  readonly stuck: Operation<
    Selection & { readonly limit: number },
    'not-permitted',
    { readonly reasons: readonly StuckReason[]; readonly stuck: readonly Stuck[] }
  >;
  /**
   * Returns stuck notifications to the queue, with the same message ids and a new count of attempts. Withdraws those
   * whose person has decided again since [N-1].
   */
  readonly retry: Operation<Selection, 'not-permitted', { readonly queued: number; readonly withdrawn: number }>;
  /** Page by page, in the order of message ids. The log row is committed before the first page. */
  readonly export: Operation<ExportRequest, 'not-permitted', { readonly pages: AsyncIterable<readonly Exported[]> }>;
}

const PAGE = 5_000;

const SUMMARY = `
  WITH counted AS (
    SELECT region::text AS region,
           count(*) FILTER (WHERE state = 'queued')::integer AS queued,
           count(*) FILTER (WHERE state = 'sent')::integer AS sent,
           count(*) FILTER (WHERE state = 'parked')::integer AS parked,
           count(*) FILTER (WHERE state = 'exhausted')::integer AS exhausted,
           count(*) FILTER (WHERE state = 'withdrawn')::integer AS withdrawn,
           count(*) FILTER (WHERE state = 'queued' AND attempts > 0)::integer AS retrying,
           max(finished_at) FILTER (WHERE state = 'sent') AS last_sent_at
    FROM consent.notification GROUP BY 1
  )
  SELECT coalesce(c.region, r.code) AS region, coalesce(c.queued, 0) AS queued, coalesce(c.sent, 0) AS sent,
         coalesce(c.parked, 0) AS parked, coalesce(c.exhausted, 0) AS exhausted,
         coalesce(c.withdrawn, 0) AS withdrawn, coalesce(c.retrying, 0) AS retrying,
         c.last_sent_at AS "lastSentAt", r.code IS NOT NULL AS "isConfigured", r.pause_reason AS "pauseReason"
  FROM counted c FULL JOIN consent.region r ON r.code = c.region ORDER BY 1`;

const WAITING = `
  SELECT region, code, description, count FROM (
    SELECT region::text AS region, last_code AS code, last_description AS description, count(*)::integer AS count,
           row_number() OVER (PARTITION BY region ORDER BY count(*) DESC, last_code, last_description) AS place
    FROM consent.notification WHERE state = 'queued' AND last_code IS NOT NULL GROUP BY region, last_code, last_description
  ) AS reasons
  WHERE place <= 3 ORDER BY region, place`;

const STUCK = `
  WHERE state IN ('parked', 'exhausted') AND ($1::text IS NULL OR region = $1) AND ($2::text IS NULL OR last_code = $2)
    AND ($3::uuid IS NULL OR message_id = $3)`;

const RETRY = `
  WITH chosen AS MATERIALIZED (
    SELECT message_id, ${stands('notification', '$4::timestamptz')} AS stands FROM consent.notification ${STUCK} FOR UPDATE
  ), again AS (
    UPDATE consent.notification n SET state = 'queued', attempts = 0, next_attempt_at = $4::timestamptz, finished_at = NULL
    FROM chosen WHERE n.message_id = chosen.message_id AND stands
  ), withdrawn AS (
    UPDATE consent.notification n SET state = 'withdrawn', finished_at = $4::timestamptz
    FROM chosen WHERE n.message_id = chosen.message_id AND NOT stands
  )
  SELECT count(*) FILTER (WHERE stands)::integer AS queued,
         count(*) FILTER (WHERE NOT stands)::integer AS withdrawn FROM chosen`;

const chosen = ({ region, code, messageId }: Selection): unknown[] => [region ?? null, code ?? null, messageId ?? null];

/** @param db the consent database, as its owner or as the register's role */
export function createOutboxDesk(db: DataSource, clock: Clock): OutboxDesk {
  const summary = statement<
    Omit<RegionSummary, 'receiver'> & { isConfigured: boolean; pauseReason: 'operator' | 'certificate' | null }
  >(db, 'desk.summary', SUMMARY);
  const waiting = statement<WaitingReason>(db, 'desk.waiting', WAITING);
  const stuck = statement<Stuck>(
    db,
    'desk.stuck',
    `SELECT message_id AS "messageId", region, state, attempts, last_code AS code, last_description AS description,
            finished_at AS "finishedAt"
     FROM consent.notification ${STUCK} ORDER BY finished_at LIMIT $4::integer`,
  );
  const reasons = statement<StuckReason>(
    db,
    'desk.reasons',
    `SELECT region, last_code AS code, count(*)::integer AS count FROM consent.notification ${STUCK} GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  const operation = registerOperations<never>(db, clock);
  const page = statement<Exported>(
    db,
    'desk.export',
    `SELECT message_id AS "messageId", subject, region, opposed_on AS "opposedOn", state, last_code AS code,
            last_description AS description
     FROM consent.notification
     WHERE ($1::text IS NULL OR region = $1) AND ($2::text IS NULL OR state = $2)
       AND ($3::uuid IS NULL OR message_id > $3)
     ORDER BY message_id LIMIT ${PAGE}`,
  );
  async function* pagesOf({ region, state }: ExportRequest): AsyncGenerator<readonly Exported[]> {
    let last: string | null = null;
    for (;;) {
      const rows: Exported[] = await page([region ?? null, state ?? null, last]);
      const end = rows.at(-1);
      if (end === undefined) return;
      yield rows;
      last = end.messageId;
    }
  }
  return {
    summary: operation('notification-summary', async (_call, _request: object, access) => {
      const [rows, reasonsOfWaiting] = await Promise.all([summary([]), waiting([])]);
      const regions = rows.map(({ isConfigured, pauseReason, ...row }) => ({
        ...row,
        receiver: isConfigured ? { pauseReason } : undefined,
      }));
      return { transactionId: await recordIn(db, access, DONE.code), regions, reasons: reasonsOfWaiting };
    }),

    stuck: operation('notification-stuck', async (_call, request: Selection & { limit: number }, access) => {
      const [all, longest] = await Promise.all([reasons(chosen(request)), stuck([...chosen(request), request.limit])]);
      return { transactionId: await recordIn(db, access, DONE.code), reasons: all, stuck: longest };
    }),

    retry: operation('notification-retry', ({ at }, selection: Selection, access) =>
      db.transaction(async (tables) => {
        const [found] = await tables.query<{ queued: number; withdrawn: number }[]>(RETRY, [...chosen(selection), at]);
        const { queued, withdrawn } = found ?? { queued: 0, withdrawn: 0 };
        return { transactionId: await recordIn(tables, access, 'changed', queued + withdrawn), queued, withdrawn };
      }),
    ),

    export: operation('notification-export', async (_call, request: ExportRequest, access) => ({
      transactionId: await recordIn(db, access, DONE.code),
      pages: pagesOf(request),
    })),
  };
}
