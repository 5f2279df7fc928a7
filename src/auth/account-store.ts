/**
 * Changes of accounts in PostgreSQL: each function runs in the caller's transaction, connected as the owner of the
 * tables.
 */
import type { Queryable } from '../platform/db/index.js';
import type { AccountRole } from './caller.js';
import type { NewAccount } from './account-model.js';
import { CREDENTIAL_VERSION } from './store.js';

type Stored = Omit<NewAccount, 'asl' | 'email' | 'secrets'> & {
  /** No recovery mail can be requested until the account has secrets. */
  readonly isCardOnly?: boolean;
  /** From hashing.ts; for an account without password, a hash that no secrets match. */
  readonly secretHash: string;
  readonly createdAt: Date;
};

/** A remembered sign-in is valid only for the version that it was stored for. */
const NEXT_VERSION = 'credential_version = credential_version + 1';

/** First of the two numbers of an advisory lock; the second represents the user id in lower case. */
const USER_ID_LOCK = 7_360_201;

/**
 * The lock lasts until the transaction ends: of two user ids that differ in capitals only, created at the same time, the
 * second waits and finds the first.
 * @returns whether the account was created: a user id has at most one account, and so has a person
 */
export async function addAccount(tables: Queryable, account: Stored): Promise<boolean> {
  const { userId, codiceFiscale, role, secretHash, createdAt, isCardOnly = false } = account;
  await tables.query('SELECT pg_advisory_xact_lock($1, hashtext(lower($2)))', [USER_ID_LOCK, userId]);
  const rows = await tables.query<unknown[]>(
    `INSERT INTO auth.account (user_id, codice_fiscale, role, secret_hash, created_at, card_only)
     SELECT $1, $2, $3, $4, $5::timestamptz, $6::boolean
     WHERE NOT EXISTS (SELECT FROM auth.account WHERE lower(user_id) = lower($1)) ON CONFLICT DO NOTHING RETURNING 1`,
    [userId, codiceFiscale, role, secretHash, createdAt, isCardOnly],
  );
  return rows.length > 0;
}

/** @param address undefined: removes the address */
export async function setEmail(tables: Queryable, userId: string, address: string | undefined): Promise<void> {
  if (address === undefined) await tables.query('DELETE FROM auth.email WHERE user_id = $1', [userId]);
  else {
    await tables.query(
      `INSERT INTO auth.email (user_id, address) VALUES ($1, $2)
       ON CONFLICT (user_id) DO UPDATE SET address = EXCLUDED.address`,
      [userId, address],
    );
  }
}

/** @returns undefined: no such account; otherwise whether the account has an address and is not suspended */
export async function canBeInvited(
  tables: Queryable,
  userId: string,
): Promise<{ readonly hasEmail: boolean; readonly isSuspended: boolean } | undefined> {
  const [row] = await tables.query<{ hasEmail: boolean; isSuspended: boolean }[]>(
    `SELECT e.address IS NOT NULL AS "hasEmail", a.suspended_at IS NOT NULL AS "isSuspended"
     FROM auth.account a LEFT JOIN auth.email e USING (user_id) WHERE a.user_id = $1`,
    [userId],
  );
  return row;
}

/** A new request also resets a queued mail, so that it does not expire. */
export async function queueActivation(tables: Queryable, userId: string, at: Date): Promise<void> {
  await tables.query(
    `INSERT INTO auth.mail (user_id, purpose, queued_at) VALUES ($1, 'activation', $2)
     ON CONFLICT (user_id, purpose) WHERE finished_at IS NULL AND recipient IS NULL
     DO UPDATE SET queued_at = EXCLUDED.queued_at`,
    [userId, at],
  );
}

/** A new link invalidates the previous link and replaces the queued mail, whose link would invalidate this one. */
export async function addActivationLink(
  tables: Queryable,
  userId: string,
  tokenHash: Buffer,
  expiresAt: Date,
  at: Date,
): Promise<void> {
  await tables.query(
    `UPDATE auth.mail SET finished_at = $2 WHERE user_id = $1 AND purpose = 'activation' AND finished_at IS NULL`,
    [userId, at],
  );
  await tables.query(
    `INSERT INTO auth.link (token_hash, user_id, purpose, account_version, expires_at)
     SELECT $2, a.user_id, 'activation', ${CREDENTIAL_VERSION}, $3 FROM auth.account a WHERE a.user_id = $1
     ON CONFLICT (user_id, purpose) DO UPDATE SET token_hash = EXCLUDED.token_hash,
       account_version = EXCLUDED.account_version, expires_at = EXCLUDED.expires_at`,
    [userId, tokenHash, expiresAt],
  );
}

