/** `npm run floods [-- SECONDS]`: only the floods, so many seconds each, against a sandbox that it starts itself. */
import { runFloods } from './flood.js';
import { report } from './report.js';
import { startSandbox } from './sandbox.js';

const sandbox = await startSandbox('warn');
try {
  const results = await runFloods(sandbox.target, sandbox.pid, Number(process.argv[2] ?? 3));
  process.stdout.write(`${report(results)}\n`);
  process.exitCode = results.every(({ problem }) => problem === undefined) ? 0 : 1;
} finally {
  await sandbox.stop();
}
