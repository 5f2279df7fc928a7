/** Days and instants of Rome, on both sides of every change of its clocks. */
import { expect, test } from '@jest/globals';
import { addDays, daysBetween, isIsoDate, romeDate, romeDateTime } from '../../src/platform/clock.js';

test.each([
  ['2026-01-15T11:00:00.007Z', '2026-01-15T12:00:00.007+01:00'],
  ['2026-07-15T11:00:00.120Z', '2026-07-15T13:00:00.120+02:00'],
  ['2026-03-29T00:59:59.999Z', '2026-03-29T01:59:59.999+01:00'], // the last instant of winter time
  ['2026-03-29T01:00:00.000Z', '2026-03-29T03:00:00.000+02:00'],
  ['2026-10-25T00:59:59.999Z', '2026-10-25T02:59:59.999+02:00'], // the hour that occurs twice
  ['2026-10-25T01:00:00.000Z', '2026-10-25T02:00:00.000+01:00'],
  ['2025-12-31T23:00:00.000Z', '2026-01-01T00:00:00.000+01:00'],
])('%s is %s', (instant, expected) => {
  expect(romeDateTime(new Date(instant))).toBe(expected);
  expect(new Date(expected).toISOString()).toBe(instant);
});

test('days are those in Rome', () => {
  expect(romeDate(new Date('2026-08-31T21:59:59.999Z'))).toBe('2026-08-31');
  expect(romeDate(new Date('2026-08-31T22:00:00.000Z'))).toBe('2026-09-01');
  expect(romeDate(new Date('2026-01-31T22:59:59.999Z'))).toBe('2026-01-31');
  expect(romeDate(new Date('2026-01-31T23:00:00.000Z'))).toBe('2026-02-01');
});

test('offsets are correct in any order of questions', () => {
  const summer = new Date('2026-07-01T10:00:00Z');
  const winter = new Date('2026-12-01T10:00:00Z');
  const told = [summer, winter, summer].map((instant) => romeDateTime(instant).slice(-6));
  expect(told).toEqual(['+02:00', '+01:00', '+02:00']);
});

test.each([
  ['2026-03-28', '2026-03-30', 2],
  ['2024-02-28', '2024-03-01', 2],
  ['2026-01-02', '2026-01-01', -1],
  ['2026-01-01', '2026-01-01', 0],
  ['2026-03-01', '2026-03-31', 30], // across a change of clocks
  ['2026-12-17', '2027-01-16', 30],
])('from %s to %s: %i days', (from, to, days) => {
  expect(daysBetween(from, to)).toBe(days);
  expect(addDays(from, days)).toBe(to);
});

test.each([
  ['2026-01-31', true],
  ['2024-02-29', true],
  ['2023-02-29', false],
  ['2026-13-01', false],
  ['2026-1-1', false],
  ['2026-01-01T00:00:00Z', false],
  ['', false],
])('%s is a calendar day: %s', (text, isDay) => {
  expect(isIsoDate(text)).toBe(isDay);
});
