/**
 * The worker role: scheduled and queued work on the TS database, notifications of opposition on the consent database, or
 * one of the two, as configured; and pages for the operator's tools. Ends when what is under way is done.
 */
import type { Config } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import { bareExpress, createHttpServer, defaultListenerLimits, listen } from '../platform/http/index.js';
import type { JobPolicy } from '../platform/jobs/index.js';
import type { Logger } from '../platform/log.js';
import type { WorkerHalf } from './worker-half.js';
import { openHalves } from './worker-halves.js';
import type { HalfPlan, WorkerHalves } from './worker-halves.js';
import { jobsHalf } from './worker-jobs.js';
import { sendingHalf } from './worker-sending.js';
import type { SendingTuning } from './worker-sending.js';
import { workerSettings } from './worker-settings.js';

export interface RunningWorker {
  readonly opsPort: number;
  /** Lets the exchanges and jobs under way end, records their outcomes, closes the databases. */
  stop(): Promise<void>;
}

/**
 * @param tuning other rules than the default's, for tests and benchmarks
 * @throws ConfigError; Error when the port is taken, every database stays away, or one's tables are not of this release
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
    const state = { closing: false };
    const ops = operatorPages(halves.opened, state);
    const listener = await listen(
      createHttpServer(ops),
      { host: config.opsHost, port: config.opsPort },
      defaultListenerLimits,
    );
    halves.start();
    log.info('worker ready', {
      opsPort: listener.port,
      jobs: jobsDatabaseUrl !== undefined,
      notifications: sending !== undefined,
    });
    return {
      opsPort: listener.port,
      async stop() {
        state.closing = true;
        await halves.stop();
        await listener.close(0);
        log.info('worker stopped');
      },
    };
  } catch (error) {
    await halves.stop();
    throw error;
  }
}

/** For the operator's tools: alive, ready, and how the work goes. */
function operatorPages(
  halves: WorkerHalves['opened'],
  state: { readonly closing: boolean },
): ReturnType<typeof bareExpress> {
  const app = bareExpress();
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    const databases = await Promise.all([...halves].map(answers));
    const ready = databases.every(([, answer]) => answer === 'ok') && !state.closing;
    response
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'not ready', ...Object.fromEntries(databases), closing: state.closing });
  });
  app.get('/metrics', async (_request, response) => {
    const figures = await Promise.all([...halves.values()].map(async (half) => half?.metrics()));
    response.type('text/plain; version=0.0.4').send(figures.join(''));
  });
  return app;
}

async function answers([name, half]: [string, WorkerHalf | undefined]): Promise<[string, 'ok' | 'unavailable']> {
  if (half === undefined) return [name, 'unavailable'];
  return half.db.query('SELECT 1').then(
    () => [name, 'ok'],
    () => [name, 'unavailable'],
  );
}
