/** The decisions that a person may see: all of them with digital identity, only the receipt of one in the free area. */
import { recordIn } from '../../audit/index.js';
import { Refused } from '../../auth/index.js';
import type { Operation } from '../../auth/index.js';
import { romeDate } from '../../platform/clock.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import type { Queryable } from '../../platform/db/index.js';
import { DONE } from '../../platform/outcome.js';
import type { AnaLookup } from '../../registry/index.js';
import { registerOperations } from '../operations.js';
import { channelOf, openWindow } from './model.js';
import { createRegisterStore } from './store.js';
import type { RecordedDecision } from './store.js';

/** A decision as shown to its person. `decidedOn` is a day in Rome. */
export type OwnDecision = Pick<
  RecordedDecision,
  'id' | 'value' | 'decidedAt' | 'decidedOn' | 'enteredRole' | 'channel' | 'noticeVersion'
>;

export type OwnRefusal = 'not-permitted' | 'not-found';

export interface Receipt {
  readonly decision: OwnDecision;
  /** Last day of the window in which it was expressed, until which it can be changed; undefined: no longer. */
  readonly changeableUntil: IsoDate | undefined;
}

export interface ReceiptRequest {
  readonly decision: string;
  /** Id of the portal's session. */
  readonly visit: string;
}

export interface OwnDecisions {
  /** A person's own decisions, under every identifier [G-5], oldest first: the last one counts. */
  readonly state: Operation<object, OwnRefusal, { readonly history: readonly OwnDecision[] }>;
  /**
   * One decision again. A receipt is shown only by the way in which the decision was expressed: to a citizen after
   * sign-in by digital identity, in the free area within the session in which it was expressed, which reveals no
   * earlier choice.
   */
  readonly receipt: Operation<ReceiptRequest, OwnRefusal, Receipt>;
}

export interface OwnDecisionsOptions {
  /** The consent database, as the register's role, or a transaction on it. */
  readonly tables: Queryable;
  readonly ana: Pick<AnaLookup, 'find'>;
  readonly clock: Clock;
}

export function createOwnDecisions({ tables, ana, clock }: OwnDecisionsOptions): OwnDecisions {
  const store = createRegisterStore(tables);
  const operation = registerOperations<OwnRefusal>(tables, clock);

  async function historyOf(subject: string): Promise<readonly RecordedDecision[]> {
    return store.history((await ana.find(subject))?.identifiers ?? [subject]);
  }

  return {
    state: operation('opposition-state', async ({ caller }, _request: object, access) => {
      const history = await historyOf(caller.codiceFiscale);
      return { transactionId: await recordIn(tables, access, DONE.code), history: history.map(own) };
    }),

    receipt: operation('opposition-receipt', async ({ caller, at }, request: ReceiptRequest, access) => {
      const history = await historyOf(caller.kind === 'citizen' ? caller.codiceFiscale : caller.subject);
      const found = history.find(
        ({ id, channel, visit }) =>
          id === request.decision &&
          channel === channelOf(caller) &&
          (caller.kind === 'citizen' || visit === request.visit),
      );
      if (found === undefined) return new Refused(['not-found'] as const);
      const open = openWindow(await store.windows(), romeDate(at));
      const isOfOpen = open !== undefined && open.opensOn <= found.decidedOn;
      return {
        transactionId: await recordIn(tables, access, DONE.code),
        ...{ decision: own(found), changeableUntil: isOfOpen ? open.closesOn : undefined },
      };
    }),
  };
}

function own(decision: RecordedDecision): OwnDecision {
  const { id, value, decidedAt, decidedOn, enteredRole, channel, noticeVersion } = decision;
  return { id, value, decidedAt, decidedOn, enteredRole, channel, noticeVersion };
}
