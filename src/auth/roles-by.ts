/** In which capacities an account's holder may act in a session, by how he signed in. */
import type { AccountRole, SessionMethod } from './caller.js';
import { isPermitted } from './policy.js';
import { capacityOf } from './store.js';
import type { StoredAccount } from './store.js';

/** An intermediary, for one, signs in by other ways than a password [O-7]: the policy says who begins a session how. */
export function rolesBy(method: SessionMethod, account: StoredAccount): readonly AccountRole[] {
  const { userId, codiceFiscale } = account;
  return account.roles.filter((role) =>
    isPermitted(
      { kind: 'account', userId, codiceFiscale, capacity: capacityOf(account, role), method },
      'session-begin',
    ),
  );
}
