/**
 * The operator's commands on a running gateway: account, substitution, migrate; their immediate effect, and every
 * refusal.
 */
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import { ROLES } from '../../src/auth/index.js';
import { romeDate } from '../../src/platform/clock.js';
import { openDatabase } from '../../src/platform/db/index.js';
import { checkLetter } from '../../src/platform/ids/index.js';
import { createLogger } from '../../src/platform/log.js';
import { retentionRules } from '../../src/retention/index.js';
import { runAdmin } from '../../src/roles/admin.js';
import { createTestDatabase } from '../support/database.js';
import {
  DONE_VERDICT,
  doctor as doctorOf,
  doctorByCard,
  doctorByPassword,
  refused,
  verdictOf,
} from '../support/doctors.js';
import type { Doctor } from '../support/doctors.js';
import { startTestGateway, textOf } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';
import { runProgram } from '../support/program.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.stop());

/** Runs a command line; resolves to its exit code and output. */
async function admin(line: string, databaseUrl = gateway.databaseUrl): Promise<{ code: number; text: string }> {
  const printed: string[] = [];
  const clock = { now: () => gateway.now() };
  const config = configSchema.parse({ databaseUrl });
  const code = await runAdmin(line.split(' ').filter(Boolean), config, clock, createLogger('silent'), (text) =>
    printed.push(text),
  );
  return { code, text: printed.join('\n') };
}

/**
 * The rows of the access log with the request id of a command: its start, its changes, its end; all name the operator.
 */
async function rowsOf(line: string): Promise<unknown[]> {
  await admin(line);
  const rows = await gateway.db.query<Record<string, unknown>[]>(
    `SELECT operation, outcome, method, caller, database_login, os_user FROM audit.access_log
     WHERE request_id = (SELECT request_id FROM audit.access_log WHERE outcome = 'begun' ORDER BY transaction_id DESC LIMIT 1)
     ORDER BY transaction_id`,
  );
  const [login] = await gateway.db.query<{ login: string }[]>('SELECT session_user AS login');
  const who = { method: 'admin', caller: 'operator', database_login: login?.login, os_user: userInfo().username };
  for (const row of rows) expect(row).toMatchObject(who);
  return rows.map(({ operation, outcome }) => [operation, outcome]);
}

test('[S-3] every command writes a row at its start and one at its end, with its login and the system’s user', async () => {
  expect(await rowsOf('jobs')).toEqual([
    ['admin:jobs', 'begun'],
    ['job-list', '0000'],
    ['admin:jobs', 'done'],
  ]);
  expect(await rowsOf('account unlock --user-id NOBODY --apply')).toEqual([
    ['admin:account unlock', 'begun'],
    ['account-unlock', 'unknown-account'],
    ['admin:account unlock', 'refused'],
  ]);
  expect(await rowsOf('retention')).toEqual([
    ['admin:retention', 'begun'],
    ['retention-report', '0000'],
    ['admin:retention', 'rehearsed'],
  ]);
  expect(await rowsOf('migrate')).toEqual([
    ['admin:migrate', 'begun'],
    ['admin:migrate', 'done'],
  ]);
});

test('[S-3] the rows of a command’s changes have its request id, login and system’s user', async () => {
  const { userId } = gateway.account('revoked');
  for (const action of ['suspend', 'restore', 'unlock'])
    expect(await rowsOf(`account ${action} --user-id ${userId} --apply`)).toEqual([
      [`admin:account ${action}`, 'begun'],
      [`account-${action}`, 'changed'],
      [`admin:account ${action}`, 'done'],
    ]);
  const rules = retentionRules({}).ts.map(({ name }) => [`retention:${name}`, 'deleted']);
  expect(await rowsOf('retention --apply')).toEqual([
    ['admin:retention', 'begun'],
    ...rules,
    ['retention-run', 'changed'],
    ['admin:retention', 'done'],
  ]);
});

test('[S-3] a mistyped command writes its rows too, without unknown words', async () => {
  for (const line of [
    'migrate RSSMRA80A01H501U',
    'account RSSMRA80A01H501U',
    'jobs --subject RSSMRA80A01H501U',
    'retention RSSMRA80A01H501U',
  ]) {
    const name = `admin:${line.split(' ')[0] ?? ''}`;
    expect(await rowsOf(line)).toEqual([
      [name, 'begun'],
      [name, 'misused'],
    ]);
  }
});

