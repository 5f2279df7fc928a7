/**
 * [O-1..O-7] [O-10] Expressing an opposition through its operations: permitted callers and methods, the contents of the
 * register and of its access log; the notice; what a person and an intermediary see. As the register's role.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Caller } from '../../src/auth/index.js';
import { createNoticeDesk, createOfficeDesk, createOppositionService } from '../../src/opposition/index.js';
import type { Channel, Expression } from '../../src/opposition/index.js';
import { callBy } from '../support/calls.js';
import { callerOf, notice, office, operator, oppositionPlace, uncatalogued } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { codiceFiscale } from './registry-fixture.js';

const now = '2026-12-01T10:00:00Z';
const afterWindow = '2027-03-01T10:00:00Z';
let place: OppositionPlace;

beforeAll(async () => {
  place = await oppositionPlace(now);
  await place.window('2024-04-22', '2024-06-30');
  await place.window('2026-11-18', '2026-12-17');
});
beforeEach(async () => {
  place.clock.set(now);
  await place.owner.query('DELETE FROM audit.access_log');
  await place.registry.query('DELETE FROM audit.access_log');
});
afterEach(async () => {
  expect(await uncatalogued(place.owner)).toEqual([]); // docs/events.md
});
afterAll(() => place.close());

const person = async (...args: Parameters<OppositionPlace['persons']> extends [number, ...infer Rest] ? Rest : never) =>
  (await place.persons(1, ...args))[0] ?? '';
const acknowledged = (): Expression['notice'] => ({ ...notice, at: place.clock.now() });
const by = (caller: Caller) => callBy(caller, place.clock.now());
const citizen = (codice: string, method: 'spid' | 'cie' | 'card' = 'spid'): Caller => ({
  ...{ kind: 'citizen', codiceFiscale: codice, method },
});
const inChannel = (channel: Channel, subject: string): Caller =>
  callerOf({ subject, channel, enteredBy: channel === 'operator' ? operator : subject, office });
const oppose = (caller: Caller, changes: Partial<Expression> = {}) =>
  place.operations.express(by(caller), { value: 'opposition', notice: acknowledged(), ...changes });

const rows = () =>
  place.owner.query<Record<string, unknown>[]>(
    `SELECT operation, outcome, caller, method, region, subject_kind AS kind, user_id AS "userId", affected::integer
     FROM audit.access_log ORDER BY transaction_id`,
  );

test.each(['spid', 'cie', 'card'] as const)('a citizen by %s: decision and row are one transaction', async (method) => {
  const subject = await person();
  const outcome = await oppose(citizen(subject, method));
  expect(outcome).toMatchObject({ refusals: [], category: 2, messageId: undefined, decidedAt: new Date(now) });
  expect(
    await place.owner.query(
      `SELECT value, channel, entered_by, entered_role, office, notice_version, notice_language, notice_acknowledged_at,
              d.xmin = l.xmin AS together
       FROM consent.decision d, audit.access_log l WHERE d.subject = $1 AND l.transaction_id = $2`,
      [subject, outcome.transactionId],
    ),
  ).toEqual([
    {
      ...{ value: 'opposition', channel: 'digital_identity', entered_by: subject, entered_role: 'cittadino' },
      ...{ office: null, notice_version: 1, notice_language: 'it', notice_acknowledged_at: new Date(now) },
      together: true,
    },
  ]);
  expect(await rows()).toEqual([
    {
      ...{ operation: 'opposition-express', outcome: 'recorded', caller: 'citizen', method, region: null },
      ...{ kind: 'codice-fiscale', userId: null, affected: 1 },
    },
  ]);
});

test('an intermediary: role and office come from the call, the region is that of care [O-10]', async () => {
  const subject = await person({ region: '030' });
  expect(await oppose(inChannel('operator', subject), { subject })).toMatchObject({ refusals: [], category: 2 });
  expect(
    await place.owner.query(
      'SELECT channel, entered_by, entered_role, office, region::text FROM consent.decision WHERE subject = $1',
      [subject],
    ),
  ).toEqual([
    {
      ...{ channel: 'operator', entered_by: operator, entered_role: 'operatore ASL', office, region: '030' },
    },
  ]);
  expect(await rows()).toMatchObject([
    { outcome: 'recorded', caller: 'intermediary', region: '030', kind: 'codice-fiscale', userId: 'operator' },
  ]);
  const offices = createOfficeDesk(place.owner, place.clock);
  await offices.authorise(place.call(), { code: 'USMAF1', region: 'SASN', kind: 'usmaf_sasn', name: 'Genova' });
  await offices.admit(place.call(), { operator, office: 'USMAF1' });
  // One of several offices, chosen by the operator.
  const own = createOfficeDesk(place.db, place.clock).own;
  const unchosen: Caller = callerOf({ subject, channel: 'operator', enteredBy: operator, office: undefined });
  expect(await own(by(unchosen), {})).toMatchObject({
    offices: [
      { code: office, kind: 'asl', regions: ['030', '120'] },
      { code: 'USMAF1', kind: 'usmaf_sasn', name: 'Genova', regions: ['SASN'] },
    ],
  });
  expect((await own(place.call(), {})).refusals).toEqual(['not-permitted']);
  const sailor = await person({ sasn: true });
  const asSailor: Caller = callerOf({ subject: sailor, channel: 'operator', enteredBy: operator, office: 'USMAF1' });
  expect((await oppose(asSailor, { subject: sailor })).refusals).toEqual([]);
  expect(
    await place.owner.query('SELECT entered_role, region::text FROM consent.decision WHERE subject = $1', [sailor]),
  ).toEqual([{ entered_role: 'operatore USMAF-SASN', region: 'SASN' }]);

  // Withdrawn meanwhile: the next act is refused.
  await offices.withdraw(place.call(), { code: 'USMAF1', region: 'SASN' });
  expect((await oppose(asSailor, { subject: sailor, value: 'revocation' })).refusals).toEqual([
    'operator-not-of-office',
  ]);
});

test('refuses other capacities, other methods, the operator of the machine, and acting for another person', async () => {
  const subject = await person();
  const account = { kind: 'account', userId: 'x', codiceFiscale: operator } as const;
  const callers: readonly Caller[] = [
    { ...account, capacity: { role: 'doctor' }, method: 'card' },
    { ...account, capacity: { role: 'asl_operator' }, method: 'card' },
    { ...account, capacity: { role: 'intermediary', office }, method: 'password' }, // chapter 4: two factors only
    place.call().caller,
    { kind: 'job', method: 'job', job: 'x' },
  ];
  for (const caller of callers) {
    expect((await oppose(caller, { subject })).refusals).toEqual(['not-permitted']);
    expect((await place.operations.eligibility(by(caller), { subject })).refusals).toEqual(['not-permitted']);
  }
  expect((await oppose(citizen(operator), { subject })).refusals).toEqual(['not-for-another']);
  const free: Caller = { kind: 'free_area', subject: operator, method: 'health-card' };
  expect((await oppose(free, { subject })).refusals).toEqual(['not-for-another']);
  expect(
    (await oppose({ ...account, capacity: { role: 'intermediary' }, method: 'card' }, { subject })).refusals,
  ).toEqual(
    ['operator-not-of-office'], // no office is chosen
  );
  expect(await place.owner.query('SELECT FROM consent.decision WHERE subject = $1', [subject])).toEqual([]);
  expect((await rows()).map(({ outcome }) => outcome)).toEqual([
    ...callers.flatMap(() => ['1001', '1001']),
    ...['not-for-another', 'not-for-another', 'operator-not-of-office'],
  ]);
});

test('[O-4] no log reveals the person or the choice; the TS database has no trace', async () => {
  const subject = await person();
  for (const value of ['opposition', 'opposition', 'revocation', 'revocation'] as const)
    await oppose(citizen(subject), { value });
  await place.operations.state(by(citizen(subject)), {});
  expect((await rows()).map(({ outcome }) => outcome)).toEqual([
    ...['recorded', 'not-expressible', 'recorded', 'not-expressible', '0000'],
  ]);
  const everything = async (db: OppositionPlace['owner']) => {
    const [row] = await db.query<[{ text: string | null }]>(
      'SELECT string_agg(l::text, chr(10)) AS text FROM audit.access_log l',
    );
    return row.text ?? '';
  };
  const text = await everything(place.owner);
  for (const secret of [subject, 'already-opposed', 'nothing-to-revoke', 'revocation'])
    expect(text).not.toContain(secret);
  expect(await everything(place.registry)).toBe('');
});

test('a rollback leaves neither decision nor row, even after a lost race', async () => {
  const subject = await person();
  const runner = place.db.createQueryRunner();
  await runner.startTransaction();
  const { ana, clock } = place;
  const rehearsed = createOppositionService({ tables: runner.manager, ana, clock });
  const request = { value: 'opposition', notice: acknowledged() } as const;
  expect((await rehearsed.express(by(citizen(subject)), request)).refusals).toEqual([]);
  expect((await rehearsed.express(by(citizen(subject)), request)).refusals).toEqual(['already-opposed']);
  await runner.rollbackTransaction();
  await runner.release();
  expect(await rows()).toEqual([]);
  expect((await oppose(citizen(subject))).refusals).toEqual([]);
});

describe('the notice [O-2]', () => {
  const notices = () => createNoticeDesk(place.owner, place.clock);

  test('an acknowledgement is valid for an hour, and only for the last version', async () => {
    const subject = await person();
    const refusalOf = async (given: Expression['notice']) =>
      (await oppose(citizen(subject), { notice: given })).refusals[0];
    const at = (ms: number) => ({ ...notice, at: new Date(Date.parse(now) + ms) });
    expect(await refusalOf(undefined)).toBe('notice-not-acknowledged');
    expect(await refusalOf({ ...at(0), version: 2 })).toBe('notice-changed');
    expect(await refusalOf({ ...at(0), language: 'de' })).toBe('notice-changed');
    expect(await refusalOf(at(60_001))).toBe('notice-expired'); // not acknowledged yet
    expect(await refusalOf(at(-3_600_001))).toBe('notice-expired');
    expect(await refusalOf(at(-3_600_000))).toBeUndefined();
  });

  test('published once, further languages of the last version, superseded by the next', async () => {
    const publish = async (version: number, language: string) =>
      (await notices().publish(place.call(), { version, language, text: `Testo ${version} ${language}` })).refusals[0];
    const subject = await person();
    const before = acknowledged();
    expect(await publish(1, 'it')).toBe('published-already');
    expect(await publish(1, 'de')).toBeUndefined();
    const read = (language: string) => createNoticeDesk(place.db, place.clock).read(by(citizen(subject)), { language });
    expect((await read('de')).notice).toMatchObject({ version: 1, language: 'de', text: 'Testo 1 de' });
    expect((await read('en')).refusals).toEqual(['no-such-language']);
    try {
      expect(await publish(2, 'it')).toBeUndefined();
      expect(await publish(1, 'en')).toBe('superseded');
      expect((await read('it')).notice).toMatchObject({ version: 2 });
      // Changed while the form was open: the person must read it again.
      expect((await oppose(citizen(subject), { notice: before })).refusals).toEqual(['notice-changed']);
      const { notices: all = [] } = await notices().list(place.call(), {});
      expect(all.map(({ version, language }) => `${version} ${language}`)).toEqual(['2 it', '1 de', '1 it']);
    } finally {
      await place.owner.query('DELETE FROM consent.notice WHERE version = 2');
    }
    await expect(createNoticeDesk(place.db, place.clock).publish(place.call(), { version: 3, language: 'it', text: 'x' }))
      .rejects.toMatchObject({ code: '42501' }); // prettier-ignore
  });
});

describe('the free area reveals nothing about the person', () => {
  const free = (subject: string): Caller => inChannel('free_area_card', subject);

  test('a choice is recorded, whatever was chosen before', async () => {
    for (const first of ['opposition', 'revocation'] as const) {
      const subject = await person();
      for (const value of [first, first, 'opposition'] as const) {
        const outcome = await oppose(free(subject), { value });
        expect(outcome).toMatchObject({ refusals: [], earlier: undefined });
      }
    }
  });

  test('unknown, dead, minor, not in care, past the term: one answer', async () => {
    const subjects = [
      codiceFiscale(910_000),
      await person({ status: 'deceased' }),
      await person({ status: 'emigrated' }),
      await person({ birthDate: '2012-01-01' }),
    ];
    for (const subject of subjects) expect((await oppose(free(subject))).refusals).toEqual(['not-possible-here']);
    place.clock.set(afterWindow);
    for (const subject of [...subjects, await person(), await person({ since: '2027-02-20' })])
      expect((await oppose(free(subject))).refusals).toEqual(['not-possible-here']);
    expect((await rows()).every(({ outcome }) => outcome === 'not-possible-here')).toBe(true);
    expect((await oppose(free(await person({ birthDate: '2009-02-20' })))).refusals).toEqual([]);
    // What depends on the window alone is answered for any person.
    for (const subject of subjects)
      expect((await oppose(free(subject), { value: 'revocation' })).refusals).toEqual(['revocation-closed']);
    place.clock.set('2024-01-01T10:00:00Z');
    for (const subject of subjects) expect((await oppose(free(subject))).refusals).toEqual(['not-yet-open']);
  });

  test('its holder sees neither the history nor the permitted values', async () => {
    const subject = await person();
    expect((await place.operations.state(by(free(subject)), {})).refusals).toEqual(['not-permitted']);
    expect((await place.operations.eligibility(by(free(subject)), {})).refusals).toEqual(['not-permitted']);
  });
});

describe('before the choice', () => {
  test('a citizen: own decisions, what may be expressed, until when', async () => {
    const subject = await person();
    expect(await place.operations.state(by(citizen(subject)), {})).toMatchObject({ refusals: [], history: [] });
    const { decisionId } = await oppose(inChannel('operator', subject), { subject });
    expect(await place.operations.state(by(citizen(subject)), {})).toMatchObject({
      history: [{ id: decisionId, value: 'opposition', decidedAt: new Date(now), enteredRole: 'operatore ASL' }],
    });
    expect(await place.operations.eligibility(by(citizen(subject)), {})).toMatchObject({
      ...{ opposition: { allowed: false, reason: 'already-opposed' }, revocation: { allowed: true, category: 2 } },
      closesOn: '2026-12-17',
    });
    place.clock.set(afterWindow);
    expect(await place.operations.eligibility(by(citizen(subject)), {})).toMatchObject({
      ...{ opposition: { reason: 'already-expressed' }, revocation: { reason: 'revocation-closed' } },
      closesOn: undefined,
    });
  });

  test('an intermediary: sees persons for whom the office may act, and no others', async () => {
    const ask = (subject: string, of = office) =>
      place.operations.eligibility(by(callerOf({ subject, channel: 'operator', enteredBy: operator, office: of })), {
        subject,
      });
    place.clock.set(afterWindow);
    expect(await ask(await person({ since: '2027-02-20' }))).toMatchObject({
      opposition: { allowed: true, category: 3 },
    });
    expect((await ask(codiceFiscale(910_001))).refusals).toEqual(['unknown-person']);
    expect((await ask('X')).refusals).toEqual(['invalid-identifier']);
    // A person outside the office: the same answer whether or not the person exists.
    for (const subject of [await person(), codiceFiscale(910_001)])
      expect((await ask(subject, 'none')).refusals).toEqual(['operator-not-of-office']);
    expect((await rows()).map(({ outcome, kind, region }) => [outcome, kind, region])).toEqual([
      ['0000', 'codice-fiscale', '120'],
      ['unknown-person', 'codice-fiscale', null],
      ['invalid-identifier', null, null],
      ['operator-not-of-office', 'codice-fiscale', null],
      ['operator-not-of-office', 'codice-fiscale', null],
    ]);
  });
});

test('[O-10] one acknowledgement is of one expression, under two identifiers of the person too [G-5]', async () => {
  const notice = acknowledged();
  const visit = randomUUID();
  // The registry does not link them yet: neither history contains the other's decision.
  const both = await place.persons(2);
  const [one, other, ...again] = await Promise.all(
    [...both, ...both].map((subject) => oppose(citizen(subject), { notice, visit })),
  );
  for (const outcome of [one, other, ...again]) expect(outcome?.refusals).toEqual([]);
  for (const outcome of [other, ...again]) expect(outcome?.decisionId).toBe(one?.decisionId);
  const count = await place.owner.query<object[]>(
    'SELECT count(*)::integer AS n FROM consent.decision WHERE visit = $1',
    [visit],
  );
  expect(count).toEqual([{ n: 1 }]);
  expect((await rows()).map(({ outcome }) => outcome).sort()).toEqual(['recorded', 'repeated', 'repeated', 'repeated']);
  const changed = await oppose(citizen(both[1] ?? ''), { notice, visit, value: 'revocation' });
  expect(changed.refusals).toEqual(['notice-expired']);
});
