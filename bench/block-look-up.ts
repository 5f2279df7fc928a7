/**
 * The look-up of the block of past documents, as in the gateway, in a separate process: concurrent callers query one
 * person. Arguments: URL of the consent database, subject, callers, seconds. Prints look-ups per second.
 */
import { consentReaderRole } from '../src/opposition/index.js';
import { createBlockRegister } from '../src/opposition/block/store.js';
import { romeDate } from '../src/platform/clock.js';
import { createLogger } from '../src/platform/log.js';
import { openConsentDatabase } from '../src/roles/consent.js';

const WARM_MS = 500;

const [url = '', subject = '', callers = '', seconds = ''] = process.argv.slice(2);
const limits = { poolSize: Number(callers), statementTimeoutMs: 10_000, applicationName: 'bench' };
const db = await openConsentDatabase({ url, role: consentReaderRole, ...limits }, createLogger('error'));
const register = createBlockRegister(db);
const person = { identifiers: [subject], today: romeDate(new Date()) };
const began = performance.now() + WARM_MS;
const until = began + Number(seconds) * 1000;
let answered = 0;
const caller = async (): Promise<void> => {
  for (let now = 0; now < until; now = performance.now()) {
    const { opposed } = await register.stateOf(person);
    if (!opposed) throw new Error('the register does not know the opposition');
    if (performance.now() > began) answered++;
  }
};
await Promise.all(Array.from({ length: Number(callers) }, caller));
const perSecond = answered / ((performance.now() - began) / 1000);
await db.destroy();
process.stdout.write(`${perSecond}\n`);
