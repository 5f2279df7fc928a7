/** The operations on substitutions [T-2], 3.3.1: who may act for a titular doctor, between two days. */
import { accessLogIn, recordIn } from '../audit/index.js';
import { Refused, accountRolesOf, operationsOf } from '../auth/index.js';
import type { AccountTies, AdmittedAccess, CallOf, Entry, Operation } from '../auth/index.js';
import { romeDate } from '../platform/clock.js';
import type { Clock } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';
import { isCodiceFiscale, isProvisionalCodiceFiscale } from '../platform/ids/index.js';
import { DONE } from '../platform/outcome.js';
import { substitutionOutcome } from './errors.js';
import type { SubstitutionRefusal } from './errors.js';
import { faultsOfSubstitution } from './model.js';
import {
  addSubstitution,
  namingOf,
  receivedSubstitutions,
  revokeSubstitution,
  revokeSubstitutionsOf,
  substitutionsOf,
} from './substitution-store.js';
import type { ListedSubstitution, NewSubstitution, ReceivedSubstitution } from './substitution-store.js';

export interface SubstitutionDesk {
  /** @returns `hasAccount`: a substitute without an account cannot act yet */
  readonly add: Operation<NewSubstitution, SubstitutionRefusal, { readonly id: string; readonly hasAccount: boolean }>;
  /** The refusals that `add` would return now, without naming anybody. */
  readonly check: Operation<NewSubstitution, SubstitutionRefusal, { readonly hasAccount: boolean }>;
  readonly revoke: Operation<{ readonly id: string }, SubstitutionRefusal>;
  /** The substitutions by which the caller may act for others. */
  readonly received: Operation<void, SubstitutionRefusal, { readonly substitutions: readonly ReceivedSubstitution[] }>;
  /** All, including ended and revoked ones, in the order in which they were added. */
  readonly list: Operation<
    { readonly titular: string },
    SubstitutionRefusal,
    { readonly substitutions: readonly ListedSubstitution[] }
  >;
}

/** @param tables as the owner: the gateway may only read substitutions */
export function createSubstitutionDesk(tables: Queryable, clock: Clock): SubstitutionDesk {
  const operation = operationsOf<SubstitutionRefusal>({
    ...{ accessLog: accessLogIn(tables), clock },
    outcomeOf: substitutionOutcome,
  });

  /** What can be said without looking at other substitutions, and whether the substitute has an account. */
  async function examined(
    call: CallOf<'substitution-add'>,
    request: NewSubstitution,
    access: AdmittedAccess,
  ): Promise<Refused<SubstitutionRefusal> | { readonly hasAccount: boolean }> {
    if (!isHis(call, request.titular)) return new Refused(['not-permitted']);
    const faults: SubstitutionRefusal[] = [...faultsOfSubstitution(request, romeDate(call.at))];
    const { substitute } = request;
    const roles = await accountRolesOf(tables, substitute, access);
    // Test identities in use are not strict codici fiscali: an account holder always counts as a person.
    if (roles === undefined && !isCodiceFiscale(substitute) && !isProvisionalCodiceFiscale(substitute))
      faults.push('substitute-form');
    // Checked last, when nothing else is wrong: an invalid request must not reveal who has an account.
    if (faults.length === 0 && roles?.includes('doctor') === false) faults.push('substitute-no-doctor');
    const [fault, ...more] = faults;
    return fault === undefined ? { hasAccount: roles !== undefined } : new Refused([fault, ...more]);
  }

  return {
    add: operation(
      'substitution-add',
      async (call, request: NewSubstitution, access) => {
        const found = await examined(call, request, access);
        if (found instanceof Refused) return found;
        const named = await addSubstitution(tables, request, call.at);
        if ('refusal' in named) return new Refused([named.refusal]);
        return { transactionId: await recordIn(tables, access, 'changed'), id: named.id, ...found };
      },
      ofTitular,
    ),

    check: operation(
      'substitution-check',
      async (call, request: NewSubstitution, access) => {
        const found = await examined(call, request, access);
        if (found instanceof Refused) return found;
        const obstacle = await namingOf(tables, request, call.at);
        if (obstacle !== undefined && 'refusal' in obstacle) return new Refused([obstacle.refusal]);
        return { transactionId: await recordIn(tables, access, DONE.code), ...found };
      },
      ofTitular,
    ),

    revoke: operation('substitution-revoke', async ({ caller, at }, { id }: { id: string }, access) => {
      const his = caller.kind === 'account' ? caller.codiceFiscale : undefined;
      const titular = await revokeSubstitution(tables, id, his, at);
      if (titular === undefined) return new Refused(['none-in-force']);
      return { transactionId: await recordIn(tables, { ...access, titular }, 'changed') };
    }),

    list: operation(
      'substitution-list',
      async (call, { titular }: { titular: string }, access) => {
        if (!isHis(call, titular)) return new Refused(['not-permitted']);
        const substitutions = await substitutionsOf(tables, titular);
        return { transactionId: await recordIn(tables, access, DONE.code), substitutions };
      },
      ofTitular,
    ),

    received: operation('substitution-received', async ({ caller, at }, _request: unknown, access) => {
      const substitutions = await receivedSubstitutions(tables, caller.codiceFiscale, romeDate(at));
      return { transactionId: await recordIn(tables, access, DONE.code), substitutions };
    }),
  };
}

/** Used by the operations on accounts, in their transaction. @param tables as the owner */
export function substitutionTies(tables: Queryable): Pick<AccountTies, 'revokeSubstitutions'> {
  return { revokeSubstitutions: (codiceFiscale, at) => revokeSubstitutionsOf(tables, codiceFiscale, at) };
}

/** A doctor adds, ends and lists their own substitutes; the operator of the machine anybody's. */
function isHis({ caller }: CallOf<'substitution-add'>, titular: string): boolean {
  return caller.kind === 'operator' || caller.codiceFiscale === titular;
}

/** A text of another length is not an identifier: the log omits it. */
function ofTitular({ titular }: { readonly titular: string }): Entry {
  return titular.length === 16 || titular.length === 11 ? { titular } : {};
}
