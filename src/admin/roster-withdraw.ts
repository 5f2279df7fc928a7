/** `roster-withdraw`: removes a file of school staff, or a person, from the doctors' lists [R-9]. */
import { INTAKE_MESSAGES, type RosterRefusal } from '../roster/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, FLAG, isId, NOTHING_CHANGED, parseOptions, TEXT } from './arguments.js';
import { rosterDeskOf } from './roster-intake.js';

const USAGE = `roster-withdraw --intake N [--replaced-by M] [--apply]
roster-withdraw --person CF [--apply]

  --intake       number of a published intake (roster-results): its result is no longer reported, and persons who are in no
                 other file are removed from the doctors' lists. Lists from releases without --replaces have no file:
                 remove their persons one by one
  --replaced-by  the intake of the corrected file, if it was taken in without --replaces: shown in the results
  --person       is removed from the lists, whichever files contain them; the next file that does lists them again
${APPLY}

Submitted tests stay, and can be cancelled.`;

const WORDS: Readonly<Partial<Record<RosterRefusal, string>>> = {
  ...INTAKE_MESSAGES,
  'not-permitted': 'no command may do this',
  'person-form': 'this is not a codice fiscale',
  'not-listed': 'no person with this codice fiscale is on a list',
};

export const rosterWithdraw: AdminCommand = {
  name: 'roster-withdraw',
  summary: 'remove a file of school staff, or a person, from the doctors’ lists',
  usage: USAGE,
  prepare(args) {
    const { values } = parseOptions(args, {
      intake: TEXT,
      'replaced-by': TEXT,
      person: TEXT,
      apply: FLAG,
    });
    const { intake, 'replaced-by': replacedBy, person, apply } = values;
    if (person !== undefined) {
      if (intake !== undefined || replacedBy !== undefined) return '--person excludes --intake and --replaced-by';
      if (/[a-z]/.test(person)) return '--person must be written in capital letters';
      return { apply, run: (context) => personLeaves(context, apply, person) };
    }
    if (!isId(intake)) return '--intake must be the number of an intake, as roster-results shows it; or give --person';
    if (replacedBy !== undefined && !isId(replacedBy))
      return '--replaced-by must be the number of an intake, as roster-results shows it';
    return { apply, run: (context) => intakeEnds(context, apply, intake, replacedBy) };
  },
};

async function personLeaves(context: AdminContext, apply: boolean, person: string): Promise<number> {
  const { entrance } = context;
  const { refusals } = await rosterDeskOf(context).withdrawPerson(entrance.call, { person, dryRun: !apply });
  return answered(
    context,
    apply,
    refusals,
    apply ? 'The person was removed from the lists.' : 'The person would be removed from the lists.',
  );
}

async function intakeEnds(
  context: AdminContext,
  apply: boolean,
  id: string,
  replacedBy: string | undefined,
): Promise<number> {
  const withdrawal = { id, replacedBy, dryRun: !apply };
  const { refusals, left = 0 } = await rosterDeskOf(context).withdrawIntake(context.entrance.call, withdrawal);
  const what = replacedBy === undefined ? 'withdrawn' : `replaced by intake ${replacedBy}`;
  const line = `Intake ${id} ${apply ? 'is' : 'would be'} ${what}: ${left} persons are removed from the doctors’ lists.`;
  return answered(context, apply, refusals, line);
}

function answered({ out }: AdminContext, apply: boolean, [refusal]: readonly RosterRefusal[], line: string): number {
  if (refusal !== undefined) {
    out(`refused: ${WORDS[refusal] ?? refusal}`);
    return 1;
  }
  out(line);
  if (!apply) out(NOTHING_CHANGED);
  return 0;
}
