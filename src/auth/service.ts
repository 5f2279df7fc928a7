/** Who is calling: a certificate decides when one was presented, else user id with password and pincode. */
import type { RefusalLog } from '../audit/index.js';
import { networkOf } from '../platform/address.js';
import type { Clock } from '../platform/clock.js';
import type { PresentedCertificate } from '../platform/tls/index.js';
import { holderOf } from './card.js';
import { SignInError } from './errors.js';
import type { PasswordCredentials, PasswordSignIn } from './password.js';
import type { Operation } from './policy.js';
import type { Method, Principal } from './principal.js';
import type { AccountStore } from './store.js';

/** Of an account (auth.account); of what was claimed no more is recorded, so that guesses do not fill the log. */
const LONGEST_USER_ID = 64;

export interface Presented {
  readonly certificate: PresentedCertificate | undefined;
  readonly password: PasswordCredentials | undefined;
  /** Why what was presented is no usable set of credentials at all. */
  readonly flaw: SignInError | undefined;
}

/** Where and for what somebody signs in, for the access log. */
export interface SignInContext {
  readonly operation: Operation;
  readonly clientAddress: string;
  readonly requestId: string;
}

export interface AuthService {
  /** @throws SignInError, after it was recorded in the access log, or counted for it. The time of the answer must not tell refusals of secrets apart: see soap.ts */
  signIn(presented: Presented, context: SignInContext): Promise<Principal>;
}

export interface AuthOptions {
  readonly accounts: AccountStore;
  readonly passwordSignIn: PasswordSignIn;
  /** OIDs of which a card's certificate must carry one. */
  readonly cardPolicies: readonly string[];
  readonly refusals: RefusalLog;
  readonly clock: Clock;
}

export function createAuthService(options: AuthOptions): AuthService {
  const { accounts, passwordSignIn, cardPolicies, refusals, clock } = options;

  async function identify(presented: Presented, clientAddress: string): Promise<Principal> {
    if (presented.flaw !== undefined) throw presented.flaw;
    if (presented.certificate !== undefined) {
      const codiceFiscale = holderOf(presented.certificate, cardPolicies, clock.now());
      const account = await accounts.byCodiceFiscale(codiceFiscale);
      if (account === undefined || account.suspended) throw new SignInError('not-enabled');
      return { userId: account.userId, codiceFiscale, role: account.role, method: 'card', clientAddress };
    }
    if (presented.password === undefined) throw new SignInError('none-presented');
    const account = await passwordSignIn(presented.password, networkOf(clientAddress));
    const { userId, codiceFiscale, role } = account;
    return { userId, codiceFiscale, role, method: 'password', clientAddress };
  }

  return {
    async signIn(presented, { operation, clientAddress, requestId }) {
      try {
        return await identify(presented, clientAddress);
      } catch (error) {
        if (error instanceof SignInError) {
          const method = methodOf(presented);
          const userId = presented.password?.userId.slice(0, LONGEST_USER_ID);
          const access = {
            at: clock.now(),
            operation,
            userId,
            doctor: undefined,
            titular: undefined,
            method,
            clientAddress,
            requestId,
          };
          await refusals.refused(access, `sign-in:${error.code}`, error.isCounted);
        }
        throw error;
      }
    },
  };
}

function methodOf(presented: Presented): Method | undefined {
  if (presented.certificate !== undefined) return 'card';
  return presented.password === undefined ? undefined : 'password';
}
