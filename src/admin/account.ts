/**
 * `account`: users of the system [S-2], 6.2. Shows password and pincode once; a rehearsal shows none, because it stores
 * none.
 */
import { aslTies } from '../asl/index.js';
import { MAX_USER_ID, ROLES, createAccountDesk } from '../auth/index.js';
import type { AccountDesk, AccountRefusal, AccountRole, NewAccount } from '../auth/index.js';
import type { Queryable } from '../platform/db/index.js';
import { substitutionTies } from '../screening/index.js';
import { misused } from './command.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, changed, FLAG, NOTHING_CHANGED, parseWords, TEXT } from './arguments.js';

const USAGE = `account create --user-id ID --codice-fiscale CF --role ${ROLES.join('|')} [--asl CODE]
               [--email ADDRESS] [--invite|--card-only] [--apply]
              --asl: six digits: the ASL that an asl_operator acts for; not for other roles
              --card-only: sign-in by card, SPID or CIE only: without password and pincode, and no recovery mail;
              reset creates them later
              --invite: without password and pincode; a mail has a link to choose both within 7 days
              --user-id: up to 64 characters, no colon and no blank, not beginning with = + - or @
account grant --user-id ID --role … [--asl CODE] [--apply]
              add a role: one person has one account; each call is made in one role, SOAP calls as doctor
account withdraw --user-id ID --role … [--apply]     remove a role, except the last
account assign --user-id ID --asl CODE [--apply]     change the ASL that the operator acts for
account reset --user-id ID [--apply]                 create a new password and a new pincode
account email --user-id ID --email ADDRESS|--none [--apply]
              for links and notices; the previous address gets a notice
account invite --user-id ID [--apply]                queue the mail with an activation link; the current secrets stay valid
account link --user-id ID [--apply]                  show such a link once, for a holder without e-mail
account suspend --user-id ID [--apply]               refuse sign-ins by password and card
account restore --user-id ID [--apply]               lift the suspension
account unlock --user-id ID [--apply]                clear failed sign-ins
account remove --user-id ID [--apply]
              delete the account, its failed sign-ins and its ASL assignment; revoke its person's present and future
              substitutions. Tests, numbers of an ASL and access-log rows stay until the end of their terms
${APPLY}`;

const ACTIONS = [
  ...(['create', 'grant', 'withdraw', 'assign', 'reset', 'email', 'invite', 'link'] as const),
  ...(['suspend', 'restore', 'unlock', 'remove'] as const),
] as const;

const WORDS: Readonly<Record<AccountRefusal, string>> = {
  'not-permitted': 'no command may do this',
  'user-id-form':
    '--user-id must be 1 to 64 characters without colon, blank, control or invisible character, and must not begin with = + - or @',
  'holder-form':
    '--codice-fiscale must be 16 capital letters and digits, the last one its check letter, or 11 digits of a provisional one',
  'asl-missing': '--asl is missing: an asl_operator acts for one ASL',
  'asl-not-his': '--asl belongs to the role asl_operator only',
  'unknown-asl': 'the registry does not list this ASL',
  'capacity-held': 'the account has this role already',
  'capacity-not-held': 'the account does not have this role',
  'only-capacity': 'the account has no other role: suspend or remove it instead',
  'account-exists': 'an account with this user id or codice fiscale exists already',
  'unknown-account': 'no account has this user id',
  'no-asl-operator': 'no ASL operator has this user id',
  'email-form': '--email must be one address without accented characters: name@example.it',
  'no-email': 'the account has no e-mail address: set one with account email, or show a link with account link',
  'account-suspended': 'the account is suspended: restore it first',
};
/** Typing errors in the arguments. */
const MISUSED: readonly AccountRefusal[] = ['user-id-form', 'holder-form', 'asl-missing', 'asl-not-his', 'email-form'];

function deskOf(tables: Queryable, { clock }: AdminContext): AccountDesk {
  return createAccountDesk(tables, clock, { ...aslTies(tables), ...substitutionTies(tables) });
}

