/**
 * Says in the log what of the register is overdue, at the start and every hour. Beside the jobs, not one of them: a job
 * that nobody runs is what the alarm is for [O-9].
 */
import type { Logger } from '../platform/log.js';

const WATCH_MS = 3_600_000;

/** @returns ends the watch */
export function startOverdueWatch(look: () => Promise<void>, log: Logger): () => Promise<void> {
  let looking = Promise.resolve();
  const watch = (): void => {
    looking = look().catch((error: unknown) => {
      log.warn('whether a bulk is overdue cannot be told', { error });
    });
  };
  watch();
  const timer = setInterval(watch, WATCH_MS).unref();
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
