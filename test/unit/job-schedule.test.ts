/** Schedules in Rome's time, over the nights on which the clocks change. */
import { expect, test } from '@jest/globals';
import { nextSlot } from '../../src/platform/jobs/schedule.js';

/** The slots after an instant. */
function slots(expression: string, after: string, count: number): string[] {
  const found: string[] = [];
  for (let last = new Date(after); found.length < count; found.push(last.toISOString())) {
    last = nextSlot(expression, last);
  }
  return found;
}

test('half past two runs once on the night that lacks it: at three', () => {
  expect(slots('30 2 * * *', '2026-03-28T00:00:00Z', 3)).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ]);
});

test('half past two runs once on the night when it occurs twice: the first time', () => {
  expect(slots('30 2 * * *', '2026-10-24T00:00:00Z', 3)).toEqual([
    '2026-10-24T00:30:00.000Z',
    '2026-10-25T00:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
});

test.each(['2026-10-25T00:30:00Z', '2026-10-25T00:45:00Z', '2026-10-25T01:15:00Z', '2026-10-25T01:45:00Z'])(
  'asked at %s, between and after the two, it does not run again that night',
  (after) => {
    expect(nextSlot('30 2 * * *', new Date(after)).toISOString()).toBe('2026-10-26T01:30:00.000Z');
  },
);

test('every half hour continues through the night that is an hour longer', () => {
  expect(slots('*/30 * * * *', '2026-10-25T00:15:00Z', 4)).toEqual([
    '2026-10-25T00:30:00.000Z',
    '2026-10-25T01:00:00.000Z',
    '2026-10-25T01:30:00.000Z',
    '2026-10-25T02:00:00.000Z',
  ]);
});

test('an unreadable schedule is refused when it is created', () => {
  expect(() => nextSlot('61 2 * * *', new Date(0))).toThrow('61');
  expect(() => nextSlot('0 30 2 * * *', new Date(0))).toThrow();
  expect(() => nextSlot('0 0 30 2 *', new Date(0))).toThrow('never');
});
