/** Identifies the caller: by a certificate if one was presented, otherwise by user id, password and pincode. */
import type { RefusalLog } from '../audit/index.js';
import { networkOf } from '../platform/address.js';
import type { DataSource } from '../platform/db/index.js';
import type { Peer } from '../platform/tls/index.js';
import { Call } from './call.js';
import type { Arrival } from './call.js';
import type { AccountHolder, Caller } from './caller.js';
import { createCardSignIn } from './card-sign-in.js';
import { SignInError } from './errors.js';
import { accessOfNobody } from './operation.js';
import type { PasswordCredentials, PasswordSignIn } from './password.js';
import type { OperationName } from './policy.js';
import { capacityOf, createAccountStore } from './store.js';
import type { StoredAccount } from './store.js';

/** Maximum length in auth.account; the log gets no more of a claimed user id, so that guesses do not fill it. */
export const LONGEST_USER_ID = 64;

export interface Presented {
  /** A certificate decides when one was presented. */
  readonly certificate: Peer['certificate'];
  readonly password: PasswordCredentials | 'without-pincode' | undefined;
}

/** How one kind of caller signs in. @throws SignInError, after it was recorded or counted for the access log */
export type SignIn<Shown> = (shown: Shown, operation: OperationName, arrival: Arrival) => Promise<Call>;

export interface AuthService {
  /** The response time of a refusal must not distinguish refusals of secrets: see soap.ts. */
  readonly signIn: SignIn<Presented>;
}

export interface AuthOptions {
  readonly db: DataSource;
  readonly passwordSignIn: PasswordSignIn;
  /** OIDs: a card's certificate must have one of them. */
  readonly cardPolicies: readonly string[];
  readonly refusals: RefusalLog;
}

export function createAuthService(options: AuthOptions): AuthService {
  const { db, passwordSignIn, cardPolicies, refusals } = options;
  const cards = createCardSignIn(createAccountStore(db), cardPolicies);

  async function identify({ certificate, password }: Presented, arrival: Arrival): Promise<Caller> {
    if (certificate !== undefined) return holderBy('card', await cards.accountOf(certificate, arrival.at));
    if (password === 'without-pincode') throw new SignInError('pincode-missing');
    if (password === undefined) throw new SignInError('none-presented');
    return holderBy('password', await passwordSignIn(password, networkOf(arrival.clientAddress)));
  }

  /** The refused caller, as far as known: with a password as claimed, with a card as stated by the issuer. */
  async function whom(
    { certificate, password }: Presented,
    { code, isCounted }: SignInError,
  ): Promise<{ readonly userId: string | undefined; readonly hasAccount: boolean }> {
    const holder = await cards.refused(certificate, code);
    if (holder !== undefined) return holder;
    const claimed = typeof password === 'object' ? password.userId.slice(0, LONGEST_USER_ID) : undefined;
    return { userId: claimed, hasAccount: isCounted };
  }

  return {
    async signIn(presented, operation, arrival) {
      try {
        return new Call(await identify(presented, arrival), arrival);
      } catch (error) {
        if (error instanceof SignInError) {
          const { userId, hasAccount } = await whom(presented, error);
          const access = accessOfNobody(arrival, operation, methodOf(presented), userId);
          await refusals.refused(access, `sign-in:${error.code}`, hasAccount);
        }
        throw error;
      }
    },
  };
}

/** By SOAP an account holder acts as a doctor (chapter 3). */
function holderBy(method: 'card' | 'password', account: StoredAccount): AccountHolder {
  const { userId, codiceFiscale } = account;
  return { kind: 'account', userId, codiceFiscale, capacity: capacityOf(account, 'doctor'), method };
}

function methodOf({ certificate, password }: Presented): 'card' | 'password' | undefined {
  if (typeof certificate === 'object') return 'card';
  return typeof password === 'object' ? 'password' : undefined;
}