test('[S-3] a command that fails writes its row, and reports the error', async () => {
  await gateway.db.query('ALTER TABLE jobs.job RENAME TO lost');
  try {
    await expect(admin('jobs')).rejects.toThrow();
  } finally {
    await gateway.db.query('ALTER TABLE jobs.lost RENAME TO job');
  }
  const rows = await gateway.db.query<unknown[]>(
    `SELECT outcome FROM audit.access_log WHERE operation = 'admin:jobs' ORDER BY transaction_id DESC LIMIT 2`,
  );
  expect(rows).toEqual([{ outcome: 'failed' }, { outcome: 'begun' }]);
});

test('[S-3] a command whose end cannot be recorded still takes effect', async () => {
  await gateway.db.query(
    `ALTER TABLE audit.access_log ADD CONSTRAINT no_end CHECK (operation <> 'admin:jobs' OR outcome = 'begun') NOT VALID`,
  );
  try {
    expect((await admin('jobs')).code).toBe(0);
    expect(await rowsOf('jobs')).toEqual([
      ['admin:jobs', 'begun'],
      ['job-list', '0000'],
    ]);
  } finally {
    await gateway.db.query('ALTER TABLE audit.access_log DROP CONSTRAINT no_end');
  }
});

/** The secrets that a command printed. */
function secretsIn(text: string): { password: string; pincode: string } {
  const [, password = ''] = /password\s+(\S+)/.exec(text) ?? [];
  const [, pincode = ''] = /pincode\s+(\d{10})/.exec(text) ?? [];
  expect(password).toMatch(/^[a-zA-Z2-9]{16}$/);
  return { password, pincode };
}

function signedIn(
  userId: string,
  codiceFiscale: string,
  { password, pincode }: { password: string; pincode: string },
): Doctor {
  const { agent } = gateway.basic('doctor');
  return doctorOf(gateway, codiceFiscale, { basic: `${userId}:${password}`, ...(agent && { agent }) }, () =>
    gateway.pinCode(pincode),
  );
}

async function expectNoSignIn(doctor: Doctor, codice = 'CREDENZIALI_NON_VALIDE'): Promise<void> {
  const reply = await doctor.patientList();
  expect({ status: reply.status, codice: textOf(reply, 'codice') }).toEqual({ status: 500, codice });
}

/** A test identity with its check letter. */
const holder = (digit: string): string => `PROVAX00X00X03${digit}${checkLetter(`PROVAX00X00X03${digit}`)}`;

const USER = 'PROVANEW01';
const FISCAL = 'PROVAX00X00X000Y';

test('[S-2] account create: the printed secrets sign in at once; a second account for user or person is refused', async () => {
  const made = await admin(`account create --user-id ${USER} --codice-fiscale ${FISCAL} --role doctor --apply`);
  expect(made.code).toBe(0);
  const doctor = signedIn(USER, FISCAL, secretsIn(made.text));
  expect(verdictOf(await doctor.patientList())).toEqual(DONE_VERDICT);
  for (const again of [
    `account create --user-id ${USER} --codice-fiscale PROVAX00X00X001X --role doctor --apply`,
    `account create --user-id PROVANEW02 --codice-fiscale ${FISCAL} --role doctor --apply`,
  ]) {
    expect(await admin(again)).toEqual({
      code: 1,
      text: 'refused: an account with this user id or codice fiscale exists already',
    });
  }
  // No secret is stored in plain text.
  const [row] = await gateway.db.query<Record<string, unknown>[]>('SELECT * FROM auth.account WHERE user_id = $1', [
    USER,
  ]);
  const { password, pincode } = secretsIn(made.text);
  expect(JSON.stringify(row)).not.toContain(password);
  expect(JSON.stringify(row)).not.toContain(pincode);
});

test('[S-2] account reset: the previous secrets stop working at once, even remembered ones; the new ones work', async () => {
  const former = doctorByPassword(gateway, 'secondDoctor');
  expect(verdictOf(await former.patientList())).toEqual(DONE_VERDICT); // remembered from now on
  const { userId, codiceFiscale } = gateway.account('secondDoctor');
  const { code, text } = await admin(`account reset --user-id ${userId} --apply`);
  expect(code).toBe(0);
  await expectNoSignIn(former);
  expect(verdictOf(await signedIn(userId, codiceFiscale, secretsIn(text)).patientList())).toEqual(DONE_VERDICT);
  expect(verdictOf(await doctorByCard(gateway, 'secondDoctor').patientList())).toEqual(DONE_VERDICT);
});

