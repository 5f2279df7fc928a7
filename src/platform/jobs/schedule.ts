/** When a schedule runs: cron expressions in Rome's time. Runs nothing. */
import { Cron } from 'croner';

/**
 * The first slot of a schedule after an instant. A daily slot occurs exactly once on the two nights when Rome's clocks
 * change: a time that the night lacks moves to the first one after the gap, and a time that it has twice counts once.
 *
 * @param expression five fields: minute, hour, day of the month, month, day of the week
 * @throws Error when it cannot be read, or never occurs
 */
export function nextSlot(expression: string, after: Date): Date {
  const slot = new Cron(expression, { timezone: 'Europe/Rome', mode: '5-part' }).nextRun(after);
  if (slot === null) throw new Error(`the schedule «${expression}» never comes`);
  return slot;
}
