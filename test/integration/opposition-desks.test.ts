/**
 * [S-2] [S-3] The operator's data of the opposition, through its operations: permitted callers, every refusal, and the
 * row of each act in the register's own log, in the act's transaction.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { jobCall } from '../../src/auth/index.js';
import type { Caller } from '../../src/auth/index.js';
import {
  createOfficeDesk,
  createOutboxDesk,
  createOutdatedDesk,
  createPlanning,
  createReceiverDesk,
  createWindowDesk,
} from '../../src/opposition/index.js';
import { callBy } from '../support/calls.js';
import { operator, oppositionPlace, uncatalogued } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';

let place: OppositionPlace;
const now = '2026-12-01T10:00:00Z';
const anchors = '-----BEGIN CERTIFICATE-----';
const citizen: Caller = { kind: 'citizen', codiceFiscale: operator, method: 'spid' };

beforeAll(async () => {
  place = await oppositionPlace(now);
});
beforeEach(async () => {
  place.clock.set(now);
  await place.owner.query('DELETE FROM audit.access_log');
});
afterEach(async () => {
  expect(await uncatalogued(place.owner)).toEqual([]); // docs/events.md
});
afterAll(() => place.close());

const windows = () => createWindowDesk(place.owner, place.clock);
const offices = () => createOfficeDesk(place.owner, place.clock);
const regions = () => createReceiverDesk(place.owner, place.clock);

/** Operation and outcome of each row, in order. */
async function logged(): Promise<string[]> {
  const rows = await place.owner.query<{ operation: string; outcome: string }[]>(
    'SELECT operation, outcome FROM audit.access_log ORDER BY transaction_id',
  );
  return rows.map(({ operation, outcome }) => `${operation} ${outcome}`);
}

test('a window: each act and each refusal writes one row', async () => {
  const term = { opensOn: '2027-01-10', closesOn: '2027-01-20' };
  const added = await windows().add(place.call(), term);
  const id = added.id ?? '';
  const refusalOf = async (act: Promise<{ refusals: readonly string[] }>) => (await act).refusals.join();
  expect(await refusalOf(windows().add(place.call(), term))).toBe('overlap');
  expect(await refusalOf(windows().add(place.call(), { ...term, closesOn: '2027-01-09' }))).toBe('reversed');
  const other = (await windows().add(place.call(), { opensOn: '2027-02-01', closesOn: '2027-02-10' })).id ?? '';
  const move = (opensOn?: string, closesOn?: string) => windows().move(place.call(), { id, opensOn, closesOn });
  expect(await refusalOf(move(undefined, '2027-02-01'))).toBe('overlap');
  expect(await refusalOf(move(undefined, '2027-01-31'))).toBe('');
  expect(await refusalOf(move('2027-02-11', '2027-02-05'))).toBe('reversed');
  expect(await refusalOf(windows().remove(place.call(), { id: other }))).toBe('');
  expect(await refusalOf(windows().remove(place.call(), { id: other }))).toBe('not-found');
  expect(await refusalOf(windows().release(place.call(), { id }))).toBe('not-held');
  const { windows: all } = await windows().list(place.call(), {});
  expect(all).toMatchObject([{ id, opensOn: '2027-01-10', closesOn: '2027-01-31', state: 'to-come' }]);
  expect(await logged()).toEqual([
    ...['window-add changed', 'window-add overlap', 'window-add reversed', 'window-add changed'],
    ...['window-move overlap', 'window-move changed', 'window-move reversed'],
    ...['window-remove changed', 'window-remove not-found', 'window-release not-held', 'window-list 0000'],
  ]);
  const [row] = await place.owner.query<object[]>(
    `SELECT transaction_id::integer AS id, method, caller, subject_kind, database_login, os_user, affected::integer
     FROM audit.access_log ORDER BY transaction_id LIMIT 1`,
  );
  expect(row).toEqual({
    ...{ id: added.transactionId, method: 'admin', caller: 'operator', subject_kind: 'window' },
    ...{ database_login: 'login', os_user: 'user', affected: 1 },
  });
});

