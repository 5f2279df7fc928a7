/** `demo roster`: ends with everything shown, and leaves nothing behind, whether stopped or not. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testPki } from '../support/people.js';
import { demoHome } from './demo-fixture.js';
import type { DemoHome } from './demo-fixture.js';

/** A cluster is created first, and each job gets half a minute. */
const PATIENCE_MS = 120_000;
let home: DemoHome;

beforeAll(async () => {
  home = await demoHome((await testPki()).directory);
});
afterAll(() => home.remove());

test(
  'from the files to the mails, every step is shown',
  async () => {
    const { code, stdout, stderr } = await home.demo('roster').ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('NOT SEEN');
    expect(stdout).toContain('✓ outcome 0000, nobody on the list');
    expect(stdout).toContain('✓ a result of each of the three layouts');
    expect(stdout).toContain('✓ 3 tests communicated');
    expect(stdout).toMatch(/✓ statistiche-test-sierologici-\S+\.zip opens with the password of the other mail/);
    expect(stdout).toMatch(/✓ ASL 120201: 3 tests by doctors, [1-9]\d* kits, 17 tests by the ASL/);
    expect(stdout.trimEnd()).toMatch(/\nAll \d+ things were seen\.$/);
    await home.expectNothingLeft();
  },
  PATIENCE_MS,
);

test(
  'stopped in the middle: it cleans up and reports this',
  () => home.expectStops(home.demo('roster'), '1. A doctor'),
  PATIENCE_MS,
);

test('wrong arguments: the usage and exit code 64', async () => {
  const { code, stdout } = await home.demo('roster', '--persons', '10').ended;
  expect(code).toBe(64);
  expect(stdout).toMatch(/^usage: passerella demo roster/);
});
