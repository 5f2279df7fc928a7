/** When a schedule runs: cron expressions on the clocks of Rome. Runs nothing. */
import { Cron } from 'croner';

/**
 * The first slot of a schedule after an instant. On the two nights on which Rome's clocks are changed a daily slot is
 * there exactly once: a time that the night lacks moves to the first one after the gap, of a time that it has twice the
 * first counts.
 *
 * @param expression five fields: minute, hour, day of the month, month, day of the week
 * @throws Error when it cannot be read, or never comes
 */
export function nextSlot(expression: string, after: Date): Date {
  const slot = new Cron(expression, { timezone: 'Europe/Rome', mode: '5-part' }).nextRun(after);
  if (slot === null) throw new Error(`the schedule «${expression}» never comes`);
  return slot;
}
