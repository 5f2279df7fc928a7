/**
 * The maximum of Node's https client: sends the bytes of a notification, with new message id and person, to every
 * region at the sender's concurrency, over kept-alive mutual TLS. No database, no SOAP, no retries. A separate process
 * that reads its job from standard input.
 */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { text } from 'node:stream/consumers';
import { bareJobShape, strangerAt } from './bare-job.js';
import type { BareJob, BareOutcome } from './bare-job.js';

const SUCCESS = /Status>Success</;

const post = (url: URL, agent: Agent, headers: Readonly<Record<string, string>>, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const bytes = Buffer.from(body, 'utf8');
    const all = { ...headers, 'Content-Length': String(bytes.length) };
    const outgoing = request(url, { method: 'POST', agent, headers: all }, (incoming) => {
      const pieces: Buffer[] = [];
      incoming
        .on('data', (piece: Buffer) => pieces.push(piece))
        .on('error', reject)
        .on('end', () => {
          resolve(Buffer.concat(pieces).toString('utf8'));
        });
    });
    outgoing.on('error', reject).end(bytes);
  });

async function run(job: BareJob): Promise<BareOutcome> {
  const { certificate: cert, key, anchors: ca, headers, message } = job;
  const secureContext = createSecureContext({ cert, key, ca, minVersion: 'TLSv1.2' });
  let index = job.firstSubject;
  let posted = 0;
  let isOver = false;
  const lane = async (url: URL, agent: Agent): Promise<void> => {
    const body = message.split(job.marks.endpoint).join(url.href);
    const [head = '', rest = ''] = body.split(job.marks.messageId);
    const [middle = '', tail = ''] = rest.split(job.marks.subject);
    while (!isOver) {
      const answer = await post(url, agent, headers, head + randomUUID() + middle + strangerAt(index++) + tail);
      if (!SUCCESS.test(answer)) throw new Error(`a region refused: ${answer.slice(0, 500)}`);
      posted++;
    }
  };
  const lanes = job.endpoints.flatMap((endpoint) => {
    const agent = new Agent({ keepAlive: true, secureContext });
    return Array.from({ length: job.concurrency }, () => lane(new URL(endpoint), agent));
  });
  const all = Promise.all(lanes);
  await Promise.race([all, pause(job.warmMs)]);
  const begun = { at: performance.now(), cpu: process.cpuUsage(), posted };
  await Promise.race([all, pause(job.seconds * 1000)]);
  const seconds = (performance.now() - begun.at) / 1000;
  const { user, system } = process.cpuUsage(begun.cpu);
  const perSecond = (posted - begun.posted) / seconds;
  isOver = true;
  await all;
  const resident = process.memoryUsage.rss() / 1_000_000;
  return { posted, perSecond, busy: (user + system) / 1_000_000 / seconds, resident };
}

const job = bareJobShape.parse(JSON.parse(await text(process.stdin)));
process.stdout.write(JSON.stringify(await run(job)), () => process.exit(0));
