/** Resident memory over many requests: its peak and its growth. */
import { compared } from './comparison.js';
import type { Compared } from './comparison.js';
import { median } from './variant.js';

const LIMIT_MB = 300;
/**
 * Permitted ratio of the last quarter to the second: the heap fluctuates, but a leak of 500 bytes per request shows.
 */
const GROWTH = 1.1;

/** The peak of a whole run. */
export function judgePeak(peak: number, date: string): Compared {
  return compared(`resident memory under load : ${LIMIT_MB} MB`, peak, LIMIT_MB, 'MB', date, { most: 1 });
}

/**
 * @param resident MB, over time
 * @param over the load, for the name
 */
export function judgeMemory(resident: readonly number[], over: string, date: string): Compared[] {
  const quarter = Math.floor(resident.length / 4);
  if (quarter === 0) return [];
  const second = median(resident.slice(quarter, 2 * quarter)) ?? 0;
  const last = median(resident.slice(-quarter)) ?? 0;
  return [
    compared(`resident memory : ${LIMIT_MB} MB, ${over}`, Math.max(...resident), LIMIT_MB, 'MB', date, { most: 1 }),
    compared(`resident memory in the last quarter : in the second, ${over}`, last, second, 'MB', date, {
      most: GROWTH,
    }),
  ];
}
