/**
 * What account holders do with their account in a session: change secrets or the e-mail address, list accesses. One
 * hash covers password and pincode, so changing one requires both (decision 0097).
 */
import { changedIn } from '../audit/index.js';
import type { AccessLog } from '../audit/index.js';
import { recordIn } from '../audit/index.js';
import { networkOf } from '../platform/address.js';
import type { Clock, IsoDate } from '../platform/clock.js';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { DONE } from '../platform/outcome.js';
import { faultOfPassword, faultOfPincode, faultsOfSame, isEmail } from './account-model.js';
import type { SecretFault, Secrets } from './account-model.js';
import type { Call } from './call.js';
import type { AccountHolder } from './caller.js';
import { SignInError } from './errors.js';
import { hashSecrets } from './hashing.js';
import { Refused, operationsOf } from './operation.js';
import type { Operation } from './operation.js';
import type { PasswordSignIn } from './password.js';
import { hashOf, newToken } from './token.js';

export type OwnRefusal =
  SecretFault | 'not-permitted' | 'present-secrets' | 'busy' | 'email-form' | 'too-many-addresses' | 'session-over';

/** The token of the current session, and the current secrets. */
interface Shown {
  readonly token: string;
  readonly present: Secrets;
}

interface AskedAccesses {
  readonly token: string;
  /** From 1. */
  readonly page: number;
  /** First and last day in Rome; undefined: no bound within the twelve months. */
  readonly from?: IsoDate | undefined;
  readonly to?: IsoDate | undefined;
}

export interface OwnAccess {
  readonly at: Date;
  readonly operation: string;
  readonly outcome: string;
  readonly clientAddress: string | null;
  readonly method: string | null;
  /** More than one: the number of combined refusals. */
  readonly times: number;
  /** An operator of the machine acted. */
  readonly isOperator: boolean;
}

export interface Lately {
  /** When the holder signed in before; null: never. */
  readonly lastAt: Date | null;
  /** Number of failed attempts since. */
  readonly failures: number;
  /** When secrets or address were changed, from seven days before the previous sign-in. */
  readonly changedAt: Date | null;
}

export interface OwnAccount {
  /**
   * @param wanted the secrets to change; the other stays.
   * @returns the session's new token: all other sessions of the account end
   */
  readonly changeSecrets: Operation<
    Shown & { readonly wanted: Partial<Secrets> },
    OwnRefusal,
    { readonly token: string }
  >;
  /** Queues a mail with a link to the new address, which is stored once the link is opened and confirmed. */
  readonly changeAddress: Operation<Shown & { readonly email: string }, OwnRefusal>;
  /** The access-log rows about the account from the last twelve months, newest first. */
  readonly accesses: Operation<
    AskedAccesses,
    OwnRefusal,
    { readonly rows: readonly OwnAccess[]; readonly hasMore: boolean }
  >;
  /** @returns undefined: the session has ended */
  lately(token: string): Promise<Lately | undefined>;
  /** @param token of a session. @returns its account's address; undefined: it has none, or the session has ended */
  addressOf(token: string): Promise<string | undefined>;
}

export interface OwnAccountOptions {
  readonly db: DataSource;
  readonly passwordSignIn: PasswordSignIn<'as-typed'>;
  readonly accessLog: AccessLog;
  readonly clock: Clock;
}

const ACCESSES_A_PAGE = 50;

