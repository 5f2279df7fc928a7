/**
 * `opposition-import`: imports the decisions of the first term, which were expressed elsewhere [O-8]. Shows counts
 * only.
 */
import { basename } from 'node:path';
import { DECISION_IMPORT_PROBLEMS, createDecisionImportDesk } from '../opposition/index.js';
import type { DecisionImportResult } from '../opposition/index.js';
import { CsvFileError } from '../platform/csv/index.js';
import { codeOf } from '../platform/error-code.js';
import { RegistryAnaLookup } from '../registry/index.js';
import type { AdminCommand } from './command.js';
import { APPLY, FLAG, NOTHING_CHANGED, parseWords, TEXT } from './arguments.js';
import { failureOf } from './failure.js';
import { rejectedLines } from './rejects.js';

const USAGE = `opposition-import FILE [--rejects FILE] [--apply]

Imports decisions expressed until 2024-06-30, with their dates. The term (opposition-window add) and the registry's regions
and persons must exist. When repeated, or after an interruption, the command adds what is missing. The columns are in
docs/opposition.md.
  FILE        CSV with a header line, plain or gzip, UTF-8 or ISO-8859-1, separated by ; or ,
  --rejects   file that lists the rejected lines (default: <file name>.scarti.csv in the current folder)
${APPLY}`;

export const oppositionImport: AdminCommand = {
  name: 'opposition-import',
  summary: 'import the decisions of the first term from a CSV file',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, { rejects: TEXT, apply: FLAG });
    const [source, ...rest] = positionals;
    if (source === undefined || rest.length > 0) {
      return 'expected one file';
    }
    const rejectPath = values.rejects ?? `${basename(source)}.scarti.csv`;
    const { apply } = values;
    return {
      apply,
      async run(context) {
        const { ownerDb, clock, entrance, log, out } = context;
        const consentDb = await context.consentDb();
        try {
          const desk = createDecisionImportDesk({
            ...{ consentDb, registryDb: ownerDb, ana: new RegistryAnaLookup(ownerDb), clock },
          });
          const request = { source, rejectPath, dryRun: !apply, onProgress: progressLines(out) };
          const { refusals, ...result } = await desk.import(entrance.call, request);
          const [problem] = refusals;
          if (problem !== undefined) {
            out(`Nothing was changed: ${DECISION_IMPORT_PROBLEMS[problem]}.`);
            return 1;
          }
          const rejects = await rejectedLines(result.rejected ?? 0, rejectPath);
          for (const line of described(result, apply, rejects)) out(line);
          return 0;
        } catch (error) {
          if (error instanceof CsvFileError) {
            out(`Nothing was changed: ${error.message}.`);
            return 1;
          }
          // Not the error's text: a message of the database may quote a row (6.7).
          log.error('import of decisions interrupted', { sqlState: codeOf(error) ?? 'none' });
          out(`Interrupted: ${failureOf(error)}. The imported lines stay; repeat the command to continue.`);
          return 'failed';
        }
      },
    };
  },
};

function described(
  { accepted = 0, rejected = 0, already = 0, inserted = 0 }: Partial<DecisionImportResult>,
  apply: boolean,
  rejects: string,
): string[] {
  const counts = `${accepted} valid lines (${inserted} new, ${already} imported before), ${rejected} rejected`;
  return apply
    ? [`Imported: ${counts}.`, rejects, 'They are notified with the next bulk.']
    : [`Would import: ${counts}.`, rejects, NOTHING_CHANGED];
}

/** One line per tenth of each phase. */
function progressLines(out: (line: string) => void): (phase: 'read' | 'write', percent: number) => void {
  let last = '';
  return (phase, percent) => {
    const tenth = `${phase === 'read' ? 'reading' : 'writing'} ${Math.floor(percent / 10) * 10} %`;
    if (tenth !== last) out(tenth);
    last = tenth;
  };
}
