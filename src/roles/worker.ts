/**
 * The worker role: scheduled and queued work on the TS database, notifications of opposition on the consent database, or
 * one of the two, as configured; and pages for the operator's tools. Starts whole or not at all, ends when what is under
 * way is done.
 */
import type { Config } from '../config/index.js';
import type { Clock } from '../platform/clock.js';
import { bareExpress, createHttpServer, defaultListenerLimits, listen } from '../platform/http/index.js';
import type { JobPolicy } from '../platform/jobs/index.js';
import type { Logger } from '../platform/log.js';
import type { WorkerHalf } from './worker-half.js';
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
 * @throws ConfigError; Error when the port is taken, a database stays away, or its tables are not of this release
 */
export async function startWorker(
  config: Config,
  clock: Clock,
  log: Logger,
  tuning: SendingTuning & { readonly jobs?: Partial<JobPolicy> } = {},
): Promise<RunningWorker> {
  const { jobsDatabaseUrl, sending } = workerSettings(config);
  const halves: WorkerHalf[] = [];
  const stopHalves = async (): Promise<void> => {
    await Promise.all(halves.map((half) => half.stop()));
  };
  try {
    if (sending !== undefined) halves.push(await sendingHalf(sending, config, clock, log, tuning));
    if (jobsDatabaseUrl !== undefined) halves.push(await jobsHalf(jobsDatabaseUrl, config, clock, log, tuning.jobs));
    const state = { closing: false };
    const ops = operatorPages(halves, state);
    const listener = await listen(
      createHttpServer(ops),
      { host: config.opsHost, port: config.opsPort },
      defaultListenerLimits,
    );
    for (const half of halves) half.start();
    log.info('worker ready', {
      opsPort: listener.port,
      jobs: jobsDatabaseUrl !== undefined,
      notifications: sending !== undefined,
    });
    return {
      opsPort: listener.port,
      async stop() {
        state.closing = true;
        await stopHalves();
        await listener.close(0);
        log.info('worker stopped');
      },
    };
  } catch (error) {
    await stopHalves();
    throw error;
  }
}

/** For the operator's tools: alive, ready, and how the work goes. */
function operatorPages(
  halves: readonly WorkerHalf[],
  state: { readonly closing: boolean },
): ReturnType<typeof bareExpress> {
  const app = bareExpress();
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    const databases = await Promise.all(halves.map(({ database }) => answers(database)));
    const ready = databases.every(([, answer]) => answer === 'ok') && !state.closing;
    response
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'not ready', ...Object.fromEntries(databases), closing: state.closing });
  });
  app.get('/metrics', async (_request, response) => {
    const figures = await Promise.all(halves.map((half) => half.metrics()));
    response.type('text/plain; version=0.0.4').send(figures.join(''));
  });
  return app;
}

async function answers({ name, db }: WorkerHalf['database']): Promise<[string, 'ok' | 'unavailable']> {
  return db.query('SELECT 1').then(
    () => [name, 'ok'],
    () => [name, 'unavailable'],
  );
}
