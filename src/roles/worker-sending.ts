/** The worker's half on the consent database: sends what is in the outbox. */
import type { Config } from '../config/index.js';
import { consentRole, createWindowDesk, warnOfOverdue } from '../opposition/index.js';
import {
  DEFAULT_LANE_POLICY,
  createOutboxStore,
  createRegionClient,
  createSender,
} from '../opposition/sending/index.js';
import type { SenderOptions } from '../opposition/sending/index.js';
import type { Clock } from '../platform/clock.js';
import type { Logger } from '../platform/log.js';
import { openConsentDatabase, pendingConsentMigrations } from './consent.js';
import { startOverdueWatch } from './overdue-watch.js';
import { refuseUnfit } from './worker-half.js';
import type { WorkerHalf } from './worker-half.js';
import { bulkMetrics, notificationMetrics } from './worker-metrics.js';
import type { SendingSettings } from './worker-settings.js';

/** Other rules for retries than the default's, for tests and benchmarks. */
export type SendingTuning = Partial<Pick<SenderOptions, 'policy' | 'random'>>;

const STATEMENT_TIMEOUT_MS = 30_000;

/** @throws Error when the database is away, or its tables are not of this release */
export async function sendingHalf(
  { databaseUrl, identity }: SendingSettings,
  config: Config,
  clock: Clock,
  log: Logger,
  tuning: SendingTuning,
): Promise<WorkerHalf> {
  const connection = {
    ...({ url: databaseUrl, role: consentRole, poolSize: config.consentDatabasePoolSize } as const),
    ...{ statementTimeoutMs: STATEMENT_TIMEOUT_MS, applicationName: 'passerella worker' },
  };
  const db = await openConsentDatabase(connection, log);
  await refuseUnfit('consent database', db, pendingConsentMigrations(db), config);
  const timeoutMs = config.notificationTimeoutSeconds * 1000;
  const store = createOutboxStore(db, config.blockWaitDays);
  const windows = createWindowDesk(db, clock);
  const sender = createSender({
    store,
    connect: (region) => createRegionClient(region, identity, { timeoutMs, clock }),
    policy: tuning.policy ?? { ...DEFAULT_LANE_POLICY, timeoutMs },
    clock,
    random: tuning.random ?? Math.random,
    log,
  });
  let endWatch: (() => Promise<void>) | undefined;
  return {
    db,
    start() {
      sender.start();
      endWatch = startOverdueWatch(() => warnOfOverdue(windows, log), log);
    },
    async metrics() {
      // What the worker itself knows is told all the same.
      const depths = await store.depths().catch(() => undefined);
      const states = await windows.list().catch(() => undefined);
      return notificationMetrics(sender.figures(), depths) + bulkMetrics(states);
    },
    async stop() {
      await endWatch?.();
      await sender.stop();
      await db.destroy();
    },
  };
}