/** Lines for the result of an operation; ignored if it was refused. */
interface Answer {
  readonly refusals: readonly AccountRefusal[];
  readonly lines: readonly string[];
}
type Work = (desk: AccountDesk, call: AdminContext['entrance']['call'], apply: boolean) => Promise<Answer>;

/** A rehearsal shows no secrets: they are rolled back. */
const create =
  (account: NewAccount, isInvited: boolean): Work =>
  async (desk, call, apply) => {
    const { refusals, isRegistered, password = '', pincode = '' } = await desk.create(call, account);
    if (refusals.length === 0 && isInvited) await desk.invite(call, { userId: account.userId });
    const { userId, role, secrets: first = 'generated' } = account;
    const secrets = [
      ...[`  password  ${password}`, `  pincode   ${pincode}`],
      'Hand them over separately; they are not shown again.',
    ];
    const made = ['account created', `  user id   ${userId}`, ...(first === 'generated' ? secrets : [])];
    const note =
      'note: the registry does not list this doctor, who can act only as a substitute until registry-import adds them';
    const queued = `  a mail with an activation link to ${account.email ?? ''} is queued: the worker sends it`;
    const notes = [...(isInvited ? [queued] : []), ...(role === 'doctor' && isRegistered === false ? [note] : [])];
    return { refusals, lines: [...(apply ? made : [`Would create the account ${userId}`]), ...notes] };
  };

const reset =
  (userId: string): Work =>
  async (desk, call, apply) => {
    const { refusals, password = '', pincode = '' } = await desk.reset(call, { userId });
    const made = [`new password  ${password}`, `new pincode   ${pincode}`];
    return { refusals, lines: apply ? made : ['Would create a new password and pincode for the account'] };
  };

const setEmail =
  (userId: string, email: string | undefined): Work =>
  async (desk, call, apply) => {
    const { refusals } = await desk.setEmail(call, { userId, email });
    return { refusals, lines: [apply ? 'account: email done' : 'Would change the e-mail address of the account'] };
  };

const invite =
  (userId: string): Work =>
  async (desk, call, apply) => {
    const { refusals } = await desk.invite(call, { userId });
    return { refusals, lines: [apply ? 'account: the mail is queued, the worker sends it' : 'Would queue the mail'] };
  };

/** A rehearsal shows no secrets: none are stored. */
const link =
  (userId: string, portalUrl: string | undefined): Work =>
  async (desk, call, apply) => {
    const { refusals, token = '', expiresAt } = await desk.link(call, { userId });
    const made = [
      `${portalUrl?.replace(/\/$/, '') ?? '<address of the portal>'}/attivazione/${token}`,
      `It is valid once, until ${expiresAt?.toISOString() ?? ''}; it is not shown again. Hand it over to its holder only.`,
    ];
    return { refusals, lines: apply ? made : ['Would create and show a link'] };
  };

const remove =
  (userId: string): Work =>
  async (desk, call, apply) => {
    const { refusals, networks = 0, substitutions = 0, asl } = await desk.remove(call, { userId });
    const lines = [
      apply ? 'account removed' : 'Would remove the account',
      `  networks with deleted sign-ins         ${networks}`,
      `  substitutions revoked                  ${substitutions}`,
      ...(asl === undefined ? [] : [`  no longer acts for the ASL             ${asl}`]),
    ];
    return { refusals, lines };
  };

const grant =
  (userId: string, role: AccountRole, asl: string | undefined): Work =>
  async (desk, call, apply) => {
    const { refusals } = await desk.grant(call, { userId, role, asl });
    return { refusals, lines: [apply ? 'account: grant done' : `Would add the role ${role} to the account`] };
  };

const withdraw =
  (userId: string, role: AccountRole): Work =>
  async (desk, call, apply) => {
    const { refusals } = await desk.withdraw(call, { userId, role });
    return { refusals, lines: [apply ? 'account: withdraw done' : `Would remove the role ${role} from the account`] };
  };

const assign =
  (userId: string, asl: string): Work =>
  async (desk, call, apply) => {
    const { refusals } = await desk.assign(call, { userId, asl });
    return { refusals, lines: [apply ? 'account: assign done' : `Would assign the account to the ASL ${asl}`] };
  };

