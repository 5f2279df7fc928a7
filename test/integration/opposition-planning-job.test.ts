/**
 * [O-9] The bulk as a job of the worker: on the day after a window's last day, unless held; overdue raises an alarm.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  createCompletion,
  createPlanning,
  createWindowDesk,
  listWindows,
  planningJob,
  warnOfOverdue,
} from '../../src/opposition/index.js';
import { openConsentDatabase } from '../../src/roles/consent.js';
import winston from 'winston';
import { configSchema } from '../../src/config/index.js';
import { romeDate } from '../../src/platform/clock.js';
import { createJobQueue } from '../../src/platform/jobs/index.js';
import { startWorker } from '../../src/roles/worker.js';
import { oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { regionPki } from './opposition-regions.js';

const inWindow = '2026-12-01T10:00:00Z';
const lastDay = '2026-12-17T22:00:00Z'; // 23:00 in Rome
const dayAfter = '2026-12-18T05:00:00Z';

let place: OppositionPlace;
let lines: string[];
const capture = winston.format((entry) => {
  lines.push(JSON.stringify(entry));
  return false;
});
const log = winston.createLogger({ format: capture(), transports: [new winston.transports.Console()] });

beforeEach(async () => {
  lines = [];
  place = await oppositionPlace(inWindow);
});
afterEach(() => place.close());

const desk = () => createWindowDesk(place.owner, place.clock);
const listed = () => listWindows(place.owner, romeDate(place.clock.now()));
const run = (signal = new AbortController().signal, db = place.db) =>
  planningJob({
    withRegister: (work) =>
      work({
        windows: () => listWindows(db, romeDate(place.clock.now())),
        planning: createPlanning(db, place.ana, place.clock),
        completion: createCompletion(db, 7),
      }),
    clock: place.clock,
  }).run({ id: '1', subject: undefined, signal, progress: () => Promise.resolve() });
const databaseName = async () => {
  const [row] = await place.owner.query<[{ name: string }]>('SELECT current_database() AS name');
  return row.name;
};
const queued = async () => {
  const [row] = await place.owner.query<[{ count: number }]>('SELECT count(*)::int AS count FROM consent.notification');
  return row.count;
};
async function express(now: string): Promise<void> {
  place.clock.set(now);
  const [subject = ''] = await place.persons(1);
  expect(await place.service.express(place.expression(subject))).toMatchObject({ kind: 'recorded' });
}

test('queues nothing during a window, the bulk on the day after it, and nothing again', async () => {
  await desk().add(place.call(), { opensOn: '2026-11-18', closesOn: '2026-12-17' });
  await express(inWindow);
  for (const now of [inWindow, lastDay]) {
    place.clock.set(now);
    expect(await run()).toBe('nothing to plan');
  }
  place.clock.set(dayAfter);
  expect(await run()).toMatch(/^window \d+: 1 notifications queued$/);
  expect(await run()).toMatch(/^window \d+: 0 notifications queued$/);
  expect(await queued()).toBe(1);
});

test('a term that had ended when it was added waits for the open window, and is planned with it', async () => {
  place.clock.set('2024-05-01T10:00:00Z');
  const first = await place.window('2024-04-22', '2024-06-30');
  await express('2024-05-10T10:00:00Z');
  await place.owner.query('UPDATE consent.acquisition_window SET created_at = $2 WHERE id = $1', [first, inWindow]);
  await place.window('2026-11-18', '2026-12-17');
  await express(inWindow);
  expect(await run()).toBe('nothing to plan');
  place.clock.set(dayAfter);
  expect(await run()).toMatch(/: 2 notifications queued$/);
  expect((await listed()).map(({ state }) => state)).toEqual(['planned', 'planned']);
});

test('a single term that had ended when it was added is never planned automatically, only by an operator', async () => {
  place.clock.set('2024-05-01T10:00:00Z');
  const first = await place.window('2024-04-22', '2024-06-30');
  await express('2024-05-10T10:00:00Z');
  await place.owner.query('UPDATE consent.acquisition_window SET created_at = $2 WHERE id = $1', [first, inWindow]);
  for (const now of ['2026-12-02T05:00:00Z', '2027-03-01T05:00:00Z']) {
    place.clock.set(now);
    expect(await run()).toBe('nothing to plan');
    expect((await listed()).map(({ state }) => state)).toEqual(['with-next']);
  }
  warnOfOverdue(await listed(), log);
  expect(lines).toEqual([]);
  expect(await place.planning.plan(first)).toMatchObject({ kind: 'planned', queued: 1 });
  expect(await run()).toMatch(/: 0 notifications queued$/); // later imports follow
});

test('a held bulk waits for its release; then, and if the job does not run, it is reported as overdue', async () => {
  const added = await desk().add(place.call(), { opensOn: '2026-11-18', closesOn: '2026-12-17' });
  await express(inWindow);
  const ofWindow = { id: added.id ?? '' };
  expect(await desk().hold(place.call(), ofWindow)).toMatchObject({ refusals: [] });
  expect(await desk().hold(place.call(), ofWindow)).toMatchObject({ refusals: ['held-already'] });
  place.clock.set('2026-12-20T05:00:00Z');
  expect(await run()).toBe('nothing to plan that is not held');
  expect(await queued()).toBe(0);
  expect(lines).toEqual([]);
  warnOfOverdue(await listed(), log);
  expect(lines.join()).toMatch(/the bulk of a window is held/);

  expect(await desk().release(place.call(), ofWindow)).toMatchObject({ refusals: [] });
  lines = [];
  warnOfOverdue(await listed(), log);
  expect(lines.join()).toMatch(/ALARM the bulk of a window is overdue/);
  expect(await run()).toMatch(/: 1 notifications queued$/);
  lines = [];
  warnOfOverdue(await listed(), log);
  expect(lines).toEqual([]);
});

test('withdraws notifications that no longer apply, whatever is held or locked', async () => {
  place.clock.set('2026-11-19T10:00:00Z');
  const first = await place.window('2026-11-18', '2026-11-20');
  const second = await place.window('2026-12-01', '2026-12-17');
  const subjects = await place.persons(3);
  for (const subject of subjects) await place.service.express(place.expression(subject));
  place.clock.set('2026-11-21T10:00:00Z');
  expect(await run()).toMatch(/: 3 notifications queued$/);
  const revokedElsewhere = (subject: string | undefined) =>
    place.owner.query(
      `INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category, region,
         window_id, notice_acknowledged_at)
       VALUES ($1, 2, 'revocation', $2, $1, 'cittadino', 'digital_identity', 1, '120', $3, $2)`,
      [subject, inWindow, second],
    );
  await revokedElsewhere(subjects[0]);
  const states = async () => {
    const rows = await place.owner.query<{ state: string }[]>(
      'SELECT state FROM consent.notification ORDER BY decision_id',
    );
    return rows.map(({ state }) => state);
  };
  // Nothing to plan: the first is held again, after having been released for a while.
  await place.owner.query(
    `ALTER TABLE consent.acquisition_window DISABLE TRIGGER keep_planning;
     UPDATE consent.acquisition_window SET planned_at = NULL, held_at = created_at WHERE id = ${first};
     ALTER TABLE consent.acquisition_window ENABLE TRIGGER keep_planning`,
  );
  place.clock.set(inWindow);
  expect(await run()).toBe('nothing to plan that is not held, 1 withdrawn');
  expect(await states()).toEqual(['withdrawn', 'queued', 'queued']);

  // The second has ended, and its row is locked: the job fails and is retried.
  await revokedElsewhere(subjects[1]);
  place.clock.set(dayAfter);
  const holder = place.owner.createQueryRunner();
  await holder.startTransaction();
  await holder.query('SELECT 1 FROM consent.acquisition_window WHERE id = $1 FOR UPDATE', [second]);
  await place.owner.query(`ALTER ROLE CURRENT_USER IN DATABASE ${await databaseName()} SET lock_timeout = '200ms'`);
  const impatient = await openConsentDatabase(
    { url: place.ownerUrl, poolSize: 4, statementTimeoutMs: 30_000, applicationName: 'test' },
    log,
  );
  try {
    await expect(run(undefined, impatient)).rejects.toThrow('lock timeout');
    expect(await states()).toEqual(['withdrawn', 'withdrawn', 'queued']);
  } finally {
    await holder.rollbackTransaction();
    await holder.release();
    await impatient.destroy();
  }
  expect(await run()).toMatch(/: 0 notifications queued$/);
});

test('aborted, it ends between two batches and the next run continues', async () => {
  await desk().add(place.call(), { opensOn: '2026-11-18', closesOn: '2026-12-17' });
  await express(inWindow);
  place.clock.set(dayAfter);
  const stopping = new AbortController();
  stopping.abort();
  await expect(run(stopping.signal)).rejects.toThrow();
  expect((await listed()).map(({ state }) => state)).toEqual(['due']);
  await run();
  expect((await listed()).map(({ state }) => state)).toEqual(['planned']);
  expect(await queued()).toBe(1);
});

test('the worker runs it, with its own roles, and reports overdue bulks', async () => {
  await desk().add(place.call(), { opensOn: '2026-11-18', closesOn: '2026-12-17' });
  await express(inWindow);
  place.clock.set('2026-12-19T12:00:00Z');
  const { sender } = await regionPki();
  const config = configSchema.parse({
    ...{ opsPort: 0, databaseUrl: place.registryUrl, consentDatabaseUrl: place.ownerUrl },
    ...{ notificationCertificate: sender.certificate, notificationKey: sender.key },
  });
  const worker = await startWorker(config, place.clock, log, { jobs: { pollMs: 20 } });
  try {
    const metrics = async () => (await fetch(`http://127.0.0.1:${worker.opsPort}/metrics`)).text();
    expect(await metrics()).toContain('passerella_opposition_bulks{state="overdue"} 1\n');
    const queue = createJobQueue(place.registry, place.clock);
    const id = await queue.enqueue('opposition-planning');
    for (;;) {
      const job = await queue.find(id);
      expect(job?.lastError).toBeNull();
      if (job?.state !== 'done') continue;
      expect(job.result).toMatch(/^window \d+: 1 notifications queued$/);
      break;
    }
    expect(await queued()).toBe(1);
    expect(await metrics()).toContain('passerella_opposition_bulks{state="overdue"} 0\n');
    expect(lines.join()).toContain('ALARM the bulk of a window is overdue');
  } finally {
    await worker.stop();
  }
});

test('a worker for jobs alone reports overdue bulks too', async () => {
  await desk().add(place.call(), { opensOn: '2026-11-18', closesOn: '2026-12-17' });
  place.clock.set('2026-12-19T12:00:00Z');
  const urls = { databaseUrl: place.registryUrl, consentDatabaseUrl: place.ownerUrl };
  const worker = await startWorker(configSchema.parse({ opsPort: 0, ...urls }), place.clock, log);
  await worker.stop(); // it completes what it has started
  expect(lines.join()).toContain('ALARM the bulk of a window is overdue');
});
