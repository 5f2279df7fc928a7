/**
 * Logs overdue bulks of the register, at the start and every hour. It is not a job, because the alarm is about jobs
 * that do not run [O-9].
 */
import type { Logger } from '../platform/log.js';

const WATCH_MS = 3_600_000;

/** @returns a function that stops the watch */
export function startOverdueWatch(look: () => Promise<void>, log: Logger): () => Promise<void> {
  let looking = Promise.resolve();
  const watch = (): void => {
    looking = look().catch((error: unknown) => {
      log.warn('cannot check whether a bulk is overdue', { error });
    });
  };
  watch();
  const timer = setInterval(watch, WATCH_MS).unref();
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
