/** What a listener withstands: too many connections, requests and handshakes, from one address and from many. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  bareExpress,
  createHttpServer,
  createHttpsServer,
  defaultListenerLimits,
  holdBack,
  listen,
} from '../../src/platform/http/index.js';
import type { Listener, ListenerLimits } from '../../src/platform/http/index.js';
import { createHandshakeTurns } from '../../src/platform/http/handshake-turns.js';
import { testPki } from '../support/people.js';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

let served = 0;

/** @param addressOf the address of the next caller, if the loopback interface has none such; absent: the real one */
async function started(limits: Partial<ListenerLimits> = {}, tls = false, addressOf?: () => string): Promise<Listener> {
  served = 0;
  const pki = await testPki();
  const pair = { cert: await readFile(pki.server.certificate), key: await readFile(pki.server.key) };
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    served++;
    if (request.url === '/later') setTimeout(() => response.end('yes'), 20);
    else if (request.url === '/back') holdBack(response);
    else if (request.url !== '/never') response.end('yes');
    else request.resume();
  };
  const server = tls ? createHttpsServer(pair, handler) : createHttpServer(handler);
  const listener = await listen(server, { host: '127.0.0.1', port: 0 }, { ...defaultListenerLimits, ...limits });
  stops.push(() => listener.close(0));
  if (addressOf !== undefined) {
    server.prependListener('connection', (socket: Socket) => {
      Object.defineProperty(socket, 'remoteAddress', { value: addressOf() });
    });
  }
  return listener;
}

async function opened(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  stops.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Everything that is answered until the connection ends. */
async function said(socket: Socket, bytes: string): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  // Not with once(), which fails on a reset: a reset is an end too.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(bytes);
  await closed;
  return text;
}

const ask = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