test('[T-1] account create --card-only: a card signs in, a password does not until reset creates one', async () => {
  const { userId, codiceFiscale, password, pincode } = gateway.account('secondDoctor');
  await admin(`account remove --user-id ${userId} --apply`);
  expect(
    await admin(
      `account create --user-id ${userId} --codice-fiscale ${codiceFiscale} --role doctor --card-only --apply`,
    ),
  ).toEqual({ code: 0, text: `account created\n  user id   ${userId}` });
  expect(verdictOf(await doctorByCard(gateway, 'secondDoctor').patientList())).toEqual(DONE_VERDICT);
  await expectNoSignIn(signedIn(userId, codiceFiscale, { password, pincode }));
  const { text } = await admin(`account reset --user-id ${userId} --apply`);
  expect(verdictOf(await signedIn(userId, codiceFiscale, secretsIn(text)).patientList())).toEqual(DONE_VERDICT);
});

test('[S-2] account suspend and restore: effective at once, for a remembered password and for a card on an open connection', async () => {
  const byPassword = doctorByPassword(gateway, 'doctor');
  const byCard = doctorByCard(gateway, 'doctor');
  const { userId } = gateway.account('doctor');
  for (const doctor of [byPassword, byCard]) expect(verdictOf(await doctor.patientList())).toEqual(DONE_VERDICT);
  expect(await admin(`account suspend --user-id ${userId} --apply`)).toEqual({
    code: 0,
    text: 'account: suspend done',
  });
  await expectNoSignIn(byPassword);
  await expectNoSignIn(byCard, 'UTENTE_NON_ABILITATO');
  expect(await admin(`account restore --user-id ${userId} --apply`)).toEqual({
    code: 0,
    text: 'account: restore done',
  });
  for (const doctor of [byPassword, byCard]) expect(verdictOf(await doctor.patientList())).toEqual(DONE_VERDICT);
});

test('[S-2] account unlock: a locked owner signs in again without waiting', async () => {
  const { userId, codiceFiscale, password, pincode } = gateway.account('coded');
  const owner = signedIn(userId, codiceFiscale, { password, pincode });
  const guesser = signedIn(userId, codiceFiscale, { password: 'wrong', pincode });
  for (let guess = 0; guess < 6; guess++) await expectNoSignIn(guesser);
  await expectNoSignIn(owner);
  expect(await admin(`account unlock --user-id ${userId} --apply`)).toEqual({ code: 0, text: 'account: unlock done' });
  expect(verdictOf(await owner.patientList())).toEqual(DONE_VERDICT);
});

test('[A-1] one person, doctor and ASL operator: each call is in one capacity, and fails after its removal', async () => {
  const { userId, codiceFiscale } = gateway.account('substitute');
  const [asl] = await gateway.db.query<{ code: string }[]>('SELECT code FROM registry.asl ORDER BY code LIMIT 1');
  const doctor = doctorByPassword(gateway, 'substitute');
  const history = `asl history --operator ${codiceFiscale}`;
  const grant = `account grant --user-id ${userId} --role asl_operator --asl ${asl?.code}`;
  expect((await admin(history)).text).toContain('  1001  ');
  expect((await admin(grant)).text).toMatch(/^Would add the role asl_operator to the account\nNothing was changed/);
  expect((await admin(history)).text).toContain('  1001  ');
  expect(await admin(`${grant} --apply`)).toEqual({ code: 0, text: 'account: grant done' });
  expect((await admin(history)).code).toBe(0);
  expect(verdictOf(await doctor.patientList())).toEqual(DONE_VERDICT);

  const withdraw = (role: string) => admin(`account withdraw --user-id ${userId} --role ${role} --apply`);
  expect(await withdraw('doctor')).toEqual({ code: 0, text: 'account: withdraw done' });
  expect(verdictOf(await doctor.patientList())).toEqual(refused('1001'));
  expect((await admin(history)).code).toBe(0);
  expect(await withdraw('asl_operator')).toEqual({
    ...{ code: 1, text: 'refused: the account has no other role: suspend or remove it instead' },
  });
  await admin(`account grant --user-id ${userId} --role doctor --apply`);
  expect(verdictOf(await doctor.patientList())).toEqual(DONE_VERDICT);
  expect((await withdraw('asl_operator')).code).toBe(0);
  expect((await admin(history)).text).toContain('  1001  ');
  expect(await gateway.db.query('SELECT FROM asl.operator WHERE user_id = $1', [userId])).toEqual([]);
  const rows: unknown = await gateway.db.query(
    `SELECT DISTINCT operation, caller, outcome FROM audit.access_log
     WHERE user_id = $1 AND operation IN ('patient-list', 'asl-daily-list') ORDER BY operation, caller, outcome`,
    [userId],
  );
  expect(rows).toEqual([
    { operation: 'asl-daily-list', caller: 'asl_operator', outcome: '0000' },
    { operation: 'asl-daily-list', caller: 'doctor', outcome: '1001' },
    { operation: 'patient-list', caller: 'asl_operator', outcome: '1001' },
    { operation: 'patient-list', caller: 'doctor', outcome: '0000' },
  ]);
});

