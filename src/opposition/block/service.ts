/**
 * The metadata communication (chapter 6) [B-1]: may this document be fed into the record? Keeps nothing of document and
 * person. Who may ask was decided before, by the kind of sign-in.
 */
import type { SystemOperation, SystemPrincipal } from '../../auth/index.js';
import { romeDate } from '../../platform/clock.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import { grouped } from '../../platform/db/index.js';
import { isPersonIdentifier } from '../../platform/ids/index.js';
import type { AnaLookup } from '../../registry/index.js';
import type { BlockRefusal } from './outcomes.js';
import type { BlockLog, BlockRegister } from './store.js';
import { isAtStake, isBlocked, isEventAfterDocument } from './model.js';
import type { PastDocument } from './model.js';

/** Which system calls, in which request. */
export interface SystemCall {
  readonly principal: SystemPrincipal;
  readonly requestId: string;
}

export interface BlockOutcome {
  readonly transactionId: number;
  readonly at: Date;
  /** Empty: the document may be fed. */
  readonly refusals: readonly BlockRefusal[];
}

export interface BlockService {
  /** @param document with the person it is about. The same question may be asked again: it changes nothing. */
  communicate(call: SystemCall, document: PastDocument & { readonly subject: string }): Promise<BlockOutcome>;
}

export interface BlockOptions {
  readonly register: BlockRegister;
  /** Knows a person's other identifiers [G-5]: in the TS database, which learns nothing of the register by being asked. */
  readonly ana: Pick<AnaLookup, 'identifiersOf'>;
  readonly log: BlockLog;
  readonly clock: Clock;
}

const OPERATION: SystemOperation = 'metadata-communication';

export function createBlockService({ register, ana, log, clock }: BlockOptions): BlockService {
  const identifiersOf = grouped(async (subjects: readonly string[]) => {
    const found = await ana.identifiersOf(subjects);
    return subjects.map((subject) => found.get(subject) ?? [subject]);
  });

  async function judge(document: PastDocument & { readonly subject: string }, today: IsoDate): Promise<BlockRefusal[]> {
    const mistakes: BlockRefusal[] = [];
    if (!isPersonIdentifier(document.subject)) mistakes.push('invalid-identifier');
    if (isEventAfterDocument(document)) mistakes.push('event-after-document');
    if (mistakes.length > 0) return mistakes;
    if (!isAtStake(document)) return []; // the register is asked only where it can matter
    const state = await register.stateOf({ identifiers: await identifiersOf(document.subject), today });
    return isBlocked(document, state) ? ['opposed'] : [];
  }

  return {
    async communicate({ principal, requestId }, document) {
      const at = clock.now(); // of access; the answer tells when its transaction ended, as T-45 has it
      const refusals = await judge(document, romeDate(at));
      const { name: userId, method, clientAddress } = principal;
      const nobody = { doctor: undefined, titular: undefined };
      const access = { at, operation: OPERATION, userId, ...nobody, method, clientAddress, requestId };
      const transactionId = await log.answered(access);
      return { transactionId, at: clock.now(), refusals };
    },
  };
}
