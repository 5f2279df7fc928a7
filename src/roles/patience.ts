/** How long a page of the operator waits for a database, so that one that hangs does not hold back the others. */
import { setTimeout as pause } from 'node:timers/promises';

/** Its timer does not keep the process alive. @returns undefined when the answer takes longer */
export function within<Answer>(ms: number, answer: Promise<Answer>): Promise<Answer | undefined> {
  return Promise.race([answer, pause(ms, undefined, { ref: false })]);
}
