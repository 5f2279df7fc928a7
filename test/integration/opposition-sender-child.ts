/**
 * The worker in a separate process, to be killed. Arguments: URL of the consent database, certificate, key. Retries
 * immediately and never gives up: the test judges loss and repetition, not patience.
 */
import { configSchema } from '../../src/config/index.js';
import { systemClock } from '../../src/platform/clock.js';
import { createLogger } from '../../src/platform/log.js';
import { startWorker } from '../../src/roles/worker.js';

const [consentDatabaseUrl = '', notificationCertificate = '', notificationKey = ''] = process.argv.slice(2);
const config = configSchema.parse({ consentDatabaseUrl, notificationCertificate, notificationKey, opsPort: 0 });
const policy = {
  retry: { attempts: 1_000, firstMs: 10, longestMs: 100 },
  breaker: { failures: 1_000, firstMs: 10, longestMs: 100 },
  pace: { failures: 1_000, firstMs: 10, longestMs: 100 },
  // The lease is five of these plus half a minute: short, so that the next round does not wait for it.
  timeoutMs: 1_000,
};
const worker = await startWorker(config, systemClock, createLogger('silent'), { policy });
process.on('SIGTERM', () => {
  void worker.stop().then(() => process.exit(0));
});
