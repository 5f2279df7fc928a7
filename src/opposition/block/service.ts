/**
 * The metadata communication (chapter 6) [B-1]: may this document be fed into the record? Stores nothing about document
 * and person. The kind of sign-in has already decided who may ask.
 */
import type { AccessLog } from '../../audit/index.js';
import { operationsOf } from '../../auth/index.js';
import type { Operation, Outcome } from '../../auth/index.js';
import { romeDate } from '../../platform/clock.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import { grouped } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import { isPersonIdentifier } from '../../platform/ids/index.js';
import type { AnaLookup } from '../../registry/index.js';
import { BLOCK_REFUSALS } from './outcomes.js';
import type { BlockRefusal } from './outcomes.js';
import { createBlockLog, createBlockRegister } from './store.js';
import { isAtStake, isBlocked, isEventAfterDocument } from './model.js';
import type { PastDocument } from './model.js';

export type BlockOutcome = Outcome<BlockRefusal>;

export interface BlockService {
  /** Repeatable: it changes nothing. Without refusals the document may be fed. */
  readonly communicate: Operation<SubjectDocument, BlockRefusal>;
}

/** A document with the person it concerns. */
type SubjectDocument = PastDocument & { readonly subject: string };

export interface BlockOptions {
  /** The consent database, as its reader. */
  readonly consentDb: DataSource;
  /** The TS database, as the gateway. */
  readonly db: DataSource;
  /** Finds a person's other identifiers [G-5] in the TS database; the query reveals nothing about the register. */
  readonly ana: Pick<AnaLookup, 'identifiersOf'>;
  readonly accessLog: AccessLog;
  readonly clock: Clock;
}

export function createBlockService({ consentDb, db, ana, accessLog, clock }: BlockOptions): BlockService {
  const register = createBlockRegister(consentDb);
  const log = createBlockLog(db);
  const identifiersOf = grouped(async (subjects: readonly string[]) => {
    const found = await ana.identifiersOf(subjects);
    return subjects.map((subject) => found.get(subject) ?? [subject]);
  });

  async function judge(document: SubjectDocument, today: IsoDate): Promise<BlockRefusal[]> {
    const mistakes: BlockRefusal[] = [];
    if (!isPersonIdentifier(document.subject)) mistakes.push('invalid-identifier');
    if (isEventAfterDocument(document)) mistakes.push('event-after-document');
    if (mistakes.length > 0) return mistakes;
    if (!isAtStake(document)) return []; // query the register only if its answer can matter
    const state = await register.stateOf({ identifiers: await identifiersOf(document.subject), today });
    return isBlocked(document, state) ? ['opposed'] : [];
  }

  const operation = operationsOf<BlockRefusal>({
    ...{ accessLog, clock },
    outcomeOf: (refusal) => BLOCK_REFUSALS[refusal].code,
  });
  return {
    // The log row holds nothing about the person, not even the kind of identifier.
    communicate: operation('metadata-communication', async ({ at }, document: SubjectDocument, access) => {
      const refusals = await judge(document, romeDate(at));
      return { transactionId: await log.answered(access), refusals };
    }),
  };
}
