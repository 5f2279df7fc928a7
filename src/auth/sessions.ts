/**
 * Sessions of the portal: the entrance of its pages. The browser holds 256 random bits, the database their hash; a
 * session ends when it is idle, after eight hours, and with every change of its account's secrets, suspension or
 * capacity.
 */
import type { AccessLog, RefusalLog } from '../audit/index.js';
import { networkOf } from '../platform/address.js';
import type { DataSource } from '../platform/db/index.js';
import { DONE } from '../platform/outcome.js';
import { Call } from './call.js';
import type { Arrival } from './call.js';
import type { AccountHolder, AccountRole, NamedOffice, SessionMethod } from './caller.js';
import { SignInError } from './errors.js';
import { accessOf, accessOfNobody } from './operation.js';
import type { PasswordSignIn } from './password.js';
import { isPermittedCall } from './policy.js';
import type { OperationName } from './policy.js';
import { PASSAGE_REFUSED } from './passage.js';
import { createPassageStore } from './passage-store.js';
import type { CardTerm } from './passage-store.js';
import { rolesBy } from './roles-by.js';
import { LONGEST_USER_ID } from './service.js';
import { ABSOLUTE_MS, COUNTER_IDLE_MS, IDLE_MS, createSessionStore } from './session-store.js';
import type { Kept, ListedSession } from './session-store.js';
import { capacityOf } from './store.js';
import type { StoredAccount } from './store.js';
import { hashOf, isToken, newToken } from './token.js';
import { createTypedUserId } from './typed-user-id.js';

export interface TypedSecrets {
  readonly userId: string;
  readonly password: string;
  readonly pincode: string;
}

export interface Session {
  /** What the browser's cookie holds. */
  readonly token: string;
  readonly userId: string;
  readonly codiceFiscale: string;
  /** How it was started. */
  readonly method: SessionMethod;
  /** The capacities in which the holder may act, given the method of sign-in. */
  readonly roles: readonly AccountRole[];
  /** The office that an intermediary acts for; undefined: none. */
  readonly office: NamedOffice | undefined;
  /** The call in the chosen capacity; undefined until one is chosen. */
  readonly call: Call<AccountHolder> | undefined;
  readonly kept: Kept;
  /** When it ends unless a further page is opened. */
  readonly endsAt: Date;
}

/** A capacity to continue in: a role, or for intermediaries one of their offices. */
export interface CapacityChoice {
  readonly id: string;
  readonly role: AccountRole;
  readonly office?: NamedOffice;
}

export interface Sessions {
  /**
   * Starts a session with user id, password and pincode as typed.
   * @param device browser and system, for the holder's list of sessions
   * @returns its token
   * @throws SignInError `credentials`, `busy` or `not-enabled`, after it was recorded
   */
  signIn(secrets: TypedSecrets, arrival: Arrival, device: string): Promise<string>;
  /**
   * Starts a session of the account of a holder who was identified by card, SPID or CIE and has chosen the account.
   * @param ticket of this browser
   * @returns its token; undefined: no passage is pending, or the account has changed since; the refusal is recorded
   */
  signInByPassage(ticket: string | undefined, arrival: Arrival, device: string): Promise<string | undefined>;
  /** @returns undefined: the token belongs to no session, or to one that has ended */
  resume(token: string, arrival: Arrival): Promise<Session | undefined>;
  /** The capacities to choose from. An intermediary whom no office has admitted has none for that role [O-7]. */
  choices(session: Session, arrival: Arrival): Promise<readonly CapacityChoice[]>;
  /**
   * Continues in a capacity.
   * @param id of one of the choices
   * @returns the new token and the role; undefined: there is no such choice, or the session has ended
   */
  actAs(
    session: Session,
    id: string,
    arrival: Arrival,
  ): Promise<{ readonly token: string; readonly role: AccountRole } | undefined>;
  /** Stores the fields of a page's form until the session ends. @param fields undefined: deletes them */
  keep(session: Pick<Session, 'token'>, page: string, fields: Kept[string] | undefined): Promise<void>;
  /** Ends the session of a token, if it exists. */
  end(session: Session, arrival: Arrival): Promise<void>;
  list(session: Session, arrival: Arrival): Promise<readonly ListedSession[]>;
  /** @param id one other session; absent: all others. @returns how many were ended */
  endOthers(session: Session, arrival: Arrival, id?: string): Promise<number>;
  /** Records that a page refused a call, if no operation did. */
  refused(call: Call, operation: OperationName, outcome: string): Promise<void>;
  /** Whether the policy admits a call; a refusal is recorded. For a page that only shows the form of an operation. */
  admits(call: Call, operation: OperationName): Promise<boolean>;
}

export interface SessionsOptions {
  readonly db: DataSource;
  readonly passwordSignIn: PasswordSignIn<'as-typed'>;
  readonly accessLog: AccessLog;
  readonly refusals: RefusalLog;
  /** The offices of an intermediary; absent: there is no register of consents. */
  readonly officesOf?: ((call: Call<AccountHolder>) => Promise<readonly NamedOffice[]>) | undefined;
}

