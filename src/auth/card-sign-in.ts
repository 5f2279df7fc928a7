/** Finds the holder of a card and the holder's account: shared by every listener that accepts cards [T-1]. */
import type { Peer, PresentedCertificate } from '../platform/tls/index.js';
import { holderOf, refusedHolder } from './card.js';
import { SignInError } from './errors.js';
import type { SignInCode } from './errors.js';
import type { AccountStore, StoredAccount } from './store.js';

export interface CardSignIn {
  /** @throws SignInError `certificate-…`, or `not-enabled`: the holder has no account, or it is suspended */
  accountOf(certificate: NonNullable<Peer['certificate']>, now: Date): Promise<StoredAccount>;
  /** The codice fiscale of the holder. @throws SignInError `certificate-…` */
  holderOf(certificate: PresentedCertificate, now: Date): string;
  /** The holder of a refused card, as stated by its issuer; undefined: no trusted issuer vouches for one. */
  refused(
    certificate: Peer['certificate'],
    code: SignInCode,
  ): Promise<{ readonly userId: string; readonly hasAccount: boolean } | undefined>;
}

/** @param policies OIDs: a card's certificate must have one of them */
export function createCardSignIn(accounts: AccountStore, policies: readonly string[]): CardSignIn {
  return {
    async accountOf(certificate, now) {
      if (certificate === 'unreadable') throw new SignInError('certificate-unreadable');
      const account = await accounts.byCodiceFiscale(holderOf(certificate, policies, now));
      if (account === undefined || account.suspended) throw new SignInError('not-enabled');
      return account;
    },
    holderOf: (certificate, now) => holderOf(certificate, policies, now),
    async refused(certificate, code) {
      const holder = typeof certificate === 'object' ? refusedHolder(certificate, policies, code) : undefined;
      if (holder === undefined) return undefined;
      const account = await accounts.byCodiceFiscale(holder);
      return { userId: account?.userId ?? holder, hasAccount: account !== undefined };
    },
  };
}
