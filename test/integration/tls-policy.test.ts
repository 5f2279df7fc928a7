/**
 * Groups and suites of TLS, as observed from outside: of each of our listeners, and of the hello of each client [S-1].
 */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createRegionTransport } from '../../src/opposition/sending/region-transport.js';
import { migrate, openDatabase } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { openSubmission, readMailbox } from '../../src/platform/mail/index.js';
import { openTransport } from '../../src/dev/replay/transport.js';
import { startMailCatcher } from '../../src/dev/sandbox/mail-catcher.js';
import { startTestGateway } from '../support/gateway.js';
import { testPki } from '../support/people.js';
import { clock, pairOf, regionPki, startRegion, testFolder } from './simulator-fixture.js';

const stops: (() => unknown)[] = [];
const ports = new Map<string, number>();
/** The simulator requires a certificate: without one it refuses every caller, whatever is offered. */
let sender: { cert?: string; key?: string } = {};

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'passerella-tls-'));
  stops.push(() => rm(directory, { recursive: true }));
  const pki = await testPki();
  const gateway = await startTestGateway();
  stops.push(() => gateway.stop());
  ports.set('the gateway', Number(new URL(gateway.endpoint).port));
  const folder = testFolder();
  const region = await startRegion(await regionPki(), folder.path('journal'));
  stops.push(async () => {
    await region.stop();
    folder.remove();
  });
  ports.set('the simulator', region.port);
  const { certificate, key } = pairOf((await regionPki()).sender);
  sender = { cert: certificate, key };
  const tls = {
    certificate: await readFile(pki.server.certificate, 'utf8'),
    key: await readFile(pki.server.key, 'utf8'),
  };
  const catcher = await startMailCatcher({ directory, tls, clock, log: createLogger('silent') });
  stops.push(() => catcher.stop());
  ports.set('the sandbox’s submission server', catcher.smtpPort);
  ports.set('the sandbox’s mailbox', catcher.imapPort);
});

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** The negotiated group, or the error. */
async function agreed(port: number, options: ConnectionOptions): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...sender, ...options });
  try {
    await once(socket, 'secureConnect');
    const key = socket.getEphemeralKeyInfo();
    return key !== null && 'name' in key ? String(key.name) : 'unknown';
  } catch (error) {
    return String(error);
  } finally {
    socket.destroy();
  }
}

describe.each(['the gateway', 'the simulator', 'the sandbox’s submission server', 'the sandbox’s mailbox'])(
  '%s',
  (name) => {
    const with12 = { maxVersion: 'TLSv1.2' as const };

    test.each(['X25519', 'P-256', 'P-384'])('agrees on %s', async (group) => {
      const found = await agreed(ports.get(name) ?? 0, { ecdhCurve: group, ...with12 });
      expect(found.replace('prime256v1', 'P-256').replace('secp384r1', 'P-384')).toBe(group);
    });

    test.each(['ffdhe2048', 'ffdhe8192', 'P-521', 'X448'])('refuses %s', async (group) => {
      expect(await agreed(ports.get(name) ?? 0, { ecdhCurve: group })).toMatch(/alert handshake failure/i);
    });

    test.each(['DHE-RSA-AES128-GCM-SHA256', 'AES128-GCM-SHA256', 'ECDHE-RSA-AES128-SHA'])(
      'refuses %s',
      async (suite) => {
        const options = { ciphers: `${suite}:@SECLEVEL=0`, ...with12 };
        expect(await agreed(ports.get(name) ?? 0, options)).toMatch(/alert handshake failure/i);
      },
    );
  },
);

/** The groups (RFC 8446, 4.2.7) and suites that a client's hello offers, read from its first record. */
async function helloOf(call: (port: number) => unknown): Promise<{ groups: number[]; suites: number[] }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const first = new Promise<Buffer>((resolve) => {
      server.once('connection', (socket) => {
        socket
          .on('error', () => undefined)
          .once('data', (data: Buffer) => {
            resolve(data);
            socket.destroy();
          });
      });
    });
    call((server.address() as AddressInfo).port);
    return readHello(await first);
  } finally {
    server.close();
  }
}

