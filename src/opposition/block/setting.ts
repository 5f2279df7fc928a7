/** Whether the block of past documents is active [B-1]: automatically after the bulk, or as the operator sets it. */
import { changedIn } from '../../audit/index.js';
import type { Place } from '../../audit/index.js';
import type { Operation } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import { registerOperations } from '../operations.js';
import type { ConsentTables } from '../tables.js';

export const BLOCK_MODES = ['automatic', 'on', 'off'] as const;
export type BlockMode = (typeof BLOCK_MODES)[number];

export interface BlockDesk {
  state(): Promise<{ readonly mode: BlockMode; readonly active: boolean; readonly setAt: Date | null }>;
  readonly set: Operation<{ readonly mode: BlockMode }, 'not-permitted'>;
}

/** @param db the consent database, as its owner */
export function createBlockDesk(db: ConsentTables, clock: Clock): BlockDesk {
  const operation = registerOperations<never>(db, clock);
  return {
    async state() {
      const [row] = await db.query<{ mode: BlockMode; active: boolean; setAt: Date | null }[]>(
        'SELECT mode, set_at AS "setAt", active FROM consent.block_setting, consent.block_state',
      );
      return row ?? { mode: 'automatic', active: false, setAt: null };
    },
    set: operation('block-set', async ({ at }, { mode }: { readonly mode: BlockMode }, access) => {
      const update = (place: Place): string =>
        `UPDATE consent.block_setting SET mode = ${place(1)}, set_at = ${place(2)} RETURNING mode`;
      const done = await changedIn(db, access, 'changed', update, [mode, at]);
      if (done === undefined) throw new Error('the block has no setting');
      return { transactionId: done.transactionId };
    }),
  };
}
