/** How long to wait before the next attempt. The caller passes the random number, so that tests are repeatable. */

export interface BackoffPolicy {
  /** After the first failure, ms. */
  readonly firstMs: number;
  /** At most, ms. */
  readonly longestMs: number;
}

/**
 * Doubles with every attempt, half of it at random: notifications that failed together are not retried together.
 *
 * @param attempt 1 after the first attempt
 * @param random from 0 to less than 1
 * @returns ms
 */
export function backoffMs(attempt: number, { firstMs, longestMs }: BackoffPolicy, random: () => number): number {
  // 2 ** 40 is far beyond any longest wait; a larger exponent would only end in Infinity.
  const whole = Math.min(firstMs * 2 ** Math.min(attempt - 1, 40), longestMs);
  return Math.round(whole / 2 + (whole / 2) * random());
}
