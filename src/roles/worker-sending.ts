/** The worker's half on the consent database: sends what is in the outbox. */
import { X509Certificate } from 'node:crypto';
import type { Config } from '../config/index.js';
import { consentRole, listWindows, warnOfOverdue } from '../opposition/index.js';
import { DEFAULT_LANE_POLICY, createRegionClient, createSender } from '../opposition/sending/index.js';
import type { SenderOptions } from '../opposition/sending/index.js';
import { romeDate } from '../platform/clock.js';
import type { Clock } from '../platform/clock.js';
import type { Logger } from '../platform/log.js';
import { readGauge } from '../platform/metrics.js';
import { openConsentDatabase, pendingConsentMigrations } from './consent.js';
import { startOverdueWatch } from './overdue-watch.js';
import { refuseUnfit } from './worker-half.js';
import type { WorkerHalf } from './worker-half.js';
import { addBulkMetrics, addNotificationMetrics } from './worker-metrics.js';
import type { SendingSettings } from './worker-settings.js';

/** Non-default retry rules, for tests and benchmarks. */
export type SendingTuning = Partial<Pick<SenderOptions, 'policy' | 'random'>>;

const STATEMENT_TIMEOUT_MS = 30_000;
const SENDER_EXPIRY = 'When the certificate with which notifications are sent runs out.';

/** @throws Error when the database is unavailable, or its tables are not of this release */
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
  const windows = () => listWindows(db, romeDate(clock.now()));
  const sender = createSender({
    db,
    blockWaitDays: config.blockWaitDays,
    connect: (region) => createRegionClient(region, identity, { timeoutMs, clock }),
    policy: tuning.policy ?? { ...DEFAULT_LANE_POLICY, timeoutMs },
    clock,
    random: tuning.random ?? Math.random,
    log,
  });
  const validTo = Date.parse(new X509Certificate(identity.certificate).validTo);
  let endWatch: (() => Promise<void>) | undefined;
  return {
    db,
    start(metrics) {
      addNotificationMetrics(metrics, sender);
      addBulkMetrics(metrics, windows);
      readGauge(metrics, 'passerella_sender_certificate_expiry_timestamp_seconds', SENDER_EXPIRY, () => validTo / 1000);
      sender.start();
      endWatch = startOverdueWatch(async () => {
        warnOfOverdue(await windows(), log);
      }, log);
    },
    async stop() {
      await endWatch?.();
      await sender.stop();
      await db.destroy();
    },
  };
}
