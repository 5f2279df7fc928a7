/** Passages from the card host to the portal, in PostgreSQL: only the hashes of code and ticket are stored. */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { ACCOUNT, CREDENTIAL_VERSION } from './store.js';
import type { StoredAccount } from './store.js';

/** Time for the browser's redirect from the card host to the portal, ms. */
const CODE_MS = 60_000;
/** Time for the holder to confirm the card, ms. */
const CONFIRM_MS = 5 * 60_000;

/** What a session stores about a card. */
export interface CardTerm {
  /** When the certificate expires. */
  readonly endsAt: Date;
  /** Its serial number, hexadecimal. */
  readonly serial: string;
}

export interface CardPassed extends StoredAccount, CardTerm {
  /** The account's version when the card was verified. */
  readonly credentialVersion: string;
}

export interface PassageStore {
  /** Replaces an earlier passage of the account. @returns whether the account exists and is not suspended */
  open(
    userId: string,
    hashes: { readonly code: Buffer; readonly ticket: Buffer },
    card: CardTerm,
    now: Date,
  ): Promise<boolean>;
  /** Redeems the code. @returns whether it was valid: for this ticket, in time, used for the first time */
  claim(code: Buffer, ticket: Buffer, now: Date): Promise<boolean>;
  /** The holder of the card, after its code was redeemed. */
  find(ticket: Buffer, now: Date): Promise<CardPassed | undefined>;
  /** The same, and ends the passage. */
  take(ticket: Buffer, now: Date): Promise<CardPassed | undefined>;
}

const CLAIMED = `ticket_hash = $1 AND claimed_at > $2::timestamptz - interval '${CONFIRM_MS} ms' AND card_ends_at > $2::timestamptz`;
const PASSED = `${ACCOUNT}, p.credential_version AS "credentialVersion", p.card_ends_at AS "endsAt", p.card_serial AS serial`;

export function createPassageStore(db: DataSource): PassageStore {
  const open = statement(
    db,
    'auth.openPassage',
    `INSERT INTO auth.card_passage
       (user_id, code_hash, ticket_hash, credential_version, card_ends_at, card_serial, presented_at)
     SELECT a.user_id, $2, $3, ${CREDENTIAL_VERSION}, $4::timestamptz, $5, $6::timestamptz
     FROM auth.account a WHERE a.user_id = $1 AND a.suspended_at IS NULL
     ON CONFLICT (user_id) DO UPDATE SET code_hash = excluded.code_hash, ticket_hash = excluded.ticket_hash,
       credential_version = excluded.credential_version, card_ends_at = excluded.card_ends_at,
       card_serial = excluded.card_serial, presented_at = excluded.presented_at, claimed_at = NULL
     RETURNING 1`,
  );
  const claim = statement(
    db,
    'auth.claimPassage',
    `UPDATE auth.card_passage SET claimed_at = $3::timestamptz
     WHERE code_hash = $1 AND ticket_hash = $2 AND claimed_at IS NULL
       AND presented_at > $3::timestamptz - interval '${CODE_MS} ms' RETURNING 1`,
  );
  const find = statement<CardPassed>(
    db,
    'auth.findPassage',
    `SELECT ${PASSED} FROM auth.card_passage p JOIN auth.account a ON a.user_id = p.user_id WHERE ${CLAIMED}`,
  );
  const take = statement<CardPassed>(
    db,
    'auth.takePassage',
    `WITH p AS (DELETE FROM auth.card_passage WHERE ${CLAIMED} RETURNING *)
     SELECT ${PASSED} FROM p JOIN auth.account a ON a.user_id = p.user_id`,
  );
  return {
    open: async (userId, { code, ticket }, { endsAt, serial }, now) =>
      (await open([userId, code, ticket, endsAt, serial, now])).length > 0,
    claim: async (code, ticket, now) => (await claim([code, ticket, now])).length > 0,
    find: async (ticket, now) => (await find([ticket, now]))[0],
    take: async (ticket, now) => (await take([ticket, now]))[0],
  };
}
