/**
 * Retention of the register of consents [O-6]: only with a configured term; a person's history as a whole; never
 * pending notifications.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { consentRetentionRole, consentRole, createCompletion } from '../../src/opposition/index.js';
import { openDatabase, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createRetention, retentionRules } from '../../src/retention/index.js';
import type { RetentionService } from '../../src/retention/index.js';
import { openConsentDatabase } from '../../src/roles/consent.js';
import { oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { codiceFiscale } from './registry-fixture.js';

const log = createLogger('silent');
const MONTHS = 24;

let place: OppositionPlace;
let worker: DataSource;
let consent: DataSource;

beforeEach(async () => {
  place = await oppositionPlace('2030-03-01T12:00:00Z');
  const limits = { poolSize: 1, statementTimeoutMs: 30_000, applicationName: 'test' };
  worker = await openDatabase({ ...limits, url: place.registryUrl, role: workerRole, entities: [], log });
  consent = await openConsentDatabase({ ...limits, url: place.ownerUrl, role: consentRetentionRole }, log);
});

afterEach(async () => {
  await consent.destroy();
  await worker.destroy();
  await place.close();
});

const retentionOf = (consentRetentionMonths: number | undefined): RetentionService =>
  createRetention({
    ...{ db: worker, consentDb: consent, clock: place.clock, batch: 2 },
    rules: { ...retentionRules({ consentRetentionMonths }), ts: [] },
  });

interface Decision {
  readonly at: string;
  readonly value?: 'opposition' | 'revocation';
  readonly window: string;
  /** State of its notification; absent: there is none. */
  readonly notified?: 'queued' | 'sent' | 'parked' | 'exhausted' | 'withdrawn';
}

async function person(index: number, decisions: readonly Decision[]): Promise<string> {
  const subject = codiceFiscale(70_000 + index);
  for (const [at, { at: decidedAt, value = 'opposition', window, notified }] of decisions.entries()) {
    const [row] = await place.owner.query<{ id: string }[]>(
      `INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category, region,
                                     window_id, notice_acknowledged_at)
       VALUES ($1, $2, $3, $4, $1, 'cittadino', 'digital_identity', 2, '120', $5, $4) RETURNING id`,
      [subject, at + 1, value, decidedAt, window],
    );
    if (notified === undefined) continue;
    await place.owner.query(
      `INSERT INTO consent.notification (decision_id, subject, region, opposed_on, window_id, state, next_attempt_at,
                                         created_at, finished_at)
       VALUES ($1, $2, '120', '2026-12-01', $3, $4, now(), now(), CASE WHEN $4 = 'queued' THEN NULL ELSE now() END)`,
      [row?.id, subject, window, notified],
    );
  }
  return subject;
}

async function windowOf(opensOn: string, closesOn: string, isComplete: boolean): Promise<string> {
  const id = await place.window(opensOn, closesOn);
  if (isComplete) {
    await place.owner.query(
      `UPDATE consent.acquisition_window SET planning_started_at = now(), planned_at = now(), completed_at = now() WHERE id = $1`,
      [id],
    );
  }
  return id;
}

const left = async (table: string): Promise<string[]> =>
  (await place.owner.query<{ subject: string }[]>(`SELECT DISTINCT subject FROM consent.${table} ORDER BY 1`)).map(
    ({ subject }) => subject,
  );

/** Midnight in Rome that begins 2028-03-02. */
const LAST_GONE = '2028-03-01T22:59:59.999Z';
const FIRST_KEPT = '2028-03-01T23:00:00.000Z';

test('after its term a history is deleted as a whole with its notifications, unless a notification is pending', async () => {
  const done = await windowOf('2026-01-01', '2028-04-30', true);
  const open = await windowOf('2024-01-01', '2024-12-31', false);
  const gone = [
    await person(1, [{ at: LAST_GONE, window: done, notified: 'sent' }]),
    await person(2, [
      { at: '2026-02-01T10:00:00Z', window: done, notified: 'sent' },
      { at: LAST_GONE, value: 'revocation', window: done },
    ]),
    await person(3, [{ at: '2026-02-01T10:00:00Z', window: done, notified: 'withdrawn' }]),
  ];
  const kept = [
    await person(4, [{ at: FIRST_KEPT, window: done, notified: 'sent' }]),
    await person(5, [
      { at: '2026-02-01T10:00:00Z', window: done, notified: 'sent' },
      { at: FIRST_KEPT, value: 'revocation', window: done },
    ]),
    await person(6, [{ at: '2026-02-01T10:00:00Z', window: done, notified: 'parked' }]),
    await person(7, [{ at: '2026-02-01T10:00:00Z', window: done, notified: 'exhausted' }]),
    await person(8, [{ at: '2026-02-01T10:00:00Z', window: done, notified: 'queued' }]),
    await person(9, [{ at: '2024-02-01T10:00:00Z', window: open }]),
  ];

  // Without a term nothing is ever deleted.
  place.clock.set('2099-01-01T12:00:00Z');
  expect(await retentionOf(undefined).report()).toEqual([]);
  expect(await retentionOf(undefined).purge()).toEqual([]);
  expect(await left('decision')).toEqual([...gone, ...kept].toSorted());

  const retention = retentionOf(MONTHS);
  place.clock.set('2030-03-01T22:59:59Z');
  expect(await retention.report()).toMatchObject([{ rows: 1, oldest: '2026-02-01' }]);
  place.clock.set('2030-03-01T23:20:00Z');
  expect(await retention.report()).toMatchObject([{ rows: 3, oldest: '2026-02-01' }]);
  expect(await retention.purge()).toMatchObject([{ rows: 3 }]);
  expect(await left('decision')).toEqual(kept.toSorted());
  expect(await left('notification')).toEqual(kept.slice(0, 5).toSorted());
  expect(await retention.report()).toMatchObject([{ rows: 0 }]);

  const rows = await place.registry.query<{ affected: string }[]>(
    `SELECT affected FROM audit.access_log WHERE operation = 'retention:consent.decision' ORDER BY transaction_id`,
  );
  expect(rows.map(({ affected }) => affected)).toEqual(['2', '1']);
});

