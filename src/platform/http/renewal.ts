/**
 * Ends the connections that began before a change of trust. A connection is judged by the trust at its beginning,
 * before its handshake: one that waited for its turn and completed after the change was judged by the old trust. Knows
 * nothing of certificates.
 */
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { connectionOf } from './connection.js';
import type { Connection } from './connection.js';

export interface Renewal {
  /**
   * Ends the connections that have begun: idle ones now, those in a handshake or at work after it, or after their last
   * answer.
   */
  readonly renew: () => void;
  /** Whether nothing was renewed between the beginning of a message's connection and the message. */
  readonly isCurrent: (request: IncomingMessage) => boolean;
}

/** Watches the connections of a server that does not listen yet. */
export function watchConnections(server: HttpServer | HttpsServer): Renewal {
  let epoch = 0;
  /** The epoch in which a connection began. */
  const begun = new WeakMap<Connection, number>();
  const open = new Set<Connection>();
  const late = new WeakSet<IncomingMessage>();

  const isLate = (socket: Socket): boolean => begun.get(connectionOf(socket)) !== epoch;
  const enter = (socket: Socket): void => {
    const connection = connectionOf(socket);
    open.add(connection);
    socket.once('close', () => open.delete(connection));
  };
  server.on('connection', (socket: Socket) => {
    begun.set(connectionOf(socket), epoch);
    if (!(server instanceof HttpsServer)) enter(socket);
  });
  server.on('secureConnection', (socket: Socket) => {
    if (isLate(socket)) socket.destroy();
    else enter(socket);
  });
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!isLate(request.socket)) return;
    late.add(request);
    response.shouldKeepAlive = false;
  });
  return {
    isCurrent: (request) => !late.has(request),
    renew() {
      epoch++;
      for (const { socket, open: answers } of open) {
        if (answers.size === 0) socket.destroy();
        for (const response of answers) {
          response.shouldKeepAlive = false;
          // Headers that are sent already may say keep-alive: close the connection after the answer anyway.
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
