/**
 * `roster-intake`: takes in a file of school staff from the command line, like the exchange folder.
 * Parses the command line and prints the result; the intake itself is in src/roster.
 */
import { basename } from 'node:path';
import { codeOf } from '../platform/error-code.js';
import { IntakeError, createRosterDesk, outOfSpace, resultCsv } from '../roster/index.js';
import type { IntakeOutcome, IntakeRequest, RosterDesk } from '../roster/index.js';
import type { AdminCommand, AdminContext, CommandEnd } from './command.js';
import { FLAG, isId, parseWords, TEXT } from './arguments.js';
import { failureOf } from './failure.js';
import { rejectedLines } from './rejects.js';

export const rosterIntake: AdminCommand = {
  name: 'roster-intake',
  summary: 'take in a file of school staff: results by ASL and the doctors’ lists',
  usage: `roster-intake <file> [--replaces N] [--again] [--apply] [--rejects <file>]

  <file>      CSV, plain or gzip, UTF-8 or ISO-8859-1; its header identifies one of the three layouts
  --apply     publish; without it the command only reports what would be published
  --replaces  number of the intake (roster-results) that this corrected file replaces: its persons who are in no other
              file are removed from the doctors' lists, and its result is no longer reported
  --again     take in a file again, e.g. after an import of the registry
  --rejects   file that lists the rejected lines (default: <file name>.scarti.csv in the current folder)

Prints the result as CSV. An interrupted intake leaves nothing; repeat the command to start over. The command does not
delete the file: delete it yourself, because it may not be kept (2.5). Exit code: 0 done, even if lines were rejected;
1 nothing done (e.g. no valid line); 2 wrong arguments. The layouts are in docs/roster.md.`,
  prepare(args) {
    const { values, positionals } = parseWords(args, {
      apply: FLAG,
      again: FLAG,
      replaces: TEXT,
      rejects: TEXT,
    });
    const [source, ...rest] = positionals;
    const { again, replaces, apply, rejects } = values;
    if (source === undefined || rest.length > 0) return 'expected one file';
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
    if (full === 'disk') context.out('The disk of the reject report is full: free some space and repeat the command.');
    else if (full === 'database')
      context.out('The disk of the database is full: free some space and repeat the command.');
    else context.out(`Interrupted: ${failureOf(error)}. Repeat the command.`);
    return 'failed';
  }
}

function describe(outcome: IntakeOutcome, rejects: string): string[] {
  const { intake } = outcome;
  const { layout, accepted, rejected, validated, notInCare, newlyListed, replaces, delisted } = intake;
  const counts =
    `${layout}: ${accepted} valid lines, ${rejected} rejected; ${validated} validated, of whom ${notInCare} not in care; ` +
    `${newlyListed} newly on the doctors’ lists` +
    (replaces.length === 0 ? '' : `; replacing intake ${replaces.join(', ')}: ${delisted} removed from the lists`);
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
