/**
 * An import in a separate process that kills itself at a given point, like `kill -9`: nothing is flushed, no handler
 * runs. Arguments: URL, source, reject path, phase, percent.
 */
import { openDatabase } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { importRegistry } from '../../src/registry/index.js';

const [url = '', source = '', rejectPath = '', phase = '', percent = ''] = process.argv.slice(2);
const log = createLogger('silent');
const ownerDb = await openDatabase({
  url,
  entities: [],
  poolSize: 2,
  statementTimeoutMs: 0,
  applicationName: 'import child',
  log,
});
await importRegistry({
  source,
  kind: 'persons',
  ownerDb,
  clock: { now: () => new Date('2026-11-21T10:00:00Z') },
  log,
  rejectPath,
  dryRun: false,
  batchPages: 16,
  onProgress: (progress) => {
    if (progress.phase === phase && progress.percent >= Number(percent)) process.kill(process.pid, 'SIGKILL');
  },
});
await ownerDb.destroy();
