/** The gateway's figures [S-4]: messages, connections, and the expiry of certificates and revocation lists. */
import type { Call } from '../auth/index.js';
import type { Listener } from '../platform/http/index.js';
import { Counter, Histogram, readGauge } from '../platform/metrics.js';
import type { Registry } from '../platform/metrics.js';
import type { Answered, SoapListener } from '../platform/soap/index.js';
import { expiryGauge } from './listener-trust.js';
import type { ListenerTrust } from './listener-trust.js';

const DURATION_HELP = 'Seconds from the headers of a message to its answer.';
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** For an unreadable message, or one without a signed-in caller. */
const NONE = 'none';
/** The caller disconnected before the answer. */
const ABORTED = 'aborted';

/**
 * Counts every finished message. The outcome is the answer's `esito`, or the code of the fault: like the operation, a
 * word of the contract.
 */
export function messageMetrics(registry: Registry): (message: Answered<Call>) => void {
  const registers = [registry];
  const total = new Counter({
    ...{ name: 'passerella_messages_total', help: 'Messages by operation, outcome and method of sign-in.', registers },
    labelNames: ['operation', 'outcome', 'method'],
  });
  const duration = new Histogram({
    ...{ name: 'passerella_message_duration_seconds', help: DURATION_HELP, registers },
    labelNames: ['operation'],
    buckets: DURATIONS,
  });
  return ({ operation = NONE, call, result, codice, seconds }) => {
    const outcome = codice ?? esitoOf(result) ?? ABORTED;
    total.inc({ operation, outcome, method: call?.caller.method ?? NONE });
    duration.observe({ operation }, seconds);
  };
}

function esitoOf(result: unknown): string | undefined {
  const isAnswer = typeof result === 'object' && result !== null && 'esito' in result;
  return isAnswer && typeof result.esito === 'string' ? result.esito : undefined;
}

/** @param services that share the listener */
export function addListenerMetrics(
  registry: Registry,
  listener: Listener,
  services: readonly Pick<SoapListener, 'inWork'>[],
  trust: ListenerTrust,
): void {
  readGauge(registry, 'passerella_messages_in_work', 'Messages that are whole and not answered yet.', () =>
    services.reduce((sum, service) => sum + service.inWork(), 0),
  );
  readGauge(registry, 'passerella_connections', 'Open connections of the SOAP listener.', () => listener.crowd().open);
  new Counter({
    ...{ name: 'passerella_connections_cut_total', registers: [registry], labelNames: ['reason'] },
    help: 'Connections that were cut: refused when they came, or displaced by another.',
    collect() {
      const { refused, displaced } = listener.crowd();
      this.reset();
      this.inc({ reason: 'refused' }, refused);
      this.inc({ reason: 'displaced' }, displaced);
    },
  });
  expiryGauge(registry, trust.expiries);
}
