/** Whether an address is locked, as a pure rule; integration/lockout tests how attempts are counted. */
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
  ['its own lock is active', state(at(1)), undefined, true],
  ['its own lock ends now', state(at(0)), undefined, false],
  ['common lock, no attempt from the address', undefined, state(at(1)), false],
  ['common lock, failures of the address have expired', { ...state(null), failures: 0 }, state(at(1)), false],
  [
    'common lock, last attempt from the address a day ago',
    { ...state(null), attemptedAt: at(-DAY - 1) },
    state(at(1)),
    false,
  ],
  [
    'common lock, an attempt from the address within a day',
    { ...state(null), attemptedAt: at(-DAY) },
    state(at(1)),
    true,
  ],
  ['common lock, address locked within a day', { ...state(at(-DAY)), attemptedAt: at(-2 * DAY) }, state(at(1)), true],
  ['common lock, address without success', state(null), state(at(1)), true],
  ['common lock, recent success of the owner', state(null, at(-29 * DAY)), state(at(1)), false],
  ['common lock, success of the owner long ago', state(null, at(-31 * DAY)), state(at(1)), true],
  ['recent success of the owner, but its own lock is active', state(at(1), at(-DAY)), undefined, true],
])('%s', (_title, address, anywhere, expected) => {
  expect(isLocked(address, anywhere, now)).toBe(expected);
});

test('an address stays known for thirty days', () => {
  expect(isKnownOrigin(undefined, now)).toBe(false);
  expect(isKnownOrigin(state(null), now)).toBe(false);
  expect(isKnownOrigin(state(null, at(-30 * DAY)), now)).toBe(true);
  expect(isKnownOrigin(state(null, at(-30 * DAY - 1)), now)).toBe(false);
});
