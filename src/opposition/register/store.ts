/**
 * The register of consents in PostgreSQL [O-4]. A decision and, when it is a late one, its notification are one
 * statement, hence one transaction of one database: there is no moment in which one exists without the other.
 */
import type { IsoDate } from '../../platform/clock.js';
import { statement, violatedConstraint } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import type { Category, Channel, DecisionValue, PastDecision, Term } from './model.js';

export interface RecordedDecision extends PastDecision {
  readonly decidedAt: Date;
  readonly ordinal: number;
}

export interface NewDecision {
  readonly subject: string;
  /** All of the person [G-5]. */
  readonly identifiers: readonly string[];
  /** The next after those of the decisions on which the verdict was based. */
  readonly ordinal: number;
  readonly value: DecisionValue;
  readonly decidedAt: Date;
  /** Europe/Rome. */
  readonly decidedOn: IsoDate;
  readonly enteredBy: string;
  readonly enteredRole: string;
  readonly channel: Channel;
  readonly office: string | undefined;
  readonly category: Category;
  readonly region: string;
  /** Undefined: outside of a window, the notification is queued at once. */
  readonly window: string | undefined;
  readonly noticeAcknowledgedAt: Date;
}

/** What a region was told of a person, or else was to be told. No message takes it back (chapter 7). */
export interface PastNotification {
  readonly region: string;
  /** What is not sent is withdrawn with the person's next decision. */
  readonly state: 'queued' | 'sent' | 'parked' | 'exhausted';
  /** Europe/Rome; null while it is queued. */
  readonly finishedOn: IsoDate | null;
}

/** `overtaken`: the history or the window changed since the verdict, nothing was recorded: look again. */
export type Recorded =
  | { readonly kind: 'recorded'; readonly decisionId: string; readonly messageId: string | undefined }
  | { readonly kind: 'overtaken' };

export interface RegisterStore {
  /** Of a person with all his identifiers [G-5]; oldest first. */
  history(identifiers: readonly string[]): Promise<readonly RecordedDecision[]>;
  windows(): Promise<readonly Term[]>;
  /** The last notification that was sent for a person with all his identifiers [G-5], or else the last one to send; undefined: none. */
  lastNotification(identifiers: readonly string[]): Promise<PastNotification | undefined>;
  /** [O-7] Whether the office is an intermediary of the region, and the operator of the office. */
  intermediary(
    office: string,
    region: string,
    operator: string,
  ): Promise<{ readonly isOfRegion: boolean; readonly hasOperator: boolean }>;
  record(decision: NewDecision): Promise<Recorded>;
}

/**
 * What is not sent of the person's earlier oppositions is withdrawn, under whichever identifier [G-5], unless they are
 * confirmed in a window: then the earlier one counts until it is over [O-8]. FOR SHARE holds the window's row until the commit. Planning changes that row first: it waits for every decision that
 * is being recorded, and none is recorded after it, whatever the clocks of the machines say.
 */
const RECORD = `
  WITH unplanned AS MATERIALIZED (
    SELECT id FROM consent.acquisition_window WHERE id = $12::bigint AND planning_started_at IS NULL FOR SHARE
  ), decided AS (
    INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, office,
                                  category, region, window_id, notice_acknowledged_at)
    SELECT $1, $2::integer, $3, $4::timestamptz, $6, $7, $8, $9, $10::smallint, $11, $12::bigint, $13::timestamptz
    WHERE $12::bigint IS NULL OR EXISTS (SELECT FROM unplanned)
    RETURNING id
  ), queued AS (
    INSERT INTO consent.notification (decision_id, subject, region, opposed_on, next_attempt_at, created_at)
    SELECT id, $1, $11, $5::date, $4::timestamptz, $4::timestamptz FROM decided WHERE $12::bigint IS NULL
    RETURNING message_id
  ), withdrawn AS (
    UPDATE consent.notification n SET state = 'withdrawn', finished_at = $4::timestamptz
    FROM consent.decision earlier
    WHERE earlier.subject = ANY ($14::text[]) AND n.decision_id = earlier.id
      AND n.state IN ('queued', 'parked', 'exhausted') AND ($3 = 'revocation' OR $12::bigint IS NULL)
      AND EXISTS (SELECT FROM decided)
  )
  SELECT decided.id AS "decisionId", queued.message_id AS "messageId" FROM decided LEFT JOIN queued ON true`;

export function createRegisterStore(db: DataSource): RegisterStore {
  const history = statement<RecordedDecision>(
    db,
    'opposition.history',
    `SELECT value, (decided_at AT TIME ZONE 'Europe/Rome')::date AS "decidedOn", decided_at AS "decidedAt", ordinal
     FROM consent.decision WHERE subject = ANY ($1::text[]) ORDER BY decided_at, id`,
  );
  const windows = statement<Term>(
    db,
    'opposition.windows',
    'SELECT id, opens_on AS "opensOn", closes_on AS "closesOn" FROM consent.acquisition_window ORDER BY opens_on',
  );
  const intermediary = statement<{ isOfRegion: boolean; hasOperator: boolean }>(
    db,
    'opposition.intermediary',
    `SELECT EXISTS (SELECT FROM consent.intermediary_office WHERE code = $1 AND region = $2) AS "isOfRegion",
            EXISTS (SELECT FROM consent.office_operator WHERE office = $1 AND operator = $3) AS "hasOperator"`,
  );
  const lastNotification = statement<PastNotification>(
    db,
    'opposition.last-notification',
    `SELECT n.region::text AS region, n.state, (n.finished_at AT TIME ZONE 'Europe/Rome')::date AS "finishedOn"
     FROM consent.decision d JOIN consent.notification n ON n.decision_id = d.id
     WHERE d.subject = ANY ($1::text[]) AND n.state <> 'withdrawn'
     ORDER BY n.state = 'sent' DESC, d.decided_at DESC, d.id DESC LIMIT 1`,
  );
  const record = statement<{ decisionId: string; messageId: string | null }>(db, 'opposition.record', RECORD);
  return {
    history: (identifiers) => history([identifiers]),
    windows: () => windows([]),
    lastNotification: async (identifiers) => (await lastNotification([identifiers]))[0],
    async intermediary(office, region, operator) {
      const [row] = await intermediary([office, region, operator]);
      return row ?? { isOfRegion: false, hasOperator: false };
    },
    async record(decision) {
      try {
        const [row] = await record(valuesOf(decision));
        if (row === undefined) return { kind: 'overtaken' };
        return { kind: 'recorded', decisionId: row.decisionId, messageId: row.messageId ?? undefined };
      } catch (error) {
        if (violatedConstraint(error) === 'decision_ordinal') return { kind: 'overtaken' };
        throw error;
      }
    },
  };
}

function valuesOf(decision: NewDecision): unknown[] {
  const { subject, ordinal, value, decidedAt, decidedOn, enteredBy, enteredRole, channel, office } = decision;
  const { category, region, window, noticeAcknowledgedAt, identifiers } = decision;
  return [
    ...[subject, ordinal, value, decidedAt, decidedOn, enteredBy, enteredRole, channel, office ?? null],
    ...[category, region, window ?? null, noticeAcknowledgedAt, identifiers],
  ];
}
