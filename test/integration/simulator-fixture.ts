/** Regions for a test file: certificates, simulated regions on free ports, and a scripted server. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import winston from 'winston';
import type { Clock } from '../../src/platform/clock.js';
import { createLogger } from '../../src/platform/log.js';
import { ensureRegionPki } from '../../src/dev/sandbox/region-pki.js';
import type { PairPaths, RegionPki } from '../../src/dev/sandbox/region-pki.js';
import { startSimulatedRegion } from '../../src/dev/simulator/index.js';
import type { SimulatedRegion, SimulatedRegionOptions } from '../../src/dev/simulator/index.js';

export const CONTRACTS = fileURLToPath(new URL('../../../wsdl', import.meta.url));
export const NAMESPACE = 'http://www.fascicolosanitario.gov.it/schema/typeSchemaNotifyOppPregresso';

/** OpenSSL checks certificates at the machine's present time, so the tests use it too. */
export const clock: Clock = { now: () => new Date() };

/** Created once for all test files and runs: keys take seconds. */
export function regionPki(): Promise<RegionPki> {
  const directory = fileURLToPath(new URL('../../test-region-pki', import.meta.url));
  return ensureRegionPki({ directory, now: new Date(), serverNames: [], log: createLogger('silent') });
}

export function pairOf(paths: PairPaths): { certificate: string; key: string } {
  return { certificate: readFileSync(paths.certificate, 'utf8'), key: readFileSync(paths.key, 'utf8') };
}

export interface TestFolder {
  path(name: string): string;
  remove(): void;
}

export function testFolder(): TestFolder {
  const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
  return {
    path: (name) => join(folder, name),
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

/** Every logged line, as one text. */
export function capturedLog(): { log: SimulatedRegionOptions['log']; text(): string } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const log = winston.createLogger({
    format: winston.format.json(),
    transports: [new winston.transports.Stream({ stream })],
  });
  return { log, text: () => lines.join('') };
}

export function startRegion(
  pki: RegionPki,
  journal: string,
  changes: Partial<SimulatedRegionOptions> = {},
): Promise<SimulatedRegion> {
  return startSimulatedRegion({
    region: '120',
    host: '127.0.0.1',
    port: 0,
    publicName: 'localhost',
    contractDirectory: CONTRACTS,
    server: pairOf(pki.region),
    wrong: pairOf(pki.foreign),
    expired: pairOf(pki.expired),
    senderAnchors: readFileSync(pki.senderCa, 'utf8'),
    signers: undefined,
    journal,
    misbehaviours: [],
    slowMs: 50,
    refuseCode: 'RIFIUTO_SIMULATO',
    clock,
    random: Math.random,
    log: createLogger('silent'),
    ...changes,
  });
}

export interface Endpoint {
  readonly url: string;
  /** Connections accepted so far, with a completed handshake. */
  readonly connections: number;
  readonly requests: readonly { readonly headers: IncomingMessage['headers']; readonly body: string }[];
  closeIdle(): void;
  stop(): Promise<void>;
}

/** A region's server with scripted answers. */
export async function endpointOf(
  pki: RegionPki,
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  tls: TlsOptions = {},
): Promise<Endpoint> {
  const { certificate, key } = pairOf(pki.region);
  const requests: { headers: IncomingMessage['headers']; body: string }[] = [];
  let connections = 0;
  const server = createServer({ cert: certificate, key, ...tls }, (incoming, response) => {
    let body = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => (body += chunk));
    incoming.on('end', () => {
      requests.push({ headers: incoming.headers, body });
      answer(response, incoming);
    });
  });
  server.on('secureConnection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `https://localhost:${port}/ws/NotificaOpposizione`,
    get connections() {
      return connections;
    },
    requests,
    closeIdle: () => {
      server.closeIdleConnections();
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

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export interface Poster {
  /** Posts bytes unchanged. @throws the connection's error */
  post(url: string, body: string | Buffer, headers?: Record<string, string>, method?: string): Promise<Reply>;
  close(): void;
}

/** A caller without any library, like a region's tester with curl. */
export function posterOf(pki: RegionPki, sender: PairPaths | undefined): Poster {
  const own = sender === undefined ? {} : { cert: readFileSync(sender.certificate), key: readFileSync(sender.key) };
  const agent = new Agent({ ca: readFileSync(pki.regionCa), keepAlive: true, ...own });
  return {
    post: (url, body, headers = {}, method = 'POST') =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          url,
          { method, agent, headers: { 'Content-Type': 'text/xml; charset=utf-8', ...headers } },
          (incoming) => {
            let text = '';
            incoming.setEncoding('utf8');
            incoming.on('data', (chunk: string) => (text += chunk));
            incoming.on('end', () => {
              resolve({ status: incoming.statusCode ?? 0, text });
            });
            incoming.on('error', reject);
          },
        );
        outgoing.on('error', reject).end(body);
      }),
    close: () => {
      agent.destroy();
    },
  };
}

/** A notification as a caller would write it; every part can be replaced. */
export function notificationXml(
  messageId: string,
  subject: string,
  opposedOn: string,
  parts: { header?: string; bodyAttributes?: string; value?: string } = {},
): string {
  const { header = '', bodyAttributes = '', value = 'true' } = parts;
  return (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:a="http://www.w3.org/2005/08/addressing">' +
    `<s:Header><a:To>https://altrove.test/</a:To><a:MessageID>urn:uuid:${messageId}</a:MessageID>` +
    `<a:Action>urn:fse:NotifyOppPregresso</a:Action>${header}</s:Header><s:Body${bodyAttributes}>` +
    `<n:NotifyOppPregressoRequest xmlns:n="${NAMESPACE}"><n:PatientId>${subject}</n:PatientId>` +
    `<n:OppositionDate>${opposedOn}</n:OppositionDate><n:OppositionValue>${value}</n:OppositionValue>` +
    '</n:NotifyOppPregressoRequest></s:Body></s:Envelope>'
  );
}