export function createSessions(options: SessionsOptions): Sessions {
  const { db, passwordSignIn, accessLog, refusals, officesOf = () => Promise.resolve([]) } = options;
  const store = createSessionStore(db);
  const passages = createPassageStore(db);
  const userIdOf = createTypedUserId(db);
  return {
    async signIn({ userId: typed, password, pincode }, arrival, device) {
      const userId = await userIdOf(typed);
      try {
        const origin = networkOf(arrival.clientAddress);
        const account = await passwordSignIn({ userId, password, sentPincode: pincode, algorithm: 'as-typed' }, origin);
        if (rolesBy('password', account).length === 0) throw new SignInError('not-enabled');
        const token = await begin('password', account, undefined, arrival, device);
        // The secrets were changed during their verification.
        if (token === undefined) throw new SignInError('credentials');
        return token;
      } catch (error) {
        if (error instanceof SignInError) {
          const access = accessOfNobody(arrival, 'session-begin', 'password', userId.slice(0, LONGEST_USER_ID));
          await refusals.refused(access, `sign-in:${error.code}`, error.isCounted);
        }
        throw error;
      }
    },

    async signInByPassage(ticket, arrival, device) {
      const passed =
        ticket !== undefined && isToken(ticket) ? await passages.take(hashOf(ticket), arrival.at) : undefined;
      const { method, account, card } = passed ?? {};
      const token = method && account && (await begin(method, account, card, arrival, device));
      if (token === undefined) {
        const access = accessOfNobody(arrival, 'session-begin', method, account?.userId);
        await refusals.refused(access, PASSAGE_REFUSED, account !== undefined);
      }
      return token;
    },

    async resume(token, arrival) {
      if (!isToken(token)) return undefined;
      const found = await store.find(hashOf(token), arrival.at);
      if (found === undefined) return undefined;
      const { userId, codiceFiscale, actingAs, method, kept, startedAt, lastSeenAt } = found;
      const office = found.office ?? undefined;
      const idle = actingAs === 'intermediary' ? COUNTER_IDLE_MS : IDLE_MS;
      return {
        ...{ token, userId, codiceFiscale, method, office, kept, roles: rolesBy(method, found) },
        call: actingAs === null ? undefined : callOf(method, found, actingAs, arrival, office),
        endsAt: new Date(Math.min(startedAt.getTime() + ABSOLUTE_MS, lastSeenAt.getTime() + idle)),
      };
    },

    async choices({ userId, codiceFiscale, method, roles }, arrival) {
      const choices = roles.filter((role) => role !== 'intermediary').map((role) => ({ id: role, role }));
      if (choices.length === roles.length) return choices;
      const capacity = { role: 'intermediary' } as const;
      const caller = { kind: 'account', userId, codiceFiscale, capacity, method } as const;
      const offices = await officesOf(new Call<AccountHolder>(caller, arrival));
      return [
        ...choices,
        ...offices.map((office) => ({ id: `${capacity.role}:${office.office}`, ...capacity, office })),
      ];
    },

    async actAs(session, id, arrival) {
      const chosen = (await this.choices(session, arrival)).find((choice) => choice.id === id);
      if (chosen === undefined) return undefined;
      const { role, office } = chosen;
      const next = newToken();
      if (!(await store.renew(hashOf(session.token), hashOf(next), { role, office }))) return undefined;
      const call = (await this.resume(next, arrival))?.call;
      if (call === undefined) return undefined;
      await accessLog.record(accessOf(call, 'session-capacity'), DONE.code);
      return { token: next, role };
    },

    keep: ({ token }, page, fields) => store.keep(hashOf(token), page, fields),

    async end(session, arrival) {
      if (!(await store.end(hashOf(session.token)))) return;
      await record(session, arrival, 'session-end', DONE.code);
    },

    async list(session, arrival) {
      const open = await store.list(session.userId, hashOf(session.token), arrival.at);
      await record(session, arrival, 'session-list', DONE.code);
      return open;
    },

    async endOthers(session, arrival, id) {
      const ended = await store.endOthers(session.userId, hashOf(session.token), id);
      if (ended > 0) await record(session, arrival, 'session-end', 'others');
      return ended;
    },

    async refused(call, operation, outcome) {
      await accessLog.record(accessOf(call, operation), outcome);
    },

    async admits(call, operation) {
      if (isPermittedCall(call, operation)) return true;
      await accessLog.record(accessOf(call, operation), '1001');
      return false;
    },
  };

  /** @returns undefined: the account has changed since it was verified */
  async function begin(
    method: SessionMethod,
    account: StoredAccount & { readonly credentialVersion: string },
    card: CardTerm | undefined,
    arrival: Arrival,
    device: string,
  ): Promise<string | undefined> {
    const [only, ...others] = rolesBy(method, account);
    if (only === undefined) return undefined;
    const token = newToken();
    const { userId, credentialVersion } = account;
    const isOfOffice = others.length === 0 && only === 'intermediary';
    const offices = isOfOffice ? await officesOf(callOf(method, account, only, arrival)) : [];
    const office = offices.length === 1 ? offices[0] : undefined;
    const actingAs = others.length === 0 && offices.length <= 1 ? only : undefined;
    const { at: startedAt, clientAddress } = arrival;
    const session = { userId, method, actingAs, office, startedAt, clientAddress, device, credentialVersion, card };
    if (!(await store.add({ ...session, tokenHash: hashOf(token) }))) return undefined;
    const call = callOf(method, account, only, arrival, office);
    await accessLog.record(accessOf(call, 'session-begin'), DONE.code);
    return token;
  }

  function callOf(
    method: SessionMethod,
    account: StoredAccount,
    role: AccountRole,
    arrival: Arrival,
    office?: NamedOffice,
  ): Call<AccountHolder> {
    const { userId, codiceFiscale } = account;
    const chosen = office && { office: office.office, region: office.region };
    const capacity = capacityOf(account, role, chosen);
    return new Call<AccountHolder>({ kind: 'account', userId, codiceFiscale, capacity, method }, arrival);
  }

  async function record(
    { call, userId, method }: Session,
    arrival: Arrival,
    event: 'session-end' | 'session-list',
    outcome: string,
  ): Promise<void> {
    const access = call === undefined ? accessOfNobody(arrival, event, method, userId) : accessOf(call, event);
    await accessLog.record(access, outcome);
  }
}
