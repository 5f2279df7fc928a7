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
  /** Id of the portal's session, or of the look-up at a counter. */
  readonly visit: string;
  /** The person for whom an intermediary acts. */
  readonly subject?: string | undefined;
}

export interface OwnDecisions {
  /** A person's own decisions, under every identifier [G-5], oldest first: the last one counts. */
  readonly state: Operation<object, OwnRefusal, { readonly history: readonly OwnDecision[] }>;
  /**
   * One decision again. A receipt is shown only by the way in which the decision was expressed: to a citizen after
   * sign-in by digital identity, in the free area within its session, at a counter after the look-up of the same
   * person, so that neither of the latter reveals an earlier choice.
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
      return { transactionId: await recordIn(tables, access, DONE.code), history: history.map(ownOf) };
    }),

    receipt: operation('opposition-receipt', async ({ caller, at }, request: ReceiptRequest, access) => {
      const isOwn = caller.kind === 'citizen';
      const subject = isOwn ? caller.codiceFiscale : caller.kind === 'account' ? request.subject : caller.subject;
      const history = subject === undefined ? [] : await historyOf(subject);
      const found = history.find(
        ({ id, channel, visit }) =>
          id === request.decision && channel === channelOf(caller) && (isOwn || visit === request.visit),
      );
      if (found === undefined) return new Refused(['not-found'] as const);
      const open = openWindow(await store.windows(), romeDate(at));
      const isOfOpen = open !== undefined && open.opensOn <= found.decidedOn;
      return {
        transactionId: await recordIn(tables, access, DONE.code),
        ...{ decision: ownOf(found), changeableUntil: isOfOpen ? open.closesOn : undefined },
      };
    }),
  };
}

function ownOf(decision: RecordedDecision): OwnDecision {
  const { id, value, decidedAt, decidedOn, enteredRole, channel, noticeVersion } = decision;
  return { id, value, decidedAt, decidedOn, enteredRole, channel, noticeVersion };
}
