/** Figures as a page for people and as JSON for tools. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { canPin } from './cores.js';
import { CONNECTIONS } from './generate.js';
import { isMet } from './comparison.js';
import type { Compared, Result } from './comparison.js';
import type { Measured, Pace } from './variant.js';

export interface Report {
  readonly measured: readonly Measured[];
  readonly compared: readonly Compared[];
  readonly pace: Pace;
  readonly date: string;
}

/** Writes results.md and results.json. */
export function writeReport(directory: string, report: Report): void {
  writeFileSync(join(directory, 'results.json'), `${JSON.stringify(resultsOf(report), null, 2)}\n`);
  writeFileSync(join(directory, 'results.md'), page(report));
}

/** The lines of results.json. */
export function resultsOf({ compared }: Pick<Report, 'compared'>): Result[] {
  return compared.map(({ name, ours, peer, ratio, unit, date }) => ({ name, ours, peer, ratio, unit, date }));
}

function page({ measured, compared, pace, date }: Report): string {
  return `<!-- Made by npm run bench: do not edit by hand. -->
# Bench results

${date}, Node ${process.versions.node}, ${availableParallelism()} cores${canPin ? ', server and generator pinned to a core each' : ', nothing pinned'};
${CONNECTIONS} connections, ${pace.rounds} interleaved rounds of ${pace.seconds} s, medians. How to run and read this: [docs/performance.md](../docs/performance.md).

## Ratios

${ratioTable(compared)}

## Figures

${figureTable(measured)}
`;
}

export function ratioTable(compared: readonly Compared[]): string {
  const rows = compared.map((one) => {
    const { name, ours, peer, ratio, unit, target } = one;
    const asked =
      target?.least !== undefined ? `≥ ${target.least}` : target?.most !== undefined ? `≤ ${target.most}` : '–';
    const met = isMet(one);
    return [
      name,
      `${ours}`,
      `${peer}`,
      unit,
      `**${ratio}**`,
      asked,
      met === undefined ? '' : met ? 'met' : '**missed**',
    ];
  });
  return table(['ours : peer', 'ours', 'peer', 'unit', 'ratio', 'asked', ''], rows);
}

export function figureTable(measured: readonly Measured[]): string {
  const figure = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '–';
  const rows = measured.map(({ name, perSecond, range, p50, p95, p99, busy, resident }) => [
    name,
    figure(perSecond, perSecond < 100 ? 1 : 0),
    range.map((rate) => rate.toFixed(0)).join('–'),
    figure(p50, 2),
    figure(p95, 2),
    figure(p99, 2),
    busy === undefined ? '–' : `${Math.round(busy * 100)} %`,
    figure(resident, 0),
  ]);
  return table(
    ['variant', '1/s', 'lowest–highest', 'p50 ms', 'p95 ms', 'p99 ms', 'server’s core', 'resident MB'],
    rows,
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** The ratios as lines for a terminal. */
export function ratioLines(compared: readonly Compared[]): string[] {
  return compared.map((one) => {
    const met = isMet(one);
    const verdict = met === undefined ? '      ' : met ? 'met   ' : 'MISSED';
    return `${verdict} ${one.ratio.toFixed(2).padStart(7)}  ${one.name}  (${one.ours} : ${one.peer} ${one.unit})`;
  });
}
