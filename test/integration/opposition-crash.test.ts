/**
 * [N-3] The worker killed at random moments, judged by what the region received: nothing is lost, no message differs
 * when repeated.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { byOperator, oppositionPlace } from './opposition-fixture.js';
import { configure, regionPki, startRegion } from './opposition-regions.js';

const child = fileURLToPath(new URL('./opposition-sender-child.js', import.meta.url));
const ROUNDS = 10;
const COUNT = 400;

test('killed ten times: every notification arrives, a repetition keeps its message id', async () => {
  const pki = await regionPki();
  const place = await oppositionPlace(new Date().toISOString());
  const region = await startRegion(pki);
  let worker: ChildProcess | undefined;
  const start = (): ChildProcess =>
    spawn(process.execPath, [child, place.ownerUrl, pki.sender.certificate, pki.sender.key], { stdio: 'ignore' });
  try {
    const yesterday = new Date(place.clock.now().getTime() - 86_400_000).toISOString().slice(0, 10);
    await place.window('2024-04-22', '2024-06-30');
    const subjects = await place.persons(COUNT, { since: yesterday });
    for (const subject of subjects) await place.service.express(place.expression(subject, byOperator));
    await configure(place.owner, pki, '120', region.endpoint, { concurrency: 3 });

    for (let round = 1; round <= ROUNDS; round++) {
      worker = start();
      // So that every round dies with exchanges in progress: part of the remaining ones, then one answer in the middle.
      const target = Math.min(Math.floor((COUNT * round) / (ROUNDS + 2)) + (round % 4), COUNT - 5);
      await region.arrived(Math.max(target, region.received.length + 1));
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      // Its claims are free once their lease expires; the lease is moved, not the machine's clock.
      await place.owner.query(
        `UPDATE consent.notification SET lease_until = now() - interval '1 second' WHERE lease_token IS NOT NULL`,
      );
    }
    const sentBeforeEnd = await place.owner.query<{ count: number }[]>(
      `SELECT count(*)::int AS count FROM consent.notification WHERE state = 'sent'`,
    );
    expect(sentBeforeEnd[0]?.count).toBeLessThan(COUNT); // the last worker still has work
    worker = start();
    for (let left = COUNT; left > 0;) {
      const rows = await place.owner.query<{ left: number }[]>(
        `SELECT count(*)::int AS left, pg_sleep(0.05) FROM consent.notification WHERE state <> 'sent'`,
      );
      left = rows[0]?.left ?? COUNT;
    }
    worker.kill('SIGTERM');
    expect(await once(worker, 'exit')).toEqual([0, null]);

    const stored = await place.owner.query<{ subject: string; message_id: string; state: string }[]>(
      'SELECT subject, message_id, state FROM consent.notification',
    );
    const messageOf = new Map(stored.map(({ subject, message_id: messageId }) => [subject, messageId]));
    expect(new Set(region.received.map(({ subject }) => subject))).toEqual(new Set(subjects));
    for (const { subject, messageId } of region.received) expect(messageId).toBe(messageOf.get(subject));
    // At most the exchanges in progress at each kill arrived twice: three exchanges, and those whose outcomes were not
    // written yet.
    expect(region.received.length - COUNT).toBeLessThanOrEqual(ROUNDS * 3 * 4);
  } finally {
    worker?.kill('SIGKILL');
    await region.stop();
    await place.close();
  }
}, 120_000);
