/** [S-3] 6.8: the search of the access log: permitted callers, results, pages, and the row it leaves. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { CallerKind } from '../../src/auth/index.js';
import { configSchema } from '../../src/config/index.js';
import { OUTCOMES } from '../../src/dev/docs/events.js';
import { createLogDesk } from '../../src/monitoring/index.js';
import type { LogSearch, SearchRefusal } from '../../src/monitoring/index.js';
import { readLog } from '../../src/monitoring/store.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { runAdmin } from '../../src/roles/admin.js';
import { admitted, callBy, operatorCall } from '../support/calls.js';
import { oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { codiceFiscale } from './registry-fixture.js';

const REASON = 'segnalazione 12 del 20 novembre';
const [SUBSTITUTE, TITULAR] = [codiceFiscale(800_001), codiceFiscale(800_002)];
const AT = new Date('2026-11-22T09:00:00Z');

let place: OppositionPlace;

beforeAll(async () => {
  place = await oppositionPlace(AT.toISOString());
});

afterAll(() => place.close());

const desk = (log: 'ts' | 'consent' = 'ts') =>
  createLogDesk(log === 'ts' ? place.registry : place.owner, log, { now: () => AT });
const search = (filters: Partial<LogSearch> = {}): LogSearch => ({
  ...{ reason: REASON, from: '2026-11-01', to: '2026-11-22' },
  ...filters,
});
const find = async (filters: Partial<LogSearch>, log: 'ts' | 'consent' = 'ts') => {
  const outcome = await desk(log).search(operatorCall(AT), search(filters));
  expect(outcome.refusals).toEqual([]);
  return outcome;
};

interface NewRow {
  readonly at: string;
  readonly [column: string]: string;
}
/** @returns the ids of the rows, in order */
async function add(db: DataSource, ...rows: NewRow[]): Promise<string[]> {
  const ids: string[] = [];
  for (const row of rows) {
    const columns = { operation: 'test-submission', outcome: '0000', request_id: randomUUID(), ...row };
    const places = Object.keys(columns).map((_, index) => `$${index + 1}`);
    const [added] = await db.query<{ id: string }[]>(
      `INSERT INTO audit.access_log (transaction_id, ${Object.keys(columns).join(', ')})
       VALUES (nextval('audit.transaction_id'), ${places.join(', ')}) RETURNING transaction_id AS id`,
      Object.values(columns),
    );
    ids.push(added?.id ?? '');
  }
  return ids;
}
const idsOf = ({ found = [] }: { found?: readonly { transactionId: string }[] }) =>
  found.map(({ transactionId }) => transactionId);
const lastRow = async (db: DataSource) =>
  (
    await db.query<object[]>(
      `SELECT operation, outcome, affected, caller, search FROM audit.access_log ORDER BY transaction_id DESC LIMIT 1`,
    )
  )[0];

test('every filter finds its rows, newest first, from the first instant of the first day in Rome to the last of the last', async () => {
  const requestId = randomUUID();
  const [before, first, ofTitular, refusedOne, last, later] = await add(
    place.registry,
    { at: '2025-06-09T21:59:59.999Z', user_id: 'ROSSI' },
    { at: '2025-06-09T22:00:00Z', user_id: 'ROSSI', doctor: SUBSTITUTE, titular: SUBSTITUTE, region: '120' },
    { at: '2025-06-10T08:00:00Z', user_id: 'VERDI', doctor: SUBSTITUTE, titular: TITULAR, caller: 'doctor' },
    { at: '2025-06-10T08:00:00Z', operation: 'patient-list', outcome: '1001', request_id: requestId },
    { at: '2025-06-11T21:59:59.999Z', titular: TITULAR, operation: 'substitution-add', caller: 'operator' },
    { at: '2025-06-11T22:00:00Z', titular: TITULAR },
  );
  const days = { from: '2025-06-10', to: '2025-06-11' };
  const ids = async (filters: Partial<LogSearch>) => idsOf(await find({ ...days, ...filters }));
  expect(await ids({})).toEqual([last, refusedOne, ofTitular, first]);
  expect(await ids({ userId: 'ROSSI' })).toEqual([first]);
  expect(await ids({ person: SUBSTITUTE })).toEqual([ofTitular, first]);
  expect(await ids({ person: TITULAR })).toEqual([last, ofTitular]);
  expect(await ids({ person: TITULAR, userId: 'VERDI' })).toEqual([ofTitular]);
  expect(await ids({ operation: 'substitution-add' })).toEqual([last]);
  expect(await ids({ outcome: '1001' })).toEqual([refusedOne]);
  expect(await ids({ transactionId: first ?? '' })).toEqual([first]);
  expect(await ids({ requestId: requestId.toUpperCase() })).toEqual([refusedOne]);
  expect(await ids({ region: '120' })).toEqual([first]);
  expect(await ids({ caller: 'operator' })).toEqual([last]);
  expect(await ids({ from: '2025-06-09', userId: 'ROSSI' })).toEqual([first, before]);
  expect(await ids({ to: '2025-06-12', person: TITULAR })).toEqual([later, last, ofTitular]);
});

