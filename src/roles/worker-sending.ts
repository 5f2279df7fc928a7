/** The worker's half on the consent database: sends what is in the outbox. */
import type { Config } from '../config/index.js';
import { consentRole } from '../opposition/index.js';
import {
  DEFAULT_LANE_POLICY,
  createOutboxStore,
  createRegionClient,
  createSender,
} from '../opposition/outbox/index.js';
import type { SenderOptions } from '../opposition/outbox/index.js';
import type { Clock } from '../platform/clock.js';
import type { Logger } from '../platform/log.js';
import { openConsentDatabase, pendingConsentMigrations } from './consent.js';
import { openPatiently, refusePending } from './worker-half.js';
import type { WorkerHalf } from './worker-half.js';
import { notificationMetrics } from './worker-metrics.js';
import type { SendingSettings } from './worker-settings.js';

/** Other rules for retries than the default's, for tests and benchmarks. */
export type SendingTuning = Partial<Pick<SenderOptions, 'policy' | 'random'>>;

const STATEMENT_TIMEOUT_MS = 30_000;

/** @throws Error when the database stays away, or its tables are not of this release */
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
  const db = await openPatiently('consent database', () => openConsentDatabase(connection, log), log);
  await refusePending('consent database', db, pendingConsentMigrations(db));
  const timeoutMs = config.notificationTimeoutSeconds * 1000;
  const store = createOutboxStore(db);
  const sender = createSender({
    store,
    connect: (region) => createRegionClient(region, identity, { timeoutMs, clock }),
    policy: tuning.policy ?? { ...DEFAULT_LANE_POLICY, timeoutMs },
    clock,
    random: tuning.random ?? Math.random,
    log,
  });
  return {
    database: { name: 'consentDatabase', db },
    start() {
      sender.start();
    },
    async metrics() {
      const depths = await store.depths().catch(() => undefined); // what the worker itself knows is told all the same
      return notificationMetrics(sender.figures(), depths);
    },
    async stop() {
      await sender.stop();
      await db.destroy();
    },
  };
}
