/**
 * The register of consents in PostgreSQL [O-4]. One statement, hence one transaction of one database, inserts a
 * decision and, if it is late, its notification: neither ever exists without the other.
 */
import { changedIn } from '../../audit/index.js';
import type { Place } from '../../audit/index.js';
import type { AdmittedAccess } from '../../auth/index.js';
import type { IsoDate } from '../../platform/clock.js';
import type { Queryable } from '../../platform/db/index.js';
import type { Category, Channel, DecisionValue, PastDecision, Term } from './model.js';
import type { Acknowledgement } from './notice.js';

export interface RecordedDecision extends PastDecision {
  readonly id: string;
  /** Null: imported. */
  readonly channel: Channel | null;
  /** Null: imported. */
  readonly category: Category | null;
  /** Null: not expressed in a session of the portal. */
  readonly visit: string | null;
  /** Null: imported, or of a former release. */
  readonly noticeVersion: number | null;
  /** Role of the person who entered the decision: the person concerned, or an intermediary. */
  readonly enteredRole: string;
  readonly decidedAt: Date;
  readonly ordinal: number;
}

export interface NewDecision {
  readonly subject: string;
  /** All identifiers of the person [G-5]. */
  readonly identifiers: readonly string[];
  /** The ordinal after those of the decisions on which the verdict was based. */
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
  /** Undefined: outside a window; the notification is queued at once. */
  readonly window: string | undefined;
  readonly notice: Acknowledgement;
  /** Id of the portal's session, if there is one. */
  readonly visit: string | undefined;
}

/** The last notification about a person, sent or to be sent. No message retracts it (chapter 7). */
export interface PastNotification {
  readonly region: string;
  /** Any state but `sent`: withdrawn by the person's next decision. */
  readonly state: 'queued' | 'sent' | 'parked' | 'exhausted';
  /** Europe/Rome; null while it is queued. */
  readonly finishedOn: IsoDate | null;
}

export interface Recorded {
  readonly transactionId: number;
  readonly decisionId: string;
  readonly messageId: string | undefined;
}

export interface RegisterStore {
  /** Decisions under all identifiers of a person [G-5]; oldest first. */
  history(identifiers: readonly string[]): Promise<readonly RecordedDecision[]>;
  /**
   * The decision expressed in a session by one acknowledgement, under whatever identifier: at most one [O-10]
   * (`decision_acknowledged_once`).
   */
  expressedBy(visit: string, acknowledgedAt: Date): Promise<RecordedDecision | undefined>;
  windows(): Promise<readonly Term[]>;
  /**
   * The last sent notification under all identifiers of a person [G-5], or else the last one to send; undefined: none.
   */
  lastNotification(identifiers: readonly string[]): Promise<PastNotification | undefined>;
  /**
   * [O-7] The kind of the office for the region, null: not named by it; and whether the operator belongs to the office.
   */
  intermediary(
    office: string,
    region: string,
    operator: string,
  ): Promise<{ readonly kind: 'asl' | 'usmaf_sasn' | null; readonly hasOperator: boolean }>;
  /** [O-2] The version to show; undefined: none is published. */
  lastNotice(): Promise<{ readonly version: number; readonly languages: readonly string[] } | undefined>;
  /**
   * Records the decision with its row of the access log.
   * @returns undefined: history or window changed since the verdict, or the acknowledgement was used meanwhile, and
   *   nothing was recorded; evaluate again
   */
  record(decision: NewDecision, access: AdmittedAccess): Promise<Recorded | undefined>;
}

/**
 * Withdraws what has not been sent of the person's earlier oppositions, under every identifier [G-5], unless a window
 * confirms them: the earlier one then applies until the window ends [O-8]. FOR SHARE locks the window's row until the
 * commit. Planning updates that row first: it waits for every decision in progress, and later ones fail, even if
 * machines' clocks differ.
 */
