/** Limits how long a page for operators waits for a database, so that one that hangs does not delay the others. */
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Reads from a database, one reading at a time: while it hangs, later calls await the same reading and use no further
 * connection.
 * @returns undefined when the reading failed, or took longer than `ms`
 */
export function shared<Answer>(ms: number, read: () => Promise<Answer>): () => Promise<Answer | undefined> {
  let reading: Promise<Answer | undefined> | undefined;
  return () => {
    reading ??= read()
      .catch(() => undefined)
      .finally(() => {
        reading = undefined;
      });
    return within(ms, reading);
  };
}

/** The timer does not keep the process alive. @returns undefined on time-out */
function within<Answer>(ms: number, answer: Promise<Answer>): Promise<Answer | undefined> {
  return Promise.race([answer, pause(ms, undefined, { ref: false })]);
}