test('only the retention role deletes, and it has no other right', async () => {
  const done = await windowOf('2026-01-01', '2028-04-30', true);
  await person(1, [{ at: LAST_GONE, window: done, notified: 'sent' }]);
  for (const sql of ['DELETE FROM consent.decision', 'DELETE FROM consent.notification']) {
    await expect(place.db.query(sql)).rejects.toMatchObject({ code: '42501' });
  }
  for (const sql of [
    'SELECT entered_by FROM consent.decision',
    'SELECT subject FROM consent.notification',
    `UPDATE consent.decision SET value = 'revocation'`,
    `UPDATE consent.notification SET state = 'sent'`,
    `INSERT INTO consent.decision (subject) VALUES ('x')`,
    'DELETE FROM consent.acquisition_window',
    'SELECT * FROM consent.region',
    'TRUNCATE consent.decision CASCADE',
  ]) {
    await expect(consent.query(sql)).rejects.toMatchObject({ code: '42501' });
  }
});

test('decisions that an old window left for the next bulk reach their term too', async () => {
  place.clock.set('2024-05-10T10:00:00Z');
  await place.window('2024-04-22', '2024-06-30');
  const second = await place.window('2026-11-18', '2026-12-17');
  const [opposed = ''] = await place.persons(1);
  expect(await place.service.express(place.expression(opposed))).toMatchObject({ kind: 'recorded' });
  place.clock.set('2026-12-18T10:00:00Z');
  expect(await place.planning.plan(second)).toMatchObject({ queued: 1 });
  place.clock.set('2030-03-01T12:00:00Z');
  const left = () => place.owner.query('SELECT 1 FROM consent.decision');
  await retentionOf(MONTHS).purge();
  expect(await left()).toHaveLength(1); // its notification waits
  await place.owner.query(`UPDATE consent.notification SET state = 'sent', finished_at = now()`);
  await createCompletion(place.db, 7).complete(place.clock.now());
  await retentionOf(MONTHS).purge();
  expect(await left()).toEqual([]);
});

test('[S-5] the log of the register is deleted after twelve months, with or without a term; nobody can empty it earlier', async () => {
  const at = ['2029-02-28T22:59:59.999Z', '2029-02-28T23:00:00.000Z'];
  for (const [index, instant] of at.entries()) {
    await place.owner.query(
      `INSERT INTO audit.access_log (transaction_id, at, operation, outcome, request_id, written_at)
       VALUES ($1, $2::timestamptz, 'block-set', 'changed', gen_random_uuid(), $2::timestamptz)`,
      [index + 1, instant],
    );
  }
  const rules = retentionRules({ consentDatabaseUrl: place.ownerUrl });
  const limits = { poolSize: 1, statementTimeoutMs: 30_000, applicationName: 'test' };
  const writer = await openConsentDatabase({ ...limits, url: place.ownerUrl, role: consentRole }, log);
  try {
    // The database uses its own clock: rows expired on the day of this test.
    const retention = createRetention({
      db: worker,
      consentDb: writer,
      rules: { ...rules, ts: [] },
      clock: place.clock,
    });
    await expect(retention.purge()).rejects.toThrow('registro delle volontà');
    for (const sql of [
      'DELETE FROM audit.access_log',
      'UPDATE audit.access_log SET at = at',
      'SELECT operation FROM audit.access_log',
    ]) {
      await expect(writer.query(sql)).rejects.toMatchObject({ code: '42501' });
      await expect(consent.query(sql)).rejects.toMatchObject({ code: '42501' });
    }
    await expect(
      consent.query(`INSERT INTO audit.access_log (transaction_id, at, operation, outcome, request_id)
                     VALUES (9, now(), 'x', 'x', gen_random_uuid())`),
    ).rejects.toMatchObject({ code: '42501' });
    // The writer's row is backdated; the database knows when it was written.
    await writer.query(`INSERT INTO audit.access_log (transaction_id, at, operation, outcome, request_id)
                        VALUES (11, now() - interval '13 months', 'x', 'x', gen_random_uuid())`);
    await place.owner.query(
      `UPDATE audit.access_log SET at = now() - interval '13 months', written_at = now() - interval '13 months'
       WHERE transaction_id = 1`,
    );
    const now = { now: () => new Date() };
    const done = await createRetention({
      db: worker,
      consentDb: writer,
      rules: { ...rules, ts: [] },
      clock: now,
    }).purge();
    expect(done.map(({ rows }) => rows)).toEqual([0, 0, 1]); // guesses in the free area, look-ups, the log
  } finally {
    await writer.destroy();
  }
});
