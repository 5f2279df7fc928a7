/**
 * Keeps what a listener judges its callers by current: files that are replaced, and revocation lists that run out. Both
 * end every verdict given before, on open connections and in sessions that could be resumed [S-1].
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Clock } from '../platform/clock.js';
import type { Listener } from '../platform/http/index.js';
import type { Logger } from '../platform/log.js';
import { cardTlsOptions, certificateEnds, listEnds, watchTlsFiles } from '../platform/tls/index.js';
import { readAnchors } from './settings.js';
import type { GatewaySettings } from './settings.js';

export interface ListenerTrust {
  /** Whether the verdict of the handshake that a message came after still stands. */
  readonly isCurrent: (request: IncomingMessage) => boolean;
  /** When the first certificate, or list, of each kind of file runs out. */
  expiries(): Expiries;
  stop(): void;
}

type Expiries = Readonly<Record<'server-certificate' | 'anchors' | 'revocation-lists', Date | undefined>>;

/** Longest that a timer of Node waits. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const TICKET_KEYS_BYTES = 48;

export function keepTrust(
  server: Server,
  listener: Listener,
  { tls, anchors, feeding }: GatewaySettings,
  clock: Clock,
  log: Logger,
): ListenerTrust {
  let ends = listEnds(tls);
  let expiries = expiriesOf(tls, ends);
  let end: Date | undefined;
  let timer: NodeJS.Timeout | undefined;

  const isOver = (): boolean => end !== undefined && clock.now() >= end;

  /** A list has run out: the certificates that it vouched for are judged anew, by OpenSSL, in new handshakes. */
  function renewWhenOver(): void {
    if (isOver()) {
      log.warn('a revocation list has run out: connections are renewed', { ranOutAt: end?.toISOString() });
      server.setTicketKeys(randomBytes(TICKET_KEYS_BYTES)); // no session of before can be resumed
      listener.renewConnections();
      awaitNextEnd();
    } else arm();
  }

  /** One that ran out earlier needs nothing more: OpenSSL refuses what it would have to vouch for. */
  function awaitNextEnd(): void {
    const coming = ends.map(Number).filter((ms) => ms > clock.now().getTime());
    end = coming.length === 0 ? undefined : new Date(Math.min(...coming));
    arm();
  }

  function arm(): void {
    clearTimeout(timer);
    if (end === undefined) return;
    timer = setTimeout(renewWhenOver, Math.min(end.getTime() - clock.now().getTime(), MAX_TIMER_MS)).unref();
  }

  const unwatch = watchTlsFiles(tls, () => {
    try {
      const read = readAnchors(tls);
      const options = cardTlsOptions(tls);
      const newEnds = listEnds(tls);
      const newExpiries = expiriesOf(tls, newEnds);
      server.setSecureContext(options);
      anchors.replace(read.cards);
      feeding?.anchors.replace(read.further);
      listener.renewConnections();
      ends = newEnds;
      expiries = newExpiries;
      awaitNextEnd();
      log.info('TLS files read again');
    } catch (error) {
      log.error('TLS files changed but cannot be used: the former ones stay in force', { error });
    }
  });

  awaitNextEnd();
  return {
    isCurrent(request) {
      // A timer waits in time that passes; a machine that slept, or a clock that was set, is noticed here.
      if (!isOver()) return listener.isCurrent(request);
      renewWhenOver();
      return false;
    },
    expiries: () => expiries,
    stop() {
      clearTimeout(timer);
      unwatch();
    },
  };
}

function expiriesOf(tls: GatewaySettings['tls'], lists: readonly Date[]): Expiries {
  const { server, anchors } = certificateEnds(tls);
  return { 'server-certificate': earliest(server), anchors: earliest(anchors), 'revocation-lists': earliest(lists) };
}

function earliest(dates: readonly Date[]): Date | undefined {
  return dates.length === 0 ? undefined : new Date(Math.min(...dates.map(Number)));
}