test('[S-2] every role can be granted and withdrawn; SOAP refuses its holder, and the row names role and region', async () => {
  const [asl] = await gateway.db.query<{ code: string; region: string }[]>(
    'SELECT code, region_code AS region FROM registry.asl ORDER BY code LIMIT 1',
  );
  for (const [index, role] of ROLES.filter((one) => one !== 'doctor').entries()) {
    const [userId, codiceFiscale] = [`ROLE${index}`, ['4', '5', '6', '7', '8', '9'].map(holder)[index] ?? ''];
    const words = role === 'asl_operator' ? ` --asl ${asl?.code}` : '';
    const made = await admin(
      `account create --user-id ${userId} --codice-fiscale ${codiceFiscale} --role ${role}${words} --apply`,
    );
    expect({ role, code: made.code }).toEqual({ role, code: 0 });
    expect(verdictOf(await signedIn(userId, codiceFiscale, secretsIn(made.text)).patientList())).toEqual(
      refused('1001'),
    );
    const [row] = await gateway.db.query<unknown[]>(
      `SELECT caller, region FROM audit.access_log WHERE user_id = $1 AND operation = 'patient-list'`,
      [userId],
    );
    expect(row).toEqual({ caller: role, region: role === 'asl_operator' ? asl?.region : null });
    expect((await admin(`account grant --user-id ${userId} --role doctor --apply`)).code).toBe(0);
    expect((await admin(`account withdraw --user-id ${userId} --role ${role} --apply`)).code).toBe(0);
  }
});

test('[S-2] account remove: rehearsed, then effective at once; records stay, substitutions for the person end', async () => {
  const made = await admin('account create --user-id GONE01 --codice-fiscale PROVAX00X00X008Q --role doctor --apply');
  const former = signedIn('GONE01', 'PROVAX00X00X008Q', secretsIn(made.text));
  const titular = gateway.account('doctor').codiceFiscale;
  const today = romeDate(gateway.now());
  await admin(
    `substitution add --titular ${titular} --substitute PROVAX00X00X008Q --from ${today} --to ${today} --apply`,
  );
  await gateway.db.query(
    `INSERT INTO screening.substitution (titular, substitute, valid_from, valid_to, created_at)
     VALUES ($1, 'PROVAX00X00X008Q', '2026-01-01', '2026-01-02', now())`,
    [titular],
  );
  expect(verdictOf(await former.patientList(titular))).toEqual(DONE_VERDICT);
  const state = () =>
    gateway.db.query<unknown[]>(
      `SELECT (SELECT count(*) FROM auth.account WHERE user_id = 'GONE01') AS accounts,
              (SELECT count(*) FROM auth.sign_in_attempt WHERE user_id = 'GONE01') AS attempts,
              (SELECT count(*) FROM audit.access_log WHERE user_id = 'GONE01') AS log,
              (SELECT count(*) FROM screening.substitution WHERE substitute = 'PROVAX00X00X008Q') AS substitutions,
              (SELECT count(*) FROM screening.substitution
               WHERE substitute = 'PROVAX00X00X008Q' AND revoked_at IS NOT NULL) AS revoked`,
    );
  const before = { accounts: '1', attempts: '2', log: '2', substitutions: '2', revoked: '0' };
  const said = '  networks with deleted sign-ins         1\n  substitutions revoked                  1';
  expect(await admin('account remove --user-id GONE01')).toEqual({
    code: 0,
    text: `Would remove the account\n${said}\nNothing was changed. Add --apply to apply it.`,
  });
  expect(await state()).toEqual([before]);
  expect(verdictOf(await former.patientList(titular))).toEqual(DONE_VERDICT);

  expect(await admin('account remove --user-id GONE01 --apply')).toEqual({ code: 0, text: `account removed\n${said}` });
  expect(await state()).toEqual([{ ...before, accounts: '0', attempts: '0', log: '4', revoked: '1' }]);
  await expectNoSignIn(former);
  expect(await admin('account remove --user-id GONE01 --apply')).toEqual({
    code: 1,
    text: 'refused: no account has this user id',
  });

  // Another account with the same user id: remembered credentials of the former one are refused.
  const again = await admin('account create --user-id GONE01 --codice-fiscale PROVAX00X00X008Q --role doctor --apply');
  await expectNoSignIn(former);
  const now = signedIn('GONE01', 'PROVAX00X00X008Q', secretsIn(again.text));
  expect(verdictOf(await now.patientList())).toEqual(DONE_VERDICT);
});