test('a page continues where the previous one ended, even within one instant, whatever is added meanwhile', async () => {
  const at = '2025-01-15T10:00:00Z';
  const all = await add(place.registry, ...Array.from({ length: 5 }, () => ({ at, doctor: SUBSTITUTE })));
  for (const filters of [{}, { person: SUBSTITUTE }]) {
    const days = { ...filters, from: '2025-01-15', to: '2025-01-15' };
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await find({ ...days, rows: 2, after });
      expect(page.found?.length).toBeLessThanOrEqual(2);
      found.push(...idsOf(page));
      after = page.next;
      await add(place.registry, { at: '2025-01-15T11:00:00Z', doctor: SUBSTITUTE });
    } while (after !== undefined);
    expect(found.filter((id) => all.includes(id))).toEqual(all.toReversed());
    expect(new Set(found).size).toBe(found.length);
    await place.registry.query(`DELETE FROM audit.access_log WHERE at = '2025-01-15T11:00:00Z'`);
  }
});

test('a search is recorded in the searched log, with reason, filters and number of rows shown', async () => {
  await add(place.registry, { at: '2025-03-01T10:00:00Z', doctor: TITULAR });
  const wanted = search({ from: '2025-03-01', to: '2025-03-01', person: TITULAR });
  const { transactionId } = await desk().search(operatorCall(AT), wanted);
  const row = { operation: 'log-search', outcome: '0000', caller: 'operator', affected: '1', search: wanted };
  expect(await lastRow(place.registry)).toEqual(row);
  const [again] = (await find({ from: '2026-11-22', transactionId: String(transactionId) })).found ?? [];
  expect(again).toMatchObject({ operation: 'log-search', search: wanted });

  const count = 'SELECT count(*)::integer AS n FROM audit.access_log';
  const [before] = await place.registry.query<{ n: number }[]>(count);
  await find({ userId: 'BIANCHI' }, 'consent');
  expect(await lastRow(place.owner)).toMatchObject({ operation: 'log-search', search: search({ userId: 'BIANCHI' }) });
  expect(await place.registry.query(count)).toEqual([before]); // nothing of it is in the TS database [O-4]
});

const REFUSED: Readonly<Record<Exclude<SearchRefusal, 'not-permitted' | 'person-elsewhere'>, Partial<LogSearch>[]>> = {
  'reason-form': [
    { reason: 'controllo' },
    { reason: ' '.repeat(20) },
    { reason: 'a'.repeat(301) },
    { reason: `${REASON}\n` },
  ],
  'reason-names-person': [{ reason: `accessi di ${TITULAR}` }, { reason: `accessi di ${TITULAR.toLowerCase()}` }],
  'interval-form': [{ from: '2026-02-30' }, { to: 'oggi' }],
  'interval-reversed': [{ from: '2026-11-22', to: '2026-11-21' }],
  'interval-too-long': [{ from: '2025-11-21' }],
  'person-form': [{ person: `${TITULAR.slice(0, 15)}${TITULAR.endsWith('A') ? 'B' : 'A'}` }, { person: '' }],
  'unknown-operation': [{ operation: 'toString' }, { operation: 'admin:' }],
  'unknown-caller': [{ caller: 'medico' }],
  'filter-form': [
    ...[{ transactionId: '1e3' }, { requestId: '1' }, { region: '12' }, { userId: '' }, { outcome: 'a\u0000' }],
    ...[{ userId: 'a'.repeat(101) }, { operation: `admin:${'a'.repeat(100)}` }],
  ],
  'page-form': [{ rows: 0 }, { rows: 1001 }, { rows: 1.5 }, { after: 'x' }],
};

test.each(Object.entries(REFUSED))('refused: %s; malformed values are not recorded', async (refusal, cases) => {
  for (const one of cases) {
    const { refusals, found } = await desk().search(operatorCall(AT), search(one));
    expect(refusals).toContain(refusal);
    expect(found).toBeUndefined();
    expect(await lastRow(place.registry)).toMatchObject({ outcome: refusals[0], search: null });
    expect(OUTCOMES['log-search']).toContain(refusals[0]);
  }
});

test('366 days are a valid interval; the register’s log is not searched for a person', async () => {
  await find({ from: '2025-11-22' });
  const { refusals } = await desk('consent').search(operatorCall(AT), search({ person: TITULAR }));
  expect(refusals).toEqual(['person-elsewhere']);
  expect(await lastRow(place.owner)).toMatchObject({ outcome: 'person-elsewhere', search: null });
  for (const filter of [
    { userId: TITULAR },
    { userId: `_${TITULAR}_` },
    { outcome: TITULAR },
    { userId: '12345678901' },
  ]) {
    const { refusals: found } = await desk('consent').search(operatorCall(AT), search(filter));
    expect(found).toContain('person-elsewhere');
    expect(await lastRow(place.owner)).toMatchObject({ search: null });
  }
});

