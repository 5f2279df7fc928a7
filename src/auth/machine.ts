/** The entrance of operator commands: the database and the operating system identify the operator [S-3]. */
import { userInfo } from 'node:os';
import type { Clock } from '../platform/clock.js';
import type { DataSource } from '../platform/db/index.js';
import { newRequestId } from '../platform/ids/index.js';
import { Call } from './call.js';
import type { AccountHolder, AccountRole, ChosenOffice, Machine, MachineOperator } from './caller.js';
import { capacityOf, createAccountStore } from './store.js';

export interface MachineEntrance {
  /** The operator, not on behalf of an account. */
  readonly call: Call<MachineOperator>;
  /** The operator on behalf of an account; undefined: no account has this codice fiscale, or it is suspended. */
  callFor(codiceFiscale: string, wanted: AccountRole, office?: ChosenOffice): Promise<Call<AccountHolder> | undefined>;
}

/**
 * The calls of one command: they share one request id and one instant.
 * @param db a connection with the operator's database login
 */
export async function createMachineEntrance(db: DataSource, clock: Clock): Promise<MachineEntrance> {
  const [session] = await db.query<{ login: string }[]>('SELECT session_user AS login');
  const machine: Machine = { databaseLogin: session?.login ?? '', systemUser: systemUser() };
  const arrival = { requestId: newRequestId(), at: clock.now(), clientAddress: '' };
  return {
    call: new Call({ kind: 'operator', method: 'admin', machine }, arrival),
    async callFor(codiceFiscale, wanted, office) {
      const account = await createAccountStore(db).byCodiceFiscale(codiceFiscale);
      if (account === undefined || account.suspended) return undefined;
      const { userId } = account;
      const capacity = capacityOf(account, wanted, office);
      return new Call({ kind: 'account', userId, codiceFiscale, capacity, method: 'admin', machine }, arrival);
    },
  };
}

/** In a container the user's number may have no name. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`;
  }
}
