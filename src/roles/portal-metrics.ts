/** The portal's figures [S-4]: visits, connections, and the expiry of certificates and revocation lists. */
import type { Listener } from '../platform/http/index.js';
import { Counter, Histogram, readGauge } from '../platform/metrics.js';
import type { Registry } from '../platform/metrics.js';
import type { Answered } from '../portal/index.js';

/** Pages by path and status. */
export function pageMetrics(registry: Registry): (visit: Answered) => void {
  const registers = [registry];
  const total = new Counter({
    ...{ name: 'passerella_pages_total', help: 'Visits of the portal by page and HTTP status.', registers },
    labelNames: ['page', 'status'],
  });
  const duration = new Histogram({
    ...{ name: 'passerella_page_duration_seconds', help: 'Seconds from a request to its page.', registers },
    labelNames: ['page'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  });
  return ({ path: page = 'none', status, seconds }) => {
    total.inc({ page, status });
    duration.observe({ page }, seconds);
  };
}

/** @param listeners of the portal, the card host's too */
export function portalGauges(registry: Registry, inWork: () => number, listeners: readonly Listener[]): void {
  readGauge(registry, 'passerella_visits_in_work', 'Visits of the portal that are not answered yet.', inWork);
  readGauge(registry, 'passerella_connections', 'Open connections of the portal.', () =>
    listeners.reduce((sum, listener) => sum + listener.crowd().open, 0),
  );
}
