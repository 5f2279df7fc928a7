/** Sends statistics in a separate process, to be killed. Arguments: URL of the database, the mail settings as JSON. */
import { jobCall } from '../../src/auth/index.js';
import { systemClock } from '../../src/platform/clock.js';
import { openDatabase, workerRole } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createDeliveryService } from '../../src/statistics/sending/index.js';
import type { CertifiedMail } from '../../src/statistics/sending/index.js';

const [url = '', settings = '{}', now = ''] = process.argv.slice(2);
const log = createLogger('error');
const db = await openDatabase({
  ...{ url, role: workerRole, entities: [], poolSize: 2, statementTimeoutMs: 30_000, log },
  applicationName: 'test child',
});
const clock = now === '' ? systemClock : { now: () => new Date(now) };
const mail = JSON.parse(settings) as CertifiedMail;
const service = createDeliveryService({
  db,
  mail,
  clock,
  log,
});
await service.advance(jobCall('tests', clock));
await db.destroy();
