/** Whether the block of past documents is active [B-1]: automatically after the bulk, or as the operator sets it. */
import { changedIn, recordIn } from '../../audit/index.js';
import type { Place } from '../../audit/index.js';
import type { Operation } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import { DONE } from '../../platform/outcome.js';
import { registerOperations } from '../operations.js';
import { awaitedRegions } from '../sending/completion.js';
import type { AwaitedRegion } from '../sending/completion.js';
import type { ConsentTables } from '../tables.js';

export const BLOCK_MODES = ['automatic', 'on', 'off'] as const;
export type BlockMode = (typeof BLOCK_MODES)[number];

interface BlockState {
  readonly mode: BlockMode;
  readonly active: boolean;
}

export interface BlockDesk {
  /** The state of the block, and the regions that it waits for. */
  readonly show: Operation<object, 'not-permitted', BlockState & { readonly awaited: readonly AwaitedRegion[] }>;
  /** @returns the state of the block after it */
  readonly set: Operation<{ readonly mode: BlockMode }, 'not-permitted', BlockState>;
}

/**
 * @param db the consent database, as its owner
 * @param waitDays how long a silent region holds up the block [B-2]
 */
export function createBlockDesk(db: ConsentTables, clock: Clock, waitDays: number): BlockDesk {
  const operation = registerOperations<never>(db, clock);
  const state = async (): Promise<BlockState> => {
    const [row] = await db.query<BlockState[]>('SELECT mode, active FROM consent.block_setting, consent.block_state');
    if (row === undefined) throw new Error('the block has no setting');
    return row;
  };
  return {
    show: operation('block-show', async (_call, _request: object, access) => ({
      ...(await state()),
      awaited: await awaitedRegions(db, waitDays),
      transactionId: await recordIn(db, access, DONE.code),
    })),
    set: operation('block-set', async ({ at }, { mode }: { readonly mode: BlockMode }, access) => {
      const update = (place: Place): string =>
        `UPDATE consent.block_setting SET mode = ${place(1)}, set_at = ${place(2)} RETURNING mode`;
      const done = await changedIn(db, access, 'changed', update, [mode, at]);
      if (done === undefined) throw new Error('the block has no setting');
      return { transactionId: done.transactionId, ...(await state()) };
    }),
  };
}
