/**
 * Planning in a separate process that kills itself after queueing a number of notifications, like `kill -9`. Arguments:
 * URL of the consent database, URL of the TS database, window, notifications.
 */
import { jobCall } from '../../src/auth/index.js';
import { consentRole, createPlanning } from '../../src/opposition/index.js';
import { openDatabase, runtimeRole } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { RegistryAnaLookup } from '../../src/registry/index.js';
import { openConsentDatabase } from '../../src/roles/consent.js';

const [consentUrl = '', tsUrl = '', window = '', notifications = ''] = process.argv.slice(2);
const log = createLogger('silent');
const limits = { poolSize: 4, statementTimeoutMs: 0, applicationName: 'planning child' };
const consent = await openConsentDatabase({ url: consentUrl, role: consentRole, ...limits }, log);
const registry = await openDatabase({ url: tsUrl, role: runtimeRole, entities: [], log, ...limits });
const clock = { now: () => new Date('2027-01-01T10:00:00Z') };
await createPlanning(consent, new RegistryAnaLookup(registry), clock).plan(jobCall('test', clock), {
  window,
  onProgress({ queued }) {
    if (queued >= Number(notifications)) process.kill(process.pid, 'SIGKILL');
  },
});
