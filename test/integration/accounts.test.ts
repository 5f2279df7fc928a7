/**
 * The operations on accounts and substitutions [S-2] [T-2], on the database as the owner: every refusal with its row,
 * refusals change nothing, and neither other callers nor other database roles have access.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { aslTies } from '../../src/asl/index.js';
import { createAccountDesk } from '../../src/auth/index.js';
import type { AccountDesk, AccountHolder, AccountRefusal, Call, Outcome } from '../../src/auth/index.js';
import { openDatabase, runtimeRole, workerRole } from '../../src/platform/db/index.js';
import type { DataSource, Queryable } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createSubstitutionDesk, substitutionTies } from '../../src/screening/index.js';
import type { SubstitutionDesk, SubstitutionRefusal } from '../../src/screening/index.js';
import { admitted, callBy } from '../support/calls.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { testPeople } from '../support/people.js';

/** Shortly after midnight in Rome, when London still has the previous day. */
const NOW = new Date('2020-10-14T22:00:01Z');
const TODAY = '2020-10-15';
const FISCAL = 'PROVAX00X00X000Y';
const { codiceFiscale: titular, aslCode } = testPeople.identities.doctor;
const { codiceFiscale: substitute } = testPeople.identities.substitute;

let database: TestDatabase;
let owner: DataSource;
let accounts: AccountDesk;
let substitutions: SubstitutionDesk;
const clock = { now: () => NOW };
const operator = callBy(
  { kind: 'operator', method: 'admin', machine: { databaseLogin: 'anna', systemUser: 'anna' } },
  NOW,
  { clientAddress: '' },
);

const open = (role?: string): Promise<DataSource> =>
  openDatabase({
    ...{ url: database.ownerUrl, ...(role && { role }), entities: [], poolSize: 4 },
    ...{ statementTimeoutMs: 10_000, applicationName: 'test', log: createLogger('silent') },
  });

const accountsIn = (tables: Queryable): AccountDesk =>
  createAccountDesk(tables, clock, { ...aslTies(tables), ...substitutionTies(tables) });

beforeAll(async () => {
  database = await createTestDatabase('peopled');
  owner = await open();
  accounts = accountsIn(owner);
  substitutions = createSubstitutionDesk(owner, clock);
});

beforeEach(() => owner.query('TRUNCATE audit.access_log'));

afterAll(async () => {
  await owner.destroy();
  await database.drop();
});

const logged = (): Promise<unknown> =>
  owner.query(
    'SELECT operation, outcome, user_id, titular, caller, os_user FROM audit.access_log ORDER BY transaction_id',
  );
const kept = (): Promise<unknown> =>
  owner.query(
    `SELECT (SELECT json_agg(a ORDER BY user_id) FROM auth.account a) AS accounts,
            (SELECT json_agg(s ORDER BY id) FROM screening.substitution s) AS substitutions,
            (SELECT json_agg(o ORDER BY user_id) FROM asl.operator o) AS operators,
            (SELECT json_agg(c ORDER BY user_id, role) FROM auth.capacity c) AS capacities`,
  );
const row = (operation: string, outcome: string, of: { user_id?: string; titular?: string } = {}) => ({
  ...{ operation, outcome, user_id: null, titular: null, caller: 'operator', os_user: 'anna', ...of },
});

const account = { userId: 'NEW01', codiceFiscale: FISCAL, role: 'doctor' } as const;
const NOBODY = { userId: 'NOBODY' };