test('two racing windows on the same days: one is added, the other is refused', async () => {
  const term = { opensOn: '2028-01-10', closesOn: '2028-01-20' };
  const outcomes = await Promise.all([1, 2, 3].map(() => windows().add(place.call(), term)));
  expect(outcomes.map(({ refusals }) => refusals.join()).sort()).toEqual(['', 'overlap', 'overlap']);
});

test('an office and its operators', async () => {
  const named = { code: '030777', region: '030', kind: 'asl', name: 'Milano' } as const;
  const who = { operator, office: '030777' };
  for (const [act, refusal] of [
    [() => offices().admit(place.call(), who), 'not-named'],
    [() => offices().authorise(place.call(), { ...named, region: '999' }), 'unknown-region'],
    [() => offices().authorise(place.call(), named), undefined],
    [() => offices().authorise(place.call(), { ...named, name: 'Milano 1' }), undefined],
    [() => offices().admit(place.call(), who), undefined],
    [() => offices().admit(place.call(), who), 'operator-admitted'],
    [() => offices().dismiss(place.call(), who), undefined],
    [() => offices().dismiss(place.call(), who), 'operator-not-admitted'],
    [() => offices().withdraw(place.call(), named), undefined],
    [() => offices().withdraw(place.call(), named), 'not-named'],
  ] as const) {
    expect((await act()).refusals[0]).toBe(refusal);
  }
  expect(await logged()).toEqual([
    ...['office-admit not-named', 'office-authorise unknown-region', 'office-authorise changed'],
    ...['office-authorise changed', 'office-admit changed', 'office-admit operator-admitted'],
    ...['office-dismiss changed', 'office-dismiss operator-not-admitted'],
    ...['office-withdraw changed', 'office-withdraw not-named'],
  ]);
  // The row records that an office was changed, not which, and nothing about the operator.
  const [row] = await place.owner.query<[{ text: string }]>(
    'SELECT string_agg(l::text, chr(10)) AS text FROM audit.access_log l',
  );
  expect(row.text).not.toContain(operator);
});

test('a region', async () => {
  const change = { endpoint: 'https://fse.example', anchors };
  expect((await regions().set(place.call(), { region: '999', change })).refusals).toEqual(['unknown-region']);
  expect((await regions().set(place.call(), { region: '030', change: { sign: true } })).refusals).toEqual([
    'incomplete',
  ]);
  expect(await regions().set(place.call(), { region: '030', change })).toMatchObject({ refusals: [], isNew: true });
  expect(await regions().set(place.call(), { region: '030', change: { sign: true } })).toMatchObject({ isNew: false });
  expect((await regions().resume(place.call(), { region: '030' })).refusals).toEqual(['not-paused']);
  expect((await regions().pause(place.call(), { region: '030' })).refusals).toEqual([]);
  expect((await regions().pause(place.call(), { region: '030' })).refusals).toEqual(['not-running']);
  expect((await regions().list(place.call(), {})).regions).toMatchObject([
    { code: '030', sign: true, pauseReason: 'operator', pausedAt: new Date(now) },
  ]);
  expect(await logged()).toEqual([
    ...['region-set unknown-region', 'region-set incomplete', 'region-set changed', 'region-set changed'],
    ...['region-resume not-paused', 'region-pause changed', 'region-pause not-running', 'region-list 0000'],
  ]);
});

test('only the operator may; the attempt writes its row', async () => {
  const call = callBy(citizen, new Date(now));
  const term = { opensOn: '2029-01-10', closesOn: '2029-01-20' };
  for (const act of [
    windows().add(call, term),
    windows().list(call, {}),
    offices().dismiss(call, { operator, office: '120201' }),
    regions().pause(call, { region: '030' }),
  ]) {
    expect(await act).toMatchObject({ refusals: ['not-permitted'] });
  }
  expect((await logged()).sort()).toEqual([
    ...['office-dismiss 1001', 'region-pause 1001', 'window-add 1001', 'window-list 1001'],
  ]);
});

