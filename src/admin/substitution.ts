/**
 * `substitution`: a titular doctor's substitute [T-2], 3.3.1. Stands in for the web application, where the titular does
 * this himself, until that exists.
 */
import { parseArgs } from 'node:util';
import { createAccountStore } from '../auth/index.js';
import { romeDate } from '../platform/clock.js';
import { violatedConstraint } from '../platform/db/index.js';
import { isCodiceFiscale, isProvisionalCodiceFiscale } from '../platform/ids/index.js';
import { MAX_SUBSTITUTION_DAYS, faultsOfSubstitution } from '../screening/index.js';
import type { SubstitutionFault } from '../screening/index.js';
import { misused } from './command.js';
import type { AdminCommand, AdminContext } from './command.js';
import { isDay, isId } from './arguments.js';

const USAGE = `substitution add --titular CF --substitute CF --from AAAA-MM-GG --to AAAA-MM-GG
substitution revoke --id N
substitution list --titular CF

Both days are included; at most ${MAX_SUBSTITUTION_DAYS} of them, the last one today or later. Several substitutes at a time are possible.
After the term, or once it is revoked, the substitute still consults and cancels what he entered in it, and submits nothing.`;

const TERM_FAULTS: Readonly<Record<SubstitutionFault, string>> = {
  reversed: 'the term ends before it begins',
  'too-long': `the term is longer than ${MAX_SUBSTITUTION_DAYS} days`,
  over: 'the term is over already',
  'too-far': `the term begins more than ${MAX_SUBSTITUTION_DAYS} days from now`,
};

/** What a broken rule of the table means. */
const BROKEN: Readonly<Record<string, string>> = {
  substitution_term: 'the term ends before it begins',
  substitution_of_another: 'a doctor cannot substitute himself',
  substitution_titular_fkey: 'the titular is not a doctor of the registry',
};

interface Row {
  id: string;
  substitute: string;
  valid_from: string;
  valid_to: string;
  revoked_at: Date | null;
}

async function add(
  { ownerDb, clock, out }: AdminContext,
  titular: string,
  substitute: string,
  from: string,
  to: string,
): Promise<number> {
  const account = await createAccountStore(ownerDb).byCodiceFiscale(substitute);
  const faults = faultsOfSubstitution(from, to, romeDate(clock.now())).map((fault) => TERM_FAULTS[fault]);
  // Test identities in use are no strict codici fiscali: who has an account is known to be somebody.
  if (account === undefined && !isCodiceFiscale(substitute) && !isProvisionalCodiceFiscale(substitute))
    faults.push('the substitute is not a codice fiscale: form or check letter is wrong');
  if (account !== undefined && account.role !== 'doctor') faults.push('the substitute has an account, not as a doctor');
  if (faults.length > 0) {
    out(`refused: ${faults.join('; ')}`);
    return 1;
  }
  try {
    const [row] = await ownerDb.query<{ id: string }[]>(
      `INSERT INTO screening.substitution (titular, substitute, valid_from, valid_to, created_at)
       VALUES ($1, $2, $3, $4, $5) RETURNING id`,
      [titular, substitute, from, to, clock.now()],
    );
    out(`substitution ${row?.id ?? ''} added, valid from ${from} to ${to}, both included`);
    if (account === undefined) out('note: the substitute has no account yet, and can do nothing before he has one');
    return 0;
  } catch (error) {
    const reason = BROKEN[violatedConstraint(error) ?? ''];
    if (reason === undefined) throw error;
    out(`refused: ${reason}`);
    return 1;
  }
}

export const substitutionCommand: AdminCommand = {
  name: 'substitution',
  summary: 'name, revoke or list substitutes of a titular doctor',
  usage: USAGE,
  actions: ['add', 'revoke', 'list'],
  async run(args, context) {
    const { ownerDb, clock, out } = context;
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        titular: { type: 'string' },
        substitute: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        id: { type: 'string' },
      },
    });
    const [action] = positionals;
    const { titular, substitute, from, to, id } = values;
    const wrong = (reason: string): number => misused(context, 'substitution', reason);
    if (action === 'add') {
      if (titular === undefined || substitute === undefined) return wrong('add needs --titular and --substitute');
      if (!isDay(from) || !isDay(to)) return wrong('add needs --from and --to, each a day as AAAA-MM-GG');
      return add(context, titular, substitute, from, to);
    }
    if (action === 'revoke') {
      if (!isId(id)) return wrong('revoke needs --id, the number that list shows');
      const [rows] = await ownerDb.query<[unknown[], number]>(
        'UPDATE screening.substitution SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING 1',
        [id, clock.now()],
      );
      out(rows.length === 1 ? `substitution ${id} revoked` : 'refused: there is no such substitution in force');
      return rows.length === 1 ? 0 : 1;
    }
    if (action === 'list') {
      if (titular === undefined) return wrong('list needs --titular');
      const rows = await ownerDb.query<Row[]>(
        'SELECT id, substitute, valid_from, valid_to, revoked_at FROM screening.substitution WHERE titular = $1 ORDER BY id',
        [titular],
      );
      for (const row of rows) {
        out(
          `${row.id}  ${row.substitute}  ${row.valid_from} – ${row.valid_to}${row.revoked_at === null ? '' : '  revoked'}`,
        );
      }
      if (rows.length === 0) out('no substitutions');
      return 0;
    }
    return wrong('the action must be one of add, revoke, list');
  },
};