export function createOwnAccount({ db, passwordSignIn, accessLog, clock }: OwnAccountOptions): OwnAccount {
  const operation = operationsOf<OwnRefusal>({ accessLog, clock, outcomeOf: ownOutcome });
  const accesses = statement<OwnAccess>(
    db,
    'auth.ownAccesses',
    `SELECT at, operation, outcome, client_address AS "clientAddress", method, times, is_operator AS "isOperator"
     FROM auth.own_accesses_between($1::text, $2, $3::date, $4::date, $5, ${ACCESSES_A_PAGE + 1})`,
  );
  const lately = statement<Lately>(
    db,
    'auth.lately',
    'SELECT last_at AS "lastAt", failures, changed_at AS "changedAt" FROM auth.lately($1::text)',
  );
  const address = statement<{ address: string | null }>(
    db,
    'auth.ownAddress',
    'SELECT address FROM auth.own_address($1::text)',
  );

  /** Counted and locked like a sign-in. @returns the account's version, or the reason for the refusal */
  async function verify(
    call: Call<AccountHolder>,
    present: Secrets,
  ): Promise<{ readonly version: string } | 'present-secrets' | 'busy'> {
    try {
      const { password, pincode } = present;
      const typed = { userId: call.caller.userId, password, sentPincode: pincode, algorithm: 'as-typed' } as const;
      return { version: (await passwordSignIn(typed, networkOf(call.clientAddress))).credentialVersion };
    } catch (error) {
      if (!(error instanceof SignInError)) throw error;
      return error.code === 'busy' ? 'busy' : 'present-secrets';
    }
  }

  return {
    changeSecrets: operation(
      'secrets-change',
      async (call, { token, present, wanted }: Shown & { wanted: Partial<Secrets> }, access) => {
        const { userId } = call.caller;
        const [fault, ...more] = [
          ...(wanted.password === undefined ? [] : [faultOfPassword(wanted.password, userId)]),
          ...(wanted.pincode === undefined ? [] : [faultOfPincode(wanted.pincode)]),
        ].filter((one) => one !== undefined);
        if (fault !== undefined) return new Refused([fault, ...more]);
        const verified = await verify(call, present);
        if (typeof verified === 'string') return new Refused([verified]);
        const [same, ...both] = faultsOfSame(present, wanted);
        if (same !== undefined) return new Refused([same, ...both]);
        const next = newToken();
        const { password, pincode } = { ...present, ...wanted };
        const done = await changedIn(
          db,
          access,
          'changed',
          (place) =>
            `SELECT holder FROM auth.change_secrets(${place(1)}::text, ${place(2)}::bytea, ${place(3)}::text, ${place(4)}::text)`,
          [token, hashOf(next), verified.version, await hashSecrets(password, pincode)],
        );
        // A concurrent change elsewhere ends the session too.
        return done === undefined ? new Refused(['session-over']) : { ...done, token: next };
      },
    ),

    changeAddress: operation(
      'address-change',
      async (call, { token, present, email }: Shown & { email: string }, access) => {
        if (!isEmail(email)) return new Refused(['email-form']);
        const verified = await verify(call, present);
        if (typeof verified === 'string') return new Refused([verified]);
        const done = await changedIn(
          db,
          access,
          'changed',
          (place) =>
            `SELECT holder FROM auth.ask_for_address(${place(1)}::text, ${place(2)}::text, ${place(3)}::text, ${place(4)}::timestamptz)`,
          [token, verified.version, email, call.at],
        );
        if (done !== undefined) return done;
        const stands = (await address([token])).length > 0;
        return new Refused([stands ? 'too-many-addresses' : 'session-over']);
      },
    ),

    accesses: operation('own-accesses', async (call, { token, page, from, to }: AskedAccesses, access) => {
      const rows = await accesses([token, call.at, from ?? null, to ?? null, (page - 1) * ACCESSES_A_PAGE]);
      const transactionId = await recordIn(db, access, DONE.code);
      return { transactionId, rows: rows.slice(0, ACCESSES_A_PAGE), hasMore: rows.length > ACCESSES_A_PAGE };
    }),

    lately: async (token) => (await lately([token]))[0],
    addressOf: async (token) => (await address([token]))[0]?.address ?? undefined,
  };
}

/**
 * The outcome in the access log. Wrong secrets are recorded like a failed sign-in: the holder finds both among the
 * accesses.
 */
export function ownOutcome(refusal: OwnRefusal): string {
  if (refusal === 'not-permitted') return '1001';
  return refusal === 'present-secrets' ? 'sign-in:credentials' : refusal === 'busy' ? 'sign-in:busy' : refusal;
}
