/** The worker's figures in the text format of Prometheus [S-4]. Counts by region and by kind of job; nothing of a person. */
import { SENDING_OUTCOMES } from '../opposition/sending/index.js';
import type { OutboxStore, RegionFigures } from '../opposition/sending/index.js';
import type { WindowState } from '../opposition/index.js';
import type { JobKind, KindFigures } from '../platform/jobs/index.js';

type Depths = Awaited<ReturnType<OutboxStore['depths']>>;

/** @param depths undefined: the database is away, its gauges are left out */
export function notificationMetrics(figures: readonly RegionFigures[], depths: Depths | undefined): string {
  const lines = [
    ...family('passerella_notifications_total', 'counter', 'Exchanges with regions since the start, by outcome.'),
    ...figures.flatMap(({ region, counts }) =>
      SENDING_OUTCOMES.map((outcome) => sample('passerella_notifications_total', { region, outcome }, counts[outcome])),
    ),
    ...family('passerella_region_breaker_open', 'gauge', '1 while a region that cannot be reached is left in peace.'),
    ...figures.map(({ region, phase }) =>
      sample('passerella_region_breaker_open', { region }, phase === 'closed' ? 0 : 1),
    ),
    ...family(
      'passerella_region_slowed',
      'gauge',
      '1 while a region that answers nothing but faults is asked now and then.',
    ),
    ...figures.map(({ region, isSlowed }) => sample('passerella_region_slowed', { region }, isSlowed ? 1 : 0)),
    ...family('passerella_region_paused', 'gauge', '1 while nothing is sent to a region until it is resumed.'),
    ...figures.map(({ region, isPaused }) => sample('passerella_region_paused', { region }, isPaused ? 1 : 0)),
  ];
  if (depths !== undefined) {
    lines.push(...family('passerella_notifications_pending', 'gauge', 'Notifications not sent, by state.'));
    for (const { region, state, count } of depths) {
      lines.push(sample('passerella_notifications_pending', { region, state }, count));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** [O-9] @param windows undefined: the database is away, its gauges are left out */
export function bulkMetrics(windows: readonly { readonly state: WindowState }[] | undefined): string {
  if (windows === undefined) return '';
  const name = 'passerella_opposition_bulks';
  const lines = family(name, 'gauge', 'Windows that are over and not planned, by state: an overdue one is an alarm.');
  for (const state of ['due', 'overdue', 'held'] as const) {
    lines.push(sample(name, { state }, windows.filter((window) => window.state === state).length));
  }
  return `${lines.join('\n')}\n`;
}

/** @param kinds that this worker runs; those that never ran are told too, so that an alarm can miss them */
export function jobMetrics(kinds: readonly JobKind[], figures: readonly KindFigures[]): string {
  const known = new Map(figures.map((row) => [row.kind, row]));
  for (const { name } of kinds) {
    if (!known.has(name))
      known.set(name, { kind: name, due: 0, running: 0, exhausted: 0, lastSuccessAt: null, lastDueAt: null });
  }
  const rows = [...known.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1));
  const lines = family('passerella_jobs', 'gauge', 'Jobs by kind: due and not begun, running, given up.');
  for (const { kind, due, running, exhausted } of rows) {
    for (const [state, count] of Object.entries({ due, running, exhausted })) {
      lines.push(sample('passerella_jobs', { kind, state }, count));
    }
  }
  const success = 'passerella_job_last_success_timestamp_seconds';
  lines.push(...family(success, 'gauge', 'When a job of the kind last succeeded; 0: never, as far as is known.'));
  for (const { kind, lastSuccessAt } of rows) {
    lines.push(sample(success, { kind }, (lastSuccessAt?.getTime() ?? 0) / 1000));
  }
  return `${lines.join('\n')}\n`;
}

function family(name: string, type: 'counter' | 'gauge', meaning: string): string[] {
  return [`# HELP ${name} ${meaning}`, `# TYPE ${name} ${type}`];
}

/** Labels are codes of regions, kinds of jobs and words of ours: nothing in them needs escaping. */
function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const written = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  return `${name}{${written.join(',')}} ${value}`;
}
