/** Terms in calendar days: data are kept the whole last day of a term, and deleted the next day. */
import { expect, test } from '@jest/globals';
import { firstDayKept } from '../../src/platform/db/index.js';

test.each([
  ['2026-11-22', 12, '2025-11-22'], // data of the same day a year ago expire today, and are deleted tomorrow
  ['2026-01-01', 12, '2025-01-01'],
  ['2025-02-28', 12, '2024-02-28'], // of 29 February: expire today, the last day of the month
  ['2025-03-01', 12, '2024-03-01'], // and are deleted with those of the 28th
  ['2024-02-29', 12, '2023-03-01'], // the term of 28 February 2023 ended yesterday
  ['2026-03-31', 1, '2026-03-01'], // February had 28 days: all have expired
  ['2026-03-28', 1, '2026-02-28'],
  ['2026-01-15', 18, '2024-07-15'],
  ['2026-11-22', 0, '2026-11-22'],
])('on %s, with a term of %i months, the first day kept is %s', (today, months, kept) => {
  expect(firstDayKept(today, months)).toBe(kept);
});
