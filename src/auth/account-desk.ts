/**
 * The operations on accounts [S-2], 6.2. A change takes effect immediately: a new credential version invalidates the
 * account's remembered sign-ins. The holder's records stay until their terms end: tests, numbers of an ASL, and every
 * row of the access log.
 */
import { accessLogIn, recordIn } from '../audit/index.js';
import type { Clock } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';
import { MAX_USER_ID, faultsOfAccount, faultsOfCapacity, freshSecrets, isEmail } from './account-model.js';
import type { NewAccount, Secrets } from './account-model.js';
import {
  addAccount,
  addActivationLink,
  addCapacity,
  canBeInvited,
  deleteAccount,
  dropCapacity,
  endSessions,
  forgetAttempts,
  isRegistered,
  lockAccount,
  queueActivation,
  setEmail,
  setSecrets,
  setSuspended,
} from './account-store.js';
import type { AccountTies } from './account-ties.js';
import type { AccountRole } from './caller.js';
import { accountOutcome } from './errors.js';
import type { AccountRefusal } from './errors.js';
import { hashSecrets, unmatchableHash } from './hashing.js';
import { Refused, operationsOf } from './operation.js';
import type { AdmittedAccess, Entry, Operation } from './operation.js';
import { LINK_TERMS_MS, hashOf, newToken } from './token.js';

interface OfAccount {
  readonly userId: string;
}

/** What is deleted or revoked with an account. */
export interface Removed {
  /** Number of networks with remembered sign-ins. */
  readonly networks: number;
  readonly substitutions: number;
  /** The ASL that the account acted for. */
  readonly asl: string | undefined;
}

export interface AccountDesk {
  /**
   * @returns the secrets, if any, which are shown only once; `isRegistered`: the registry lists the doctor; otherwise
   *   the account can act only as a substitute
   */
  readonly create: Operation<NewAccount, AccountRefusal, Partial<Secrets> & { readonly isRegistered: boolean }>;
  /** Adds a capacity; each call acts in one, a SOAP call as doctor. @param asl as for a new account */
  readonly grant: Operation<
    OfAccount & { readonly role: AccountRole; readonly asl?: string | undefined },
    AccountRefusal
  >;
  /** Refuses to remove the last capacity: remove or suspend the account instead. */
  readonly withdraw: Operation<OfAccount & { readonly role: AccountRole }, AccountRefusal>;
  /** Changes the ASL that the operator acts for. */
  readonly assign: Operation<OfAccount & { readonly asl: string }, AccountRefusal>;
  /** Replaces both password and pincode: one hash covers them. */
  readonly reset: Operation<OfAccount, AccountRefusal, Secrets>;
  /** Refuses further sign-ins, by password and by card. */
  readonly suspend: Operation<OfAccount, AccountRefusal>;
  readonly restore: Operation<OfAccount, AccountRefusal>;
  /**
   * Sets the e-mail address without confirmation; the previous address gets a notice.
   * @param email undefined: removes the address
   */
  readonly setEmail: Operation<OfAccount & { readonly email: string | undefined }, AccountRefusal>;
  /** Queues the mail with a link by which the holder chooses both secrets; the present ones remain valid until then. */
  readonly invite: Operation<OfAccount, AccountRefusal>;
  /**
   * @returns the token of such a link, to hand over if the account has no e-mail address; shown only once. A queued
   *   mail is not sent
   */
  readonly link: Operation<OfAccount, AccountRefusal, { readonly token: string; readonly expiresAt: Date }>;
  /** Deletes the account's failed sign-ins. */
  readonly unlock: Operation<OfAccount, AccountRefusal>;
  /**
   * Revokes the person's substitutions: nobody can act for a titular who has no account, and a substitute who returns
   * must be named again [T-2].
   */
  readonly remove: Operation<OfAccount, AccountRefusal, Removed>;
}