test('[S-2] account remove of a titular and of an ASL operator: nobody can act for them any more', async () => {
  const [asl] = await gateway.db.query<{ code: string }[]>('SELECT code FROM registry.asl ORDER BY code LIMIT 1');
  await admin(
    `account create --user-id GONE02 --codice-fiscale PROVAX00X00X007O --role asl_operator --asl ${asl?.code} --apply`,
  );
  const { text } = await admin('account remove --user-id GONE02 --apply');
  expect(text).toContain(`no longer acts for the ASL             ${asl?.code}`);
  expect(await gateway.db.query(`SELECT FROM asl.operator WHERE user_id = 'GONE02'`)).toEqual([]);

  const { userId, codiceFiscale } = gateway.account('expired');
  const substitute = doctorByPassword(gateway, 'substitute');
  const today = romeDate(gateway.now());
  await admin(
    `substitution add --titular ${codiceFiscale} --substitute ${substitute.codiceFiscale} --from ${today} --to ${today} --apply`,
  );
  expect(verdictOf(await substitute.patientList(codiceFiscale))).toEqual(DONE_VERDICT);
  expect((await admin(`account remove --user-id ${userId} --apply`)).code).toBe(0);
  expect(verdictOf(await substitute.patientList(codiceFiscale))).toEqual(refused('1003 codiceFiscaleMedicoTitolare'));
});

test('[S-3] every change of an account has its row in the access log; a rehearsal changes nothing and has none', async () => {
  const rehearsed = await admin('account create --user-id LOGGED01 --codice-fiscale PROVAX00X00X055P --role doctor');
  expect(rehearsed.code).toBe(0);
  expect(rehearsed.text).toMatch(
    /^Would create the account LOGGED01\n(?:note: .*\n)?Nothing was changed\. Add --apply/,
  );
  expect(rehearsed.text).not.toMatch(/password|pincode/);
  await admin('account create --user-id LOGGED01 --codice-fiscale PROVAX00X00X055P --role doctor --apply');
  const account = () => gateway.db.query<unknown[]>(`SELECT * FROM auth.account WHERE user_id = 'LOGGED01'`);
  const asMade = await account();
  const actions = ['reset', 'suspend', 'restore', 'unlock', 'remove'];
  for (const action of actions) {
    const said = await admin(`account ${action} --user-id LOGGED01`);
    expect(said.text).toMatch(/^Would [^]*\nNothing was changed\. Add --apply to apply it\.$/);
    expect(said.text).not.toMatch(/\d{10}/);
    expect(await account()).toEqual(asMade);
  }
  for (const action of actions) await admin(`account ${action} --user-id LOGGED01 --apply`);
  const rows: unknown = await gateway.db.query(
    `SELECT operation, outcome, method, caller, subject_kind FROM audit.access_log
     WHERE user_id = 'LOGGED01' ORDER BY transaction_id`,
  );
  expect(rows).toEqual(
    ['create', ...actions].map((action) => ({
      ...{ operation: `account-${action}`, outcome: 'changed', method: 'admin' },
      ...{ caller: 'operator', subject_kind: 'account' },
    })),
  );
});

test.each(['reset', 'suspend', 'restore', 'unlock', 'remove'])(
  'account %s of an unknown user id is refused',
  async (action) => {
    expect(await admin(`account ${action} --user-id NOBODY`)).toEqual({
      code: 1,
      text: 'refused: no account has this user id',
    });
  },
);

