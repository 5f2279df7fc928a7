/**
 * What is known about an open connection besides its socket: the network it is counted for, and its unanswered
 * requests. Limits their number: Node's parser creates all requests and responses of one read together, five megabytes
 * of objects for 64 kB of the smallest requests.
 */
import { IncomingMessage } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** Maximum of requests of one connection that wait for their answers: real clients wait for each answer. */
const MAX_UNANSWERED = 8;

const UNREAD_MS = 2_000;

export class Connection {
  /** Answers that are not sent yet. */
  readonly open = new Set<ServerResponse>();
  /** Whether an answer was sent on it. */
  answered = false;
  /** When a request last came or an answer was last sent; bytes in between do not count. */
  since = performance.now();
  /** Called with 1 for each request that comes, and with -1 for each answer that is sent. */
  onChange: ((change: 1 | -1) => void) | undefined;
  /** Called when the caller has caused much useless work. */
  onMisuse: (() => void) | undefined;

  constructor(
    public socket: Socket,
    readonly network: string,
  ) {}

  /** Whether the server waits for the caller: to send a request, to continue one, or to read an answer. */
  get waitsForCaller(): boolean {
    for (const response of this.open) {
      if (response.req.complete && !response.writableEnded && !heldBack.has(response)) return false;
    }
    return true;
  }
}

const known = new WeakMap<Socket, Connection>();
const heldBack = new WeakSet<ServerResponse>();

/** Marks an answer that is ready but sent later, so that its caller does not retry at once: it occupies no place. */
export function holdBack(response: ServerResponse): void {
  heldBack.add(response);
}

/** The connection of a socket; a new one for an unknown socket. */
export function connectionOf(socket: Socket): Connection {
  let connection = known.get(socket);
  if (connection === undefined) {
    connection = new Connection(socket, '');
    known.set(socket, connection);
  }
  return connection;
}

/** Links a socket, with TLS or the one below it, to this connection. */
export function remember(socket: Socket, connection: Connection): void {
  known.set(socket, connection);
  connection.socket = socket;
}

const REFUSED = Symbol('refused');

/** Call this when Node creates a request's object, before the response's. */
export function onRequestMade(request: IncomingMessage, socket: Socket): void {
  if (connectionOf(socket).open.size >= MAX_UNANSWERED) Reflect.set(request, REFUSED, true);
}

/** Call this when Node creates a response's object. */
export function onResponseMade(response: ServerResponse): void {
  const connection = connectionOf(response.req.socket);
  connection.since = performance.now();
  connection.open.add(response);
  response.on('close', () => {
    connection.open.delete(response);
    connection.answered = true;
    connection.since = performance.now();
    connection.onChange?.(-1);
    if (!response.req.complete) endUnread(response.req);
  });
  connection.onChange?.(1);
}

/**
 * Drains the rest of a request that was answered before its end: honest callers read the answer, so draining stops
 * after a moment. Chunked requests are not drained: one turn of the event loop may read two megabytes, which is seconds
 * of work in tiny chunks.
 */
function endUnread(request: IncomingMessage): void {
  if (request.headers['transfer-encoding'] !== undefined) request.socket.pause();
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, UNREAD_MS).unref();
}

/** Stops reading from a caller who caused much useless work; new connections from the same network wait longer. */
export function reportMisuse(socket: Socket): void {
  connectionOf(socket).onMisuse?.();
  socket.pause();
}

const TINY_BYTES = 64;
/**
 * Twice the limit that the reader of bodies reports to its caller: for requests whose body is not read, such as for an
 * unknown page.
 */
const MAX_TINY = 20_000;
const TINY = Symbol('tiny pieces');

/**
 * Ends connections that send a body in tens of thousands of tiny pieces, whoever reads it: each piece costs work.
 * @param prototype of the requests of one server
 */
export function endAtTinyPieces(prototype: IncomingMessage): void {
  prototype.push = function (this: IncomingMessage & { [TINY]?: number }, piece: unknown, encoding?: BufferEncoding) {
    if (Buffer.isBuffer(piece) && piece.length < TINY_BYTES) {
      const count = (this[TINY] ?? 0) + 1;
      this[TINY] = count;
      if (count === MAX_TINY) {
        reportMisuse(this.socket);
        this.socket.destroy();
      }
      if (count >= MAX_TINY) return false;
    }
    return IncomingMessage.prototype.push.call(this, piece, encoding);
  };
}

/** IPv4 address, or IPv6 /48, that a connection is counted for; empty without a crowd (crowd.ts). */
export function networkOfCaller(socket: Socket): string {
  return connectionOf(socket).network;
}

/**
 * Stops the parser at the request that is one too many, in the only possible way: the parser stops at once at a request
 * to change the protocol, and the server's listener for such requests ends the connection. Upgrades that callers ask
 * for are still ignored; CONNECT ends the connection. Destroying the socket is not enough: the parser would continue.
 * @param prototype of the requests of one server
 */
export function stopAtTooMany(prototype: object): void {
  Object.defineProperty(prototype, 'upgrade', {
    get(this: IncomingMessage) {
      return this.method === 'CONNECT' || REFUSED in this;
    },
    set() {
      // Node sets what the parser found: ignore it.
    },
  });
}
