/** Attacks that hold resources: slow senders, incomplete handshakes, and more connections than one address may have. */
import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { attack, dropped, either, served, status } from './attack.js';
import type { Attack, Family } from './attack.js';
import { goodMessage } from './messages.js';
import type { Seen, Target } from './target.js';

const PATH = '/ws/TestSierologici';
const head = `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n`;
/** The limits are 10 s and 30 s; Node checks every second, a slow machine a little later. */
const HEADER_MS = 14_000;
const BODY_MS = 36_000;

/** Takes up to 36 s each: the suite runs them in parallel to all others. */
export const slowFamily: Family = {
  name: 'slow senders',
  attacks: () => [
    slow('nothing after the handshake', '', HEADER_MS, 0),
    slow('headers a byte at a time', `POST ${PATH} HTTP/1.1\r\nHost: x\r\nX-A: `, HEADER_MS, 500),
    slow('body a byte at a time', `${head}Content-Length: 5000\r\n\r\n`, BODY_MS, 500),
    slow('body that never comes', `${head}Content-Length: 5000\r\n\r\n`, BODY_MS, 0),
    slow('chunks a byte at a time', `${head}Transfer-Encoding: chunked\r\n\r\n`, BODY_MS, 500, '1\r\na\r\n'),
    attack('TCP without handshake', dropped, (target) =>
      ended(connectPlain(Number(target.url.port), target.url.hostname), HEADER_MS),
    ),
    attack('handshake that stops in the middle', dropped, (target) => {
      const socket = connectPlain(Number(target.url.port), target.url.hostname);
      socket.write(Buffer.from('160301020001', 'hex'));
      return ended(socket, HEADER_MS);
    }),
  ],
};

export const crowdFamily: Family = {
  name: 'crowds',
  attacks: (target) =>
    target.isLocal
      ? [
          attack('300 connections from one address, served at another', served(), (at) =>
            amid(at, 300, (socket) => socket, 'the crowd is larger than an address may be'),
          ),
          attack('250 half handshakes, served at another', served(), (at) =>
            amid(at, 250, (socket) => socket.write(Buffer.from('160301', 'hex'))),
          ),
          attack('answers that nobody reads, served at the same', served(), unread),
          attack('250 unfinished bodies, served at the same', served(), unfinished),
        ]
      : [],
};

function slow(title: string, start: string, withinMs: number, everyMs: number, piece = 'a'): Attack {
  return attack(title, either(status(408), dropped), (target) => {
    const socket = target.open();
    socket.once('secureConnect', () => socket.write(start));
    const drip = everyMs === 0 ? undefined : setInterval(() => socket.write(piece), everyMs);
    socket.once('close', () => {
      clearInterval(drip);
    });
    return ended(socket, withinMs);
  });
}

/** Everything answered until the other side closed; not closed if it did not in time. */
function ended(socket: Socket, withinMs: number): Promise<Seen> {
  return new Promise((resolve) => {
    let text = '';
    const seen = (closed: boolean): Seen => ({
      status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0),
      text,
      closed,
    });
    const patience = setTimeout(() => {
      resolve({ ...seen(false), status: 0 });
      socket.destroy();
    }, withinMs);
    socket
      .on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      .on('error', () => undefined)
      .on('close', () => {
        clearTimeout(patience);
        resolve(seen(true));
      });
  });
}

/**
 * A valid request from one address while another holds a number of connections; checks that some of these were refused.
 */
async function amid(target: Target, count: number, each: (socket: Socket) => unknown, demand?: string): Promise<Seen> {
  let refused = 0;
  const sockets = await Promise.all(
    Array.from({ length: count }, () => {
      const socket = connectPlain({
        host: target.url.hostname,
        port: Number(target.url.port),
        localAddress: '127.0.3.1',
      });
      socket.on('error', () => undefined).on('close', () => refused++);
      return new Promise<Socket>((resolve) => {
        socket.once('connect', () => {
          each(socket);
          resolve(socket);
        });
        socket.once('error', () => {
          resolve(socket);
        });
      });
    }),
  );
  try {
    const seen = await target.post(goodMessage(target), { card: target.cardOf('secondDoctor'), from: '127.0.3.2' });
    return demand !== undefined && refused === 0 ? { status: 0, text: demand, closed: false } : seen;
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/**
 * Callers who send requests and never read the answers: what waits for them is limited, or the suite's memory check
 * fails.
 */
async function unread(target: Target): Promise<Seen> {
  const asking = `GET ${PATH}?singleWsdl HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(500);
  const sockets = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const socket = target.open({ localAddress: '127.0.3.5' });
      socket.on('error', () => undefined).pause();
      await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
      socket.write(asking);
      return socket;
    }),
  );
  try {
    return await target.post(goodMessage(target), { card: target.cardOf('secondDoctor'), from: '127.0.3.5' });
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

/** Slow senders must not take the places of messages in work, whose number equals the connections of an address. */
async function unfinished(target: Target): Promise<Seen> {
  const sockets = await Promise.all(
    Array.from({ length: 250 }, async (_, index) => {
      // Two addresses: together more than the maximum of messages in work.
      const socket = target.open({ localAddress: index % 2 === 0 ? '127.0.3.3' : '127.0.3.4' });
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
      socket.write(`${head}Content-Length: 100000\r\n\r\n${'x'.repeat(1_000)}`);
      return socket;
    }),
  );
  try {
    return await target.post(goodMessage(target), { card: target.cardOf('secondDoctor') });
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