test.each([
  'account',
  'account create',
  'account destroy --user-id X',
  'account reset',
  `account reset --user-id ${'X'.repeat(65)}`,
  'account reset --user-id=',
  'account create --user-id X',
  'account create --user-id X --codice-fiscale short --role doctor',
  'account create --user-id X --codice-fiscale PROVAX00X00X002Y',
  'account create --user-id X --codice-fiscale PROVAX00X00X002Y --role king',
  'account reset --user-id X --force',
  'account reset --user-id X more --apply',
  'account remove',
  'account remove --user-id X --asl 123456',
  'account reset --user-id X --card-only',
  'account create --user-id X --codice-fiscale PROVAX00X00X002Y --role doctor --email a@example.it --invite --card-only',
  'account grant --user-id X',
  'account grant --user-id X --role king',
  'account grant --user-id X --role asl_operator',
  'account withdraw --user-id X',
  'substitution',
  'substitution add --titular X',
  'substitution add --titular A --substitute B --from 2026-01-01',
  'substitution add --titular A --substitute B --from 2026-01-01 --to tomorrow',
  'substitution add --titular A --substitute B --from 2026-13-01 --to 2026-13-02',
  'substitution add --titular A --substitute B --from 2026-02-30 --to 2026-03-01',
  'substitution add --titular A --substitute B --from 2026-02-01 --to 2026-02-32',
  'substitution revoke',
  'substitution revoke --id one',
  'substitution list',
  'substitution list --titular X --apply',
])('«%s»: wrong arguments, exit code 2, the reason and how to get the usage', async (line) => {
  const { code, text } = await admin(line);
  expect(code).toBe(2);
  const [reason, where, ...more] = text.split('\n');
  expect(reason).toMatch(/^wrong arguments: \S/);
  expect([where, ...more]).toEqual([`see passerella admin ${line.split(' ')[0] ?? ''} --help`]);
});

test.each([
  ['account create --user-id X --codice-fiscale PROVAX00X00X000Y --role medico', '--role must be one of doctor, '],
  ['account create --user-id X --codice-fiscale PROVAX00X00X000Y --role asl_operator', '--asl is missing'],
  ['account create --user-id X --codice-fiscale provax00x00x000y --role doctor', '--codice-fiscale must be 16 capital'],
  ['account create --user-id X --codice-fiscale RSSMRA80A01H501A --role doctor', '--codice-fiscale must be 16 capital'],
  ['account create --user-id a:b --codice-fiscale PROVAX00X00X000Y --role doctor', '--user-id must be 1 to 64 char'],
  ['account create --user-id a\u00a0b --codice-fiscale PROVAX00X00X000Y --role doctor', '--user-id must be 1 to 64'],
  ['account create --user-id a\u0007b --codice-fiscale PROVAX00X00X000Y --role doctor', '--user-id must be 1 to 64'],
  ['account suspend X --user-id X --apply', 'expected one action and its options'],
  ['registry-import person f.csv', 'the first word must be one of regions, '],
  ['registry-import persons f.csv --aply', "unknown option '--aply'"],
  ['roster-intake f.csv --replaces abc', '--replaces must be the number'],
  ['roster-withdraw --person rssmra80a01h501u', '--person must be written in capital letters'],
  ['opposition-window add --opens 31/12/2026 --closes 2027-01-31', '--opens must be a day as AAAA-MM-GG'],
  ['opposition-window mvoe --id 1', 'the action must be one of list, add, move, remove, hold, release'],
  ['opposition-express --subject X --office X --operator X --value revoca', '--value must be opposition or revocation'],
  ['opposition-office authorise --office X --region 120 --kind ASL --name X', '--kind must be asl or usmaf_sasn'],
  ['opposition-office admit --office X --operator X', '--operator must be a codice fiscale'],
  ['opposition-block ON', 'expected one word, automatic, on, off'],
  ['opposition-parked --limit x', '--limit must be a whole number'],
  ['opposition-retry --message abc', '--message must be the ID'],
  ['opposition-status RSSMRA80A01H501U', 'the command takes no words'],
  ['opposition-export --out x RSSMRA80A01H501U', 'expected options only'],
])('«%s»: the reason, without quoting the input', async (line, reason) => {
  const { code, text } = await admin(line);
  expect(code).toBe(2);
  expect(text).toContain(`wrong arguments: ${reason}`);
  expect(text).not.toMatch(/RSSMRA|rssmra/);
  expect(text.split('\n')).toHaveLength(2);
});

