/**
 * The privacy notice [O-2]: shown before a choice, acknowledged, and recorded with the decision by version and
 * language. A published text never changes; pages show the last version.
 */
import { changedIn, recordIn } from '../../audit/index.js';
import { Refused } from '../../auth/index.js';
import type { Operation } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import type { Queryable } from '../../platform/db/index.js';
import { DONE } from '../../platform/outcome.js';
import { registerOperations } from '../operations.js';

export interface Notice {
  readonly version: number;
  /** Two letters: `it`, `de`, `en`. */
  readonly language: string;
  readonly text: string;
  readonly publishedAt: Date;
}

/** The notice that a person acknowledged, and when. */
export interface Acknowledgement extends Pick<Notice, 'version' | 'language'> {
  readonly at: Date;
}

export type NoticeRefusal = 'not-permitted' | 'no-notice' | 'no-such-language' | 'superseded' | 'published-already';

export interface NoticeDesk {
  /** The text to show. */
  readonly read: Operation<Pick<Notice, 'language'>, NoticeRefusal, { readonly notice: Notice }>;
  /** Every version without its text, newest first. */
  readonly list: Operation<object, NoticeRefusal, { readonly notices: readonly Omit<Notice, 'text'>[] }>;
  /** Publishes a new version, or another language of the last one. */
  readonly publish: Operation<Omit<Notice, 'publishedAt'>, NoticeRefusal>;
}

/** [O-10] Validity of an acknowledgement, for one expression. */
const HOLDS_MS = 3_600_000;
/** Tolerance for clock differences between two machines. */
const SKEW_MS = 60_000;

export type AcknowledgementFault = 'notice-not-acknowledged' | 'notice-changed' | 'notice-expired';

/**
 * Why an acknowledgement is not valid for an expression.
 * @param last number and languages of the last version; undefined: none is published
 */
export function acknowledgementFault(
  notice: Acknowledgement | undefined,
  last: { readonly version: number; readonly languages: readonly string[] } | undefined,
  at: Date,
): AcknowledgementFault | undefined {
  if (notice === undefined) return 'notice-not-acknowledged';
  if (notice.version !== last?.version || !last.languages.includes(notice.language)) return 'notice-changed';
  const age = at.getTime() - notice.at.getTime();
  return age < -SKEW_MS || age > HOLDS_MS ? 'notice-expired' : undefined;
}

const LAST = '(SELECT max(version) FROM consent.notice)';

/** @param db the consent database, as any role that reads notices; as its owner to publish */
export function createNoticeDesk(db: Queryable, clock: Clock): NoticeDesk {
  const operation = registerOperations<NoticeRefusal>(db, clock);
  return {
    read: operation('notice-read', async (_call, { language }: Pick<Notice, 'language'>, access) => {
      const last = await db.query<Notice[]>(
        `SELECT version, language, text, published_at AS "publishedAt" FROM consent.notice WHERE version = ${LAST}`,
      );
      const notice = last.find((one) => one.language === language);
      if (notice === undefined) return new Refused([last.length === 0 ? 'no-notice' : 'no-such-language']);
      return { transactionId: await recordIn(db, access, DONE.code), notice };
    }),

    list: operation('notice-list', async (_call, _request: object, access) => {
      const notices = await db.query<Omit<Notice, 'text'>[]>(
        `SELECT version, language, published_at AS "publishedAt" FROM consent.notice ORDER BY version DESC, language`,
      );
      return { transactionId: await recordIn(db, access, DONE.code), notices };
    }),

    publish: operation('notice-publish', async ({ at }, request: Omit<Notice, 'publishedAt'>, access) => {
      const { version, language, text } = request;
      const done = await changedIn(
        ...([db, access, 'changed'] as const),
        (place) =>
          `INSERT INTO consent.notice (version, language, text, published_at)
           SELECT ${place(1)}::integer, ${place(2)}, ${place(3)}, ${place(4)}::timestamptz
           WHERE ${place(1)}::integer >= coalesce(${LAST}, 0)
           ON CONFLICT DO NOTHING RETURNING version`,
        [version, language, text, at],
      );
      if (done !== undefined) return done;
      const [last] = await db.query<{ version: number | null }[]>(`SELECT ${LAST} AS version`);
      return new Refused([version < (last?.version ?? 0) ? 'superseded' : 'published-already']);
    }),
  };
}
