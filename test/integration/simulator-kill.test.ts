/**
 * The simulator in a separate process, killed in the middle of its work: what it acknowledged is in its file, and
 * nothing is stored twice. Unanswered messages are sent again, as by the sender.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { createRegionClient } from '../../src/opposition/sending/region-client.js';
import { clock, pairOf, testFolder } from './simulator-fixture.js';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const ROUNDS = 3;
const NOTIFICATIONS = 600;
const CONCURRENCY = 8;

const folder = testFolder();
let running: ChildProcess | undefined;
afterAll(() => {
  running?.kill('SIGKILL');
  folder.remove();
});

interface Started {
  readonly process: ChildProcess;
  readonly endpoint: string;
}

/** @param port 0 for the first start; then the same, because a region has one address */
async function start(port: number): Promise<Started> {
  const words = ['simulator', '--port', String(port), '--control-port', '0', '--data', folder.path('data')];
  const child = spawn(process.execPath, ['--disable-proto=delete', MAIN, ...words], {
    cwd: folder.path('.'),
    env: {
      PATH: process.env['PATH'],
      PASSERELLA_CERTIFICATE_DIRECTORY: folder.path('certs'),
      PASSERELLA_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running = child;
  for await (const line of createInterface({ input: child.stdout })) {
    const endpoint = /https:\S+/.exec(line)?.[0];
    if (endpoint !== undefined) {
      child.stdout.resume();
      return { process: child, endpoint };
    }
  }
  throw new Error('the simulator did not start');
}

test('killed while receiving, it loses nothing that it acknowledged and stores nothing twice', async () => {
  let simulator = await start(0);
  const { port } = new URL(simulator.endpoint);
  const file = (name: string) => folder.path(`certs/regions/${name}`);
  const client = createRegionClient(
    {
      code: '120',
      endpoint: simulator.endpoint,
      anchors: readFileSync(file('region-ca.pem'), 'utf8'),
      patientIdForm: 'plain',
      sign: false,
    },
    pairOf({ certificate: file('sender.pem'), key: file('sender.key') }),
    { timeoutMs: 2_000, clock },
  );
  const pending = Array.from({ length: NOTIFICATIONS }, (_, n) => ({
    messageId: randomUUID(),
    subject: `STP${String(1_202_010_000_000 + n)}`,
    opposedOn: '2024-07-01',
  }));
  const total = pending.map(({ messageId }) => messageId);
  const acknowledged: string[] = [];
  let unanswered = 0;

  const send = async (): Promise<void> => {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const answer = await client.notify(next);
      if (answer.kind === 'success') acknowledged.push(next.messageId);
      else {
        expect(answer.kind).toBe('unreachable');
        unanswered++;
        pending.push(next);
        await pause(20); // the region is down: like the sender's back-off, so that it is not asked a thousand times
      }
    }
  };
  const recorded = () =>
    readFileSync(folder.path('data/120.jsonl'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => /"messageId":"([\w-]+)"/.exec(line)?.[1]);

  const senders = Array.from({ length: CONCURRENCY }, send);
  for (let round = 0; round < ROUNDS; round++) {
    const due = ((round + 1) * NOTIFICATIONS) / (ROUNDS + 1) - randomInt(NOTIFICATIONS / 10);
    while (acknowledged.length < due) await pause(5);
    const promised = [...acknowledged];
    const ended = once(simulator.process, 'exit');
    simulator.process.kill('SIGKILL');
    await ended;
    expect(recorded()).toEqual(expect.arrayContaining(promised));
    simulator = await start(Number(port));
  }
  await Promise.all(senders);
  client.close();
  expect(unanswered).toBeGreaterThan(0);
  expect([...acknowledged].sort()).toEqual([...total].sort());
  expect(recorded().sort()).toEqual([...total].sort());
}, 120_000);
