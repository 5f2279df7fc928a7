/**
 * `roster-intake`: takes in a file of school staff from the command line, like the exchange folder.
 * Parses the command line and prints the result; the intake itself is in src/roster.
 */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { codeOf } from '../platform/error-code.js';
import { IntakeError, createRosterDesk, outOfSpace, resultCsv } from '../roster/index.js';
import type { IntakeOutcome, IntakeRequest, RosterDesk } from '../roster/index.js';
import type { AdminCommand, AdminContext, CommandEnd } from './command.js';
import { isId } from './arguments.js';
import { failureOf } from './failure.js';
import { rejectedLines } from './rejects.js';

export const rosterIntake: AdminCommand = {
  name: 'roster-intake',
  summary: 'take in a file of school staff: results by ASL and the doctors’ lists',
  usage: `roster-intake <file> [--replaces N] [--again] [--apply] [--rejects <file>]

  <file>      CSV, plain or gzip, UTF-8 or ISO-8859-1; its header tells which of the three layouts it is
  --apply     do it; without it the command only says what would be published
  --replaces  number of the intake (roster-results) whose place this corrected file takes: its persons who are not in this
              file, nor in another one, leave the doctors' lists, and its result is no longer reported
  --again     take in a file once more that was taken in before, e.g. after an import of the registry
  --rejects   where the lines not taken are listed (default: <file name>.scarti.csv in the current folder)

Prints the result as CSV. An interrupted intake leaves nothing and starts over with the same command. The file itself
is not deleted: nothing of it may be kept (2.5), see to it. Exit code: 0 done, also when lines were rejected; 1 nothing
done, as when no line is valid; 2 wrong arguments. The layouts are in docs/roster.md.`,
  prepare(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        apply: { type: 'boolean', default: false },
        again: { type: 'boolean', default: false },
        replaces: { type: 'string' },
        rejects: { type: 'string' },
      },
    });
    const [source, ...rest] = positionals;
    const { again, replaces, apply, rejects } = values;
    if (source === undefined || rest.length > 0) return 'one file is expected';
    if (replaces !== undefined && !isId(replaces))
      return '--replaces must be the number of an intake, as roster-results shows it';
    const rejectPath = rejects ?? `${basename(source)}.scarti.csv`;
    return { apply, run: (context) => execute({ source, rejectPath, dryRun: !apply, again, replaces }, context) };
  },
};

/** The desk of the TS database, as its owner. */
export function rosterDeskOf({ ownerDb: db, clock, log, rosterFileBytes: maxBytes }: AdminContext): RosterDesk {
  return createRosterDesk({ db, clock, log, maxBytes });
}

async function execute(wanted: IntakeRequest, context: AdminContext): Promise<CommandEnd> {
  const { entrance, log, out } = context;
  const { rejectPath } = wanted;
  try {
    const { outcome, failure } = await rosterDeskOf(context).intake(entrance.call, {
      ...wanted,
      ...progressOf(context),
    });
    if (outcome !== undefined) {
      const rejects = await rejectedLines(outcome.intake.rejected, rejectPath);
      for (const line of describe(outcome, rejects)) out(line);
      return 0;
    }
    out(`Nothing was changed: ${failure?.message ?? 'no command may do this'}.`);
    if (failure instanceof IntakeError && failure.problem === 'nothing_valid')
      out(await rejectedLines(failure.main?.rejected ?? 0, rejectPath));
    return 1;
  } catch (error) {
    // Not the error's text: a message of the database may quote a row (6.7).
    log.error('roster intake interrupted', { code: codeOf(error) ?? 'none' });
    const full = outOfSpace(error);
    if (full === 'disk')
      context.out('The disk of the reject report is full: make room and give the same command again.');
    else if (full === 'database')
      context.out('The database has no room left: make some and give the same command again.');
    else context.out(`Interrupted: ${failureOf(error)}. Give the same command again.`);
    return 'failed';
  }
}

function describe(outcome: IntakeOutcome, rejects: string): string[] {
  const { intake } = outcome;
  const { layout, accepted, rejected, validated, notInCare, newlyListed, replaces, delisted } = intake;
  const counts =
    `${layout}: ${accepted} lines in order, ${rejected} rejected; ${validated} validated, of whom ${notInCare} not in care; ` +
    `${newlyListed} newly on the doctors’ lists` +
    (replaces.length === 0 ? '' : `; in the place of intake ${replaces.join(', ')}: ${delisted} left the lists`);
  const head = {
    published: `Published as intake ${intake.id}. ${counts}.`,
    already: `This file was taken in before, as intake ${intake.id}: nothing was done (--again takes it in again). ${counts}.`,
    dry_run: `Would publish: ${counts}.`,
  }[outcome.outcome];
  return [
    head,
    ...resultCsv(outcome).trimEnd().split('\n'),
    rejects,
    outcome.outcome === 'dry_run'
      ? 'Nothing was changed. Add --apply to take it in.'
      : 'The file is no longer needed: delete it (2.5).',
  ];
}

/** One line per tenth of the file. */
function progressOf(context: AdminContext): { onProgress: (read: number, total: number) => void } {
  let last = 0;
  return {
    onProgress: (read, total) => {
      const tenth = Math.floor((read / total) * 10);
      if (tenth === last) return;
      last = tenth;
      context.out(`reading ${tenth * 10} %`);
    },
  };
}
