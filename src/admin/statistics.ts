/** `statistics`: the current figures for the Commissioner [C-1]: printed, written to files, or sent. */
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { romeDateTime } from '../platform/clock.js';
import { codeOf } from '../platform/error-code.js';
import { createStatisticsDesk, filesOf, regionsOf } from '../statistics/index.js';
import type { AslFigures, RegionFigures, StatisticsFile } from '../statistics/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, changed, FLAG, NOTHING_CHANGED, parseOptions, TEXT } from './arguments.js';

const USAGE = `statistics [--out DIRECTORY]
statistics --send [--apply]
${APPLY}

Prints the current figures by region. With --out it also writes them as the CSV files of the statistic, which must not
exist yet. With --send the worker creates a statistic and sends it by certified mail, in addition to the scheduled ones;
statistics-deliveries shows its progress.`;

const NOBODY_SENDS =
  'refused: no worker of this database has sent certified mail for the last quarter of an hour: set certifiedMailHost and ' +
  'the settings after it (docs/configuration.md) for the worker, start it, and repeat the command';

/** Length of the longest name of a region with its code. */
const NAME_WIDTH = 36;

export const statisticsCommand: AdminCommand = {
  name: 'statistics',
  summary: 'figures for the Commissioner: show, write as CSV, send by certified mail',
  usage: USAGE,
  prepare(args) {
    const { values } = parseOptions(args, {
      out: TEXT,
      send: FLAG,
      apply: FLAG,
    });
    const { out: directory, send, apply } = values;
    if (send && directory !== undefined) return '--send excludes --out';
    if (apply && !send) return '--apply belongs to --send';
    if (send) return { action: 'send', apply, run: (context) => request(context, apply) };
    return { run: (context) => show(context, directory) };
  },
};

async function request({ ownerDb, clock, entrance, out }: AdminContext, apply: boolean): Promise<number> {
  const { job } = await changed(ownerDb, apply, (tables) =>
    createStatisticsDesk(tables, clock).request(entrance.call, undefined),
  );
  if (job === undefined) {
    out(NOBODY_SENDS);
    return 1;
  }
  if (apply) out(`requested: job ${job}, run by the worker that has certified mail configured`);
  else {
    out('Would request a statistic, created and sent by the worker that has certified mail configured');
    out(NOTHING_CHANGED);
  }
  return 0;
}

async function show({ ownerDb, clock, entrance, out }: AdminContext, directory: string | undefined): Promise<number> {
  const { figures, takenAt } = await createStatisticsDesk(ownerDb, clock).figures(entrance.call, undefined);
  if (figures === undefined || takenAt === undefined) {
    out('refused: no command may do this');
    return 1;
  }
  out(`statistic of ${romeDateTime(takenAt)}`);
  for (const row of tableOf(figures.asls)) out(row);
  if (directory === undefined) return 0;
  const files = filesOf(figures, takenAt);
  const failure = await write(directory, files);
  if (failure !== undefined) {
    out(`refused: ${failure}; nothing was written`);
    return 1;
  }
  for (const { name } of files) out(`written: ${join(directory, name)}`);
  return 0;
}

/** One line per region and one for all. */
function tableOf(asls: readonly AslFigures[]): string[] {
  const regions = regionsOf(asls);
  const sum = (of: (region: RegionFigures) => number): number =>
    regions.reduce((total, region) => total + of(region), 0);
  return [
    line('region', 'tests by doctors', 'kits of doctors', 'tests by ASLs'),
    ...regions.map(({ regionCode, regionName, doctorTests, doctorKits, aslTests }) =>
      line(`${regionCode} ${regionName}`, doctorTests, doctorKits, aslTests),
    ),
    line(
      'all',
      sum(({ doctorTests }) => doctorTests),
      sum(({ doctorKits }) => doctorKits),
      sum(({ aslTests }) => aslTests),
    ),
  ];
}

function line(name: string, ...cells: readonly (string | number)[]): string {
  return [name.padEnd(NAME_WIDTH), ...cells.map((cell) => String(cell).padStart(16))].join('  ');
}

/** Writes all files or none. @returns why not */
async function write(directory: string, files: readonly StatisticsFile[]): Promise<string | undefined> {
  const made: string[] = [];
  try {
    await mkdir(directory, { recursive: true });
    for (const { name, content } of files) {
      const path = join(directory, name);
      const file = await open(path, 'wx', 0o600);
      made.push(path);
      try {
        await file.writeFile(content);
        await file.sync(); // a full disk may be reported only here
      } finally {
        await file.close();
      }
    }
    return undefined;
  } catch (error) {
    for (const path of made) await rm(path, { force: true });
    const code = codeOf(error) ?? 'unknown';
    return `the files cannot be written to ${directory} (${code})`;
  }
}