type Case<Refusal> = readonly [string, () => Promise<Outcome<Refusal>>, readonly Refusal[], string | undefined];
const ACCOUNT_CASES: readonly Case<AccountRefusal>[] = [
  ['create', () => accounts.create(operator, { ...account, userId: 'a:b' }), ['user-id-form'], 'a:b'],
  ['create', () => accounts.create(operator, { ...account, userId: '=1+1' }), ['user-id-form'], '=1+1'],
  ['create', () => accounts.create(operator, { ...account, userId: 'A\u3164' }), ['user-id-form'], 'A\u3164'],
  ['create', () => accounts.create(operator, { ...account, userId: 'x'.repeat(65) }), ['user-id-form'], undefined],
  ['create', () => accounts.create(operator, { ...account, codiceFiscale: 'short' }), ['holder-form'], 'NEW01'],
  [
    'create',
    () => accounts.create(operator, { ...account, userId: ' ', codiceFiscale: '' }),
    ['user-id-form', 'holder-form'],
    ' ',
  ],
  ['create', () => accounts.create(operator, { ...account, role: 'asl_operator' }), ['asl-missing'], 'NEW01'],
  ['create', () => accounts.create(operator, { ...account, asl: aslCode }), ['asl-not-his'], 'NEW01'],
  [
    'create',
    () => accounts.create(operator, { ...account, role: 'asl_operator', asl: '999999' }),
    ['unknown-asl'],
    'NEW01',
  ],
  ['create', () => accounts.create(operator, { ...account, codiceFiscale: titular }), ['account-exists'], 'NEW01'],
  ['create', () => accounts.create(operator, { ...account, userId: titular }), ['account-exists'], titular],
  ['assign', () => accounts.assign(operator, { ...NOBODY, asl: aslCode }), ['no-asl-operator'], 'NOBODY'],
  ['assign', () => accounts.assign(operator, { userId: titular, asl: aslCode }), ['no-asl-operator'], titular],
  ['assign', () => accounts.assign(operator, { ...NOBODY, asl: '999999' }), ['unknown-asl'], 'NOBODY'],
  ['grant', () => accounts.grant(operator, { ...NOBODY, role: 'doctor' }), ['unknown-account'], 'NOBODY'],
  ['grant', () => accounts.grant(operator, { userId: titular, role: 'doctor' }), ['capacity-held'], titular],
  ['grant', () => accounts.grant(operator, { userId: titular, role: 'asl_operator' }), ['asl-missing'], titular],
  [
    'grant',
    () => accounts.grant(operator, { userId: titular, role: 'doctor', asl: aslCode }),
    ['asl-not-his'],
    titular,
  ],
  [
    'grant',
    () => accounts.grant(operator, { userId: titular, role: 'asl_operator', asl: '999999' }),
    ['unknown-asl'],
    titular,
  ],
  ['withdraw', () => accounts.withdraw(operator, { ...NOBODY, role: 'doctor' }), ['unknown-account'], 'NOBODY'],
  [
    'withdraw',
    () => accounts.withdraw(operator, { userId: titular, role: 'asl_operator' }),
    ['capacity-not-held'],
    titular,
  ],
  ['withdraw', () => accounts.withdraw(operator, { userId: titular, role: 'doctor' }), ['only-capacity'], titular],
  ['reset', () => accounts.reset(operator, NOBODY), ['unknown-account'], 'NOBODY'],
  ['suspend', () => accounts.suspend(operator, NOBODY), ['unknown-account'], 'NOBODY'],
  ['restore', () => accounts.restore(operator, NOBODY), ['unknown-account'], 'NOBODY'],
  ['unlock', () => accounts.unlock(operator, NOBODY), ['unknown-account'], 'NOBODY'],
  ['remove', () => accounts.remove(operator, NOBODY), ['unknown-account'], 'NOBODY'],
];

test.each(ACCOUNT_CASES)(
  '[S-2] account %s, case %#: refused with its row, and nothing changes',
  async (name, act, refusals, userId) => {
    const before = await kept();
    const answer = await act();
    expect(answer.refusals).toEqual(refusals);
    expect(answer.transactionId).toBeGreaterThan(0);
    expect(answer).not.toHaveProperty('password');
    expect(await kept()).toEqual(before);
    expect(await logged()).toEqual([
      row(`account-${name}`, String(refusals[0]), userId === undefined ? {} : { user_id: userId }),
    ]);
  },
);

const term = { titular, substitute, from: TODAY, to: TODAY };
const SUBSTITUTION_CASES: readonly Case<SubstitutionRefusal>[] = [
  ['add', () => substitutions.add(operator, { ...term, substitute: titular }), ['same-doctor'], titular],
  ['add', () => substitutions.add(operator, { ...term, from: '2020-10-16' }), ['term-reversed'], titular],
  ['add', () => substitutions.add(operator, { ...term, to: '2021-10-16' }), ['term-too-long'], titular],
  ['add', () => substitutions.add(operator, { ...term, from: '2020-10-14', to: '2020-10-14' }), ['term-over'], titular],
  [
    'add',
    () => substitutions.add(operator, { ...term, from: '2021-10-17', to: '2021-10-17' }),
    ['term-too-far'],
    titular,
  ],
  ['add', () => substitutions.add(operator, { ...term, substitute: 'RSSMRA80A01H501A' }), ['substitute-form'], titular],
  ['add', () => substitutions.add(operator, { ...term, titular: FISCAL }), ['unknown-titular'], FISCAL],
  [
    'add',
    () => substitutions.add(operator, { ...term, titular: 'what anybody types' }),
    ['unknown-titular'],
    undefined,
  ],
  ['revoke', () => substitutions.revoke(operator, { id: '999999' }), ['none-in-force'], undefined],
];

