/**
 * The steps of a sign-in by card: the portal gives the browser a ticket; the card host verifies the card and issues a
 * code; the portal redeems both together. A code is therefore useless in another browser, and a link cannot sign
 * anybody in to someone else's account [decision 0096].
 */
import type { RefusalLog } from '../audit/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Peer } from '../platform/tls/index.js';
import type { Arrival } from './call.js';
import { createCardSignIn } from './card-sign-in.js';
import { SignInError } from './errors.js';
import { accessOfNobody } from './operation.js';
import { createPassageStore } from './passage-store.js';
import { rolesBy } from './roles-by.js';
import { createAccountStore } from './store.js';
import { hashOf, isToken, newToken } from './token.js';

export interface CardPassages {
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
  /** The holder of the card; undefined: no passage is pending in this browser. */
  holder(
    ticket: string | undefined,
    now: Date,
  ): Promise<{ readonly userId: string; readonly codiceFiscale: string } | undefined>;
}

export interface CardPassagesOptions {
  readonly db: DataSource;
  /** OIDs: a card's certificate must have one of them. */
  readonly cardPolicies: readonly string[];
  readonly refusals: RefusalLog;
}

/** The outcome of an invalid code or ticket. */
export const PASSAGE_REFUSED = 'card-passage';

export function createCardPassages({ db, cardPolicies, refusals }: CardPassagesOptions): CardPassages {
  const cards = createCardSignIn(createAccountStore(db), cardPolicies);
  const store = createPassageStore(db);

  async function opened(certificate: Peer['certificate'], mark: string, now: Date): Promise<string> {
    if (certificate === undefined) throw new SignInError('none-presented');
    const account = await cards.accountOf(certificate, now);
    if (certificate === 'unreadable' || rolesBy('card', account).length === 0) throw new SignInError('not-enabled');
    const code = newToken();
    const hashes = { code: hashOf(code), ticket: Buffer.from(mark, 'base64url') };
    const card = { endsAt: certificate.facts.notAfter, serial: certificate.serialNumber };
    if (!(await store.open(account.userId, hashes, card, now))) throw new SignInError('not-enabled');
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

    async holder(ticket, now) {
      return ticket === undefined || !isToken(ticket) ? undefined : store.find(hashOf(ticket), now);
    },
  };
}

/** Whether a text can be the mark of a ticket. */
export const isMark = isToken;
