/** `roster-results`: the files of school staff, their progress, and the result of one. Changes nothing. */
import { writeFile } from 'node:fs/promises';
import { romeDateTime } from '../platform/clock.js';
import { REFUSAL_TEXTS, resultCsv, type Intake } from '../roster/index.js';
import { TEXT, parseOptions } from './arguments.js';
import type { AdminCommand, AdminContext } from './command.js';
import { rosterDeskOf } from './roster-intake.js';

const USAGE = `roster-results [--intake N] [--csv FILE]

Without --intake lists the intakes, newest first, with state and progress. With it prints the result of one, by region and
ASL, or writes it to a new file. A state of «running» long after the start indicates a crash: a file in work/ of the exchange
folder is resumed automatically; for a file given to a command, repeat the command.`;

export const rosterResults: AdminCommand = {
  name: 'roster-results',
  summary: 'intakes of files of school staff, their progress and results',
  usage: USAGE,
  prepare(args) {
    const { values } = parseOptions(args, { intake: TEXT, csv: TEXT });
    const { intake: id, csv: path } = values;
    if (id !== undefined && !/^[0-9]{1,18}$/.test(id))
      return '--intake must be the number of an intake, as the list shows it';
    if (id === undefined && path !== undefined) return '--csv needs --intake';
    return { run: (context) => (id === undefined ? list(context) : show(context, id, path)) };
  },
};

async function list(context: AdminContext): Promise<number> {
  const { entrance, out } = context;
  const { intakes = [] } = await rosterDeskOf(context).list(entrance.call, {});
  for (const intake of intakes) out(lineOf(intake));
  if (intakes.length === 0) out('no file was taken in');
  return 0;
}

async function show(context: AdminContext, id: string, path: string | undefined): Promise<number> {
  const { entrance, out } = context;
  const { result } = await rosterDeskOf(context).result(entrance.call, { id });
  if (result?.intake.state !== 'published') {
    out(`refused: ${result === undefined ? 'there is no such intake' : `intake ${id} is ${result.intake.state}`}`);
    return 1;
  }
  const csv = resultCsv(result);
  if (path === undefined) {
    for (const line of csv.trimEnd().split('\n')) out(line);
    return 0;
  }
  const written = await writeFile(path, csv, { flag: 'wx', mode: 0o640 }).then(
    () => true,
    () => false,
  );
  out(written ? `written: ${path}` : `refused: ${path} exists or cannot be written`);
  return written ? 0 : 1;
}

function lineOf(intake: Intake): string {
  const { id, layout, fileName, startedAt, state, accepted, rejected, validated, newlyListed } = intake;
  const about = `${id}  ${romeDateTime(startedAt).slice(0, 19)}  ${layout}  ${fileName}`;
  const counts = `${accepted} lines, ${rejected} rejected, ${validated} validated, ${newlyListed} newly listed`;
  if (state === 'published') {
    const { replaces, delisted } = intake;
    const instead =
      replaces.length === 0 ? '' : `, replacing ${replaces.join(', ')}: ${delisted} removed from the lists`;
    return `${about}  published: ${counts}${instead}`;
  }
  if (state === 'replaced') return `${about}  replaced by ${intake.replacedBy ?? 'an expired one'}: ${counts}`;
  if (state === 'withdrawn') return `${about}  withdrawn: ${counts}`;
  if (state === 'running') {
    const percent = Math.floor((intake.readBytes / Math.max(1, intake.totalBytes)) * 100);
    return `${about}  running: ${percent} % read`;
  }
  const known = Object.entries(REFUSAL_TEXTS).find(([refusal]) => refusal === intake.refusal);
  return `${about}  refused: ${known?.[1] ?? ''}`;
}
