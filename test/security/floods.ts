/**
 * `npm run floods [-- SECONDS [ONLY]]`: only the floods, so many seconds each, against a sandbox and a worker that it starts
 * itself; ONLY: those whose title holds this, such as `worker` or `slow bodies`.
 */
import { runFloods } from './flood.js';
import { report } from './report.js';
import { startSandbox } from './sandbox.js';

const [seconds = '3', only = ''] = process.argv.slice(2);
const sandbox = await startSandbox('warn');
try {
  const worker = await sandbox.startWorker();
  const results = await runFloods(sandbox.target, sandbox.pid, { seconds: Number(seconds), worker, only });
  process.stdout.write(`${report(results)}\n`);
  // A filter that finds nothing has shown nothing.
  process.exitCode = results.length > 0 && results.every(({ problem }) => problem === undefined) ? 0 : 1;
} finally {
  await sandbox.stop();
}
