/** `demo opposition`: ends with everything delivered, and leaves nothing behind, whether stopped or not. */
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { demoHome } from './demo-fixture.js';
import type { DemoHome } from './demo-fixture.js';
import { regionPki } from './opposition-regions.js';

const IDENTIFIER = /[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]|STP[0-9]{13}/;
/** A cluster is created first, and the program itself allows the regions 45 s. */
const PATIENCE_MS = 120_000;
let home: DemoHome;

beforeAll(async () => {
  home = await demoHome(dirname((await regionPki()).directory));
});
afterAll(() => home.remove());

test(
  'every opposition arrives once, although a region fails meanwhile',
  async () => {
    const { code, stdout, stderr } = await home.demo('opposition', '--persons', '60', '--regions', '3').ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('60 persons have expressed an opposition.');
    expect(stdout).toContain('60 notifications are planned.');
    // All others done, and nothing at the failing one, which delayed nobody.
    expect(stdout).toMatch(/The others have theirs after [\d.]+ s; \d{3}: 0 sent, 20 waiting\./);
    expect(stdout.match(/^ {3}\d{3} {3}20 of 20, once each/gm)).toHaveLength(3);
    expect(stdout).toContain('Block of past documents: active.');
    expect(stdout.trimEnd()).toMatch(/\n60 of 60 arrived, once each\.$/);
    expect(stdout).not.toMatch(IDENTIFIER);
    await home.expectNothingLeft();
  },
  PATIENCE_MS,
);

test(
  'stopped in the middle: it cleans up and reports this',
  () => home.expectStops(home.demo('opposition', '--persons', '400', '--regions', '2'), 'queued/sent/parked'),
  PATIENCE_MS,
);

test.each([
  { words: [] },
  { words: ['nothing'] },
  { words: ['opposition', '--persons', '1'] },
  { words: ['opposition', '--regions', '22'] },
  { words: ['opposition', '--port', '1'] },
])('wrong arguments, $words: the usage and exit code 64', async ({ words }) => {
  const { code, stdout } = await home.demo(...words).ended;
  expect(code).toBe(64);
  expect(stdout).toMatch(/^usage: passerella demo opposition/);
});
