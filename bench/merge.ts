/**
 * Merges one separately measured part into the figures of an earlier full run: replaces rows of the same names, adds
 * new ones.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { figureTable, ratioTable, resultsOf, writeReport } from './report.js';
import type { Report } from './report.js';

const resultShape = z.object({
  name: z.string(),
  ours: z.number(),
  peer: z.number(),
  ratio: z.number(),
  unit: z.string(),
  date: z.string(),
});

/** @throws Error when the existing files are not written by the bench */
export function mergeReport(directory: string, part: string, report: Report): void {
  const [json, page] = [join(directory, 'results.json'), join(directory, 'results.md')];
  if (!existsSync(json) || !existsSync(page)) {
    writeReport(directory, report);
    return;
  }
  const fresh = resultsOf(report);
  const earlier = z.array(resultShape).parse(JSON.parse(readFileSync(json, 'utf8')));
  const kept = earlier.filter(({ name }) => !fresh.some((one) => one.name === name));
  writeFileSync(json, `${JSON.stringify([...kept, ...fresh], null, 2)}\n`);

  const note = `Part «${part}»`;
  const [head = '', ratios = '', figures = ''] = readFileSync(page, 'utf8').split(/^## (?:Ratios|Figures)$/m);
  const notes = head.split('\n').filter((line) => !line.startsWith(note));
  const said = `${notes.join('\n').trimEnd()}\n\n${note}: measured on its own, ${report.date}.\n`;
  writeFileSync(
    page,
    `${said}\n## Ratios\n\n${merged(ratios, ratioTable(report.compared))}\n\n` +
      `## Figures\n\n${merged(figures, figureTable(report.measured))}\n`,
  );
}

/** Merges two tables with the same head; for rows of one name the second table's. */
function merged(earlier: string, fresh: string): string {
  const [head = '', rule = '', ...rows] = earlier.trim().split('\n');
  const [freshHead, , ...freshRows] = fresh.split('\n');
  if (head !== freshHead) throw new Error('results.md has other columns: run the whole bench');
  const names = new Set(freshRows.map(nameOf));
  return [head, rule, ...rows.filter((row) => !names.has(nameOf(row))), ...freshRows].join('\n');
}

function nameOf(row: string): string {
  return row.split(' | ')[0] ?? '';
}
