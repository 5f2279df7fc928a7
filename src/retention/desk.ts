/** Operations on retention [S-5]: report and deletion of data past their term, for the worker and operators. */
import { accessLogIn, recordIn } from '../audit/index.js';
import { operationsOf } from '../auth/index.js';
import type { Operation } from '../auth/index.js';
import { DONE } from '../platform/outcome.js';
import { RetentionIncomplete, createRetention } from './service.js';
import type { Deleted, RetentionOptions, RuleReport } from './service.js';

interface Run {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((done: number, total: number) => Promise<void>) | undefined;
}

export interface RetentionDesk {
  /** Counts what a run would delete now, rule by rule. @throws as `RetentionService.report` */
  readonly report: Operation<unknown, 'not-permitted', { readonly found: readonly RuleReport[] }>;
  /**
   * Deletes data past their term. Every batch writes its own log row in its transaction, and the run one at its end.
   * @throws as `RetentionService.purge`; a run with failed rules has its row too
   */
  readonly run: Operation<Run, 'not-permitted', { readonly deleted: readonly Deleted[] }>;
}

export function createRetentionDesk(options: Omit<RetentionOptions, 'call'>): RetentionDesk {
  const { db, clock } = options;
  const operation = operationsOf<never>({ accessLog: accessLogIn(db), clock, outcomeOf: () => '1001' });

  return {
    report: operation('retention-report', async (call, _request: unknown, access) => ({
      found: await createRetention({ ...options, call }).report(),
      transactionId: await recordIn(db, access, DONE.code),
    })),

    run: operation('retention-run', async (call, { signal, progress }: Run, access) => {
      const record = (outcome: string, deleted: readonly Deleted[]): Promise<number> =>
        recordIn(
          db,
          access,
          outcome,
          deleted.reduce((sum, { rows }) => sum + rows, 0),
        );
      try {
        const deleted = await createRetention({ ...options, call }).purge(signal, progress);
        return { deleted, transactionId: await record('changed', deleted) };
      } catch (error) {
        if (error instanceof RetentionIncomplete) await record('incomplete', error.done);
        throw error;
      }
    }),
  };
}