test('a rollback removes the change and its row', async () => {
  const runner = place.owner.createQueryRunner();
  await runner.startTransaction();
  const desk = createWindowDesk(runner.manager, place.clock);
  const term = { opensOn: '2030-01-10', closesOn: '2030-01-20' };
  expect((await desk.add(place.call(), term)).refusals).toEqual([]);
  await runner.rollbackTransaction();
  await runner.release();
  expect(await logged()).toEqual([]);
  expect((await windows().list(place.call(), {})).windows?.map(({ opensOn }) => opensOn)).not.toContain('2030-01-10');
});

test('the bulk, stuck notifications and lists: each operation writes its row, as the register’s role', async () => {
  place.clock.set('2025-01-10T10:00:00Z');
  const window = await place.window('2025-01-05', '2025-01-20');
  const subjects = await place.persons(3);
  for (const subject of subjects) await place.service.express(place.expression(subject));
  place.clock.set('2025-01-21T10:00:00Z');
  await place.owner.query('DELETE FROM audit.access_log');
  const planning = createPlanning(place.db, place.ana, place.clock);
  const byJob = jobCall('opposition-planning', place.clock);
  expect(await planning.foresee(place.call(), { window })).toMatchObject({ wouldQueue: 3, wouldWithdraw: 0 });
  expect((await planning.foresee(byJob, { window })).refusals).toEqual(['not-permitted']);
  expect((await planning.plan(place.call(), { window: '999' })).refusals).toEqual(['unknown-window']);
  expect(await planning.plan(byJob, { window })).toMatchObject({ refusals: [], queued: 3 });
  await place.owner.query(`UPDATE consent.notification SET state = 'parked', finished_at = now(), last_code = 'X'`);
  const outbox = createOutboxDesk(place.db, place.clock);
  expect(await outbox.stuck(place.call(), { limit: 1 })).toMatchObject({
    ...{ reasons: [{ code: 'X', count: 3 }], stuck: [{ code: 'X' }] },
  });
  expect(await outbox.retry(place.call(), { code: 'X' })).toMatchObject({ queued: 3, withdrawn: 0 });
  const exported: string[] = [];
  const { pages = [] } = await outbox.export(place.call(), {});
  for await (const page of pages) exported.push(...page.map(({ subject }) => subject));
  expect(exported.sort()).toEqual([...subjects].sort());
  expect(await outbox.export(callBy(citizen, new Date(now)), {})).toMatchObject({ refusals: ['not-permitted'] });
  await createOutdatedDesk(place.db, place.ana, place.clock).list(place.call(), {});
  expect(
    await place.owner.query(
      'SELECT operation, outcome, affected, caller FROM audit.access_log ORDER BY transaction_id',
    ),
  ).toEqual([
    { operation: 'bulk-foresee', outcome: '0000', affected: null, caller: 'operator' },
    { operation: 'bulk-foresee', outcome: '1001', affected: null, caller: 'job' },
    { operation: 'bulk-plan', outcome: 'unknown-window', affected: null, caller: 'operator' },
    { operation: 'bulk-plan', outcome: 'planned', affected: '3', caller: 'job' },
    { operation: 'notification-stuck', outcome: '0000', affected: null, caller: 'operator' },
    { operation: 'notification-retry', outcome: 'changed', affected: '3', caller: 'operator' },
    { operation: 'notification-export', outcome: '0000', affected: null, caller: 'operator' },
    { operation: 'notification-export', outcome: '1001', affected: null, caller: 'citizen' },
    { operation: 'notification-outdated', outcome: '0000', affected: null, caller: 'operator' },
  ]);
});
