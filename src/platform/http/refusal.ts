/**
 * Refuses invalid HTTP before any handler sees it: a short answer with Connection: close that quotes nothing of the
 * request. Owns the status of each of the parser's verdicts.
 */
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { connectionOf } from './connection.js';

/** A request with this many header fields is refused; the parser would leave out further ones. */
const MAX_HEADERS = 100;

/** By Node's error code; every other error of the parser is a 400. */
const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const COUNTS_BYTES = 'Content-Length deve contare i byte del corpo, non i caratteri.';

const SAID: Readonly<Record<number, string>> = {
  400: 'La richiesta non è in HTTP/1.1 valido.',
  408: `La richiesta non è arrivata per intero in tempo. ${COUNTS_BYTES}`,
  413: 'Le estensioni dei chunk sono troppo lunghe.',
  431: 'Le intestazioni della richiesta sono troppe o troppo lunghe.',
};

/** Runs when no route answered, or one failed; Express's own handler would read the body to its end first. */
type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

const unhandled =
  (response: ServerResponse) =>
  (error?: unknown): void => {
    if (error !== undefined)
      process.emitWarning(String(error instanceof Error ? (error.stack ?? error) : 'a page failed'));
    if (response.headersSent) response.destroy();
    else response.writeHead(error === undefined ? 404 : 500, { Connection: 'close' }).end();
  };

const CUT_SHORT = `Il messaggio è incompleto: la connessione è finita prima dei byte annunciati. ${COUNTS_BYTES}`;

export function refuseBrokenHttp<Server extends HttpServer | HttpsServer>(server: Server): Server {
  server.maxHeadersCount = MAX_HEADERS;
  const handlers = server.listeners('request') as Handler[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const refused = flawOf(request.rawHeaders);
    if (refused === undefined)
      for (const handle of handlers) handle.call(server, request, response, unhandled(response));
    else {
      const [status, text] = refused;
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' }).end(text);
    }
  });
  // A message beyond its connection's limit ends here, as a request for another protocol (connection.ts).
  server.on('upgrade', (_request: IncomingMessage, socket: Socket) => socket.destroy());
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const code = error.code ?? '';
    const isOfHttp = code.startsWith('HPE_') || code.startsWith('ERR_HTTP_');
    // Send the answer to a complete request first: what it asked for may have been done.
    const underWay = [...connectionOf(socket).open].filter(({ req }) => req.complete).at(-1);
    if (isOfHttp && underWay !== undefined) {
      socket.pause();
      underWay.shouldKeepAlive = false;
      underWay.once('close', () => socket.destroy());
      return;
    }
    // After an answer that has begun, another one would be read as its content. Without TLS nothing can be sent.
    if (!isOfHttp || !socket.writable || [...connectionOf(socket).open].some(({ headersSent }) => headersSent)) {
      socket.destroy();
      return;
    }
    const status = STATUS_OF[code] ?? 400;
    const text = code === 'HPE_INVALID_EOF_STATE' ? CUT_SHORT : (SAID[status] ?? '');
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      () => socket.destroy(),
    );
  });
  return server;
}

/**
 * Two Host fields contradict each other about the addressee (RFC 9112, 3.2); Node would take the first.
 */
function flawOf(rawHeaders: readonly string[]): readonly [status: number, text: string] | undefined {
  if (rawHeaders.length >= 2 * MAX_HEADERS) return [431, SAID[431] ?? ''];
  let hosts = 0;
  let coding = 'chunked';
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++;
    if (name?.length === 17 && name.toLowerCase() === 'transfer-encoding') coding = rawHeaders[index + 1] ?? '';
  }
  // RFC 9112, 6.1: an unknown coding is refused, not ignored; with 400, as a broken field was before.
  if (coding.trim().toLowerCase() !== 'chunked') {
    return [400, 'Transfer-Encoding ammette solo «chunked»: inviare il messaggio senza compressione.'];
  }
  return hosts > 1 ? [400, 'La richiesta ha più di un’intestazione Host.'] : undefined;
}
