/**
 * What is known of an open connection beyond its socket: whom it is counted for, and which of its requests are not
 * answered yet. Bounds those: Node's parser makes a request and a response of everything that one read brought before
 * it looks up, five megabytes of objects for 64 kB of the smallest requests.
 */
import { IncomingMessage } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/** Requests of one connection that wait for their answers: clients wait for each, one that sends hundreds is no client. */
export const MAX_UNANSWERED = 8;

const UNREAD_MS = 2_000;

export class Connection {
  /** Answers that have not left yet. */
  readonly open = new Set<ServerResponse>();
  /** Something was answered on it. */
  answered = false;
  /** When a request last came or an answer left; bytes in between are no sign of life. */
  since = performance.now();
  /** Told of each request that comes, and of each answer that leaves. */
  onChange: ((change: 1 | -1) => void) | undefined;
  /** Told when the caller made much work for nothing. */
  onMisuse: (() => void) | undefined;

  constructor(
    public socket: Socket,
    readonly network: string,
  ) {}

  /** It is the caller's turn: to ask, to go on with his request, or to read his answer. */
  get waitsForCaller(): boolean {
    for (const response of this.open) {
      if (response.req.complete && !response.writableEnded && !heldBack.has(response)) return false;
    }
    return true;
  }
}

const known = new WeakMap<Socket, Connection>();
const heldBack = new WeakSet<ServerResponse>();

/** An answer that is settled and leaves later, so that its caller does not ask again at once: nobody's place is kept for it. */
export function holdBack(response: ServerResponse): void {
  heldBack.add(response);
}

/** The connection of a socket, made when nobody has said whose it is. */
export function connectionOf(socket: Socket): Connection {
  let connection = known.get(socket);
  if (connection === undefined) {
    connection = new Connection(socket, '');
    known.set(socket, connection);
  }
  return connection;
}

/** From now on the socket, with TLS or the one below it, stands for this connection. */
export function remember(socket: Socket, connection: Connection): void {
  known.set(socket, connection);
  connection.socket = socket;
}

const REFUSED = Symbol('refused');

/** To be called as Node makes a request's object, before its response's. */
export function onRequestMade(request: IncomingMessage, socket: Socket): void {
  if (connectionOf(socket).open.size >= MAX_UNANSWERED) Reflect.set(request, REFUSED, true);
}

/** To be called as Node makes a response's object. */
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
 * An answer before the end of its request is read by who is honest; the rest of the request is not wanted for long. Of
 * chunks not at all: one turn of the event loop may read two megabytes of a connection, which is seconds of tiny ones.
 */
function endUnread(request: IncomingMessage): void {
  if (request.headers['transfer-encoding'] !== undefined) request.socket.pause();
  setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, UNREAD_MS).unref();
}

/** A caller made much work for nothing: nothing more is read of him, his network's next connections wait longer. */
export function reportMisuse(socket: Socket): void {
  connectionOf(socket).onMisuse?.();
  socket.pause();
}

const TINY_BYTES = 64;
/** Twice what a reader of bodies tells its caller about: this is for requests that nobody reads, such as to no page. */
const MAX_TINY = 20_000;
const TINY = Symbol('tiny pieces');

/**
 * Ends connections that send a body in tens of thousands of tiny pieces, whoever reads it: each is work of its own.
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

/** IPv4 address, or IPv6 /48, that a connection is counted for; empty where nobody counts. */
export function networkOfCaller(socket: Socket): string {
  return connectionOf(socket).network;
}

/**
 * Stops the parser at the request that is one too many, by the one way out that it has: a request for another protocol
 * ends its work on the spot, and the server's listener for such ends the connection. Upgrades that callers ask for are
 * ignored, as ever; CONNECT ends the connection. To destroy the socket is not enough: the parser would go on.
 * @param prototype of the requests of one server
 */
export function stopAtTooMany(prototype: object): void {
  Object.defineProperty(prototype, 'upgrade', {
    get(this: IncomingMessage) {
      return this.method === 'CONNECT' || REFUSED in this;
    },
    set() {
      // Node says what the parser found; it is not followed.
    },
  });
}
