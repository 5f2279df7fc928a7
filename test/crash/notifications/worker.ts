/**
 * The worker in a separate process, to be killed. Arguments: URL of the consent database, certificate, key, by how many
 * milliseconds its clock is ahead. Impatient, because the suite judges loss and repetition: the rules are the worker's
 * own, the waits are short. A clock that is further ahead at each start simulates the time in which leases end.
 */
import { configSchema } from '../../../src/config/index.js';
import type { Clock } from '../../../src/platform/clock.js';
import { createLogger } from '../../../src/platform/log.js';
import { startWorker } from '../../../src/roles/worker.js';

const [consentDatabaseUrl, notificationCertificate, notificationKey, aheadMs] = process.argv.slice(2);
const config = configSchema.parse({ consentDatabaseUrl, notificationCertificate, notificationKey, opsPort: 0 });
const clock: Clock = { now: () => new Date(Date.now() + Number(aheadMs)) };
const policy = {
  retry: { attempts: 1_000, firstMs: 50, longestMs: 1_000 },
  breaker: { failures: 5, firstMs: 100, longestMs: 500 },
  pace: { failures: 20, firstMs: 100, longestMs: 500 },
  timeoutMs: 2_000,
};
const worker = await startWorker(config, clock, createLogger('error'), { policy });
process.on('SIGTERM', () => {
  void worker.stop().then(() => process.exit(0));
});
process.stdout.write('worker is up\n');