const change =
  (action: 'suspend' | 'restore' | 'unlock', userId: string): Work =>
  async (desk, call, apply) => {
    const { refusals } = await desk[action](call, { userId });
    return { refusals, lines: [apply ? `account: ${action} done` : `Would ${action} the account`] };
  };

async function execute(work: Work, apply: boolean, context: AdminContext): Promise<number> {
  const { refusals, lines } = await changed(context.ownerDb, apply, (tables) =>
    work(deskOf(tables, context), context.entrance.call, apply),
  );
  const [refusal] = refusals;
  if (refusal !== undefined && MISUSED.includes(refusal)) return misused(context, 'account', WORDS[refusal]);
  if (refusal !== undefined) {
    context.out(`refused: ${WORDS[refusal]}`);
    return 1;
  }
  for (const line of lines) context.out(line);
  if (!apply) context.out(NOTHING_CHANGED);
  return 0;
}

export const accountCommand: AdminCommand = {
  name: 'account',
  summary: 'create, invite, assign to an ASL, reset, suspend, restore, unlock or remove a user',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, {
      'user-id': TEXT,
      'codice-fiscale': TEXT,
      role: TEXT,
      asl: TEXT,
      email: TEXT,
      none: FLAG,
      invite: FLAG,
      'card-only': FLAG,
      apply: FLAG,
    });
    const {
      'user-id': userId,
      'codice-fiscale': codiceFiscale = '',
      role,
      asl,
      email,
      none: isWithout,
      invite: isInvited,
      'card-only': isByCard,
      apply,
    } = values;
    const action = ACTIONS.find((known) => known === positionals[0]);
    if (action === undefined) return `the action must be one of ${ACTIONS.join(', ')}`;
    if (positionals.length > 1) return 'expected one action and its options, without further words';
    if (userId === undefined) return '--user-id is missing';
    if (userId === '' || userId.length > MAX_USER_ID) return '--user-id must be 1 to 64 characters';
    if (asl !== undefined && !/^[0-9]{6}$/.test(asl)) return '--asl must be six digits';
    if (asl !== undefined && !['create', 'grant', 'assign'].includes(action))
      return '--asl belongs to create, grant and assign';
    if (isByCard && action !== 'create') return '--card-only belongs to create';
    if (email !== undefined && action !== 'create' && action !== 'email') return '--email belongs to create and email';
    if (isWithout && action !== 'email') return '--none belongs to email';
    if (action === 'email' && (email !== undefined) === isWithout) return 'email takes either --email or --none';
    if (isByCard && isInvited)
      return '--card-only and --invite exclude each other: the mail of --invite is for choosing a password and a pincode';
    if (isInvited && (action !== 'create' || email === undefined)) return '--invite belongs to create with --email';

    let work: Work;
    if (action === 'create' || action === 'grant' || action === 'withdraw') {
      const known = ROLES.find((one) => one === role);
      if (action === 'create' && codiceFiscale === '') return '--codice-fiscale is missing';
      if (known === undefined) return `--role must be one of ${ROLES.join(', ')}`;
      if (action === 'create') {
        const secrets = isByCard ? 'card-only' : isInvited ? 'later' : 'generated';
        work = create({ userId, codiceFiscale, role: known, asl, email, secrets }, isInvited);
      } else work = action === 'grant' ? grant(userId, known, asl) : withdraw(userId, known);
    } else if (action === 'assign') {
      if (asl === undefined) return '--asl is missing';
      work = assign(userId, asl);
    } else if (action === 'email') {
      work = setEmail(userId, email);
    } else if (action === 'link') {
      return { action, apply, run: (context) => execute(link(userId, context.portalUrl), apply, context) };
    } else {
      const works = { reset, remove, invite };
      work =
        action === 'reset' || action === 'remove' || action === 'invite'
          ? works[action](userId)
          : change(action, userId);
    }
    return { action, apply, run: (context) => execute(work, apply, context) };
  },
};