test('account create: notes a doctor whom the registry lacks, and not one it lists', async () => {
  const known = gateway.account('doctor');
  await admin(`account remove --user-id ${known.userId} --apply`);
  const again = await admin(
    `account create --user-id ${known.userId}X --codice-fiscale ${known.codiceFiscale} --role doctor --apply`,
  );
  expect(again.text).not.toContain('note:');
  const unknown = await admin(
    'account create --user-id NEWHERE --codice-fiscale VRDLGI80A01H501E --role doctor --apply',
  );
  expect(unknown.text).toContain('\nnote: the registry does not list this doctor');
});

test('[T-2] substitution add, list, revoke: effective at once on the running gateway', async () => {
  const titular = gateway.account('secondDoctor').codiceFiscale;
  const substitute = doctorByPassword(gateway, 'substitute');
  const today = romeDate(gateway.now());
  expect(await admin(`substitution list --titular ${titular}`)).toEqual({ code: 0, text: 'no substitutions' });

  const line = `substitution add --titular ${titular} --substitute ${substitute.codiceFiscale} --from ${today} --to ${today}`;
  expect(await admin(line)).toEqual({
    code: 0,
    text: `Would add a substitution, valid from ${today} to ${today}, both included\nNothing was changed. Add --apply to apply it.`,
  });
  expect(await admin(`substitution list --titular ${titular}`)).toEqual({ code: 0, text: 'no substitutions' });
  const added = await admin(`${line} --apply`);
  expect(added.code).toBe(0);
  const [, id = ''] = /^substitution (\d+) added/.exec(added.text) ?? [];
  expect(verdictOf(await substitute.patientList(titular))).toEqual(DONE_VERDICT);
  const listed = `${id}  ${substitute.codiceFiscale}  ${today} – ${today}`;
  expect(await admin(`substitution list --titular ${titular}`)).toEqual({ code: 0, text: listed });

  expect(await admin(`substitution revoke --id ${id}`)).toEqual({
    code: 0,
    text: `Would revoke the substitution ${id}\nNothing was changed. Add --apply to apply it.`,
  });
  expect(verdictOf(await substitute.patientList(titular))).toEqual(DONE_VERDICT);
  expect(await admin(`substitution revoke --id ${id} --apply`)).toEqual({
    code: 0,
    text: `substitution ${id} revoked`,
  });
  expect(verdictOf(await substitute.patientList(titular))).toEqual(refused('1003 codiceFiscaleMedicoTitolare'));
  expect(await admin(`substitution list --titular ${titular}`)).toEqual({ code: 0, text: `${listed}  revoked` });
  for (const gone of [id, '999999']) {
    expect(await admin(`substitution revoke --id ${gone} --apply`)).toEqual({
      code: 1,
      text: 'refused: no substitution in force has this number',
    });
  }
});

test('[T-2] substitution add: each broken rule has its message', async () => {
  const titular = gateway.account('doctor').codiceFiscale;
  const day = (days: number): string => romeDate(new Date(gateway.now().getTime() + days * 86_400_000));
  const add = (who: string, substitute: string, from: number, to: number) =>
    admin(`substitution add --titular ${who} --substitute ${substitute} --from ${day(from)} --to ${day(to)} --apply`);
  const saying = (words: string) => ({ code: 1, text: `refused: ${words}` });
  expect(await add(titular, FISCAL, 2, 1)).toEqual(saying('the term ends before it begins'));
  expect(await add(titular, titular, 1, 2)).toEqual(saying('a doctor cannot be their own substitute'));
  expect(await add('PROVAX00X00X009Y', FISCAL, 1, 2)).toEqual(saying('the titular is not a doctor of the registry'));
  expect(await add(titular, FISCAL, -3, -1)).toEqual(saying('the term has already ended'));
  expect(await add(titular, FISCAL, 0, 366)).toEqual(saying('the term is longer than 366 days'));
  expect(await add(titular, FISCAL, 400, 401)).toEqual(saying('the term begins more than 366 days from now'));
  expect((await add(titular, FISCAL, 0, 365)).code).toBe(0);
  for (const nobody of ['nobody', 'AAAAAAAAAAAAAAAA', 'RSSMRA80A01H501A', '12345678901'])
    expect(await add(titular, nobody, -4000, 4000)).toEqual(
      saying('the term is longer than 366 days; the substitute is not a codice fiscale: form or check letter is wrong'),
    );
  expect(await add(titular, 'RSSMRA80A01H501U', 1, 2)).toEqual({
    ...{ code: 0, text: expect.stringContaining('\nnote: the substitute has no account yet') },
  });
  await admin(
    `account create --user-id OPASL9 --codice-fiscale RSSMRA80A41H501Y --role asl_operator --asl 120201 --apply`,
  );
  expect(await add(titular, 'RSSMRA80A41H501Y', 1, 2)).toEqual(
    saying('the substitute has an account, but not as a doctor'),
  );
});

