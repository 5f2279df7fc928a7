/** The worker's figures in the text format of Prometheus [S-4]. Counts by region; nothing of a person. */
import { SENDING_OUTCOMES } from '../opposition/outbox/index.js';
import type { OutboxStore, RegionFigures } from '../opposition/outbox/index.js';

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

function family(name: string, type: 'counter' | 'gauge', meaning: string): string[] {
  return [`# HELP ${name} ${meaning}`, `# TYPE ${name} ${type}`];
}

/** Labels are codes of regions and words of ours: nothing in them needs escaping. */
function sample(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const written = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  return `${name}{${written.join(',')}} ${value}`;
}
