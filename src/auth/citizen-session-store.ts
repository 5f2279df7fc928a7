/** Citizens' sessions in PostgreSQL: of a session's token there is only the hash. */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Citizen } from './caller.js';
import { ABSOLUTE_MS } from './session-store.js';

/** A citizen's session ends after so long without a page, ms. */
export const CITIZEN_IDLE_MS = 15 * 60_000;

export interface StoredCitizenSession extends Omit<Citizen, 'kind'> {
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
}

export interface CitizenSessionStore {
  /** @param cardEndsAt of a session by card: it ends then */
  add(tokenHash: Buffer, identity: Omit<Citizen, 'kind'>, cardEndsAt: Date | undefined, now: Date): Promise<void>;
  /** @returns undefined: there is none, or it is over. Moves the end of the idle time. */
  find(tokenHash: Buffer, now: Date): Promise<StoredCitizenSession | undefined>;
  /** @returns whether there was one */
  end(tokenHash: Buffer): Promise<boolean>;
}

export function createCitizenSessionStore(db: DataSource): CitizenSessionStore {
  const add = statement(
    db,
    'auth.addCitizenSession',
    `INSERT INTO auth.citizen_session (token_hash, codice_fiscale, method, card_ends_at, started_at, last_seen_at)
     VALUES ($1, $2, $3, $4, $5, $5)`,
  );
  const find = statement<StoredCitizenSession>(
    db,
    'auth.findCitizenSession',
    `UPDATE auth.citizen_session SET last_seen_at = $2::timestamptz
     WHERE token_hash = $1 AND started_at > $2::timestamptz - interval '${ABSOLUTE_MS} ms'
       AND last_seen_at > $2::timestamptz - interval '${CITIZEN_IDLE_MS} ms'
       AND (card_ends_at IS NULL OR card_ends_at > $2::timestamptz)
     RETURNING codice_fiscale AS "codiceFiscale", method, started_at AS "startedAt", last_seen_at AS "lastSeenAt"`,
  );
  const end = statement(
    db,
    'auth.endCitizenSession',
    'DELETE FROM auth.citizen_session WHERE token_hash = $1 RETURNING 1',
  );
  return {
    async add(tokenHash, { codiceFiscale, method }, cardEndsAt, now) {
      await add([tokenHash, codiceFiscale, method, cardEndsAt ?? null, now]);
    },
    find: async (tokenHash, now) => (await find([tokenHash, now]))[0],
    end: async (tokenHash) => (await end([tokenHash])).length > 0,
  };
}
