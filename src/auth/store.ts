/** Accounts and sign-in attempts in PostgreSQL. */
import { grouped, statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { areaOf } from '../platform/address.js';
import { createClaims } from './attempts.js';
import { ANYWHERE, ANYWHERE_RULE } from './lockout.js';
import type { AttemptState, Standing } from './lockout.js';
import type { StoredSecrets } from './hashing.js';
import type { AccountRole, Capacity, ChosenOffice } from './caller.js';

export interface StoredAccount {
  readonly userId: string;
  readonly codiceFiscale: string;
  /** The holder's capacity in this call. */
  readonly role: AccountRole;
  /** All capacities of the holder. */
  readonly roles: readonly AccountRole[];
  readonly suspended: boolean;
  /** Region of a doctor's ASL; null: the registry does not list the doctor. */
  readonly region: string | null;
  /** Region of the ASL that an operator acts for; null: none. */
  readonly aslRegion: string | null;
}

/**
 * Determines the capacity in which the holder acts.
 * @param wanted what the entrance serves; a holder without it acts in one that the account has, and the policy decides
 * @param office chosen by an intermediary
 */
export function capacityOf(
  { role, roles, region, aslRegion }: Pick<StoredAccount, 'role' | 'roles' | 'region' | 'aslRegion'>,
  wanted: AccountRole,
  office?: ChosenOffice,
): Capacity {
  const acting = roles.includes(wanted) ? wanted : role;
  if (acting === 'intermediary') return { role: acting, ...office };
  if (acting === 'asl_operator') return { role: acting, region: aslRegion ?? undefined };
  return acting === 'doctor' ? { role: acting, region: region ?? undefined } : { role: acting };
}

export interface StoredCredentials extends StoredAccount {
  readonly secrets: StoredSecrets;
  /** Changes with the secrets and the suspension, and differs for another account with the same user id. */
  readonly credentialVersion: string;
  /** Attempts from the caller's address, and from all addresses. */
  readonly address: AttemptState | undefined;
  readonly anywhere: AttemptState | undefined;
}

export interface AccountStore {
  byCodiceFiscale(codiceFiscale: string): Promise<StoredAccount | undefined>;
  withCredentials(userId: string, origin: string): Promise<StoredCredentials | undefined>;
  /**
   * Counts an attempt before it is verified, so that parallel attempts count too.
   * @returns false: it was locked in the meantime
   */
  claimAttempt(userId: string, origin: string, standing: Standing, now: Date): Promise<boolean>;
  /** The counted attempt was the owner's. */
  succeeded(userId: string, origin: string, standing: Standing, now: Date): Promise<void>;
  /** Replaces the pair by the single hash, unless the secrets were changed in the meantime. */
  replacePair(account: StoredCredentials, secretHash: string, now: Date): Promise<void>;
  /** Deletes the pair if it was replaced before the given instant. */
  dropPair(account: StoredCredentials, replacedBefore: Date): Promise<void>;
}

interface CredentialsRow extends Omit<StoredCredentials, 'secrets' | 'address' | 'anywhere'> {
  /** Position among the requested ones, from 1. */
  place: number;
  secretHash: string | null;
  passwordHash: string | null;
  pincodeHash: string | null;
  addressFailures: number | null;
  addressLockedUntil: Date | null;
  addressAttemptedAt: Date | null;
  addressLastSuccessAt: Date | null;
  anywhereLockedUntil: Date | null;
}

/**
 * For `auth.account a`: changes with the secrets and the suspension, and differs for another account with the same user
 * id.
 */
export const CREDENTIAL_VERSION = "concat_ws('/', a.credential_version, extract(epoch FROM a.created_at))";

/** The columns of a `StoredAccount`, from `auth.account a`. */
export const ACCOUNT = `a.user_id AS "userId", a.codice_fiscale AS "codiceFiscale", a.role, a.suspended_at IS NOT NULL AS suspended,
       ARRAY(SELECT c.role FROM auth.capacity c WHERE c.user_id = a.user_id) AS roles,
       (SELECT place.region_code FROM registry.doctor d JOIN registry.asl place ON place.code = d.asl_code
        WHERE d.codice_fiscale = a.codice_fiscale) AS region,
       (SELECT place.region_code FROM asl.operator o JOIN registry.asl place ON place.code = o.asl_code
        WHERE o.user_id = a.user_id) AS "aslRegion"`;

export function createAccountStore(db: DataSource): AccountStore {
  const byCodiceFiscale = statement<StoredAccount>(
    db,
    'auth.byCodiceFiscale',
    `SELECT ${ACCOUNT} FROM auth.account a WHERE a.codice_fiscale = ANY ($1)`,
  );
  const findGrouped = grouped(async (wanted: readonly string[]) => {
    const found = new Map((await byCodiceFiscale([wanted])).map((account) => [account.codiceFiscale, account]));
    return wanted.map((codiceFiscale) => found.get(codiceFiscale));
  });
  const withCredentials = statement<CredentialsRow>(
    db,
    'auth.withCredentials',
    `SELECT wanted.place::integer, ${ACCOUNT}, a.password_hash AS "passwordHash", a.pincode_hash AS "pincodeHash",
            a.secret_hash AS "secretHash",
            ${CREDENTIAL_VERSION} AS "credentialVersion",
            o.failures AS "addressFailures", o.attempted_at AS "addressAttemptedAt", o.locked_until AS "addressLockedUntil", o.last_success_at AS "addressLastSuccessAt",
            w.locked_until AS "anywhereLockedUntil"
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (user_id, origin, place)
     JOIN auth.account a ON a.user_id = wanted.user_id
     LEFT JOIN auth.sign_in_attempt o ON o.user_id = a.user_id AND o.origin = wanted.origin
     LEFT JOIN auth.sign_in_attempt w ON w.user_id = a.user_id AND w.origin = '${ANYWHERE}'`,
  );
  const withCredentialsGrouped = grouped(async (wanted: readonly { userId: string; origin: string }[]) => {
    const rows = await withCredentials([wanted.map(({ userId }) => userId), wanted.map(({ origin }) => origin)]);
    const found = new Map(rows.map((row) => [row.place, row]));
    return wanted.map((_one, index) => credentialsOf(found.get(index + 1)));
  });
  const claim = createClaims(db, 'auth.claim', 'auth.sign_in_attempt');
  const succeed = statement(
    db,
    'auth.succeed',
    `WITH own AS (
       INSERT INTO auth.sign_in_attempt (user_id, origin, failures, attempted_at, last_success_at)
       VALUES ($1, $2, 0, $3::timestamptz, $3::timestamptz)
       ON CONFLICT (user_id, origin) DO UPDATE SET failures = 0, locked_until = NULL, last_success_at = $3::timestamptz
     ), area AS (
       UPDATE auth.sign_in_attempt SET failures = 0, locked_until = NULL WHERE user_id = $1 AND origin = $6 AND $6 <> $2
     )
     UPDATE auth.sign_in_attempt
     SET failures = greatest(failures - 1, 0),
         locked_until = CASE WHEN failures - 1 > $5 THEN locked_until END
     WHERE user_id = $1 AND origin = '${ANYWHERE}' AND $4::boolean`,
  );
  const replacePair = statement(
    db,
    'auth.replacePair',
    `UPDATE auth.account SET secret_hash = $2, pair_replaced_at = $3::timestamptz
     WHERE user_id = $1 AND secret_hash IS NULL AND password_hash = $4 AND pincode_hash = $5`,
  );
  const dropPair = statement(
    db,
    'auth.dropPair',
    `UPDATE auth.account SET password_hash = NULL, pincode_hash = NULL, pair_replaced_at = NULL
     WHERE user_id = $1 AND secret_hash = $2 AND pair_replaced_at < $3::timestamptz`,
  );
  return {
    byCodiceFiscale: findGrouped,
    withCredentials: (userId, origin) => withCredentialsGrouped({ userId, origin }),
    claimAttempt: (userId, origin, standing, now) => claim(userId, { origin, area: areaOf(origin) }, standing, now),
    async succeeded(userId, origin, standing, now) {
      await succeed([userId, origin, now, standing === 'stranger', ANYWHERE_RULE.freeFailures, areaOf(origin)]);
    },
    async replacePair({ userId, secrets: { pair } }, secretHash, now) {
      await replacePair([userId, secretHash, now, pair?.passwordHash, pair?.pincodeHash]);
    },
    async dropPair({ userId, secrets: { secretHash } }, replacedBefore) {
      await dropPair([userId, secretHash, replacedBefore]);
    },
  };
}

function credentialsOf(row: CredentialsRow | undefined): StoredCredentials | undefined {
  if (row === undefined) return undefined;
  const { userId, codiceFiscale, role, roles, suspended, region, aslRegion, credentialVersion } = row;
  const { secretHash, passwordHash, pincodeHash, addressFailures } = row;
  const address = {
    failures: addressFailures ?? 0,
    lockedUntil: row.addressLockedUntil,
    attemptedAt: row.addressAttemptedAt,
    lastSuccessAt: row.addressLastSuccessAt,
  };
  return {
    ...{ userId, codiceFiscale, role, roles, suspended, region, aslRegion, credentialVersion },
    secrets: {
      secretHash,
      pair: passwordHash === null || pincodeHash === null ? undefined : { passwordHash, pincodeHash },
    },
    address: addressFailures === null ? undefined : address,
    anywhere: { failures: 0, lockedUntil: row.anywhereLockedUntil, attemptedAt: null, lastSuccessAt: null },
  };
}
