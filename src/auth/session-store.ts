/** Sessions of the portal in PostgreSQL: only the hash of a session's token is stored. */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { AccountRole, NamedOffice, SessionMethod } from './caller.js';
import type { CardTerm } from './passage-store.js';
import { ACCOUNT, CREDENTIAL_VERSION } from './store.js';
import type { StoredAccount } from './store.js';

/** A professional's session ends after this long without a page, ms; a citizen's is shorter. */
export const IDLE_MS = 30 * 60_000;
/** At a counter, where strangers come: as long as a citizen's, ms. */
export const COUNTER_IDLE_MS = 15 * 60_000;
/** Maximum lifetime, ms. */
export const ABSOLUTE_MS = 8 * 60 * 60_000;
/** The time of the last page is updated at most once in this long, ms. */
const SEEN_EVERY_MS = 60_000;
/** Maximum of sessions of one account: another one ends the session that was idle longest. */
const MOST_SESSIONS = 10;
/** Maximum size of the form fields that a session stores, bytes; beyond, earlier ones are deleted. */
const MOST_KEPT = 64 * 1024;

/** Fields of forms, by the path of their page, so that Back and reload restore them. */
export type Kept = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface StoredSession extends StoredAccount {
  readonly id: string;
  readonly method: SessionMethod;
  /** null: not chosen yet. */
  readonly actingAs: AccountRole | null;
  /** null: not acting for an office. */
  readonly office: NamedOffice | null;
  readonly startedAt: Date;
  readonly kept: Kept;
  /** The time of the last page, accurate to a minute. */
  readonly lastSeenAt: Date;
}

export interface NewSession {
  readonly tokenHash: Buffer;
  readonly userId: string;
  readonly method: SessionMethod;
  readonly actingAs: AccountRole | undefined;
  readonly office: NamedOffice | undefined;
  readonly startedAt: Date;
  readonly clientAddress: string;
  /** Browser and system in plain words. */
  readonly device: string;
  /** The account's version when its secrets were verified. */
  readonly credentialVersion: string;
  /** For a session started by card. */
  readonly card: CardTerm | undefined;
}

export interface ListedSession {
  readonly id: string;
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
  readonly clientAddress: string | null;
  readonly device: string;
  readonly isCurrent: boolean;
}

export interface SessionStore {
  /**
   * Ends the sessions of the account that have expired or exceed the maximum.
   * @returns whether the account is unchanged since it was verified
   */
  add(session: NewSession): Promise<boolean>;
  /** @returns undefined: no such session, or it has ended. Extends the idle time. */
  find(tokenHash: Buffer, now: Date): Promise<StoredSession | undefined>;
  /**
   * Continues the session under another token and in a capacity.
   * @returns whether the session exists and the account has this capacity
   */
  renew(
    tokenHash: Buffer,
    next: Buffer,
    acting: { readonly role: AccountRole; readonly office: NamedOffice | undefined },
  ): Promise<boolean>;
  /** @param fields undefined: deletes those of the page */
  keep(tokenHash: Buffer, page: string, fields: Kept[string] | undefined): Promise<void>;
  /** @returns whether the session existed */
  end(tokenHash: Buffer): Promise<boolean>;
  /** The active sessions, newest first. */
  list(userId: string, tokenHash: Buffer, now: Date): Promise<readonly ListedSession[]>;
  /** Ends sessions of the account other than the one with the token. @param id one of them; absent: all */
  endOthers(userId: string, tokenHash: Buffer, id?: string): Promise<number>;
}

/** Active at $2; a card's expiry is a further limit. */
const STANDS = `(s.card_ends_at IS NULL OR s.card_ends_at > $2::timestamptz)
  AND s.started_at > $2::timestamptz - interval '${ABSOLUTE_MS} ms'
  AND s.last_seen_at > $2::timestamptz
    - CASE WHEN s.acting_as = 'intermediary' THEN interval '${COUNTER_IDLE_MS} ms' ELSE interval '${IDLE_MS} ms' END`;

