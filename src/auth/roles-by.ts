/** The capacities in which an account's holder may act in a session, by the method of sign-in. */
import type { AccountRole, SessionMethod } from './caller.js';
import { isPermitted } from './policy.js';
import { capacityOf } from './store.js';
import type { StoredAccount } from './store.js';

/**
 * Not every capacity: an intermediary does not sign in with a password [O-7]. The policy lists who may start a session
 * by which method.
 */
export function rolesBy(method: SessionMethod, account: StoredAccount): readonly AccountRole[] {
  const { userId, codiceFiscale } = account;
  return account.roles.filter((role) =>
    isPermitted(
      { kind: 'account', userId, codiceFiscale, capacity: capacityOf(account, role), method },
      'session-begin',
    ),
  );
}