/** @param tables connected as the owner: the gateway may not change accounts */
export function createAccountDesk(tables: Queryable, clock: Clock, ties: AccountTies): AccountDesk {
  const operation = operationsOf<AccountRefusal>({
    ...{ accessLog: accessLogIn(tables), clock },
    outcomeOf: accountOutcome,
  });

  const changed = async (access: AdmittedAccess) => ({ transactionId: await recordIn(tables, access, 'changed') });
  const unlessUnknown = (access: AdmittedAccess, isDone: boolean) =>
    isDone ? changed(access) : new Refused<AccountRefusal>(['unknown-account']);

  const faultOfInvited = async (userId: string): Promise<AccountRefusal | undefined> => {
    const account = await canBeInvited(tables, userId);
    if (account === undefined) return 'unknown-account';
    if (account.isSuspended) return 'account-suspended';
    return account.hasEmail ? undefined : 'no-email';
  };

  return {
    create: operation(
      'account-create',
      async (call, account: NewAccount, access) => {
        const [fault, ...more] = faultsOfAccount(account);
        if (fault !== undefined) return new Refused([fault, ...more]);
        const { userId, codiceFiscale, role, asl, secrets: first = 'generated' } = account;
        if (asl !== undefined && !(await ties.isAsl(asl, access))) return new Refused(['unknown-asl']);
        const secrets = first === 'generated' ? freshSecrets() : undefined;
        const isCardOnly = first === 'card-only';
        const secretHash = secrets ? await hashSecrets(secrets.password, secrets.pincode) : unmatchableHash();
        if (!(await addAccount(tables, { userId, codiceFiscale, role, secretHash, isCardOnly, createdAt: call.at })))
          return new Refused(['account-exists']);
        if (account.email !== undefined) await setEmail(tables, userId, account.email);
        if (asl !== undefined && !(await ties.assignAsl(userId, asl, access)))
          throw new Error('an ASL was not assigned');
        return { ...(await changed(access)), ...secrets, isRegistered: await isRegistered(tables, codiceFiscale) };
      },
      about,
    ),

    grant: operation(
      'account-grant',
      async (_call, { userId, role, asl }: OfAccount & { role: AccountRole; asl?: string | undefined }, access) => {
        const [fault] = faultsOfCapacity(role, asl);
        if (fault !== undefined) return new Refused([fault]);
        const account = await lockAccount(tables, userId);
        if (account === undefined) return new Refused(['unknown-account']);
        if (account.roles.includes(role)) return new Refused(['capacity-held']);
        if (asl !== undefined && !(await ties.isAsl(asl, access))) return new Refused(['unknown-asl']);
        await addCapacity(tables, userId, role);
        if (asl !== undefined && !(await ties.assignAsl(userId, asl, access)))
          throw new Error('an ASL was not assigned');
        return changed(access);
      },
      about,
    ),

    withdraw: operation(
      'account-withdraw',
      async ({ at }, { userId, role }: OfAccount & { role: AccountRole }, access) => {
        const account = await lockAccount(tables, userId);
        if (account === undefined) return new Refused(['unknown-account']);
        if (!account.roles.includes(role)) return new Refused(['capacity-not-held']);
        const other = account.roles.find((known) => known !== role);
        if (other === undefined) return new Refused(['only-capacity']);
        await dropCapacity(tables, userId, role, other);
        if (role === 'asl_operator') await ties.unassignAsl(userId, access);
        if (role === 'doctor') await ties.revokeSubstitutions(account.codiceFiscale, at, access);
        return changed(access);
      },
      about,
    ),

    assign: operation(
      'account-assign',
      async (_call, { userId, asl }: OfAccount & { asl: string }, access) => {
        if (!(await ties.isAsl(asl, access))) return new Refused(['unknown-asl']);
        if (!(await ties.assignAsl(userId, asl, access))) return new Refused(['no-asl-operator']);
        await endSessions(tables, userId); // their pages show the previous ASL
        return changed(access);
      },
      about,
    ),

    reset: operation(
      'account-reset',
      async (_call, { userId }: OfAccount, access) => {
        const secrets = freshSecrets();
        const secretHash = await hashSecrets(secrets.password, secrets.pincode);
        const done = await unlessUnknown(access, await setSecrets(tables, userId, secretHash));
        return done instanceof Refused ? done : { ...done, ...secrets };
      },
      about,
    ),

    suspend: operation(
      'account-suspend',
      async ({ at }, { userId }: OfAccount, access) => unlessUnknown(access, await setSuspended(tables, userId, at)),
      about,
    ),

    restore: operation(
      'account-restore',
      async (_call, { userId }: OfAccount, access) => unlessUnknown(access, await setSuspended(tables, userId, null)),
      about,
    ),

    setEmail: operation(
      'account-address',
      async (_call, { userId, email }: OfAccount & { email: string | undefined }, access) => {
        if (email !== undefined && !isEmail(email)) return new Refused(['email-form']);
        if ((await lockAccount(tables, userId)) === undefined) return new Refused(['unknown-account']);
        await setEmail(tables, userId, email);
        return changed(access);
      },
      about,
    ),

    invite: operation(
      'account-invite',
      async ({ at }, { userId }: OfAccount, access) => {
        const fault = await faultOfInvited(userId);
        if (fault !== undefined) return new Refused([fault]);
        await queueActivation(tables, userId, at);
        return changed(access);
      },
      about,
    ),

    link: operation(
      'account-link',
      async ({ at }, { userId }: OfAccount, access) => {
        await lockAccount(tables, userId);
        const fault = await faultOfInvited(userId);
        if (fault !== undefined && fault !== 'no-email') return new Refused([fault]);
        const token = newToken();
        const expiresAt = new Date(at.getTime() + LINK_TERMS_MS.activation);
        await addActivationLink(tables, userId, hashOf(token), expiresAt, at);
        return { ...(await changed(access)), token, expiresAt };
      },
      about,
    ),

    unlock: operation(
      'account-unlock',
      async (_call, { userId }: OfAccount, access) => unlessUnknown(access, await forgetAttempts(tables, userId)),
      about,
    ),

    remove: operation(
      'account-remove',
      async ({ at }, { userId }: OfAccount, access) => {
        const account = await lockAccount(tables, userId);
        if (account === undefined) return new Refused(['unknown-account']);
        const { codiceFiscale, networks } = account;
        const asl = await ties.aslOf(userId, access);
        const substitutions = await ties.revokeSubstitutions(codiceFiscale, at, access);
        await deleteAccount(tables, userId);
        return { ...(await changed(access)), networks, substitutions, asl };
      },
      about,
    ),
  };
}

/** The log omits a text that cannot be a user id: it may be anything, even a password. */
function about({ userId }: OfAccount): Entry {
  return { subjectKind: 'account', ...(userId.length <= MAX_USER_ID && { account: userId }) };
}
