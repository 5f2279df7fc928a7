/**
 * `substitution`: a titular doctor's substitute [T-2], 3.3.1. Replaces the web application, where titulars do this
 * themselves, until it exists.
 */
import { MAX_SUBSTITUTION_DAYS, createSubstitutionDesk } from '../screening/index.js';
import type { NewSubstitution, SubstitutionDesk, SubstitutionRefusal } from '../screening/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, changed, FLAG, isDay, isId, NOTHING_CHANGED, parseWords, TEXT } from './arguments.js';

const USAGE = `substitution add --titular CF --substitute CF --from AAAA-MM-GG --to AAAA-MM-GG [--apply]
substitution revoke --id N [--apply]
substitution list --titular CF
${APPLY}

Both days are included; at most ${MAX_SUBSTITUTION_DAYS} days, the last one today or later. A titular may have several substitutes at a time.
After the term or a revocation, substitutes can still list and cancel their own entries, but submit nothing.`;

const WORDS: Readonly<Record<SubstitutionRefusal, string>> = {
  'not-permitted': 'no command may do this',
  'term-reversed': 'the term ends before it begins',
  'term-too-long': `the term is longer than ${MAX_SUBSTITUTION_DAYS} days`,
  'term-over': 'the term has already ended',
  'term-too-far': `the term begins more than ${MAX_SUBSTITUTION_DAYS} days from now`,
  'same-doctor': 'a doctor cannot be their own substitute',
  'substitute-form': 'the substitute is not a codice fiscale: form or check letter is wrong',
  'substitute-no-doctor': 'the substitute has an account, but not as a doctor',
  'unknown-titular': 'the titular is not a doctor of the registry',
  'already-named': 'this substitute already has some of these days',
  'too-many': 'the titular has 20 present or future substitutions: revoke one first',
  'none-in-force': 'no substitution in force has this number',
};

/** @param work returns the result of the desk, and the lines for it unless it is a refusal */
async function change(
  { ownerDb, clock, out }: AdminContext,
  apply: boolean,
  work: (desk: SubstitutionDesk) => Promise<{ refusals: readonly SubstitutionRefusal[]; lines: readonly string[] }>,
): Promise<number> {
  const { refusals, lines } = await changed(ownerDb, apply, (tables) => work(createSubstitutionDesk(tables, clock)));
  if (refusals.length > 0) {
    out(`refused: ${refusals.map((refusal) => WORDS[refusal]).join('; ')}`);
    return 1;
  }
  for (const line of lines) out(line);
  if (!apply) out(NOTHING_CHANGED);
  return 0;
}

export const substitutionCommand: AdminCommand = {
  name: 'substitution',
  summary: 'add, revoke or list substitutes of a titular doctor',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, {
      titular: TEXT,
      substitute: TEXT,
      from: TEXT,
      to: TEXT,
      id: TEXT,
      apply: FLAG,
    });
    const [action, ...more] = positionals;
    const { titular, substitute, from, to, id, apply } = values;
    if (more.length > 0) return 'expected one action and its options, without further words';
    if (action === 'add') {
      if (titular === undefined || substitute === undefined) return 'add needs --titular and --substitute';
      if (!isDay(from) || !isDay(to)) return 'add needs --from and --to, each a day as AAAA-MM-GG';
      return { action, apply, run: (context) => add(context, apply, { titular, substitute, from, to }) };
    }
    if (action === 'revoke') {
      if (!isId(id)) return 'revoke needs --id, the number that list shows';
      return { action, apply, run: (context) => revoke(context, apply, id) };
    }
    if (action !== 'list') return 'the action must be one of add, revoke, list';
    if (titular === undefined) return 'list needs --titular';
    if (apply) return '--apply belongs to add and revoke';
    return { action, run: (context) => list(context, titular) };
  },
};

function add(context: AdminContext, apply: boolean, wanted: NewSubstitution): Promise<number> {
  return change(context, apply, async (desk) => {
    const added = await desk.add(context.entrance.call, wanted);
    const done = apply ? `substitution ${added.id ?? ''} added,` : 'Would add a substitution,';
    const note = 'note: the substitute has no account yet, and cannot act without one';
    const lines = [
      `${done} valid from ${wanted.from} to ${wanted.to}, both included`,
      ...(added.hasAccount === false ? [note] : []),
    ];
    return { refusals: added.refusals, lines };
  });
}

function revoke(context: AdminContext, apply: boolean, id: string): Promise<number> {
  return change(context, apply, async (desk) => {
    const { refusals } = await desk.revoke(context.entrance.call, { id });
    return { refusals, lines: [apply ? `substitution ${id} revoked` : `Would revoke the substitution ${id}`] };
  });
}

async function list({ ownerDb, clock, entrance, out }: AdminContext, titular: string): Promise<number> {
  const { substitutions = [] } = await createSubstitutionDesk(ownerDb, clock).list(entrance.call, { titular });
  for (const one of substitutions) {
    out(`${one.id}  ${one.substitute}  ${one.from} – ${one.to}${one.isRevoked ? '  revoked' : ''}`);
  }
  if (substitutions.length === 0) out('no substitutions');
  return 0;
}
