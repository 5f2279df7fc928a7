/**
 * A worker in a separate process, to be killed. Arguments: URL of the TS database as its owner, the fixed instant of
 * its clock. It has only its own kinds of jobs: `test-mark` belongs to the tests, with a separate runner.
 */
import { configSchema } from '../../src/config/index.js';
import { openDatabase, workerRole } from '../../src/platform/db/index.js';
import { createJobRunner } from '../../src/platform/jobs/index.js';
import { createLogger } from '../../src/platform/log.js';
import { startWorker } from '../../src/roles/worker.js';

const [databaseUrl = '', now = ''] = process.argv.slice(2);
const clock = { now: () => new Date(now) };
const log = createLogger('error');
const policy = { pollMs: 50, leaseMs: 4_000 };

const worker = await startWorker(configSchema.parse({ databaseUrl, opsPort: 0 }), clock, log, { jobs: policy });
const options = { url: databaseUrl, role: workerRole, entities: [], poolSize: 4, statementTimeoutMs: 30_000, log };
const db = await openDatabase({ ...options, applicationName: 'test marks' });
const runner = createJobRunner({
  ...{ db, clock, log, policy },
  kinds: [
    {
      name: 'test-mark',
      maxAttempts: 5,
      async run({ id }) {
        await db.query(`INSERT INTO public.mark (job, pid, what) VALUES ($1, $2, 'begun')`, [id, process.pid]);
        await db.query('SELECT pg_sleep(0.05)');
        await db.query(`INSERT INTO public.mark (job, pid, what) VALUES ($1, $2, 'ended')`, [id, process.pid]);
        return `by ${process.pid}`;
      },
    },
  ],
});
runner.start();
process.on('SIGTERM', () => {
  void runner
    .stop()
    .then(() => db.destroy())
    .then(() => worker.stop())
    .then(() => process.exit(0));
});
process.stdout.write(`${worker.opsPort}\n`);
