/** Operations on the worker's scheduled and queued jobs: list, run, retry, cancel. Independent of the kinds of jobs. */
import { accessLogIn, recordIn } from '../audit/index.js';
import { Refused, operationsOf } from '../auth/index.js';
import type { Entry, Operation } from '../auth/index.js';
import type { Clock } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';
import { createJobQueue } from '../platform/jobs/index.js';
import type { JobRow } from '../platform/jobs/index.js';
import { DONE } from '../platform/outcome.js';
import { jobOutcome } from './errors.js';
import type { JobRefusal } from './errors.js';

export interface JobDesk {
  /** Unfinished and exhausted jobs first, then the latest finished ones of each kind, at most `limit` in all. */
  readonly list: Operation<{ readonly limit: number }, JobRefusal, { readonly jobs: readonly JobRow[] }>;
  /**
   * Runs a job now, in addition to the schedule.
   * @returns the id of the job, and whether it is running already; refused `unknown-kind`: no worker has had such jobs
   */
  readonly run: Operation<{ readonly kind: string }, JobRefusal, { readonly id: string; readonly isRunning: boolean }>;
  /** Runs an exhausted job again. @returns the id of the new job */
  readonly retry: Operation<{ readonly id: string }, JobRefusal, { readonly id: string }>;
  /** Cancels a job that is waiting, or an exhausted one. */
  readonly cancel: Operation<{ readonly id: string }, JobRefusal>;
}

/** @param tables a transaction on the TS database, as its owner */
export function createJobDesk(tables: Queryable, clock: Clock): JobDesk {
  const operation = operationsOf<JobRefusal>({ accessLog: accessLogIn(tables), clock, outcomeOf: jobOutcome });
  const queue = createJobQueue(tables, clock);

  return {
    list: operation('job-list', async (_call, { limit }: { limit: number }, access) => ({
      jobs: await queue.list(limit),
      transactionId: await recordIn(tables, access, DONE.code),
    })),

    run: operation(
      'job-run',
      async (_call, { kind }: { kind: string }, access) => {
        // A job of a kind that no worker runs would wait for ever.
        const kinds = await queue.figures();
        if (!kinds.some((known) => known.kind === kind)) return new Refused(['unknown-kind']);
        const id = await queue.enqueue(kind);
        const isRunning = (await queue.find(id))?.state === 'running';
        return { transactionId: await recordIn(tables, access, 'changed'), id, isRunning };
      },
      about,
    ),

    retry: operation(
      'job-retry',
      async (_call, { id }: { id: string }, access) => {
        const again = await queue.retry(id);
        if (again === undefined) return new Refused(['not-exhausted']);
        return { transactionId: await recordIn(tables, access, 'changed'), id: again };
      },
      about,
    ),

    cancel: operation(
      'job-cancel',
      async (_call, { id }: { id: string }, access) => {
        if (!(await queue.cancel(id))) return new Refused(['not-waiting']);
        return { transactionId: await recordIn(tables, access, 'changed') };
      },
      about,
    ),
  };
}

const about = (): Entry => ({ subjectKind: 'job' });
