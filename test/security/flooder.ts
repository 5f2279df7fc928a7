/**
 * A separate process that floods one listener with one resource until SIGTERM: `flooder.js SPEC`, the spec as JSON. It
 * judges nothing; at the end it prints what it did, as JSON.
 */
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface FloodSpec {
  readonly resource: Resource;
  readonly port: number;
  readonly tls: boolean;
  /** Source addresses, and the number of concurrent connections of each. */
  readonly addresses: readonly string[];
  readonly perAddress: number;
  readonly path: string;
  /** Header lines of a request with a body, each with its end. */
  readonly fields: string;
  /** Bytes of the largest body that is read. */
  readonly largeBody: number;
  /** Paths of large answers, and of an unknown one. */
  readonly pages: readonly string[];
  /** A complete request, for messages and sign-ins. */
  readonly request: string;
  /** Requests of one connection that wait for their answers. */
  readonly pipelined: number;
  /** The user id of the sign-ins; absent: a new user id for each. The password is new in any case. */
  readonly userId?: string | undefined;
}

/** Placeholder of the Basic credentials in a sign-in request. */
export const BASIC = '{basic}';

/** What a flooder did. */
export interface Work {
  readonly connections: number;
  readonly bytes: number;
  /** For messages and sign-ins. */
  readonly requests: number;
  readonly answers: number;
}

export type Resource =
  | 'connections'
  | 'handshakes'
  | 'bytes'
  | 'pieces'
  | 'slow bodies'
  | 'records'
  | 'requests'
  | 'headers'
  | 'blank lines'
  | 'messages'
  | 'sign-ins'
  | 'sign-ins of one account';

const AGAIN_MS = 20;
const LAST_BYTES = 100;
const TRICKLE_MS = 1_000;
const spec = JSON.parse(process.argv[2] ?? '{}') as FloodSpec;

/** A hello for X25519 with a random share: no computation for the sender. */
function hello(): Buffer {
  const word = (value: number) => Buffer.of(value >> 8, value & 0xff);
  const extension = (type: number, body: Buffer) => Buffer.concat([word(type), word(body.length), body]);
  const share = Buffer.concat([word(0x1d), word(32), randomBytes(32)]);
  const extensions = Buffer.concat([
    extension(10, Buffer.concat([word(2), word(0x1d)])),
    extension(13, Buffer.from('0008080404030805' + '0806', 'hex')),
    extension(43, Buffer.from('020304', 'hex')),
    extension(51, Buffer.concat([word(share.length), share])),
  ]);
  const body = Buffer.concat([
    ...[Buffer.of(3, 3), randomBytes(32), Buffer.of(32), randomBytes(32)],
    ...[Buffer.from('0006130113021303', 'hex'), Buffer.of(1, 0), word(extensions.length), extensions],
  ]);
  const handshake = Buffer.concat([Buffer.of(1, 0), word(body.length), body]);
  return Buffer.concat([Buffer.of(22, 3, 1), word(handshake.length), handshake]);
}

const head = `POST ${spec.path} HTTP/1.1\r\nHost: a\r\n${spec.fields}`;

/** Writes endlessly, as fast as possible. */
function pour(socket: Socket, first: string, piece: string): void {
  const bytes = Buffer.from(piece);
  socket.write(first);
  const more = () => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', more);
  more();
}

const ATTACKS: Readonly<Record<Resource, (socket: Socket) => void>> = {
  connections: () => undefined,
  handshakes(socket) {
    socket.write(hello());
    socket.once('data', () => socket.destroy());
  },
  bytes(socket) {
    pour(socket.resume(), `${head}Transfer-Encoding: chunked\r\n\r\n`, `10000\r\n${'x'.repeat(65_536)}\r\n`);
  },
  pieces(socket) {
    pour(socket.resume(), `${head}Transfer-Encoding: chunked\r\n\r\n`, '1\r\na\r\n'.repeat(3_000));
  },
  // All of a large body except its last bytes, and of those one a second: it stays in memory, and the connection never
  // becomes silent.
  'slow bodies'(socket) {
    socket.resume().write(`${head}Content-Length: ${spec.largeBody}\r\n\r\n${'x'.repeat(spec.largeBody - LAST_BYTES)}`);
    const trickle = setInterval(() => socket.write('x'), TRICKLE_MS);
    socket.once('close', () => {
      clearInterval(trickle);
    });
  },
  records(socket) {
    socket.resume().write(`${head}Content-Length: ${spec.largeBody}\r\n\r\n`);
    const byte = Buffer.from('a');
    const more = () => {
      for (let index = 0; index < 2_000 && !socket.destroyed; index++) socket.write(byte);
      if (!socket.destroyed) setTimeout(more, AGAIN_MS);
    };
    more();
  },
  requests(socket) {
    socket.pause();
    const requests = spec.pages.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    pour(socket, '', requests.join('').repeat(500));
  },
  headers(socket) {
    const fields = Array.from({ length: 95 }, (_, index) => `x-${index}: ${'v'.repeat(100)}\r\n`).join('');
    socket.resume().write(`${head}${fields}Content-Length: 1000\r\n\r\n`);
  },
  'blank lines'(socket) {
    pour(socket.resume(), '', '\r\n'.repeat(8_000));
  },
  messages: ask,
  'sign-ins': ask,
  'sign-ins of one account': ask,
};

const open = new Set<Socket>();
let [connections, bytes, requests, answers] = [0, 0, 0, 0];

const fresh = (): string => randomBytes(12).toString('hex');

function ask(socket: Socket): void {
  const send = () => {
    requests++;
    const basic = Buffer.from(`${spec.userId ?? fresh()}:${fresh()}`).toString('base64');
    socket.write(spec.request.replace(BASIC, basic));
  };
  socket.on('data', (chunk: Buffer) => {
    const left = chunk.toString('latin1').split('HTTP/1.1 ').length - 1;
    answers += left;
    for (let index = 0; index < left; index++) send();
  });
  for (let index = 0; index < spec.pipelined; index++) send();
}

function work(address: string): void {
  const to = { host: '127.0.0.1', port: spec.port, localAddress: address };
  const isBare = !spec.tls || spec.resource === 'connections' || spec.resource === 'handshakes';
  const socket: Socket = isBare ? connectPlain(to) : connectTls({ ...to, rejectUnauthorized: false });
  socket.on('error', () => undefined);
  open.add(socket);
  socket.once('connect', () => connections++);
  socket.once(isBare ? 'connect' : 'secureConnect', () => {
    ATTACKS[spec.resource](socket);
  });
  socket.once('close', () => {
    open.delete(socket);
    bytes += socket.bytesWritten;
    setTimeout(work, AGAIN_MS, address);
  });
}

process.once('SIGTERM', () => {
  for (const socket of open) bytes += socket.bytesWritten;
  const work: Work = { connections, bytes, requests, answers };
  writeSync(1, JSON.stringify(work));
  process.exit(0);
});

for (const address of spec.addresses) for (let index = 0; index < spec.perAddress; index++) work(address);