export function createSessionStore(db: DataSource): SessionStore {
  const add = statement(
    db,
    'auth.addSession',
    `WITH surplus AS (
       DELETE FROM auth.session s WHERE s.user_id = $1
         AND (NOT (${STANDS}) OR s.id IN (
           SELECT id FROM auth.session WHERE user_id = $1 ORDER BY last_seen_at DESC OFFSET ${MOST_SESSIONS - 1}))
     )
     INSERT INTO auth.session
       (user_id, started_at, last_seen_at, token_hash, method, acting_as, client_address, device, credential_version,
        card_ends_at, card_serial, office)
     SELECT $1, $2::timestamptz, $2::timestamptz, $3, $4, $5, $6::inet, $7, a.credential_version, $9::timestamptz, $10,
            $11::jsonb
     FROM auth.account a WHERE a.user_id = $1 AND ${CREDENTIAL_VERSION} = $8 AND a.suspended_at IS NULL
     RETURNING 1`,
  );
  const find = statement<StoredSession>(
    db,
    'auth.findSession',
    `WITH seen AS (
       UPDATE auth.session SET last_seen_at = $2::timestamptz
       WHERE token_hash = $1 AND last_seen_at < $2::timestamptz - interval '${SEEN_EVERY_MS} ms'
         AND last_seen_at > $2::timestamptz - interval '${IDLE_MS} ms'
         AND (acting_as IS DISTINCT FROM 'intermediary'
              OR last_seen_at > $2::timestamptz - interval '${COUNTER_IDLE_MS} ms')
     )
     SELECT s.id, s.method, s.acting_as AS "actingAs", s.office, s.kept, s.started_at AS "startedAt",
            CASE WHEN s.last_seen_at < $2::timestamptz - interval '${SEEN_EVERY_MS} ms' THEN $2::timestamptz
                 ELSE s.last_seen_at END AS "lastSeenAt", ${ACCOUNT}
     FROM auth.session s JOIN auth.account a ON a.user_id = s.user_id
     WHERE s.token_hash = $1 AND ${STANDS}
       AND a.suspended_at IS NULL AND a.credential_version = s.credential_version
       AND (s.acting_as IS NULL
            OR EXISTS (SELECT FROM auth.capacity c WHERE c.user_id = s.user_id AND c.role = s.acting_as))`,
  );
  const renew = statement(
    db,
    'auth.renewSession',
    `UPDATE auth.session s SET token_hash = $2, acting_as = $3, office = $4::jsonb WHERE s.token_hash = $1
       AND EXISTS (SELECT FROM auth.capacity c WHERE c.user_id = s.user_id AND c.role = $3) RETURNING 1`,
  );
  const keep = statement(
    db,
    'auth.keepInSession',
    `UPDATE auth.session SET kept =
       CASE WHEN octet_length(kept::text) > ${MOST_KEPT} THEN '{}' ELSE kept - $2::text END
       || CASE WHEN $3::jsonb IS NULL THEN '{}' ELSE jsonb_build_object($2::text, $3::jsonb) END
     WHERE token_hash = $1`,
  );
  const end = statement(db, 'auth.endSession', 'DELETE FROM auth.session WHERE token_hash = $1 RETURNING 1');
  const list = statement<ListedSession>(
    db,
    'auth.listSessions',
    `SELECT s.id, s.started_at AS "startedAt", s.last_seen_at AS "lastSeenAt", host(s.client_address) AS "clientAddress",
            s.device, s.token_hash = $3 AS "isCurrent"
     FROM auth.session s JOIN auth.account a ON a.user_id = s.user_id
     WHERE s.user_id = $1 AND ${STANDS} AND a.credential_version = s.credential_version
     ORDER BY s.last_seen_at DESC`,
  );
  const endOthers = statement(
    db,
    'auth.endOtherSessions',
    `DELETE FROM auth.session WHERE user_id = $1 AND token_hash <> $2 AND ($3::bigint IS NULL OR id = $3::bigint)
     RETURNING 1`,
  );
  return {
    async add({ tokenHash, userId, method, actingAs, office, startedAt, clientAddress, device, ...proven }) {
      const { credentialVersion, card } = proven;
      const values = [userId, startedAt, tokenHash, method, actingAs ?? null, clientAddress || null, device];
      const ofCard = [card?.endsAt ?? null, card?.serial ?? null];
      return (await add([...values, credentialVersion, ...ofCard, jsonOf(office)])).length > 0;
    },
    find: async (tokenHash, now) => (await find([tokenHash, now]))[0],
    renew: async (tokenHash, next, { role, office }) =>
      (await renew([tokenHash, next, role, jsonOf(office)])).length > 0,
    async keep(tokenHash, page, fields) {
      await keep([tokenHash, page, fields === undefined ? null : JSON.stringify(fields)]);
    },
    end: async (tokenHash) => (await end([tokenHash])).length > 0,
    list: (userId, tokenHash, now) => list([userId, now, tokenHash]),
    endOthers: async (userId, tokenHash, id) => (await endOthers([userId, tokenHash, id ?? null])).length,
  };
}

const jsonOf = (office: NamedOffice | undefined): string | null =>
  office === undefined ? null : JSON.stringify(office);