/** @returns whether the registry lists the doctor; if not, the account can act only as a substitute */
export async function isRegistered(tables: Queryable, codiceFiscale: string): Promise<boolean> {
  const rows = await tables.query<unknown[]>('SELECT FROM registry.doctor WHERE codice_fiscale = $1', [codiceFiscale]);
  return rows.length > 0;
}

/** @returns whether the account exists */
export async function setSecrets(tables: Queryable, userId: string, secretHash: string): Promise<boolean> {
  return isChanged(tables, 'secret_hash = $2, password_hash = NULL, pincode_hash = NULL, pair_replaced_at = NULL', [
    userId,
    secretHash,
  ]);
}

/**
 * @param since null: lifts the suspension
 * @returns whether the account exists
 */
export async function setSuspended(tables: Queryable, userId: string, since: Date | null): Promise<boolean> {
  return isChanged(tables, 'suspended_at = $2', [userId, since]);
}

/** Deletes the failed sign-ins of an account. @returns whether the account exists */
export async function forgetAttempts(tables: Queryable, userId: string): Promise<boolean> {
  const [account] = await tables.query<unknown[]>('SELECT 1 FROM auth.account WHERE user_id = $1', [userId]);
  await tables.query('DELETE FROM auth.sign_in_attempt WHERE user_id = $1', [userId]);
  return account !== undefined;
}

/** Ends the portal sessions of an account. */
export async function endSessions(tables: Queryable, userId: string): Promise<void> {
  await tables.query('DELETE FROM auth.session WHERE user_id = $1', [userId]);
}

export interface FoundAccount {
  readonly codiceFiscale: string;
  readonly roles: readonly AccountRole[];
  /** Number of networks with remembered sign-ins. */
  readonly networks: number;
}

/** Locks the account until the transaction ends. @returns undefined: no account has this user id */
export async function lockAccount(tables: Queryable, userId: string): Promise<FoundAccount | undefined> {
  // A separate statement: one statement that waits for the lock would read the other tables as of before the wait.
  await tables.query('SELECT 1 FROM auth.account WHERE user_id = $1 FOR UPDATE', [userId]);
  const [row] = await tables.query<FoundAccount[]>(
    `SELECT a.codice_fiscale AS "codiceFiscale",
            ARRAY(SELECT c.role FROM auth.capacity c WHERE c.user_id = a.user_id ORDER BY c.role) AS roles,
            (SELECT count(*)::integer FROM auth.sign_in_attempt t
             WHERE t.user_id = a.user_id AND t.origin <> '*') AS networks
     FROM auth.account a WHERE a.user_id = $1`,
    [userId],
  );
  return row;
}

export async function addCapacity(tables: Queryable, userId: string, role: AccountRole): Promise<void> {
  await tables.query('INSERT INTO auth.capacity (user_id, role) VALUES ($1, $2)', [userId, role]);
}

/** @param other a remaining capacity: it replaces the one in auth.account, which the previous release reads */
export async function dropCapacity(
  tables: Queryable,
  userId: string,
  role: AccountRole,
  other: AccountRole,
): Promise<void> {
  await tables.query('UPDATE auth.account SET role = $3 WHERE user_id = $1 AND role = $2', [userId, role, other]);
  await tables.query('DELETE FROM auth.capacity WHERE user_id = $1 AND role = $2', [userId, role]);
}

/** The deletion cascades to the account's sign-ins and to what other features store for the account itself. */
export async function deleteAccount(tables: Queryable, userId: string): Promise<void> {
  await tables.query('DELETE FROM auth.account WHERE user_id = $1', [userId]);
}

async function isChanged(tables: Queryable, change: string, values: readonly unknown[]): Promise<boolean> {
  const [, rows] = await tables.query<[unknown[], number]>(
    `UPDATE auth.account SET ${change}, ${NEXT_VERSION} WHERE user_id = $1`,
    [...values],
  );
  return rows > 0;
}
