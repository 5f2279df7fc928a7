/**
 * Planning of a bulk by the operator's command, compared with the database's time for the same rows in one plain
 * statement.
 */
import { compared } from './comparison.js';
import type { Compared } from './comparison.js';
import type { NotificationPlace } from './notification-place.js';
import { timedCommand } from './operator-command.js';
import { asOwner } from './pgbench.js';

/** The same rows, of people whose region is known: no look-up, no batches, no guard against a second start. */
const PLAIN = `
  INSERT INTO consent.notification (decision_id, subject, region, opposed_on, window_id, next_attempt_at, created_at)
  SELECT id, subject, region, (decided_at AT TIME ZONE 'Europe/Rome')::date, window_id, now(), now() FROM consent.decision`;

/** Leaves the bulk planned. The plain statement runs first, when the data of both are cold. */
export async function measurePlanning(
  place: NotificationPlace,
  persons: number,
  date: string,
  print: (line: string) => void,
): Promise<Compared[]> {
  const plain = await asOwner(place.consentUrl, async (client) => {
    await client.query('CHECKPOINT');
    const began = performance.now();
    const { rowCount } = await client.query(PLAIN);
    const seconds = (performance.now() - began) / 1000;
    if (rowCount !== persons) throw new Error(`${String(rowCount)} rows instead of ${persons}`);
    await client.query('TRUNCATE consent.notification');
    await client.query('CHECKPOINT');
    return seconds;
  });
  print(`plain INSERT … SELECT of ${persons} notifications: ${plain.toFixed(1)} s`);
  const { seconds, resident } = await timedCommand(
    ['opposition-plan', '--window', place.window, '--apply'],
    place.folder,
    { DATABASE_URL: place.registryUrl, PASSERELLA_CONSENT_DATABASE_OWNER_URL: place.consentUrl },
    `${persons} notifications queued`,
  );
  print(`planning of ${persons}: ${seconds.toFixed(1)} s, ${resident.toFixed(0)} MB`);
  return [
    compared(`planning of ${persons} : plain INSERT … SELECT of the same rows`, seconds, plain, 's', date, { most: 3 }),
    compared('resident memory while planning : 300 MB', resident, 300, 'MB', date, { most: 1 }),
  ];
}
