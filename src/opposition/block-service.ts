/**
 * The metadata communication (chapter 6) [B-1]: may this document be fed into the record? Keeps nothing of document and
 * person. Who may ask was decided before, by the kind of sign-in.
 */
import type { SystemOperation, SystemPrincipal } from '../auth/index.js';
import type { Clock } from '../platform/clock.js';
import { isPersonIdentifier } from '../platform/ids/index.js';
import type { BlockRefusal } from './block-outcomes.js';
import type { BlockLog, BlockRegister } from './block-store.js';
import { isAtStake, isBlocked } from './block.js';
import type { PastDocument } from './block.js';

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
  readonly log: BlockLog;
  readonly clock: Clock;
}

const OPERATION: SystemOperation = 'metadata-communication';

export function createBlockService({ register, log, clock }: BlockOptions): BlockService {
  async function judge(document: PastDocument & { readonly subject: string }): Promise<BlockRefusal[]> {
    if (!isPersonIdentifier(document.subject)) return ['invalid-identifier'];
    if (!isAtStake(document)) return []; // the register is asked only where it can matter
    return isBlocked(document, await register.stateOf(document.subject)) ? ['opposed'] : [];
  }

  return {
    async communicate({ principal, requestId }, document) {
      const at = clock.now(); // of access; the answer tells when its transaction ended, as T-45 has it
      const refusals = await judge(document);
      const { name: userId, method, clientAddress } = principal;
      const nobody = { doctor: undefined, titular: undefined };
      const access = { at, operation: OPERATION, userId, ...nobody, method, clientAddress, requestId };
      const transactionId = await log.answered(access);
      return { transactionId, at: clock.now(), refusals };
    },
  };
}
