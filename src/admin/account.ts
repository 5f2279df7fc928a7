/**
 * `account`: users of the system [S-2], 6.2. Password and pincode are generated here, shown once, and kept as one hash over
 * both: neither can be changed without the other.
 * A change takes effect at once: remembered sign-ins of the account are void with its next credential version.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { assignAsl } from '../asl/index.js';
import { recordChange } from '../audit/index.js';
import { ROLES, hashSecrets } from '../auth/index.js';
import type { Queryable } from '../platform/db/index.js';
import { removeAccount } from './account-removal.js';
import { checkLetter, isProvisionalCodiceFiscale } from '../platform/ids/index.js';
import { misused } from './command.js';
import type { AdminCommand, AdminContext } from './command.js';

const USAGE = `account create --user-id ID --codice-fiscale CF --role ${ROLES.join('|')} [--asl CODE]
                                 --asl: six digits, of the ASL that an asl_operator acts for, and of nobody else
                                 --user-id: up to 64 characters, no colon and no blank
account assign --user-id ID --asl CODE   from now on the operator acts for another ASL
account reset --user-id ID       new password and pincode, both: they are kept as one hash
account suspend --user-id ID     no sign-in any more, by password or card
account restore --user-id ID
account unlock --user-id ID      forget failed sign-ins
account remove --user-id ID [--apply]
                                 the account, its failed sign-ins and the ASL it acted for are deleted; substitutions
                                 in force or to come, by or for its person, are revoked. What was done stays: tests,
                                 numbers of an ASL, and every row of the access log, to the end of its own term
                                 --apply: do it; without it the command only says what would change. The other
                                 actions take effect at once, and have no --apply`;

// Without letters and digits that are read for one another.
const PASSWORD_LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

const pick = (letters: string, length: number): string =>
  Array.from({ length }, () => letters.charAt(randomInt(letters.length))).join('');

async function freshSecrets(): Promise<{ password: string; pincode: string; secretHash: string }> {
  const password = pick(PASSWORD_LETTERS, 16);
  const pincode = pick('0123456789', 10);
  return { password, pincode, secretHash: await hashSecrets(password, pincode) };
}

interface NewAccount {
  readonly userId: string;
  readonly codiceFiscale: string;
  readonly role: string;
  /** Code of the ASL that an operator acts for. */
  readonly asl: string | undefined;
}

type Change = 'reset' | 'suspend' | 'restore' | 'unlock';
const CHANGES: readonly Change[] = ['reset', 'suspend', 'restore', 'unlock'];
const ACTIONS = ['create', 'assign', 'reset', 'suspend', 'restore', 'unlock', 'remove'];
const USER_ID_FORM = '--user-id must be 1 to 64 characters without colon, blank or control character';
const HOLDER_FORM =
  '--codice-fiscale must be 16 capital letters and digits, the last one its check letter, or 11 digits of a provisional one';

class Refused extends Error {}

/** What HTTP Basic can carry: the user id ends at the first colon (RFC 7617). Blanks are slips of the keyboard. */
function isUserId(text: string): boolean {
  return text.length <= 64 && /^[^\s:\p{C}]+$/u.test(text);
}

/** Lenient in the form, since shared test identities (PROVAX00X00X000Y) have no month; the check letter finds a slip. */
function isHolder(text: string): boolean {
  if (/^[A-Z0-9]{16}$/.test(text)) return checkLetter(text.slice(0, 15)) === text.slice(15);
  return isProvisionalCodiceFiscale(text);
}

const UNKNOWN_ASL = 'the registry has no such ASL';