function readHello(record: Buffer): { groups: number[]; suites: number[] } {
  const words = (from: number, bytes: number) =>
    Array.from({ length: bytes / 2 }, (_, index) => record.readUInt16BE(from + 2 * index));
  let at = 5 + 4 + 2 + 32; // record, handshake, version, random
  at += 1 + record.readUInt8(at); // session id
  const suites = words(at + 2, record.readUInt16BE(at));
  at += 2 + record.readUInt16BE(at);
  at += 1 + record.readUInt8(at); // compression
  const end = at + 2 + record.readUInt16BE(at);
  at += 2;
  while (at < end) {
    const [type, length] = [record.readUInt16BE(at), record.readUInt16BE(at + 2)];
    if (type === 10) return { groups: words(at + 6, length - 2), suites };
    at += 4 + length;
  }
  return { groups: [], suites };
}

const CURVES = [0x001d, 0x0017, 0x0018];
/**
 * DHE and plain RSA start with 0x00; TLS 1.3 with 0x13, ECDHE with 0xc0 or 0xcc; 0x00ff states that renegotiation is
 * safe.
 */
const isWithCurves = (suite: number) => suite === 0x00ff || [0x13, 0xc0, 0xcc].includes(suite >> 8);

test.each([
  [
    'the regions’ client',
    async () => {
      const pki = await regionPki();
      const anchors = await readFile(pki.regionCa, 'utf8');
      return (port: number) =>
        void createRegionTransport(
          { endpoint: `https://localhost:${port}/`, anchors },
          pairOf(pki.sender),
          2_000,
          1_000,
        ).post(Buffer.from('<a/>'), {});
    },
  ],
  ['the mail’s client', () => (port: number) => void openSubmission({ ...MAIL, port }).catch(() => undefined)],
  [
    'the mailbox’s client',
    () => (port: number) =>
      void readMailbox({ ...MAIL, port, folder: 'INBOX' }, () => Promise.resolve()).catch(() => undefined),
  ],
  [
    'the database’s client',
    () => (port: number) => {
      const url = `postgres://u:p@127.0.0.1:${port}/d?sslmode=verify-full&sslnegotiation=direct`;
      void openDatabase({ ...DATABASE, url }).catch(() => undefined);
    },
  ],
  [
    'the migrations’ client',
    () => (port: number) => {
      const url = `postgres://u:p@127.0.0.1:${port}/d?sslmode=verify-full&sslnegotiation=direct`;
      void migrate(url, [], createLogger('silent')).catch(() => undefined);
    },
  ],
  [
    'the testers’ client',
    () => (port: number) =>
      void openTransport(`https://127.0.0.1:${port}/`, undefined)
        .send({ method: 'GET', headers: {}, body: '', card: undefined, basic: undefined })
        .catch(() => undefined),
  ],
] as const)('%s offers curves only', async (_name, make) => {
  const { groups, suites } = await helloOf(await make());
  expect(groups).toEqual(CURVES);
  expect(suites.length).toBeGreaterThan(3);
  expect(suites.filter((suite) => !isWithCurves(suite)).map((suite) => suite.toString(16))).toEqual([]);
});

const DATABASE = {
  ...{ entities: [], poolSize: 1, statementTimeoutMs: 1_000, applicationName: 'test' },
  log: createLogger('silent'),
};

const MAIL = {
  host: '127.0.0.1',
  security: 'tls',
  user: 'u',
  password: 'p',
  anchors: undefined,
  timeoutMs: 1_000,
} as const;

describe('ALPN', () => {
  test.each([
    [['http/1.1'], 'http/1.1'],
    [['http/1.0'], 'http/1.0'],
    [['http/1.0', 'http/1.1'], 'http/1.1'],
    [undefined, false],
  ])('%j gets %j', async (ALPNProtocols, expected) => {
    const port = ports.get('the gateway') ?? 0;
    const socket = connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...(ALPNProtocols && { ALPNProtocols }),
    });
    await once(socket, 'secureConnect');
    expect(socket.alpnProtocol).toBe(expected);
    socket.destroy();
  });
});
