/** Captures one notification of the region client: its bytes and headers, for other senders. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createRegionClient } from '../src/opposition/sending/index.js';
import { systemClock } from '../src/platform/clock.js';
import type { Simulator } from '../test/crash/notifications/simulator-process.js';
import type { BareJob } from './bare-job.js';

const MARKS = { messageId: '0b6f6b1e-6a55-4c6e-9a53-2f5f4a9f7a10', subject: 'STP1209990000001' };
/** Headers of the connection, not of the message. */
const OWN_HEADERS = ['host', 'connection', 'content-length'];

/** @param simulator whose certificates are used, to act as the region for a moment */
export async function capturedNotification(
  simulator: Simulator,
): Promise<Pick<BareJob, 'message' | 'headers' | 'marks' | 'certificate' | 'key' | 'anchors'>> {
  const pem = (name: string): Promise<string> => readFile(join(dirname(simulator.anchors), name), 'utf8');
  const [cert, serverKey, anchors] = await Promise.all([pem('region.pem'), pem('region.key'), pem('region-ca.pem')]);
  const [certificate, key] = await Promise.all([pem('sender.pem'), pem('sender.key')]);
  const server = createServer({ cert, key: serverKey });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  const endpoint = `https://localhost:${bound.port}/ws/NotificaOpposizione`;
  const captured = new Promise<{ message: string; headers: Record<string, string> }>((resolve, reject) => {
    server.once('request', (request, response) => {
      const headers = Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value !== 'string' || OWN_HEADERS.includes(name) ? [] : [[name, value] as const],
      );
      text(request).then((message) => {
        response.writeHead(503).end();
        resolve({ message, headers: Object.fromEntries(headers) });
      }, reject);
    });
  });
  const client = createRegionClient(
    { code: '120', endpoint, anchors, patientIdForm: 'plain', sign: false },
    { certificate, key },
    { timeoutMs: 10_000, clock: systemClock },
  );
  try {
    const [found] = await Promise.all([captured, client.notify({ ...MARKS, opposedOn: '2024-05-01' })]);
    return { ...found, marks: { ...MARKS, endpoint }, certificate, key, anchors };
  } finally {
    client.close();
    server.close();
  }
}
