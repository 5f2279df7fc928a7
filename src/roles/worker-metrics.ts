/** The worker's metrics [S-4]: counts by region and by kind of job, without personal data. */
import { SENDING_OUTCOMES } from '../opposition/sending/index.js';
import type { RegionFigures, Sender } from '../opposition/sending/index.js';
import type { WindowState } from '../opposition/index.js';
import type { JobKind, KindFigures } from '../platform/jobs/index.js';
import { Counter, Gauge } from '../platform/metrics.js';
import type { Registry } from '../platform/metrics.js';
import { shared } from './patience.js';

/** Half of the ten seconds that Prometheus waits by default. */
const PATIENCE_MS = 5_000;

/** Figures from the database have no samples while it is unavailable or hangs; the worker's own figures always have. */
export function addNotificationMetrics(registry: Registry, sender: Pick<Sender, 'figures' | 'depths'>): void {
  new Counter({
    ...of(registry, 'passerella_notifications_total', 'Exchanges with regions since the start, by outcome.'),
    labelNames: ['region', 'outcome'],
    collect() {
      this.reset();
      for (const { region, counts } of sender.figures()) {
        for (const outcome of SENDING_OUTCOMES) this.inc({ region, outcome }, counts[outcome]);
      }
    },
  });
  const regionGauge = (name: string, help: string, isOn: (figures: RegionFigures) => boolean): void => {
    new Gauge({
      ...of(registry, name, help),
      labelNames: ['region'],
      collect() {
        this.reset();
        for (const figures of sender.figures()) this.set({ region: figures.region }, isOn(figures) ? 1 : 0);
      },
    });
  };
  regionGauge(
    'passerella_region_breaker_open',
    '1 while sending to an unreachable region is suspended.',
    ({ phase }) => phase !== 'closed',
  );
  regionGauge(
    'passerella_region_slowed',
    '1 while sending to a region that answers only faults is slowed down.',
    ({ isSlowed }) => isSlowed,
  );
  regionGauge(
    'passerella_region_paused',
    '1 until an operator resumes sending to the region.',
    ({ isPaused }) => isPaused,
  );
  const depths = shared(PATIENCE_MS, () => sender.depths());
  new Gauge({
    ...of(registry, 'passerella_notifications_pending', 'Notifications not sent, by state.'),
    labelNames: ['region', 'state'],
    async collect() {
      const rows = await depths();
      this.reset();
      for (const { region, state, count } of rows ?? []) this.set({ region, state }, count);
    },
  });
}

/** [O-9] */
export function addBulkMetrics(
  registry: Registry,
  list: () => Promise<readonly { readonly state: WindowState }[]>,
): void {
  const read = shared(PATIENCE_MS, list);
  new Gauge({
    ...of(
      registry,
      'passerella_opposition_bulks',
      'Windows that are over and not planned, by state: an overdue one is an alarm.',
    ),
    labelNames: ['state'],
    async collect() {
      const windows = await read();
      this.reset();
      if (windows === undefined) return;
      for (const state of ['due', 'overdue', 'held'] as const) {
        this.set({ state }, windows.filter((window) => window.state === state).length);
      }
    },
  });
}

/** @param kinds the kinds that this worker runs; those that never ran have samples too, for alarms */
export function addJobMetrics(
  registry: Registry,
  kinds: readonly JobKind[],
  read: () => Promise<readonly KindFigures[]>,
): void {
  const figures = shared(PATIENCE_MS, read);
  new Gauge({
    ...of(registry, 'passerella_jobs', 'Jobs by kind: due and not begun, running, given up.'),
    labelNames: ['kind', 'state'],
    async collect() {
      const rows = withAllKinds(kinds, await figures());
      this.reset();
      for (const { kind, due, running, exhausted } of rows) {
        for (const [state, count] of Object.entries({ due, running, exhausted })) this.set({ kind, state }, count);
      }
    },
  });
  new Gauge({
    ...of(
      registry,
      'passerella_job_last_success_timestamp_seconds',
      'When a job of the kind last succeeded; 0: no success is known.',
    ),
    labelNames: ['kind'],
    async collect() {
      const rows = withAllKinds(kinds, await figures());
      this.reset();
      for (const { kind, lastSuccessAt } of rows) this.set({ kind }, (lastSuccessAt?.getTime() ?? 0) / 1000);
    },
  });
}

function withAllKinds(kinds: readonly JobKind[], figures: readonly KindFigures[] | undefined): KindFigures[] {
  if (figures === undefined) return [];
  const known = new Map(figures.map((row) => [row.kind, row]));
  for (const { name: kind } of kinds) {
    if (!known.has(kind)) {
      known.set(kind, { kind, due: 0, running: 0, exhausted: 0, lastSuccessAt: null, lastDueAt: null });
    }
  }
  return [...known.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

const of = (registry: Registry, name: string, help: string) => ({ name, help, registers: [registry] });
