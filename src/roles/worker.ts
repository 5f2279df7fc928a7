/**
 * The worker role: scheduled and queued work on the TS database, notifications of opposition on the consent database,
 * or one of the two, as configured; and a listener for the operator's tools. Ends when the work in progress is
 * finished.
 */
import type { Config } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import type { JobPolicy } from '../platform/jobs/index.js';
import type { Logger } from '../platform/log.js';
import { openOperatorListener } from './operator-listener.js';
import { openHalves } from './worker-halves.js';
import type { HalfPlan } from './worker-halves.js';
import { jobsHalf } from './worker-jobs.js';
import { sendingHalf } from './worker-sending.js';
import type { SendingTuning } from './worker-sending.js';
import { workerSettings } from './worker-settings.js';

export interface RunningWorker {
  readonly opsPort: number;
  /** Waits for exchanges and jobs in progress, records their outcomes, closes the databases. */
  stop(): Promise<void>;
}

/**
 * @param tuning non-default rules, for tests and benchmarks
 * @throws ConfigError; Error when the port is in use, every database stays unavailable, or the tables of one are not of
 * this release
 */
export async function startWorker(
  config: Config,
  clock: Clock,
  log: Logger,
  tuning: SendingTuning & { readonly jobs?: Partial<JobPolicy> } = {},
): Promise<RunningWorker> {
  const { jobsDatabaseUrl, sending } = workerSettings(config);
  const plans: HalfPlan[] = [];
  if (sending !== undefined)
    plans.push({ name: 'consentDatabase', open: () => sendingHalf(sending, config, clock, log, tuning) });
  if (jobsDatabaseUrl !== undefined)
    plans.push({ name: 'database', open: () => jobsHalf(jobsDatabaseUrl, config, clock, log, tuning.jobs) });
  const halves = await openHalves(plans, log);
  try {
    const ops = await openOperatorListener(
      config,
      plans.map(({ name }) => ({ name, db: () => halves.opened.get(name)?.db, isNeeded: true })),
    );
    halves.start(ops.metrics);
    log.info('worker ready', {
      opsPort: ops.port,
      jobs: jobsDatabaseUrl !== undefined,
      notifications: sending !== undefined,
    });
    return {
      opsPort: ops.port,
      async stop() {
        ops.beginClosing();
        await halves.stop();
        await ops.close();
        log.info('worker stopped');
      },
    };
  } catch (error) {
    await halves.stop();
    throw error;
  }
}
