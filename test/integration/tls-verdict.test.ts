/**
 * How long the verdict of a handshake is valid [S-1]: until other files are in force, or a revocation list has expired;
 * on open connections, in resumed sessions, for handshakes that started before.
 */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import type { SecureVersion, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeCrl } from '../../src/dev/sandbox/pki.js';
import { envelope, startTestGateway, textOf } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';
import { testPki } from '../support/people.js';
import { eventually } from '../support/post.js';
import { metadataPlace } from './metadata-fixture.js';

const DAY_MS = 86_400_000;
const READ_AGAIN = 'TLS files read again';
const RAN_OUT = 'a revocation list has run out: connections are renewed';
const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];

let directory: string;
let revocationList: string;
let gateway: TestGateway;
let card: { ca: Buffer; cert: string; key: string };
let question: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'passerella-verdict-'));
  revocationList = join(directory, 'crl.pem');
  const pki = await testPki();
  await writeFile(revocationList, await crlOf(DAY_MS));
  gateway = await startTestGateway({ cardRevocationList: revocationList });
  const { certificate = '', key = '' } = gateway.card('doctor');
  card = { ca: await readFile(pki.server.ca), cert: certificate, key };
  const { codiceFiscale } = gateway.account('doctor');
  question = envelope('scaricoElencoAssistiti', {
    ...{ codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale },
  });
});
afterAll(async () => {
  await gateway.stop();
  await rm(directory, { recursive: true, force: true });
});

async function crlOf(msToEnd: number, ...revoked: readonly string[]): Promise<string> {
  const { cns } = await testPki();
  const ca = { certificate: await readFile(cns.ca, 'utf8'), key: await readFile(cns.caKey, 'utf8') };
  const now = Date.now();
  return makeCrl(ca, {
    revoked: revoked.map((pem) => ({
      serialNumber: new X509Certificate(pem).serialNumber,
      revokedAt: new Date(now - DAY_MS),
    })),
    number: Math.floor(now / 1000),
    thisUpdate: new Date(now - 60_000),
    nextUpdate: new Date(now + msToEnd),
  });
}

const timesLogged = (message: string) => gateway.logged.filter((line) => line['message'] === message).length;

async function replaceList(msToEnd: number, ...revoked: readonly string[]): Promise<void> {
  const before = timesLogged(READ_AGAIN);
  await writeFile(`${revocationList}.new`, await crlOf(msToEnd, ...revoked));
  await rename(`${revocationList}.new`, revocationList);
  await eventually(READ_AGAIN, () => timesLogged(READ_AGAIN) > before);
}

/** The resumable sessions of connections, from the first one on. */
const sessions = new WeakMap<TLSSocket, Promise<Buffer>>();
const sessionOf = (socket: TLSSocket) => sessions.get(socket);

/** A connection with the card, for hand-written messages. */
function open(port: number, version: SecureVersion, session?: Buffer): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const versions = { minVersion: version, maxVersion: version };
    const socket = connectTls({ host: '127.0.0.1', port, servername: 'localhost', ...card, ...versions, session });
    sessions.set(socket, new Promise((got) => socket.once('session', got)));
    socket.on('error', reject).on('secureConnect', () => {
      resolve(socket);
    });
  });
}

/** The result of a message on a connection: the outcome, the fault's code, or that the connection was closed. */
function ask(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      if (!text.includes('Envelope>')) return;
      resolve(/<(?:\w+:)?(?:esito|codice)>([^<]*)/.exec(text)?.[1] ?? text);
    });
    socket.once('close', () => {
      resolve('closed');
    });
    if (socket.destroyed) resolve('closed');
    else socket.write(posted(question));
  });
}

const posted = (body: string): string =>
  `POST /ws/TestSierologici HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n` +
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const portOf = () => Number(new URL(gateway.endpoint).port);

