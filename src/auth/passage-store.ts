/** Passages from identification to a session, in PostgreSQL: only the hashes of code and ticket are stored. */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Citizen } from './caller.js';
import { ACCOUNT, CREDENTIAL_VERSION } from './store.js';
import type { StoredAccount } from './store.js';

/** Time for the browser's redirect from the card host to the portal, ms. */
const CODE_MS = 60_000;
/** Time for the holder to choose how to continue, ms. */
const CONFIRM_MS = 5 * 60_000;

/** What a session stores about a card. */
export interface CardTerm {
  /** When the certificate expires. */
  readonly endsAt: Date;
  /** Its serial number, hexadecimal. */
  readonly serial: string;
}

/** A person who was identified. */
export interface Passed {
  readonly codiceFiscale: string;
  readonly method: Citizen['method'];
  readonly card: CardTerm | undefined;
  /** The account at that moment; undefined: there was none for this method, or it has changed since. */
  readonly account: (StoredAccount & { readonly credentialVersion: string }) | undefined;
}

export interface NewPassage extends Pick<Passed, 'codiceFiscale' | 'method'> {
  /** The account with which the person may continue. */
  readonly userId: string | undefined;
  readonly ticketHash: Buffer;
  /** Sent by the card host through the browser; absent: the browser is at the portal already. */
  readonly codeHash?: Buffer;
  readonly card?: CardTerm;
}

export interface PassageStore {
  /** Replaces an earlier passage of the person. */
  open(passage: NewPassage, now: Date): Promise<void>;
  /** Redeems the code. @returns whether it was valid: for this ticket, in time, used for the first time */
  claim(code: Buffer, ticket: Buffer, now: Date): Promise<boolean>;
  /** The person of a passage whose code was redeemed. */
  find(ticket: Buffer, now: Date): Promise<Passed | undefined>;
  /** The same, and ends the passage. */
  take(ticket: Buffer, now: Date): Promise<Passed | undefined>;
}

interface PassedRow extends Omit<StoredAccount, 'userId'> {
  holder: string;
  method: Passed['method'];
  endsAt: Date | null;
  serial: string | null;
  userId: string | null;
  credentialVersion: string;
}

const CLAIMED = `ticket_hash = $1 AND claimed_at > $2::timestamptz - interval '${CONFIRM_MS} ms'
  AND (card_ends_at IS NULL OR card_ends_at > $2::timestamptz)`;
const PASSED = `p.codice_fiscale AS holder, p.method, p.card_ends_at AS "endsAt", p.card_serial AS serial,
  p.credential_version AS "credentialVersion", ${ACCOUNT}`;
const ITS_ACCOUNT = `LEFT JOIN auth.account a ON a.user_id = p.user_id AND ${CREDENTIAL_VERSION} = p.credential_version
  AND a.suspended_at IS NULL`;

export function createPassageStore(db: DataSource): PassageStore {
  const open = statement(
    db,
    'auth.openPassage',
    `INSERT INTO auth.passage (codice_fiscale, method, ticket_hash, code_hash, card_ends_at, card_serial, user_id,
       credential_version, presented_at, claimed_at)
     SELECT $1, $2, $3, $4, $5::timestamptz, $6, a.user_id, ${CREDENTIAL_VERSION}, $8::timestamptz,
       CASE WHEN $4::bytea IS NULL THEN $8::timestamptz END
     FROM (SELECT) one LEFT JOIN auth.account a ON a.user_id = $7
     ON CONFLICT (codice_fiscale) DO UPDATE SET method = excluded.method, ticket_hash = excluded.ticket_hash,
       code_hash = excluded.code_hash, card_ends_at = excluded.card_ends_at, card_serial = excluded.card_serial,
       user_id = excluded.user_id, credential_version = excluded.credential_version,
       presented_at = excluded.presented_at, claimed_at = excluded.claimed_at`,
  );
  const claim = statement(
    db,
    'auth.claimPassage',
    `UPDATE auth.passage SET claimed_at = $3::timestamptz
     WHERE code_hash = $1 AND ticket_hash = $2 AND claimed_at IS NULL
       AND presented_at > $3::timestamptz - interval '${CODE_MS} ms' RETURNING 1`,
  );
  const find = statement<PassedRow>(
    db,
    'auth.findPassage',
    `SELECT ${PASSED} FROM auth.passage p ${ITS_ACCOUNT} WHERE ${CLAIMED}`,
  );
  const take = statement<PassedRow>(
    db,
    'auth.takePassage',
    `WITH p AS (DELETE FROM auth.passage WHERE ${CLAIMED} RETURNING *) SELECT ${PASSED} FROM p ${ITS_ACCOUNT}`,
  );
  return {
    async open({ codiceFiscale, method, userId, ticketHash, codeHash, card }, now) {
      const hashes = [ticketHash, codeHash ?? null];
      const ofCard = [card?.endsAt ?? null, card?.serial ?? null];
      await open([codiceFiscale, method, ...hashes, ...ofCard, userId ?? null, now]);
    },
    claim: async (code, ticket, now) => (await claim([code, ticket, now])).length > 0,
    find: async (ticket, now) => passedOf((await find([ticket, now]))[0]),
    take: async (ticket, now) => passedOf((await take([ticket, now]))[0]),
  };
}

function passedOf(row: PassedRow | undefined): Passed | undefined {
  if (row === undefined) return undefined;
  const { holder, method, endsAt, serial, userId, ...account } = row;
  return {
    ...{ codiceFiscale: holder, method },
    card: endsAt === null || serial === null ? undefined : { endsAt, serial },
    account: userId === null ? undefined : { ...account, userId },
  };
}
