/** Planning of a bulk by the operator's command, and what the database takes for the same rows in one plain statement. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { compared } from './comparison.js';
import type { Compared } from './comparison.js';
import type { NotificationPlace } from './notification-place.js';
import { asOwner } from './pgbench.js';
import { residentMegabytes } from './process-facts.js';

const PROGRAM = fileURLToPath(new URL('../src/main.js', import.meta.url));
const SAMPLE_MS = 200;
const PATH = '/usr/local/bin:/usr/bin:/bin';

/** The same rows, of people whose region is known: no look-up, no batches, no guard against a second start. */
const PLAIN = `
  INSERT INTO consent.notification (decision_id, subject, region, opposed_on, window_id, next_attempt_at, created_at)
  SELECT id, subject, region, (decided_at AT TIME ZONE 'Europe/Rome')::date, window_id, now(), now() FROM consent.decision`;

/** Leaves the bulk planned. The plain statement goes first, when what both read is cold. */
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
  const { seconds, resident } = await plan(place, persons);
  print(`planning of ${persons}: ${seconds.toFixed(1)} s, ${resident.toFixed(0)} MB`);
  return [
    compared(`planning of ${persons} : plain INSERT … SELECT of the same rows`, seconds, plain, 's', date, { most: 3 }),
    compared('resident memory while planning : 300 MB', resident, 300, 'MB', date, { most: 1 }),
  ];
}

/** `opposition-plan --apply`, the start of the program included. */
async function plan(place: NotificationPlace, persons: number): Promise<{ seconds: number; resident: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, [PROGRAM, 'admin', 'opposition-plan', '--window', place.window, '--apply'], {
    cwd: place.folder,
    env: { PATH, DATABASE_URL: place.registryUrl, PASSERELLA_CONSENT_DATABASE_OWNER_URL: place.consentUrl },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let resident = 0;
  const sampler = setInterval(() => {
    resident = Math.max(resident, child.pid === undefined ? 0 : (residentMegabytes(child.pid) ?? 0));
  }, SAMPLE_MS);
  const ended = once(child, 'exit');
  const said = await text(child.stdout);
  await ended;
  clearInterval(sampler);
  const seconds = (performance.now() - began) / 1000;
  if (!said.includes(`${persons} notifications queued`)) throw new Error(`planning: ${said}`);
  return { seconds, resident };
}