/** A connection to the gateway that delays what the client sends after its first packet, until it is released. */
async function heldWay(): Promise<{ port: number; held: Promise<void>; letGo: () => void; end: () => void }> {
  let letGo = (): void => undefined;
  let reached = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const held = new Promise<void>((resolve) => (reached = resolve));
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const onward = connect(portOf(), '127.0.0.1');
    sockets.push(socket, onward);
    onward.on('error', () => undefined).on('close', () => socket.destroy());
    socket.on('error', () => undefined).on('close', () => onward.destroy());
    onward.pipe(socket);
    let packets = 0;
    socket.on('data', (bytes: Buffer) => {
      if (packets++ === 0) onward.write(bytes);
      else {
        reached();
        void gate.then(() => onward.write(bytes));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, held, letGo, end };
}

describe('a list that names the card arrives', () => {
  let ways: Awaited<ReturnType<typeof heldWay>>[];
  let held: Promise<string>[];
  let silent: TLSSocket[];
  let speaking: TLSSocket;
  let answers = '';

  beforeAll(async () => {
    ways = await Promise.all(VERSIONS.map(heldWay));
    held = ways.map(({ port }, index) => open(port, VERSIONS[index] ?? 'TLSv1.3').then(ask, () => 'closed'));
    silent = await Promise.all(VERSIONS.map((version) => open(portOf(), version)));
    speaking = await open(portOf(), 'TLSv1.3');
    speaking.on('data', (bytes: Buffer) => (answers += bytes.toString()));
    speaking.write(posted(question).slice(0, -20)); // the headers have arrived
    await Promise.all(ways.map((way) => way.held));
    await replaceList(DAY_MS, card.cert);
  });
  afterAll(async () => {
    for (const way of ways) way.end();
    await replaceList(DAY_MS);
  });

  test('a handshake that started before ends without a connection', async () => {
    for (const way of ways) way.letGo();
    expect(await Promise.all(held)).toEqual(['closed', 'closed']);
  });

  test('a silent connection is closed', async () => {
    expect(await Promise.all(silent.map(ask))).toEqual(['closed', 'closed']);
  });

  test('a message in progress is answered, and the connection is then closed', async () => {
    const closed = new Promise((resolve) => speaking.once('close', resolve));
    const whole = posted(question);
    speaking.write(whole.slice(-20) + whole);
    await closed;
    expect(answers.match(/<(?:\w+:)?esito>0000/g)).toHaveLength(1);
    expect(answers).toContain('Connection: close');
  });

  test('new callers are refused', async () => {
    const refusals = VERSIONS.map(async (version) => ask(await open(portOf(), version)));
    expect(await Promise.all(refusals)).toEqual(['CERTIFICATO_REVOCATO', 'CERTIFICATO_REVOCATO']);
  });
});

test('a clock that jumps past the end of a list is noticed at the next message', async () => {
  const socket = await open(portOf(), 'TLSv1.3');
  expect(await ask(socket)).toBe('0000');
  gateway.setNow(new Date(Date.now() + 2 * DAY_MS));
  expect(await ask(socket)).toBe('REVOCA_NON_VERIFICABILE');
  gateway.setNow(new Date());
});

test('an expiring list ends connections and sessions', async () => {
  await replaceList(8_000); // time for six connections on a slow machine
  const before = await Promise.all(
    VERSIONS.map(async (version) => {
      const kept = await open(portOf(), version);
      kept.on('error', () => undefined);
      const answer = await ask(kept);
      const resumed = await open(portOf(), version, await sessionOf(kept));
      const answers = { answer, reused: resumed.isSessionReused(), resumed: await ask(resumed) };
      const further = await open(portOf(), version); // a session of TLS 1.3 is resumed once
      return { version, kept, session: await sessionOf(further), answers };
    }),
  );
  for (const { answers } of before) expect(answers).toEqual({ answer: '0000', reused: true, resumed: '0000' });
  const ranOut = timesLogged(RAN_OUT);
  await eventually(RAN_OUT, () => timesLogged(RAN_OUT) > ranOut);
  for (const { version, kept, session } of before) {
    expect(await ask(kept)).toBe('closed');
    const again = await open(portOf(), version, session);
    const answers = { reused: again.isSessionReused(), answer: await ask(again) };
    expect(answers).toEqual({ reused: false, answer: 'REVOCA_NON_VERIFICABILE' });
  }
});

test('feeding systems: the same, also for their own list', async () => {
  const place = await metadataPlace();
  try {
    expect(textOf(await place.ask(), 'esito')).toBe('0000');
    place.gateway.setNow(new Date(Date.now() + 8 * DAY_MS)); // its list expires after seven days
    expect(textOf(await place.ask(), 'codice')).toBe('REVOCA_NON_VERIFICABILE');
  } finally {
    await place.close();
  }
});