async function create(
  { ownerDb, clock, out }: AdminContext,
  { userId, codiceFiscale, role, asl }: NewAccount,
): Promise<number> {
  const { password, pincode, secretHash } = await freshSecrets();
  try {
    await ownerDb.transaction(async (manager) => {
      const rows = await manager.query<unknown[]>(
        `INSERT INTO auth.account (user_id, codice_fiscale, role, secret_hash, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING 1`,
        [userId, codiceFiscale, role, secretHash, clock.now()],
      );
      if (rows.length === 0) throw new Refused('the user id or the codice fiscale has an account already');
      if (asl !== undefined && !(await assignAsl(manager, userId, asl))) throw new Refused(UNKNOWN_ASL);
      await recordChange(manager, { operation: 'account-create', userId, at: clock.now() });
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    out(`refused: ${error.message}`);
    return 1;
  }
  const isUnknown =
    role === 'doctor' &&
    (await ownerDb.query<unknown[]>('SELECT 1 FROM registry.doctor WHERE codice_fiscale = $1', [codiceFiscale]))
      .length === 0;
  out(
    `account created\n  user id   ${userId}\n  password  ${password}\n  pincode   ${pincode}\nHand them over separately; they are not shown again.`,
  );
  if (isUnknown)
    out('note: the registry has no such doctor: he can act as a substitute only, until registry-import brings him in');
  return 0;
}

async function assign({ ownerDb, clock, out }: AdminContext, userId: string, asl: string): Promise<number> {
  const done = await ownerDb.transaction(async (manager) => {
    const isAssigned = await assignAsl(manager, userId, asl);
    if (isAssigned) await recordChange(manager, { operation: 'account-assign', userId, at: clock.now() });
    return isAssigned;
  });
  out(done ? 'account: assign done' : `refused: there is no ASL operator with this user id, or ${UNKNOWN_ASL}`);
  return done ? 0 : 1;
}

async function change(context: AdminContext, action: Change, userId: string): Promise<number> {
  const { ownerDb, clock, out } = context;
  const secrets = action === 'reset' ? await freshSecrets() : undefined;
  const changed = await ownerDb.transaction(async (manager) => {
    const count = await apply(manager);
    if (count > 0) await recordChange(manager, { operation: `account-${action}`, userId, at: clock.now() });
    return count;
  });
  async function apply(manager: Queryable): Promise<number> {
    const affected = async (sql: string, values: unknown[]) =>
      (await manager.query<unknown[]>(`${sql} RETURNING 1`, values))[1] as number;
    if (action === 'unlock') {
      const [account] = await manager.query<unknown[]>('SELECT 1 FROM auth.account WHERE user_id = $1', [userId]);
      await manager.query('DELETE FROM auth.sign_in_attempt WHERE user_id = $1', [userId]);
      return account === undefined ? 0 : 1;
    }
    const version = 'credential_version = credential_version + 1';
    if (secrets !== undefined) {
      const alone = 'secret_hash = $2, password_hash = NULL, pincode_hash = NULL, pair_replaced_at = NULL';
      return affected(`UPDATE auth.account SET ${alone}, ${version} WHERE user_id = $1`, [userId, secrets.secretHash]);
    }
    return affected(`UPDATE auth.account SET suspended_at = $2, ${version} WHERE user_id = $1`, [
      userId,
      action === 'suspend' ? clock.now() : null,
    ]);
  }
  if (changed === 0) {
    out('refused: there is no account with this user id');
    return 1;
  }
  out(
    secrets === undefined
      ? `account: ${action} done`
      : `new password  ${secrets.password}\nnew pincode   ${secrets.pincode}`,
  );
  return 0;
}

export const accountCommand: AdminCommand = {
  name: 'account',
  summary: 'create, assign to an ASL, reset, suspend, restore, unlock or remove a user',
  usage: USAGE,
  rehearses: ['remove'],
  actions: ACTIONS,
  async run(args, context) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'user-id': { type: 'string' },
        'codice-fiscale': { type: 'string' },
        role: { type: 'string' },
        asl: { type: 'string' },
        apply: { type: 'boolean' },
      },
    });
    const [action = ''] = positionals;
    const { 'user-id': userId, 'codice-fiscale': codiceFiscale, role, asl, apply } = values;
    const wrong = (reason: string): number => misused(context, 'account', reason);
    if (!ACTIONS.includes(action)) return wrong(`the action must be one of ${ACTIONS.join(', ')}`);
    if (positionals.length > 1) return wrong('one action and its options are expected, and no further word');
    if (userId === undefined) return wrong('--user-id is missing');
    // Of an account to be made; those of an earlier release may have other ones, and must be reached.
    if (action === 'create' && !isUserId(userId)) return wrong(USER_ID_FORM);
    if (userId === '' || userId.length > 64) return wrong('--user-id must be 1 to 64 characters');
    if (asl !== undefined && !/^[0-9]{6}$/.test(asl)) return wrong('--asl must be six digits');
    if (apply === true && action !== 'remove')
      return wrong(`--apply belongs to remove: ${action} takes effect at once`);
    if (asl !== undefined && action !== 'create' && action !== 'assign')
      return wrong('--asl belongs to create and assign');
    if (action === 'remove') return removeAccount(context, userId, apply === true);
    if (action === 'assign') return asl === undefined ? wrong('--asl is missing') : assign(context, userId, asl);
    const changing = CHANGES.find((known) => known === action);
    if (changing !== undefined) return change(context, changing, userId);
    if (codiceFiscale === undefined) return wrong('--codice-fiscale is missing');
    if (!isHolder(codiceFiscale)) return wrong(HOLDER_FORM);
    if (role === undefined || !ROLES.some((known) => known === role))
      return wrong(`--role must be one of ${ROLES.join(', ')}`);
    if (role === 'asl_operator' && asl === undefined)
      return wrong('--asl is missing: an asl_operator acts for one ASL');
    if (role !== 'asl_operator' && asl !== undefined) return wrong('--asl belongs to the role asl_operator only');
    return create(context, { userId, codiceFiscale, role, asl });
  },
};
