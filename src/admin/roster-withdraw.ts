/**
 * `roster-withdraw`: takes a file of school staff, or a person, off the doctors' lists [R-9]. The roster keeps the lists.
 */
import { parseArgs } from 'node:util';
import { isCodiceFiscale, isProvisionalCodiceFiscale } from '../platform/ids/index.js';
import { IntakeError, withdrawIntake, withdrawPerson, type WithdrawalOptions } from '../roster/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, NOTHING_CHANGED, isId } from './arguments.js';

const USAGE = `roster-withdraw --intake N [--replaced-by M] [--apply]
roster-withdraw --person CF [--apply]

  --intake       number of a published intake (roster-results): its result is no longer reported, and the persons who are in no
                 other file leave the doctors' lists. Lists of releases that had no --replaces know no files: their persons leave one by one
  --replaced-by  the intake of the corrected file, when that was taken in without --replaces: results say so
  --person       leaves the lists, whichever files he is in; the next file that holds him lists him again
${APPLY}

Tests that were communicated stay, and can be cancelled.`;

export const rosterWithdraw: AdminCommand = {
  name: 'roster-withdraw',
  summary: 'take a file of school staff, or a person, off the doctors’ lists',
  usage: USAGE,
  prepare(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        intake: { type: 'string' },
        'replaced-by': { type: 'string' },
        person: { type: 'string' },
        apply: { type: 'boolean', default: false },
      },
    });
    const { intake, 'replaced-by': replacedBy, person, apply } = values;
    if (person !== undefined) {
      if (intake !== undefined || replacedBy !== undefined) return '--person stands without --intake and --replaced-by';
      if (/[a-z]/.test(person)) return '--person must be written in capital letters';
      return { apply, run: (context) => execute(context, apply, (options) => personLeaves(options, person)) };
    }
    if (!isId(intake)) return '--intake must be the number of an intake, as roster-results shows it; or give --person';
    if (replacedBy !== undefined && !isId(replacedBy))
      return '--replaced-by must be the number of an intake, as roster-results shows it';
    return { apply, run: (context) => execute(context, apply, (options) => intakeEnds(options, intake, replacedBy)) };
  },
};

async function execute(
  { ownerDb: db, clock, entrance, out }: AdminContext,
  apply: boolean,
  work: (options: WithdrawalOptions) => Promise<string>,
): Promise<number> {
  try {
    out(await work({ db, clock, call: entrance.call, dryRun: !apply }));
    if (!apply) out(NOTHING_CHANGED);
    return 0;
  } catch (error) {
    if (!(error instanceof IntakeError || error instanceof UnknownPerson)) throw error;
    out(`refused: ${error.message}`);
    return 1;
  }
}

class UnknownPerson extends Error {}

async function personLeaves(options: WithdrawalOptions, person: string): Promise<string> {
  if (!isCodiceFiscale(person) && !isProvisionalCodiceFiscale(person))
    throw new UnknownPerson('this is not a codice fiscale');
  if (!(await withdrawPerson(options, person))) throw new UnknownPerson('nobody of this codice fiscale is on a list');
  return options.dryRun ? 'The person would leave the lists.' : 'The person left the lists.';
}

async function intakeEnds(options: WithdrawalOptions, intake: string, replacedBy: string | undefined): Promise<string> {
  const left = await withdrawIntake(options, intake, replacedBy);
  const what = replacedBy === undefined ? 'withdrawn' : `replaced by intake ${replacedBy}`;
  return `Intake ${intake} ${options.dryRun ? 'would be' : 'is'} ${what}: ${left} persons leave the doctors’ lists.`;
}
