/**
 * Fake regions: small https servers with mutual TLS and scripted answers. They read a message by patterns, only as far
 * as the tests need; the simulator parses it properly.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { ensureRegionPki } from '../../src/dev/sandbox/region-pki.js';
import type { RegionPki } from '../../src/dev/sandbox/region-pki.js';

const TYPES = 'http://www.fascicolosanitario.gov.it/schema/typeSchemaNotifyOppPregresso';
const directory = fileURLToPath(new URL('../../test-pki/regions', import.meta.url));

/** Shared by all test files and runs: keys take seconds. */
export function regionPki(): Promise<RegionPki> {
  return ensureRegionPki({ directory, now: new Date(), serverNames: [], log: createLogger('silent') });
}

export interface Received {
  readonly messageId: string;
  readonly subject: string;
}

/** `close`: closes the connection after reading the message; a number: that HTTP status with a page. */
export type Behaviour =
  | 'success'
  | 'close'
  | number
  | { readonly code: string; readonly description: string }
  /** A SOAP fault with that faultstring; HTTP 500. */
  | { readonly fault: 'Client' | 'Server'; readonly description: string };

export interface TestRegion {
  readonly endpoint: string;
  /** Everything that arrived complete, including repetitions. */
  readonly received: Received[];
  /** Sets how it answers from now on. */
  behave(behaviour: Behaviour | ((received: Received) => Behaviour)): void;
  /** The largest number of concurrent messages. */
  readonly mostAtOnce: number;
  /** Resolves when this many have arrived. */
  arrived(count: number): Promise<void>;
  /** Holds answers until they are released. */
  hold(): () => void;
  stop(): Promise<void>;
}

const envelope = (inside: string): string =>
  `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><NotifyOppPregressoResponse xmlns="${TYPES}">${inside}</NotifyOppPregressoResponse></soap:Body></soap:Envelope>`;

/** @param as the certificate it presents */
export async function startRegion(
  pki: RegionPki,
  as: 'region' | 'foreign' | 'expired' = 'region',
): Promise<TestRegion> {
  const received: Received[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  let behaviour: Behaviour | ((received: Received) => Behaviour) = 'success';
  let held: Promise<void> | undefined;
  let now = 0;
  let mostAtOnce = 0;
  const server = createServer(
    {
      ...{ cert: readFileSync(pki[as].certificate), key: readFileSync(pki[as].key), ca: readFileSync(pki.senderCa) },
      ...{ requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const [, messageId = ''] = /urn:uuid:([0-9a-f-]{36})/.exec(text) ?? [];
        const [, subject = ''] = /PatientId>([^<^]+)/.exec(text) ?? [];
        mostAtOnce = Math.max(mostAtOnce, ++now);
        received.push({ messageId, subject });
        for (const { count, resolve } of waiting) if (received.length >= count) resolve();
        void (held ?? Promise.resolve()).then(() => {
          now--;
          const answer = typeof behaviour === 'function' ? behaviour({ messageId, subject }) : behaviour;
          if (answer === 'close') request.socket.destroy();
          else if (typeof answer === 'number')
            response.writeHead(answer, { 'Content-Type': 'text/html' }).end('<p>sorry');
          else if (typeof answer === 'object' && 'fault' in answer)
            response
              .writeHead(500, { 'Content-Type': 'text/xml; charset=utf-8' })
              .end(
                `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:${answer.fault}</faultcode><faultstring>${answer.description}</faultstring></s:Fault></s:Body></s:Envelope>`,
              );
          else {
            const inside =
              answer === 'success'
                ? '<Status>Success</Status>'
                : `<Status>Failure</Status><Error><errorCode>${answer.code}</errorCode><codeContext>${answer.description}</codeContext></Error>`;
            response.writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8' }).end(envelope(inside));
          }
        });
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `https://localhost:${port}/notifica`,
    received,
    get mostAtOnce() {
      return mostAtOnce;
    },
    behave: (other) => void (behaviour = other),
    arrived: (count) =>
      received.length >= count ? Promise.resolve() : new Promise((resolve) => void waiting.push({ count, resolve })),
    hold() {
      let letGo = (): void => undefined;
      held = new Promise((resolve) => (letGo = resolve));
      return () => {
        held = undefined;
        letGo();
      };
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Registers a region with the sender. */
export async function configure(
  owner: DataSource,
  pki: RegionPki,
  code: string,
  endpoint: string,
  { concurrency = 4, rate = null }: { concurrency?: number; rate?: number | null } = {},
): Promise<void> {
  await owner.query(
    `INSERT INTO consent.region (code, endpoint, anchors, concurrency, rate_per_second) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (code) DO UPDATE SET endpoint = excluded.endpoint, concurrency = excluded.concurrency,
       rate_per_second = excluded.rate_per_second, paused_at = NULL, pause_reason = NULL`,
    [code, endpoint, readFileSync(pki.regionCa, 'utf8'), concurrency, rate],
  );
}
