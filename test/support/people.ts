/** The persons of the tests: the sandbox's, with their certificates. */
import { fileURLToPath } from 'node:url';
import { createLogger } from '../../src/platform/log.js';
import { syntheticRegistry } from '../../src/dev/sandbox/people.js';
import { ensureDevelopmentPki } from '../../src/dev/sandbox/pki.js';
import type { DevelopmentPki } from '../../src/dev/sandbox/pki.js';

/** The tests' clock starts today: OpenSSL checks certificates by the machine's clock, which cannot be moved. */
export const testNow = new Date();

/** Cheap intentionally: the hashed secrets are public. */
export const cheapHash = { memoryCost: 64, timeCost: 1, parallelism: 1 };

export const testPeople = syntheticRegistry({
  seed: 20200824,
  persons: 2_000,
  today: testNow.toISOString().slice(0, 10),
});

const pkiDirectory = fileURLToPath(new URL('../../test-pki', import.meta.url));

/** Created once for all test files and runs: keys take seconds. */
export function testPki(): Promise<DevelopmentPki> {
  const log = createLogger('silent');
  return ensureDevelopmentPki({
    directory: pkiDirectory,
    people: { ...testPeople.identities, aslOperator: testPeople.aslOperator },
    now: testNow,
    serverNames: [],
    log,
  });
}
