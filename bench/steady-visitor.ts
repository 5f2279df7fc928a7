/**
 * Visits at a steady rate, in a separate process: each starts when it is due, however many still wait, and its latency
 * counts from then. Reads its job from standard input, writes latencies (ms) by the visits' names.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { steadyJobShape } from './steady.js';
import type { SteadyJob } from './steady.js';

/** Not counted: this process and the server are slow before their code is compiled. */
const WARM_S = 3;

const job = steadyJobShape.parse(JSON.parse(await text(process.stdin)));
const agent = new Agent({ keepAlive: true, ca: readFileSync(job.ca) });
const latencies: Record<string, number[]> = {};
const began = performance.now();
const every = 1000 / job.perSecond;
const underway: Promise<void>[] = [];
for (let index = 0; index * every < (WARM_S + job.seconds) * 1000; index++) {
  const due = began + index * every;
  await pause(due - performance.now());
  const next = job.visits[index % job.visits.length];
  if (next !== undefined) underway.push(visit(next, due));
}
await Promise.all(underway);
process.stdout.write(JSON.stringify(latencies), () => process.exit(0));

async function visit({ name, url, headers }: SteadyJob['visits'][number], due: number): Promise<void> {
  const status = await new Promise<number>((resolve, reject) => {
    request(url, { agent, headers }, (incoming) => {
      incoming.on('error', reject).on('end', () => {
        resolve(incoming.statusCode ?? 0);
      });
      incoming.resume();
    })
      .on('error', reject)
      .end();
  });
  if (status !== 200) throw new Error(`${url}: ${status}`);
  if (due - began >= WARM_S * 1000) (latencies[name] ??= []).push(performance.now() - due);
}
