/** Whether the block of past documents is active [B-1]: by itself after the bulk, or as the operator sets it. */
import { accessLogIn, recordIn } from '../../audit/index.js';
import { operationsOf } from '../../auth/index.js';
import type { Operation } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import type { ConsentTables } from '../tables.js';

export const BLOCK_MODES = ['automatic', 'on', 'off'] as const;
export type BlockMode = (typeof BLOCK_MODES)[number];

export interface BlockDesk {
  state(): Promise<{ readonly mode: BlockMode; readonly active: boolean; readonly setAt: Date | null }>;
  readonly set: Operation<{ readonly mode: BlockMode }, 'not-permitted'>;
}

/** @param db the consent database, as its owner */
export function createBlockDesk(db: ConsentTables, clock: Clock): BlockDesk {
  const operation = operationsOf<never>({ accessLog: accessLogIn(db), clock, outcomeOf: (refusal) => refusal });
  return {
    async state() {
      const [row] = await db.query<{ mode: BlockMode; active: boolean; setAt: Date | null }[]>(
        'SELECT mode, set_at AS "setAt", active FROM consent.block_setting, consent.block_state',
      );
      return row ?? { mode: 'automatic', active: false, setAt: null };
    },
    set: operation('block-set', async ({ at }, { mode }: { readonly mode: BlockMode }, access) => {
      await db.query('UPDATE consent.block_setting SET mode = $1, set_at = $2', [mode, at]);
      return { transactionId: await recordIn(db, access, 'changed') };
    }),
  };
}
