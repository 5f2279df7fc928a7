/** A listening server that is hard to exhaust and stops gracefully. Does not know what is served. */
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { boundCrowd } from './crowd.js';
import type { CrowdFigures } from './crowd.js';
import { watchConnections } from './renewal.js';
import type { Renewal } from './renewal.js';

export interface ListenerLimits {
  /** Time limit of the request line and headers, ms: a slower sender is disconnected. */
  readonly headersTimeoutMs: number;
  /** Time limit of the whole request, ms. */
  readonly requestTimeoutMs: number;
  /**
   * An idle kept-alive connection is closed after so many ms; longer than the idle time of the usual load balancers (60
   * s).
   */
  readonly keepAliveTimeoutMs: number;
  /**
   * Closes a connection without traffic for so many ms: an unread answer takes memory.
   */
  readonly stalledTimeoutMs: number;
  /** A further connection displaces another (crowd.ts). A quarter may be new, that is, without any answer yet. */
  readonly maxConnections: number;
  /** From one IPv4 address or IPv6 /48; one more is closed. */
  readonly maxConnectionsPerAddress: number;
  /**
   * Connections of one such address that begin per second, after an initial burst up to its maximum; further ones wait.
   */
  readonly handshakesPerSecondPerAddress: number;
  /** Addresses that represent many callers: the limits per address do not apply to them. */
  readonly trustedProxies: readonly string[];
}

export const defaultListenerLimits: ListenerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  stalledTimeoutMs: 120_000,
  maxConnections: 4_096,
  maxConnectionsPerAddress: 256,
  handshakesPerSecondPerAddress: 50,
  trustedProxies: [],
};

export interface Listener extends Pick<Renewal, 'isCurrent'> {
  readonly port: number;
  /** Ends every open connection soon: a change of trust must reach all callers. */
  renewConnections(): void;
  /** How many connections are open, and how many were closed. */
  crowd(): CrowdFigures;
  /** Stops accepting, waits at most `graceMs` for requests in work, then closes the rest. */
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
  const renewal = watchConnections(server);
  let closing = false;
  server.prependListener('request', (_request: unknown, response: { shouldKeepAlive: boolean }) => {
    if (closing) response.shouldKeepAlive = false;
  });
  const crowd = boundCrowd(server, limits);
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
    crowd: () => crowd.figures(),
    close(graceMs) {
      closing = true;
      return new Promise((resolve) => {
        const cut = setTimeout(() => {
          server.closeAllConnections();
          crowd.cutBare();
        }, graceMs);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
        crowd.cutBare();
      });
    },
  };
}