test.each(SUBSTITUTION_CASES)(
  '[T-2] substitution %s, case %#: refused with its row, and nothing changes',
  async (name, act, refusals, of) => {
    const before = await kept();
    expect((await act()).refusals).toEqual(refusals);
    expect(await kept()).toEqual(before);
    expect(await logged()).toEqual([
      row(`substitution-${name}`, String(refusals[0]), of === undefined ? {} : { titular: of }),
    ]);
  },
);

test('[T-2] a substitution with the last permitted day: added, listed and revoked, each with its row', async () => {
  const { id = '', hasAccount } = await substitutions.add(operator, { ...term, to: '2021-10-15' });
  expect(hasAccount).toBe(true);
  const { substitutions: listed = [] } = await substitutions.list(operator, { titular });
  expect(listed.at(-1)).toEqual({ id, substitute, from: TODAY, to: '2021-10-15', isRevoked: false });
  expect((await substitutions.revoke(operator, { id })).refusals).toEqual([]);
  expect((await substitutions.revoke(operator, { id })).refusals).toEqual(['none-in-force']);
  expect(await logged()).toEqual([
    ...[row('substitution-add', 'changed', { titular }), row('substitution-list', '0000', { titular })],
    ...[row('substitution-revoke', 'changed', { titular }), row('substitution-revoke', 'none-in-force')],
  ]);
});

test('[A-1] an ASL operator: created with an ASL, assigned another one, removed with it', async () => {
  const other = testPeople.identities.secondDoctor.aslCode;
  const made = await accounts.create(operator, { ...account, role: 'asl_operator', asl: aslCode });
  expect(made).toMatchObject({ refusals: [], password: expect.stringMatching(/^.{16}$/) });
  expect(await aslTies(owner).aslOf('NEW01', admitted)).toBe(aslCode);
  expect((await accounts.assign(operator, { userId: 'NEW01', asl: other })).refusals).toEqual([]);
  const refused = await substitutions.add(operator, { ...term, substitute: FISCAL });
  expect(refused.refusals).toEqual(['substitute-no-doctor']);
  expect(await accounts.remove(operator, { userId: 'NEW01' })).toMatchObject({
    asl: other,
    networks: 0,
    substitutions: 0,
  });
  expect(await aslTies(owner).aslOf('NEW01', admitted)).toBeUndefined();
});

test('two concurrent accounts for one person: one is created', async () => {
  const made = await Promise.all(
    ['RACE1', 'RACE2', 'RACE3'].map((userId) => accounts.create(operator, { ...account, userId })),
  );
  expect(made.map(({ refusals }) => refusals.join()).toSorted()).toEqual(['', 'account-exists', 'account-exists']);
});

test('no account holder may, in any capacity, and the attempt is recorded; a doctor adds their own substitutes only', async () => {
  const holder = (capacity: AccountHolder['capacity']): Call<AccountHolder> =>
    callBy(
      { ...{ kind: 'account', userId: titular, codiceFiscale: term.substitute, capacity }, method: 'password' },
      NOW,
    );
  const before = await kept();
  for (const call of [
    holder({ role: 'doctor' }),
    holder({ role: 'asl_operator' }),
    holder({ role: 'administrator' }),
  ]) {
    expect((await accounts.suspend(call, { userId: titular })).refusals).toEqual(['not-permitted']);
    expect((await substitutions.add(call, term)).refusals).toEqual(['not-permitted']);
  }
  expect(await kept()).toEqual(before);
  expect(await owner.query(`SELECT FROM audit.access_log WHERE outcome = '1001'`)).toHaveLength(6);
});

test.each([runtimeRole, workerRole])('[S-1] %s has no right to the tables', async (role) => {
  const db = await open(role);
  const denied = { code: '42501' };
  try {
    await expect(accountsIn(db).create(operator, { ...account, userId: 'OTHER' })).rejects.toMatchObject(denied);
    for (const action of ['reset', 'suspend', 'restore', 'unlock', 'remove'] as const)
      await expect(accountsIn(db)[action](operator, { userId: titular })).rejects.toMatchObject(denied);
    const desk = createSubstitutionDesk(db, clock);
    await expect(desk.add(operator, term)).rejects.toMatchObject(denied);
    await expect(desk.revoke(operator, { id: '1' })).rejects.toMatchObject(denied);
  } finally {
    await db.destroy();
  }
});
