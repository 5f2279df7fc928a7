/**
 * Keeps a listener's trust current when files are replaced and when revocation lists expire. Both invalidate all
 * earlier verdicts, on open connections and in resumable sessions [S-1].
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:https';
import type { Clock } from '../platform/clock.js';
import type { Listener } from '../platform/http/index.js';
import type { Logger } from '../platform/log.js';
import { Gauge } from '../platform/metrics.js';
import type { Registry } from '../platform/metrics.js';
import {
  anchorEnds,
  cardTlsOptions,
  listEnds,
  plainTlsOptions,
  serverEnds,
  watchTlsFiles,
} from '../platform/tls/index.js';
import type { ServerTlsFiles } from '../platform/tls/index.js';
import { readAnchors } from './settings.js';
import type { GatewaySettings } from './settings.js';

export interface ListenerTrust {
  /** Whether the verdict of a message's handshake is still valid. */
  readonly isCurrent: (request: IncomingMessage) => boolean;
  /** When the first certificate, or list, of each kind of file expires. */
  readonly expiries: () => Expiries;
  stop(): void;
}

/** By the gauge's label. */
export type Expiries = Readonly<Record<string, Date | undefined>>;

/** Longest interval of a timer in Node. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const TICKET_KEYS_BYTES = 48;
const READ_AGAIN = 'TLS files read again';
const UNUSABLE = 'TLS files changed but cannot be used: the former ones stay in force';

/**
 * Keeps the certificate current of a listener that requests no client certificates: new connections get a renewed
 * certificate, open ones continue.
 */
export function keepCertificate(
  server: Server,
  files: ServerTlsFiles,
  log: Logger,
): Pick<ListenerTrust, 'expiries' | 'stop'> {
  let end = earliest(serverEnds(files));
  const stop = watchTlsFiles(files, () => {
    try {
      const options = plainTlsOptions(files);
      const newEnd = earliest(serverEnds(files));
      server.setSecureContext(options);
      end = newEnd;
      log.info(READ_AGAIN);
    } catch (error) {
      log.error(UNUSABLE, { error });
    }
  });
  return { expiries: () => ({ 'server-certificate': end }), stop };
}

/** The figure of expiries [S-4]. */
export function expiryGauge(registry: Registry, expiries: () => Expiries): void {
  new Gauge({
    ...{ name: 'passerella_trust_expiry_timestamp_seconds', registers: [registry], labelNames: ['file'] },
    help: 'When the first certificate or revocation list of a file runs out.',
    collect() {
      for (const [file, end] of Object.entries(expiries())) {
        if (end === undefined) this.remove({ file });
        else this.set({ file }, end.getTime() / 1000);
      }
    },
  });
}

export function keepTrust(
  server: Server,
  listener: Listener,
  { tls, anchors, feeding }: Pick<GatewaySettings, 'tls' | 'anchors' | 'feeding'>,
  clock: Clock,
  log: Logger,
): ListenerTrust {
  let ends = listEnds(tls);
  let expiries = expiriesOf(tls, ends);
  let end: Date | undefined;
  let timer: NodeJS.Timeout | undefined;

  const isOver = (): boolean => end !== undefined && clock.now() >= end;

  /** A list has expired: OpenSSL evaluates its certificates again, in new handshakes. */
  function renewWhenOver(): void {
    if (isOver()) {
      log.warn('a revocation list has run out: connections are renewed', { ranOutAt: end?.toISOString() });
      server.setTicketKeys(randomBytes(TICKET_KEYS_BYTES)); // earlier sessions cannot be resumed
      listener.renewConnections();
      awaitNextEnd();
    } else arm();
  }

  /** A list that expired earlier needs no action: OpenSSL rejects its certificates. */
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
      log.info(READ_AGAIN);
    } catch (error) {
      log.error(UNUSABLE, { error });
    }
  });

  awaitNextEnd();
  return {
    isCurrent(request) {
      // Timers miss a suspended machine or a changed clock; this check does not.
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
  return {
    'server-certificate': earliest(serverEnds(tls)),
    anchors: earliest(anchorEnds(tls)),
    'revocation-lists': earliest(lists),
  };
}

function earliest(dates: readonly Date[]): Date | undefined {
  return dates.length === 0 ? undefined : new Date(Math.min(...dates.map(Number)));
}
