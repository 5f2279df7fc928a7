/**
 * The steps from identification to a session. By card: the portal gives the browser a ticket; the card host verifies the
 * card and issues a code; the portal redeems both together. A code is therefore useless in another browser, and a link
 * cannot sign anybody in to someone else's account [decision 0096]. By SPID and CIE: the provider's answer is already bound
 * to the browser. Then the person chooses to continue with their account or as a citizen [decision 0107].
 */
import type { RefusalLog } from '../audit/index.js';
import type { DataSource } from '../platform/db/index.js';
import { isCodiceFiscale } from '../platform/ids/index.js';
import type { Peer } from '../platform/tls/index.js';
import type { Arrival } from './call.js';
import type { AccountRole, IdentityMethod } from './caller.js';
import { createCardSignIn } from './card-sign-in.js';
import { SignInError } from './errors.js';
import { accessOfNobody } from './operation.js';
import { createPassageStore } from './passage-store.js';
import type { Passed } from './passage-store.js';
import { rolesBy } from './roles-by.js';
import { createAccountStore } from './store.js';
import type { StoredAccount } from './store.js';
import { hashOf, isToken, newToken } from './token.js';

/** A person who was identified and has not yet chosen. */
export interface PassageHolder extends Pick<Passed, 'codiceFiscale' | 'method'> {
  /** The account to continue with; undefined: none exists, or none permits this method. */
  readonly account: { readonly userId: string; readonly roles: readonly AccountRole[] } | undefined;
}

export interface Passages {
  /** @returns a new ticket, for a cookie of the portal, and its mark, which may appear in a URL */
  begin(): { readonly ticket: string; readonly mark: string };
  /**
   * At the card host: verifies the certificate that the browser presents.
   * @returns the code to redirect back with
   * @throws SignInError after the refusal was recorded
   */
  present(certificate: Peer['certificate'], mark: string, arrival: Arrival): Promise<string>;
  /**
   * At the portal: redeems the code.
   * @returns false: it was already used, has expired or belongs to another browser; the refusal is recorded
   */
  claim(code: string, ticket: string | undefined, arrival: Arrival): Promise<boolean>;
  /**
   * For a person whom a provider identified.
   * @returns a ticket; undefined: there is no account to choose, so the person is a citizen
   */
  identified(
    identity: { readonly codiceFiscale: string; readonly method: IdentityMethod },
    arrival: Arrival,
  ): Promise<string | undefined>;
  /** @returns undefined: no passage is pending in this browser */
  holder(ticket: string | undefined, now: Date): Promise<PassageHolder | undefined>;
}

export interface PassagesOptions {
  readonly db: DataSource;
  /** OIDs: a card's certificate must have one of them. */
  readonly cardPolicies: readonly string[];
  /** Whether a card admits persons without an account [O-1]. */
  readonly takesCitizens: boolean;
  readonly refusals: RefusalLog;
}

/** The outcome of an invalid code or ticket, by card, SPID or CIE. */
export const PASSAGE_REFUSED = 'passage';

export function createPassages({ db, cardPolicies, takesCitizens, refusals }: PassagesOptions): Passages {
  const accounts = createAccountStore(db);
  const cards = createCardSignIn(accounts, cardPolicies);
  const store = createPassageStore(db);

  /** @returns undefined: none exists, it is suspended, or none of its capacities permits this method */
  async function accountFor(method: Passed['method'], codiceFiscale: string): Promise<StoredAccount | undefined> {
    const account = await accounts.byCodiceFiscale(codiceFiscale);
    const isEnabled = account !== undefined && !account.suspended && rolesBy(method, account).length > 0;
    return isEnabled ? account : undefined;
  }

  async function opened(certificate: Peer['certificate'], mark: string, now: Date): Promise<string> {
    if (certificate === undefined) throw new SignInError('none-presented');
    if (certificate === 'unreadable') throw new SignInError('certificate-unreadable');
    const codiceFiscale = cards.holderOf(certificate, now);
    const account = await accountFor('card', codiceFiscale);
    // Cards of test identities and of legal persons do not name a codice fiscale of a person.
    if (account === undefined && !(takesCitizens && isCodiceFiscale(codiceFiscale))) {
      throw new SignInError('not-enabled');
    }
    const code = newToken();
    await store.open(
      {
        ...{ codiceFiscale, method: 'card', userId: account?.userId },
        ...{ ticketHash: Buffer.from(mark, 'base64url'), codeHash: hashOf(code) },
        card: { endsAt: certificate.facts.notAfter, serial: certificate.serialNumber },
      },
      now,
    );
    return code;
  }

  return {
    begin() {
      const ticket = newToken();
      return { ticket, mark: hashOf(ticket).toString('base64url') };
    },

    async present(certificate, mark, arrival) {
      try {
        return await opened(certificate, mark, arrival.at);
      } catch (error) {
        if (error instanceof SignInError) {
          const known = await cards.refused(certificate, error.code);
          const access = accessOfNobody(arrival, 'session-begin', 'card', known?.userId);
          await refusals.refused(access, `sign-in:${error.code}`, known?.hasAccount ?? false);
        }
        throw error;
      }
    },

    async claim(code, ticket, arrival) {
      const isWellFormed = ticket !== undefined && isToken(ticket) && isToken(code);
      if (isWellFormed && (await store.claim(hashOf(code), hashOf(ticket), arrival.at))) return true;
      await refusals.refused(accessOfNobody(arrival, 'session-begin', 'card'), PASSAGE_REFUSED, false);
      return false;
    },

    async identified({ codiceFiscale, method }, { at }) {
      const account = await accountFor(method, codiceFiscale);
      if (account === undefined) return undefined;
      const ticket = newToken();
      await store.open({ codiceFiscale, method, userId: account.userId, ticketHash: hashOf(ticket) }, at);
      return ticket;
    },

    async holder(ticket, now) {
      const passed = ticket === undefined || !isToken(ticket) ? undefined : await store.find(hashOf(ticket), now);
      if (passed === undefined) return undefined;
      const { codiceFiscale, method, account } = passed;
      const roles = account === undefined ? [] : rolesBy(method, account);
      return { codiceFiscale, method, account: account && roles.length > 0 ? { ...account, roles } : undefined };
    },
  };
}

/** Whether a text can be the mark of a ticket. */
export const isMark = isToken;
