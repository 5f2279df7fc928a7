/**
 * The worker in a separate process, to be killed. Arguments: URL of the TS database, exchange folder. Impatient: the
 * rules are the worker's own, lease and retries are short.
 */
import { configSchema } from '../../../src/config/index.js';
import { systemClock } from '../../../src/platform/clock.js';
import { createLogger } from '../../../src/platform/log.js';
import { startWorker } from '../../../src/roles/worker.js';

const [databaseUrl, exchangeDirectory] = process.argv.slice(2);
const config = configSchema.parse({ databaseUrl, exchangeDirectory, opsPort: 0 });
const jobs = { pollMs: 50, leaseMs: 800, retry: { firstMs: 100, longestMs: 200 } };
const worker = await startWorker(config, systemClock, createLogger('silent'), { jobs });
process.on('SIGTERM', () => {
  void worker.stop().then(() => process.exit(0));
});
process.stdout.write('worker is up\n');
