/**
 * Which connections began before a change of trust, and their end. What a connection is judged by is settled when it
 * begins, before its handshake: one that is held back and ends after the change was judged by what was before. Knows
 * nothing of certificates.
 */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';

export interface Renewal {
  /** Connections that have begun end: idle and half-made ones now, busy ones with the answers that they wait for. */
  readonly renew: () => void;
  /** Whether nothing was renewed between the beginning of a message's connection and the message. */
  readonly isCurrent: (request: IncomingMessage) => boolean;
}

interface Connection {
  readonly epoch: number;
  readonly answering: Set<ServerResponse>;
}

/** Watches a server's connections; before it listens. */
export function watchConnections(server: HttpServer | HttpsServer): Renewal {
  let epoch = 0;
  const open = new Map<Socket, Connection>();
  const late = new WeakSet<IncomingMessage>();

  const enter = (socket: Socket): void => {
    open.set(socket, { epoch, answering: new Set() });
    socket.once('close', () => open.delete(socket));
  };
  if (server instanceof HttpsServer) watchHandshakes(server, () => epoch, enter);
  else server.on('connection', enter);

  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = open.get(request.socket);
    if (connection?.epoch !== epoch) {
      late.add(request);
      response.shouldKeepAlive = false;
      return;
    }
    connection.answering.add(response);
    response.once('close', () => connection.answering.delete(response));
  });
  return {
    isCurrent: (request) => !late.has(request),
    renew() {
      epoch++;
      for (const [socket, { answering }] of open) {
        if (answering.size === 0) socket.destroy();
        for (const response of answering) {
          response.shouldKeepAlive = false;
          // It has told the caller that he may go on: it is closed behind the answer all the same.
          if (response.headersSent) {
            response.once('finish', () => {
              socket.destroySoon();
            });
          }
        }
      }
    },
  };
}

/**
 * Node gives the connection at its beginning and the TLS socket at its end, without a word of which belongs to which:
 * the addresses of both ends tell.
 */
function watchHandshakes(server: HttpsServer, epoch: () => number, enter: (socket: Socket) => void): void {
  const underway = new Map<string, { readonly epoch: number }>();
  server.on('connection', (socket: Socket) => {
    const [ends, begun] = [endsOf(socket), { epoch: epoch() }];
    underway.set(ends, begun);
    socket.once('close', () => {
      if (underway.get(ends) === begun) underway.delete(ends);
    });
  });
  server.on('secureConnection', (socket: Socket) => {
    if (underway.get(endsOf(socket))?.epoch === epoch()) enter(socket);
    else socket.destroy();
  });
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return [remoteAddress, remotePort, localAddress, localPort].join(' ');
}
