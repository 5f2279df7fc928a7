/**
 * Which connections began before a change of trust, and their end. What a connection is judged by is settled when it
 * begins, before its handshake: one that is held back and ends after the change was judged by what was before. Knows
 * nothing of certificates.
 */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { BySocket } from './socket-below.js';

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
  if (server instanceof HttpsServer) {
    const begun = new BySocket<{ readonly epoch: number }>();
    server.on('connection', (socket: Socket) => {
      begun.set(socket, { epoch });
    });
    server.on('secureConnection', (socket: Socket) => {
      if (begun.get(socket)?.epoch === epoch) enter(socket);
      else socket.destroy();
    });
  } else server.on('connection', enter);

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
          // The answer said keep-alive; the connection is closed behind it all the same.
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
