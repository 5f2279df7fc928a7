/**
 * Sessions of persons acting on their own data, in PostgreSQL. The table stores the hash of a session's token, and all
 * personal data encrypted under that token.
 */
import { randomUUID } from 'node:crypto';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Citizen, FreeAreaHolder } from './caller.js';
import { openFor, sealFor } from './session-seal.js';
import { ABSOLUTE_MS } from './session-store.js';
import { hashOf } from './token.js';

/** A session ends after this long without a page, ms. */
export const CITIZEN_IDLE_MS = 15 * 60_000;

/** The privacy notice that a person acknowledged in this session [O-2]: version, language and time. */
export interface AcknowledgedNotice {
  readonly version: number;
  readonly language: string;
  readonly at: Date;
}

export interface StoredCitizenSession {
  readonly method: Citizen['method'] | FreeAreaHolder['method'];
  /** Codice fiscale, or the STP code of a holder in the free area. */
  readonly subject: string;
  /** Random id of the session. */
  readonly visit: string;
  readonly acknowledged: AcknowledgedNotice | undefined;
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
}

export interface CitizenSessionStore {
  /** @param cardEndsAt for a session by card: it ends then */
  add(
    token: string,
    identity: Pick<StoredCitizenSession, 'method' | 'subject'>,
    cardEndsAt: Date | undefined,
    now: Date,
  ): Promise<void>;
  /** Extends the idle time. @returns undefined: no such session, or it has ended */
  find(token: string, now: Date): Promise<StoredCitizenSession | undefined>;
  acknowledge(token: string, notice: AcknowledgedNotice): Promise<void>;
  /** @returns whether the session existed */
  end(token: string): Promise<boolean>;
}

type Row = Pick<StoredCitizenSession, 'method' | 'startedAt' | 'lastSeenAt'> & {
  readonly sealed: Buffer;
  readonly notice: Buffer | null;
};

export function createCitizenSessionStore(db: DataSource): CitizenSessionStore {
  const add = statement(
    db,
    'auth.addCitizenSession',
    `INSERT INTO auth.citizen_session (token_hash, sealed, method, card_ends_at, started_at, last_seen_at)
     VALUES ($1, $2, $3, $4, $5, $5)`,
  );
  const find = statement<Row>(
    db,
    'auth.findCitizenSession',
    `UPDATE auth.citizen_session SET last_seen_at = $2::timestamptz
     WHERE token_hash = $1 AND sealed IS NOT NULL AND started_at > $2::timestamptz - interval '${ABSOLUTE_MS} ms'
       AND last_seen_at > $2::timestamptz - interval '${CITIZEN_IDLE_MS} ms'
       AND (card_ends_at IS NULL OR card_ends_at > $2::timestamptz)
     RETURNING sealed, notice, method, started_at AS "startedAt", last_seen_at AS "lastSeenAt"`,
  );
  const acknowledge = statement(
    db,
    'auth.acknowledgeNotice',
    'UPDATE auth.citizen_session SET notice = $2 WHERE token_hash = $1',
  );
  const end = statement(
    db,
    'auth.endCitizenSession',
    'DELETE FROM auth.citizen_session WHERE token_hash = $1 RETURNING 1',
  );
  return {
    async add(token, { subject, method }, cardEndsAt, now) {
      const sealed = sealFor(token, 'person', { subject, visit: randomUUID() });
      await add([hashOf(token), sealed, method, cardEndsAt ?? null, now]);
    },
    async find(token, now) {
      const [row] = await find([hashOf(token), now]);
      if (row === undefined) return undefined;
      const { sealed, notice, ...session } = row;
      const person = openFor(token, 'person', sealed) as Pick<StoredCitizenSession, 'subject' | 'visit'>;
      return { ...session, ...person, acknowledged: notice === null ? undefined : noticeIn(token, notice) };
    },
    async acknowledge(token, notice) {
      await acknowledge([hashOf(token), sealFor(token, 'notice', notice)]);
    },
    end: async (token) => (await end([hashOf(token)])).length > 0,
  };
}

function noticeIn(token: string, sealed: Buffer): AcknowledgedNotice {
  const { at, ...notice } = openFor(token, 'notice', sealed) as Omit<AcknowledgedNotice, 'at'> & {
    readonly at: string;
  };
  return { ...notice, at: new Date(at) };
}