test('no command, an unknown one, and help', async () => {
  const list = await admin('');
  expect(list.code).toBe(0);
  const [head, ...lines] = list.text.split('\n');
  expect(head).toBe('commands:');
  for (const name of ['migrate', 'account', 'substitution', 'registry-import', 'statistics-deliveries'])
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^  ${name}  +\\S`)));
  // One column of summaries, however long the longest name is.
  expect(new Set(lines.map((line) => line.search(/(?<=\S {2,})\S/))).size).toBe(1);
  expect(await admin('statistcs')).toEqual({
    code: 2,
    text: 'wrong arguments: there is no such command\nsee passerella admin --help',
  });
  expect(await admin('account --help')).toMatchObject({ code: 0 });
});

test('migrate: other commands are refused before it; it can be repeated', async () => {
  const empty = await createTestDatabase('empty');
  try {
    const before = await admin('account suspend --user-id X', empty.ownerUrl);
    expect(before.code).toBe(1);
    expect(before.text).toMatch(/^refused: the database lacks \d+ migration\(s\): run «admin migrate» first$/);
    for (let time = 0; time < 2; time++) {
      expect(await admin('migrate', empty.ownerUrl)).toEqual({ code: 0, text: 'database up to date' });
    }
    const owner = await openDatabase({
      ...{ url: empty.ownerUrl, entities: [], poolSize: 1, statementTimeoutMs: 30_000 },
      ...{ applicationName: 'test', log: createLogger('silent') },
    });
    try {
      const rows = `SELECT outcome FROM audit.access_log WHERE operation = 'admin:migrate' ORDER BY transaction_id`;
      expect(await owner.query(rows)).toEqual([{ outcome: 'done' }, { outcome: 'begun' }, { outcome: 'done' }]);
    } finally {
      await owner.destroy();
    }
    expect((await admin('account suspend --user-id X', empty.ownerUrl)).text).toContain('no account');
  } finally {
    await empty.drop();
  }
});

test('[S-3] by a person’s own login (docs/operations/install.md): every row names that login and the system’s user', async () => {
  const login = `anna_${randomBytes(4).toString('hex')}`;
  const url = new URL(gateway.databaseUrl);
  const owner = url.username;
  const database = url.pathname.slice(1);
  await gateway.db.query(`CREATE ROLE ${login} LOGIN PASSWORD 'secret' IN ROLE ${owner}`);
  await gateway.db.query(`ALTER ROLE ${login} IN DATABASE ${database} SET role = '${owner}'`);
  Object.assign(url, { username: login, password: 'secret' });
  try {
    const words = ['--user-id', 'BYANNA', '--codice-fiscale', 'PROVAX00X00X021Z', '--role', 'doctor', '--apply'];
    const environment = { PASSERELLA_DATABASE_OWNER_URL: url.toString() };
    const ended = await runProgram(['admin', 'account', 'create', ...words], environment, '/').ended;
    expect(ended).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('account created') });
    const rows: unknown = await gateway.db.query(
      `SELECT operation, outcome, caller, database_login AS login, os_user AS system FROM audit.access_log
       WHERE database_login = $1 ORDER BY transaction_id`,
      [login],
    );
    const who = { caller: 'operator', login, system: userInfo().username };
    expect(rows).toEqual([
      { operation: 'admin:account create', outcome: 'begun', ...who },
      { operation: 'account-create', outcome: 'changed', ...who },
      { operation: 'admin:account create', outcome: 'done', ...who },
    ]);
  } finally {
    await gateway.db.query(`DROP ROLE ${login}`);
  }
});

test('as a process: returns the command’s exit code and writes to standard output', async () => {
  const environment = { DATABASE_URL: gateway.databaseUrl };
  const run = (...args: string[]) => runProgram(['admin', ...args], environment, '/').ended;
  expect(await run('account', 'suspend', '--user-id', 'NOBODY')).toEqual({
    code: 1,
    stdout: 'refused: no account has this user id\n',
    stderr: '',
  });
  expect(await run('migrate')).toEqual({ code: 0, stdout: 'database up to date\n', stderr: '' });
});
