/** When an address is locked, as a pure rule; how attempts are counted is in integration/lockout. */
import { expect, test } from '@jest/globals';
import { isKnownOrigin, isLocked } from '../../src/auth/lockout.js';
import type { AttemptState } from '../../src/auth/lockout.js';

const now = new Date('2026-11-21T12:00:00Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const state = (lockedUntil: Date | null, lastSuccessAt: Date | null = null): AttemptState => ({
  failures: 1,
  lockedUntil,
  attemptedAt: now,
  lastSuccessAt,
});
const DAY = 86_400;

test.each([
  ['nothing known', undefined, undefined, false],
  ['never locked', state(null), state(null), false],
  ['its own lock holds', state(at(1)), undefined, true],
  ['its own lock ends now', state(at(0)), undefined, false],
  ['everywhere locked, nobody has tried from there', undefined, state(at(1)), false],
  ['everywhere locked, failures there are forgiven', { ...state(null), failures: 0 }, state(at(1)), false],
  [
    'everywhere locked, last tried from there a day ago',
    { ...state(null), attemptedAt: at(-DAY - 1) },
    state(at(1)),
    false,
  ],
  ['everywhere locked, tried from there within a day', { ...state(null), attemptedAt: at(-DAY) }, state(at(1)), true],
  [
    'everywhere locked, locked there within a day',
    { ...state(at(-DAY)), attemptedAt: at(-2 * DAY) },
    state(at(1)),
    true,
  ],
  ['everywhere locked, address without success', state(null), state(at(1)), true],
  ['everywhere locked, the owner was here', state(null, at(-29 * DAY)), state(at(1)), false],
  ['everywhere locked, the owner was here long ago', state(null, at(-31 * DAY)), state(at(1)), true],
  ['the owner was here, yet its own lock holds', state(at(1), at(-DAY)), undefined, true],
])('%s', (_title, address, anywhere, expected) => {
  expect(isLocked(address, anywhere, now)).toBe(expected);
});

test('an address stays known for thirty days', () => {
  expect(isKnownOrigin(undefined, now)).toBe(false);
  expect(isKnownOrigin(state(null), now)).toBe(false);
  expect(isKnownOrigin(state(null, at(-30 * DAY)), now)).toBe(true);
  expect(isKnownOrigin(state(null, at(-30 * DAY - 1)), now)).toBe(false);
});
