/**
 * The bulk of a window as a job [O-9]: every morning plans windows that are over and not held, so that the bulk begins
 * on the day after a window's last, and withdraws notifications that no longer apply, even of held windows. Its row in
 * the TS database holds counts, nothing about a person.
 */
import { jobCall } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import type { JobKind } from '../../platform/jobs/index.js';
import type { Logger } from '../../platform/log.js';
import type { Completion } from './completion.js';
import type { OnProgress, Planning } from './planning.js';
import type { ListedWindow, WindowState } from '../register/windows.js';

const PLANNING_JOB = 'opposition-planning';
/** In the morning, so that a failure can be corrected during the day. */
const SCHEDULE = '0 6 * * *';

/** What the job uses of the consent database. */
export interface PlanningTools {
  readonly windows: () => Promise<readonly ListedWindow[]>;
  readonly planning: Pick<Planning, 'plan' | 'withdraw'>;
  readonly completion: Pick<Completion, 'complete'>;
}

export interface PlanningJobOptions {
  /** Opens the register for one run: if it is down, only this job waits. */
  readonly withRegister: (work: (tools: PlanningTools) => Promise<string>) => Promise<string>;
  readonly clock: Clock;
}

const withdrawnText = (count: number): string => (count === 0 ? '' : `, ${count} withdrawn`);

/** Includes planned windows: decisions of their term may have been imported since [O-8]. */
const PLANNABLE: ReadonlySet<WindowState> = new Set(['due', 'overdue', 'planned', 'notified']);

export function planningJob({ withRegister, clock }: PlanningJobOptions): JobKind {
  return {
    name: PLANNING_JOB,
    schedule: SCHEDULE,
    maxAttempts: 10,
    run: ({ signal, progress }) =>
      withRegister(async ({ windows, planning, completion }) => {
        const call = jobCall(PLANNING_JOB, clock);
        const onProgress: OnProgress = async ({ done, total }) => {
          signal.throwIfAborted();
          await progress(done, total);
        };
        const all = await windows();
        const isHeld = all.some(({ state }) => state === 'held');
        const last = all.findLast(({ state }) => PLANNABLE.has(state));
        if (last === undefined) {
          const { withdrawn = 0 } = await planning.withdraw(call, { onProgress });
          return `nothing to plan${isHeld ? ' that is not held' : ''}${withdrawnText(withdrawn)}`;
        }
        const { refusals, queued = 0, withdrawn = 0 } = await planning.plan(call, { window: last.id, onProgress });
        // Held or moved since it was listed: the next attempt reads the new state.
        if (refusals.length > 0) throw new Error(`window ${last.id} was not planned: ${refusals.join()}`);
        await completion.complete(clock.now());
        return `window ${last.id}: ${queued} notifications queued${withdrawnText(withdrawn)}`;
      }),
  };
}

/** Logs an alarm for every bulk that should have been planned before today, or waits for an operator's order. */
export function warnOfOverdue(windows: readonly ListedWindow[], log: Logger): void {
  for (const { id: window, closesOn, state } of windows) {
    if (state === 'overdue') log.warn('ALARM the bulk of a window is overdue', { window, closesOn });
    if (state === 'held') log.warn('the bulk of a window is held', { window, closesOn });
  }
}
