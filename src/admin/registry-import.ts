/**
 * `registry-import`: loads a CSV file into the registry [G-3]. Parses the command line and prints the result; the
 * import itself is in src/registry.
 */
import { basename } from 'node:path';
import { codeOf } from '../platform/error-code.js';
import {
  createImportDesk,
  importKinds,
  isImportKind,
  type ImportKind,
  type ImportProgress,
  type ImportResult,
} from '../registry/index.js';
import { RetentionIncomplete, createRetentionDesk } from '../retention/index.js';
import { IntakeError, rosterDepartures } from '../roster/index.js';
import { FLAG, TEXT, parseWords } from './arguments.js';
import type { AdminCommand, AdminContext, CommandEnd } from './command.js';
import { failureOf } from './failure.js';
import { rejectedLines } from './rejects.js';

interface Arguments {
  readonly kind: ImportKind;
  readonly source: string;
  readonly apply: boolean;
  readonly again: boolean;
  readonly rejectPath: string;
}

export const registryImport: AdminCommand = {
  name: 'registry-import',
  summary: 'load regions, ASLs, provinces, municipalities, doctors or persons from a CSV file',
  usage: `registry-import <kind> <file> [--apply] [--again] [--rejects <file>]

  <kind>      ${importKinds.join(', ')} (in this order: each refers to the previous ones)
  <file>      CSV with a header line, plain or gzip, UTF-8 or ISO-8859-1, separated by ; , or tab
  --apply     apply the change; without it the command only reports what would change
  --again     import a file again, e.g. after missing doctors were imported
  --rejects   file that lists the rejected lines (default: <file name>.scarti.csv in the current folder)

Repeating the command continues an interrupted import. Exit code: 0 done, even if lines were rejected;
1 nothing done (e.g. no valid line), or interrupted, or done without removing persons from the doctors’
lists of school staff; 2 wrong arguments. The columns are in docs/registry-import.md.`,
  prepare(args) {
    const given = parse(args);
    if (typeof given === 'string') return given;
    return { action: given.kind, apply: given.apply, run: (context) => execute(given, context) };
  },
};

/** @returns the arguments, or why they are invalid */
function parse(args: readonly string[]): Arguments | string {
  const { values, positionals } = parseWords(args, { apply: FLAG, again: FLAG, rejects: TEXT });
  const [kind, source, ...rest] = positionals;
  if (kind === undefined || !isImportKind(kind)) return `the first word must be one of ${importKinds.join(', ')}`;
  if (source === undefined || rest.length > 0) return 'expected one file after the kind';
  const rejectPath = values.rejects ?? `${basename(source)}.scarti.csv`;
  return { kind, source, apply: values.apply, again: values.again, rejectPath };
}

async function execute(
  { kind, source, apply, again, rejectPath }: Arguments,
  context: AdminContext,
): Promise<CommandEnd> {
  const { ownerDb, clock, log } = context;
  const onProgress = progressLines(context);
  try {
    const request = { kind, source, onProgress, rejectPath, again, dryRun: !apply };
    const { result, failure } = await createImportDesk({ ownerDb, clock, log }).import(context.entrance.call, request);
    if (result !== undefined) {
      for (const line of await describe(kind, result, rejectPath)) context.out(line);
      return apply && kind === 'persons' ? await takeOffLists(context) : 0;
    }
    context.out(`Nothing was changed: ${failure?.message ?? 'no command may do this'}.`);
    if (failure?.problem === 'nothing_valid') context.out(`Rejected lines: ${rejectPath}`);
    return 1;
  } catch (error) {
    // Not the error's text: a message of the database may quote a row (6.7).
    log.error('registry import interrupted', { kind, sqlState: codeOf(error) ?? 'none' });
    context.out(`Interrupted: ${failureOf(error)}. The merged lines stay; repeat the command to continue.`);
    return 'failed';
  }
}

/**
 * Runs at once, and again every night. If an intake holds the lock, the nightly run suffices.
 * @returns the exit code
 */
async function takeOffLists({ ownerDb, clock, log, entrance, out }: AdminContext): Promise<CommandEnd> {
  const rules = { ts: [rosterDepartures], consent: [] };
  try {
    const { deleted: [left] = [] } = await createRetentionDesk({ db: ownerDb, rules, clock }).run(entrance.call, {});
    out(`Removed from the doctors’ lists of school staff: ${left?.rows ?? 0}.`);
    return 0;
  } catch (error) {
    const cause = error instanceof RetentionIncomplete ? error.cause : error;
    if (cause instanceof IntakeError && cause.problem === 'busy') {
      log.warn('an intake holds the lists of school staff: persons who left them are still there until the night');
      out(
        'Nobody was removed from the doctors’ lists of school staff now (an intake is running): the nightly retention does it.',
      );
      return 0;
    }
    const failure = failureOf(cause);
    log.error('persons who left the lists of school staff are still on them', { cause: failure });
    out(
      `The registry is imported, but nobody was removed from the doctors’ lists of school staff: ${failure}. ` +
        'Repeat the command, or run «admin retention --apply».',
    );
    return 'failed';
  }
}

async function describe(kind: ImportKind, result: ImportResult, rejectPath: string): Promise<string[]> {
  const { outcome, accepted, rejected, inserted, changed, formerAdded, formerMoved, leaving } = result;
  const former = kind === 'persons' ? `; ${formerAdded} former identifiers added, ${formerMoved} moved` : '';
  const counts = `${accepted} valid lines (${inserted} new, ${changed} changed${former}), ${rejected} rejected`;
  if (outcome === 'already')
    return [`This file was imported before: ${counts}. Nothing was done (--again imports it again).`];
  const report = await rejectedLines(rejected, rejectPath);
  if (outcome === 'done') return [`Imported: ${counts}.`, report];
  const lists = leaving === undefined ? [] : [`Would be removed from the doctors’ lists of school staff: ${leaving}.`];
  return [`Would import: ${counts}.`, report, ...lists, 'Nothing was changed. Add --apply to import.'];
}

/** Prints one line per tenth of a phase, not per block: a file may have a hundred thousand blocks. */
function progressLines(context: AdminContext): (progress: ImportProgress) => void {
  let last = '';
  return ({ phase, lines, bytes, percent }) => {
    const tenth = `${phase} ${Math.floor(percent / 10)}`;
    if (tenth === last) return;
    last = tenth;
    const megabytes = (bytes / 1_000_000).toFixed(1);
    context.out(
      phase === 'load'
        ? `reading ${percent} %: ${lines} lines, ${megabytes} MB`
        : `merging ${percent} %: ${megabytes} MB`,
    );
  };
}
