/** A listening server that is hard to exhaust and ends gracefully. Knows connections and time, not what is served. */
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { networkOf, plainAddress } from '../address.js';
import { watchConnections } from './renewal.js';
import type { Renewal } from './renewal.js';

export interface ListenerLimits {
  /** For the request line and headers, ms: a slow sender is dropped. */
  readonly headersTimeoutMs: number;
  /** For the whole request, ms. */
  readonly requestTimeoutMs: number;
  /** An idle kept-alive connection is closed after so many ms; above the idle time of the usual load balancers (60 s). */
  readonly keepAliveTimeoutMs: number;
  /** A connection on which nothing moves is cut after so many ms: a caller who never reads his answer holds its memory. */
  readonly stalledTimeoutMs: number;
  readonly maxConnections: number;
  /** From one IPv4 address or IPv6 /64. */
  readonly maxConnectionsPerAddress: number;
}

export const defaultListenerLimits: ListenerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  stalledTimeoutMs: 120_000,
  maxConnections: 4_096,
  maxConnectionsPerAddress: 256,
};

export interface Listener extends Pick<Renewal, 'isCurrent'> {
  readonly port: number;
  /** Every connection that has begun ends soon: for changes of trust that must reach everyone. */
  renewConnections(): void;
  /** Stops accepting, lets what is in work finish for at most `graceMs`, then cuts. */
  close(graceMs: number): Promise<void>;
}

/** @throws Error with code EADDRINUSE, EACCES… when it cannot listen */
export async function listen(
  server: HttpServer | HttpsServer,
  address: { host: string; port: number },
  limits: ListenerLimits,
): Promise<Listener> {
  server.headersTimeout = limits.headersTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs;
  server.timeout = limits.stalledTimeoutMs;
  server.maxConnections = limits.maxConnections;
  boundPerAddress(server, limits.maxConnectionsPerAddress);
  const renewal = watchConnections(server);
  let closing = false;
  server.prependListener('request', (_request: unknown, response: { shouldKeepAlive: boolean }) => {
    if (closing) response.shouldKeepAlive = false;
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  return {
    port: bound.port,
    isCurrent: renewal.isCurrent,
    renewConnections: renewal.renew,
    close(graceMs) {
      closing = true;
      return new Promise((resolve) => {
        const cut = setTimeout(() => {
          server.closeAllConnections();
        }, graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}

function boundPerAddress(server: HttpServer | HttpsServer, limit: number): void {
  const open = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const address = networkOf(plainAddress(socket.remoteAddress) ?? '');
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
    if (count > limit) socket.destroy();
  });
}