const DECIDED = (place: Place): string => {
  const [subject, value, decidedAt] = [place(1), place(3), place(4)];
  const [region, window] = [place(11), place(12)];
  return `
  unplanned AS MATERIALIZED (
    SELECT id FROM consent.acquisition_window WHERE id = ${window}::bigint AND planning_started_at IS NULL FOR SHARE
  ), decided AS (
    INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, office,
                                  category, region, window_id, notice_acknowledged_at, notice_version, notice_language,
                                  visit)
    SELECT ${subject}, ${place(2)}::integer, ${value}, ${decidedAt}::timestamptz, ${[6, 7, 8, 9].map(place).join(', ')},
           ${place(10)}::smallint, ${region}, ${window}::bigint, ${place(13)}::timestamptz, ${place(15)}::integer, ${place(16)},
           ${place(17)}::uuid
    WHERE ${window}::bigint IS NULL OR EXISTS (SELECT FROM unplanned)
    ON CONFLICT DO NOTHING -- decision_ordinal, decision_acknowledged_once
    RETURNING id
  ), queued AS (
    INSERT INTO consent.notification (decision_id, subject, region, opposed_on, next_attempt_at, created_at)
    SELECT id, ${subject}, ${region}, ${place(5)}::date, ${decidedAt}::timestamptz, ${decidedAt}::timestamptz
    FROM decided WHERE ${window}::bigint IS NULL
    RETURNING message_id
  ), withdrawn AS (
    UPDATE consent.notification n SET state = 'withdrawn', finished_at = ${decidedAt}::timestamptz
    FROM consent.decision earlier
    WHERE earlier.subject = ANY (${place(14)}::text[]) AND n.decision_id = earlier.id
      AND n.state IN ('queued', 'parked', 'exhausted') AND (${value} = 'revocation' OR ${window}::bigint IS NULL)
      AND EXISTS (SELECT FROM decided)
  ),`;
};
const RECORDED =
  'SELECT decided.id AS "decisionId", queued.message_id AS "messageId" FROM decided LEFT JOIN queued ON true';

/** Columns of a `RecordedDecision`. */
const DECISION = `id, value, (decided_at AT TIME ZONE 'Europe/Rome')::date AS "decidedOn", decided_at AS "decidedAt",
  ordinal, entered_role AS "enteredRole", channel, category, visit, notice_version AS "noticeVersion"`;

/** @param tables the consent database, as the register's role, or a transaction on it */
export function createRegisterStore(tables: Queryable): RegisterStore {
  return {
    history: (identifiers) =>
      tables.query(
        `SELECT ${DECISION} FROM consent.decision WHERE subject = ANY ($1::text[]) ORDER BY decided_at, id`,
        [identifiers],
      ),
    async expressedBy(visit, acknowledgedAt) {
      const [decision] = await tables.query<RecordedDecision[]>(
        `SELECT ${DECISION} FROM consent.decision WHERE visit = $1 AND notice_acknowledged_at = $2`,
        [visit, acknowledgedAt],
      );
      return decision;
    },
    windows: () =>
      tables.query(
        'SELECT id, opens_on AS "opensOn", closes_on AS "closesOn" FROM consent.acquisition_window ORDER BY opens_on',
      ),
    async lastNotification(identifiers) {
      const [row] = await tables.query<PastNotification[]>(
        `SELECT n.region::text AS region, n.state, (n.finished_at AT TIME ZONE 'Europe/Rome')::date AS "finishedOn"
         FROM consent.decision d JOIN consent.notification n ON n.decision_id = d.id
         WHERE d.subject = ANY ($1::text[]) AND n.state <> 'withdrawn'
         ORDER BY n.state = 'sent' DESC, d.decided_at DESC, d.id DESC LIMIT 1`,
        [identifiers],
      );
      return row;
    },
    async intermediary(office, region, operator) {
      const [row] = await tables.query<{ kind: 'asl' | 'usmaf_sasn' | null; hasOperator: boolean }[]>(
        `SELECT (SELECT kind FROM consent.intermediary_office WHERE code = $1 AND region = $2) AS kind,
                EXISTS (SELECT FROM consent.office_operator WHERE office = $1 AND operator = $3) AS "hasOperator"`,
        [office, region, operator],
      );
      return row ?? { kind: null, hasOperator: false };
    },
    async lastNotice() {
      const [row] = await tables.query<{ version: number; languages: string[] }[]>(
        `SELECT version, array_agg(language) AS languages FROM consent.notice GROUP BY version
         ORDER BY version DESC LIMIT 1`,
      );
      return row;
    },
    async record(decision, access) {
      const done = await changedIn<{ decisionId: string; messageId: string | null }>(
        ...([tables, access, 'recorded', () => RECORDED, valuesOf(decision), DECIDED] as const),
      );
      const row = done?.rows[0];
      if (done === undefined || row === undefined) return undefined;
      const { decisionId, messageId } = row;
      return { transactionId: done.transactionId, decisionId, messageId: messageId ?? undefined };
    },
  };
}

function valuesOf(decision: NewDecision): unknown[] {
  const { subject, ordinal, value, decidedAt, decidedOn, enteredBy, enteredRole, channel, office } = decision;
  const { category, region, window, notice, identifiers, visit } = decision;
  return [
    ...[subject, ordinal, value, decidedAt, decidedOn, enteredBy, enteredRole, channel, office ?? null],
    ...[category, region, window ?? null, notice.at, identifiers, notice.version, notice.language],
    visit ?? null,
  ];
}