describe.each([false, true])('requests (TLS: %s)', (tls) => {
  const open = async (port: number) => {
    if (!tls) return opened(port);
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return socket;
  };

  test('pipelined without waiting end the connection at the ninth, before it is created', async () => {
    const { port } = await started({}, tls);
    await said(await open(port), 'GET /never HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2_000));
    expect(served).toBe(8);
    expect(await said(await open(port), ask)).toMatch(/^HTTP\/1.1 200/);
  });

  test.each([
    ['two Host fields', 'GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n', 400],
    [
      'a coding other than chunked',
      `GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two equal Host fields', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
    ['not HTTP', 'hello\r\n\r\n', 400],
    ['a hundred fields', `GET / HTTP/1.1\r\nHost: a\r\n${'x: y\r\n'.repeat(99)}\r\n`, 431],
    ['long fields', `GET / HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ])('with %s are refused', async (_title, bytes, status) => {
    const { port } = await started({}, tls);
    const text = await said(await open(port), bytes);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} [\\s\\S]*Connection: close`, 'i'));
    expect(text).not.toMatch(/yes|hello|HPE_/);
    expect(served).toBe(0);
  });

  test('that end before their announced length get an error stating it', async () => {
    const { port } = await started({}, tls);
    const socket = await open(port);
    const text = said(socket, 'POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nàb');
    socket.end();
    expect(await text).toMatch(/^HTTP\/1.1 400 [\s\S]*incompleto: .* Content-Length deve contare i byte/);
  });

  test('in tens of thousands of tiny unread pieces end the connection', async () => {
    const { port } = await started({}, tls);
    const head = 'POST /never HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
    await said(await open(port), head + '1\r\na\r\n'.repeat(30_000));
    expect(await said(await open(port), ask)).toMatch(/^HTTP\/1.1 200/);
  });

  test.each([
    ['bytes beyond the announced ones', 'POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab più'],
    ['bytes that are not HTTP', 'GET /later HTTP/1.1\r\nHost: a\r\n\r\njunk\r\n\r\n'],
  ])('followed by %s are answered first, and the connection ends', async (_title, bytes) => {
    const { port } = await started({}, tls);
    const text = await said(await open(port), bytes);
    expect(text).toMatch(/^HTTP\/1.1 200 [\s\S]*Connection: close[\s\S]*yes$/i);
    expect(text.match(/HTTP/g)).toHaveLength(1);
  });

  test('for another protocol are answered in HTTP, CONNECT is not', async () => {
    const { port } = await started({}, tls);
    const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade, close\r\n\r\n';
    expect(await said(await open(port), upgrade)).toMatch(/^HTTP\/1.1 200/);
    expect(await said(await open(port), 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('');
  });
});

test('a body that no page reads is not awaited', async () => {
  const listener = await listen(createHttpServer(bareExpress()), { host: '127.0.0.1', port: 0 }, defaultListenerLimits);
  stops.push(() => listener.close(0));
  const post = 'POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegun';
  expect(await said(await opened(listener.port), post)).toMatch(/^HTTP\/1.1 404 .*\r\nConnection: close/);
});

test('a request that does not arrive in time gets an error stating it', async () => {
  const { port } = await started({ headersTimeoutMs: 50 });
  expect(await said(await opened(port), 'GET / HT')).toMatch(/^HTTP\/1.1 408 .*\r\nConnection: close/);
});

test.each([
  ['before a request', ''],
  ['after one', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
])('blank lines %s do not hold a connection', async (_title, first) => {
  const { port } = await started({ headersTimeoutMs: 50, keepAliveTimeoutMs: 50 });
  const socket = await opened(port);
  const drip = setInterval(() => socket.write('\r\n'), 20);
  stops.push(() => {
    clearInterval(drip);
  });
  await said(socket, first);
});

test('when all places are taken, the network with most of them loses the one that waited longest', async () => {
  const { port } = await started({ maxConnections: 32 }); // of which 8 new ones
  const alone = await opened(port, '127.0.4.1');
  const crowd: Socket[] = [];
  for (let index = 0; index < 7; index++) crowd.push(await opened(port, '127.0.4.2'));
  let gone = -1;
  for (const [index, socket] of crowd.entries()) socket.once('close', () => (gone = index));
  expect(await said(await opened(port, '127.0.4.3'), ask)).toMatch(/^HTTP\/1.1 200/);
  while (gone < 0) await turn();
  expect(gone).toBe(0);
  expect(await said(alone, ask)).toMatch(/^HTTP\/1.1 200/);
});

test('those of a trusted proxy are closed last', async () => {
  const { port } = await started({ maxConnections: 32, trustedProxies: ['127.0.4.9'] }); // of which 8 new ones
  const proxied: Socket[] = [];
  for (let index = 0; index < 5; index++) proxied.push(await opened(port, '127.0.4.9'));
  for (let index = 0; index < 12; index++) await opened(port, `127.0.4.${20 + index}`);
  expect(await said(await opened(port, '127.0.4.3'), ask)).toMatch(/^HTTP\/1.1 200/);
  expect(proxied.some(({ destroyed }) => destroyed)).toBe(false);
});

test('a connection with a request in work keeps its place', async () => {
  const { port } = await started({ maxConnections: 12 }); // of which 3 new ones
  const busy = await opened(port, '127.0.4.2');
  busy.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
  while (served === 0) await turn();
  for (let index = 0; index < 20; index++) await opened(port, '127.0.4.2');
  expect(await said(await opened(port, '127.0.4.3'), ask)).toMatch(/^HTTP\/1.1 200/);
  expect(busy.destroyed).toBe(false);
});

test('one whose answer is only delayed does not', async () => {
  const { port } = await started({ maxConnections: 12 }); // of which 3 new ones
  const told = await opened(port, '127.0.4.2');
  told.write('GET /back HTTP/1.1\r\nHost: a\r\n\r\n');
  while (served === 0) await turn();
  const closed = once(told.resume(), 'close');
  for (let index = 0; index < 20; index++) await opened(port, '127.0.4.2');
  await closed;
});

test('bare TCP connections cost no TLS, and take no places of served callers', async () => {
  const { port } = await started({ maxConnections: 16 }, true);
  const old = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  await once(old, 'secureConnect');
  old.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await once(old, 'data');
  for (let index = 0; index < 60; index++) await opened(port, `127.0.4.${index + 2}`);
  expect(await said(old, ask)).toMatch(/^HTTP\/1.1 200/);
});

test.each([
  ['that has sent nothing', () => undefined],
  ['in the middle of its hello', (socket: Socket) => socket.write(Buffer.from('1603010200', 'hex'))],
  ['in the middle of its handshake', greet],
])(
  'a connection %s does not delay the end of a listener',
  async (_title, begin) => {
    const listener = await started({ headersTimeoutMs: 600_000 }, true);
    const socket = await opened(listener.port);
    begin(socket);
    await opened(listener.port); // accepted after it
    const closed = once(socket.resume(), 'close');
    await listener.close(600_000);
    await closed;
  },
  5_000,
);

/** Sends a hello, and never reads the reply. */
function greet(socket: Socket): void {
  const deaf = new Duplex({
    read: () => undefined,
    write(chunk, _encoding, done) {
      socket.write(chunk as Buffer, done);
    },
  });
  const client = connectTls({ socket: deaf, rejectUnauthorized: false });
  client.on('error', () => undefined);
  stops.push(() => client.destroy());
}

test('an address has a maximum of connections, a trusted proxy has none', async () => {
  const { port } = await started({ maxConnectionsPerAddress: 2, trustedProxies: ['127.0.4.9'] });
  const busy = await opened(port, '127.0.4.1');
  busy.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
  const silent = await opened(port, '127.0.4.1');
  while (served < 1) await turn();
  // Many callers may share the address: the silent connection is closed, one waiting for an answer stays, and then no
  // further one is accepted.
  const comes = await opened(port, '127.0.4.1');
  await once(silent, 'close');
  comes.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
  while (served < 2) await turn();
  expect(await said(await opened(port, '127.0.4.1'), ask)).toBe('');
  expect(busy.destroyed || comes.destroyed).toBe(false);
  for (let index = 0; index < 5; index++) await opened(port, '127.0.4.9');
  expect(await said(await opened(port, '127.0.4.9'), ask)).toMatch(/^HTTP\/1.1 200/);
});

test('the networks of one IPv6 /48 are one caller', async () => {
  let address = '2001:db8:7:1::1';
  const { port } = await started({ maxConnectionsPerAddress: 2 }, false, () => address);
  const begin = async () => {
    const socket = await opened(port);
    const before = served;
    socket.resume().write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    while (served === before) await turn();
    return socket;
  };
  const first = await begin();
  address = '2001:db8:7:2::1';
  const second = await begin();
  address = '2001:db8:8:1::1';
  await begin();
  expect(first.destroyed).toBe(false);
  address = '2001:db8:7:3::1';
  await begin();
  while (!first.destroyed) await turn();
  expect(second.destroyed).toBe(false);
});

describe('turns', () => {
  test('a caller with one request precedes one with a thousand', async () => {
    const turns = createHandshakeTurns(1_000, 1_000);
    const order: string[] = [];
    for (let index = 0; index < 500; index++) turns.wait('many', () => order.push('many'));
    turns.wait('one', () => order.push('one'));
    while (order.length < 100) await turn();
    expect(order.indexOf('one')).toBeGreaterThan(0);
    expect(order.indexOf('one')).toBeLessThan(10);
  });

  test('a network that has used its burst waits, others do not', async () => {
    const turns = createHandshakeTurns(0.01, 2);
    const order: string[] = [];
    for (let index = 0; index < 5; index++) turns.wait('a', () => order.push('a'));
    for (let index = 0; index < 10; index++) await turn();
    turns.wait('b', () => order.push('b'));
    for (let index = 0; index < 10; index++) await turn();
    expect(order).toEqual(['a', 'a', 'b']);
  });

  test('an abandoned place in the queue is skipped, misuse costs turns', async () => {
    const turns = createHandshakeTurns(0.01, 2);
    const order: string[] = [];
    turns.charge('a', 1);
    turns.wait('a', () => order.push('first'));
    turns.wait('a', () => order.push('second'))();
    for (let index = 0; index < 10; index++) await turn();
    expect(order).toEqual(['first']);
  });
});