test('administrators and auditors may, by every method; others may not, and the row records the attempt', async () => {
  const holder = (role: 'administrator' | 'auditor' | 'doctor', method: 'card' | 'password' | 'spid' | 'cie') =>
    callBy({ kind: 'account', userId: 'U', codiceFiscale: TITULAR, capacity: { role }, method }, AT);
  for (const role of ['administrator', 'auditor'] as const) {
    for (const method of ['card', 'password', 'spid', 'cie'] as const) {
      expect((await desk().search(holder(role, method), search())).refusals).toEqual([]);
      expect(await lastRow(place.registry)).toMatchObject({ caller: role satisfies CallerKind });
    }
  }
  expect(await desk().search(holder('doctor', 'card'), search())).toMatchObject({ refusals: ['not-permitted'] });
  expect(await lastRow(place.registry)).toEqual(
    expect.objectContaining({ outcome: '1001', caller: 'doctor', search: search() }),
  );
});

test('the command searches either log, shows how to continue, and names errors', async () => {
  const admin = async (...words: string[]) => {
    const printed: string[] = [];
    const config = configSchema.parse({ databaseUrl: place.registryUrl, consentDatabaseUrl: place.ownerUrl });
    const line = ['audit', 'search', ...words];
    const code = await runAdmin(line, config, { now: () => AT }, createLogger('silent'), (text) => printed.push(text));
    return { code, printed };
  };
  const asked = ['--reason', REASON, '--from', '2025-04-01', '--to', '2025-04-30'];
  const [older, newer] = await add(
    place.registry,
    { at: '2025-04-01T10:00:00Z', user_id: 'ROSSI', client_address: '192.0.2.9' },
    { at: '2025-04-02T10:00:00Z', user_id: 'ROSSI' },
  );
  const first = await admin(...asked, '--user-id', 'ROSSI', '--rows', '1');
  expect(first.printed).toHaveLength(2);
  expect(first.printed[0]).toContain(`2025-04-02T12:00:00.000+02:00  ${newer}  test-submission  0000  userId=ROSSI`);
  const [, after = ''] = /add --after (\S+)$/.exec(first.printed[1] ?? '') ?? [];
  const second = await admin(...asked, '--user-id', 'ROSSI', '--after', after);
  expect(second).toEqual({ code: 0, printed: [expect.stringContaining(`  ${older}  `)] });
  expect(second.printed[0]).toContain('clientAddress=192.0.2.9');
  expect(await admin(...asked, '--log', 'consent')).toEqual({ code: 0, printed: ['no rows'] });
  expect(await admin(...asked, '--caller', 'medico')).toEqual({
    ...{ code: 1, printed: ['refused: there is no such kind of caller: docs/policy.md lists them'] },
  });
  expect(await admin('--from', '2025-04-01', '--to', '2025-04-30')).toMatchObject({
    ...{ code: 2, printed: ['wrong arguments: search needs --reason', expect.anything()] },
  });
});

test('a selective filter reads by its index, whatever the interval', async () => {
  await place.registry.query(
    `INSERT INTO audit.access_log (transaction_id, at, operation, outcome, user_id, doctor, titular, request_id, caller)
     SELECT nextval('audit.transaction_id'), timestamptz '2026-01-01 10:00Z' + n * interval '10 minutes', 'test-submission', '0000',
            'U' || n % 400, 'D' || n % 400, 'D' || n % 400, gen_random_uuid(), 'doctor' FROM generate_series(1, 20000) n`,
  );
  await place.registry.query('ANALYZE audit.access_log');
  const planOf = async (filters: Partial<LogSearch>): Promise<string> => {
    const explained = { query: (sql: string, values?: unknown[]) => place.registry.query(`EXPLAIN ${sql}`, values) };
    const lines = await readLog(explained as DataSource, admitted, search({ from: '2026-01-01', ...filters }), 101);
    return JSON.stringify(lines);
  };
  expect(await planOf({ userId: 'ROSSI' })).toContain('access_log_user');
  const ofPerson = await planOf({ person: TITULAR });
  expect(ofPerson).toContain('access_log_doctor');
  expect(ofPerson).toContain('access_log_titular');
  expect(await planOf({ requestId: randomUUID() })).toContain('access_log_request');
  expect(await planOf({ transactionId: '7' })).toContain('access_log_pkey');
  expect(await planOf({ operation: 'account-create' })).toContain('access_log_operation');
  expect(await planOf({ outcome: 'sign-in:credentials' })).toContain('access_log_outcome');
  expect(await planOf({ caller: 'auditor' })).toContain('access_log_caller');
  expect(await planOf({})).toContain('access_log_at');
});
