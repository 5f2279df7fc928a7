/** [N-1] The bulk at the end of a window: its persons and regions, each once, despite interruptions. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { awaitedRegions } from '../../src/opposition/sending/completion.js';
import { createCompletion, createPlanning, listWindows } from '../../src/opposition/index.js';
import { romeDate } from '../../src/platform/clock.js';
import { byOperator, oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';

const inFirst = '2024-05-10T10:00:00Z';
const inSecond = '2026-12-01T10:00:00Z';
const after = '2027-01-01T10:00:00Z';

let place: OppositionPlace;
let first: string;
let second: string;

beforeEach(async () => {
  place = await oppositionPlace(inSecond);
  first = await place.window('2024-04-22', '2024-06-30');
  second = await place.window('2026-11-18', '2026-12-17');
});
afterEach(() => place.close());

interface Row {
  subject: string;
  region: string;
  opposed_on: string;
  window_id: string | null;
  state: string;
}
const outbox = (): Promise<Row[]> =>
  place.owner.query<Row[]>(
    'SELECT subject, region, opposed_on, window_id, state FROM consent.notification ORDER BY decision_id',
  );
const subjects = async (): Promise<string[]> => (await outbox()).map(({ subject }) => subject).sort();

async function express(subject: string, now: string, value: 'opposition' | 'revocation' = 'opposition'): Promise<void> {
  place.clock.set(now);
  expect(await place.service.express(place.expression(subject, { value }))).toMatchObject({ kind: 'recorded' });
}

test('refuses a window until the last minute of its last day in Rome, and an unknown window', async () => {
  await express((await place.persons(1))[0] ?? '', inSecond);
  place.clock.set('2026-12-17T22:59:59Z');
  expect(await place.planning.plan(second)).toEqual({ kind: 'refused', reason: 'not-over' });
  expect(await place.planning.plan('999')).toEqual({ kind: 'refused', reason: 'unknown-window' });
  expect(await outbox()).toEqual([]);
  place.clock.set('2026-12-17T23:00:00Z');
  expect(await place.planning.plan(second)).toEqual({ kind: 'planned', queued: 1, notInCare: 0, withdrawn: 0 });
});

test('the last decision of every person: oppositions only, to the present region of care', async () => {
  const [both, revoked, again, moved, gone, early, earlyRevoked, never] = await place.persons(8);
  if (!both || !revoked || !again || !moved || !gone || !early || !earlyRevoked || !never) throw new Error('persons');
  for (const subject of [both, early, earlyRevoked]) await express(subject, inFirst);
  for (const subject of [both, revoked, again, moved, gone]) await express(subject, inSecond);
  for (const subject of [revoked, again, earlyRevoked]) await express(subject, '2026-12-02T10:00:00Z', 'revocation');
  await express(again, '2026-12-03T10:00:00Z');
  await place.registry.query(
    `UPDATE registry.person SET region_code = '030', asl_code = '030321' WHERE identifier = $1`,
    [moved],
  );
  await place.registry.query(`UPDATE registry.person SET status = 'emigrated' WHERE identifier = $1`, [gone]);
  place.clock.set(after);

  expect(await place.planning.foresee(second)).toEqual({ kind: 'foreseen', wouldQueue: 5, wouldWithdraw: 0 });
  expect(await place.planning.plan(second)).toEqual({ kind: 'planned', queued: 5, notInCare: 1, withdrawn: 0 });

  const row = (subject: string, region: string, opposed_on: string): Row => ({
    ...{ subject, region, opposed_on, window_id: second, state: 'queued' },
  });
  const bySubject = (a: Row, b: Row): number => (a.subject < b.subject ? -1 : 1);
  expect((await outbox()).sort(bySubject)).toEqual(
    [
      row(both, '120', '2026-12-01'),
      row(again, '120', '2026-12-03'),
      row(moved, '030', '2026-12-01'),
      row(gone, '120', '2026-12-01'), // in care nowhere: the region of the decision
      row(early, '120', '2024-05-10'), // of the first term, never planned
    ].sort(bySubject),
  );
});

test('a decision queued by an earlier bulk or a late expression is not queued again', async () => {
  const [early = '', confirmed = ''] = await place.persons(2);
  const [late = ''] = await place.persons(1, { since: '2024-12-25' });
  for (const subject of [early, confirmed]) await express(subject, inFirst);
  place.clock.set('2025-01-10T10:00:00Z');
  expect(await place.planning.plan(first)).toMatchObject({ queued: 2 });
  expect(await place.service.express(place.expression(late, byOperator))).toMatchObject({ category: 3 });
  await express(confirmed, inSecond);
  place.clock.set(after);
  // The earlier opposition of a person who confirmed it was never sent.
  expect(await place.planning.plan(second)).toEqual({ kind: 'planned', queued: 1, notInCare: 0, withdrawn: 1 });
  expect(await subjects()).toEqual([early, confirmed, confirmed, late].sort());
});

test('a late bulk does not take decisions of a window that is still open', async () => {
  const [early = '', now = ''] = await place.persons(2);
  await express(early, inFirst);
  await express(now, inSecond);
  expect(await place.planning.plan(first)).toMatchObject({ queued: 1 });
  expect(await subjects()).toEqual([early]);
});

test('[G-5] a person with several identifiers is notified once, under the present one, about the very last decision', async () => {
  const [present = '', opposedFormer = '', other = '', revokedFormer = '', third = '', notYet = ''] =
    await place.persons(6);
  for (const subject of [opposedFormer, revokedFormer, third, notYet]) await express(subject, inFirst);
  await express(other, inSecond);
  await express(third, inSecond, 'revocation');
  await express(notYet, inSecond);
  await place.registry.query(
    `INSERT INTO registry.former_identifier (former, current) VALUES ($1, $2), ($3, $4), ($5, $6)`,
    [opposedFormer, present, revokedFormer, third, notYet, other],
  );
  await place.registry.query(
    `UPDATE registry.person SET status = 'ended' WHERE identifier IN (SELECT former FROM registry.former_identifier)`,
  );
  place.clock.set(after);
  expect(await place.planning.foresee(second)).toEqual({ kind: 'foreseen', wouldQueue: 2, wouldWithdraw: 0 });
  expect(await place.planning.plan(second)).toEqual({ kind: 'planned', queued: 2, notInCare: 0, withdrawn: 0 });
  expect((await outbox()).map(({ subject, opposed_on }) => [subject, opposed_on])).toEqual([
    [present, '2024-05-10'], // expressed under a former identifier only
    [other, '2026-12-01'], // the later of the decisions under two identifiers
  ]);
});

test('planning a window plans the earlier ones, and completes them only with it', async () => {
  const [early = ''] = await place.persons(1);
  await express(early, inFirst);
  place.clock.set(after);
  await place.planning.plan(second);
  const states = () =>
    place.owner.query(
      'SELECT id, planned_at IS NOT NULL AS planned, completed_at IS NOT NULL AS completed FROM consent.acquisition_window ORDER BY id',
    );
  const both = (completed: boolean) => [first, second].map((id) => ({ id, planned: true, completed }));
  const completion = createCompletion(place.db, 7);
  expect(await completion.complete(place.clock.now())).toEqual([]);
  expect(await states()).toEqual(both(false));
  await place.owner.query(`UPDATE consent.notification SET state = 'sent', finished_at = $1`, [place.clock.now()]);
  expect((await completion.complete(place.clock.now())).toSorted()).toEqual([first, second]);
  expect(await states()).toEqual(both(true));
});

test('[O-9] a held window is not planned; later ones are, without its decisions', async () => {
  const [early = '', late = ''] = await place.persons(2);
  await express(early, inFirst);
  await express(late, inSecond);
  place.clock.set(after);
  const hold = (held: string | null) =>
    place.owner.query('UPDATE consent.acquisition_window SET held_at = $2 WHERE id = $1', [first, held]);
  const states = async () => (await listWindows(place.db, romeDate(place.clock.now()))).map(({ state }) => state);
  await hold(after);
  expect(await place.planning.plan(first)).toEqual({ kind: 'refused', reason: 'held' });
  expect(await place.planning.foresee(second)).toMatchObject({ wouldQueue: 1 });
  expect(await place.planning.plan(second)).toMatchObject({ queued: 1 });
  expect([await subjects(), await states()]).toEqual([[late], ['held', 'planned']]);
  await hold(null);
  expect(await place.planning.plan(second)).toMatchObject({ queued: 1 });
  expect([await subjects(), await states()]).toEqual([[early, late].sort(), ['planned', 'planned']]);
});

describe('[B-2] what delays the block', () => {
  const DAY_MS = 86_400_000;
  const later = (days: number) => new Date(Date.parse(after) + days * DAY_MS);
  let completion: ReturnType<typeof createCompletion>;

  beforeEach(async () => {
    completion = createCompletion(place.db, 7);
    const lazio = await place.persons(2);
    const lombardia = await place.persons(1, { region: '030' });
    for (const subject of [...lazio, ...lombardia]) await express(subject, inSecond);
    await place.owner.query(
      `INSERT INTO consent.region (code, endpoint, anchors) VALUES ('120', 'https://x.example.it', '')`,
    );
    place.clock.set(after);
    await place.planning.plan(second);
  });
  const settle = (region: string, state: string, at: Date) =>
    place.owner.query(
      `UPDATE consent.notification SET state = $2, finished_at = $3
       WHERE message_id = (SELECT message_id FROM consent.notification WHERE region = $1 AND state = 'queued' LIMIT 1)`,
      [region, state, at],
    );

  test('a region without receiver delays it for seven days', async () => {
    for (let sent = 0; sent < 2; sent++) await settle('120', 'sent', later(0.1));
    expect(await completion.complete(later(6.9))).toEqual([]);
    expect(await awaitedRegions(place.db, 7)).toEqual([
      { window: second, region: '030', waiting: 1, holdsUntil: later(7) },
    ]);
    expect(await completion.complete(later(7.1))).toContain(second);
    expect(await place.owner.query('SELECT active FROM consent.block_state')).toEqual([{ active: true }]);
    expect(await awaitedRegions(place.db, 7)).toEqual([]);
  });

  test('a region that used to answer delays it for seven days from its last answer', async () => {
    await settle('030', 'sent', later(1));
    await settle('120', 'sent', later(5));
    expect(await completion.complete(later(11.9))).toEqual([]);
    expect(await awaitedRegions(place.db, 7)).toEqual([
      { window: second, region: '120', waiting: 1, holdsUntil: later(12) },
    ]);
    expect(await completion.complete(later(12.1))).toContain(second);
  });

  test('an abandoned notification does not count as an answer', async () => {
    await settle('030', 'sent', later(1));
    await settle('120', 'exhausted', later(5));
    expect(await completion.complete(later(7.1))).toContain(second);
  });

  test('an untrusted certificate does not count as an answer', async () => {
    await settle('030', 'sent', later(1));
    await settle('120', 'parked', later(5));
    await place.owner.query(
      `UPDATE consent.notification SET last_code = 'certificato-non-valido' WHERE state = 'parked'`,
    );
    expect(await completion.complete(later(7.1))).toContain(second);
  });

  test('without pending notifications the block starts at once', async () => {
    for (const region of ['030', '120', '120']) await settle(region, 'parked', later(0.1));
    expect(await completion.complete(later(0.2))).toContain(second);
  });
});

describe('interrupted, repeated, raced', () => {
  const count = 25_000;

  test('[O-9] held between two batches, it stops, and continues when it is released', async () => {
    await many();
    place.clock.set(after);
    const hold = (held: string | null) =>
      place.owner.query('UPDATE consent.acquisition_window SET held_at = $2 WHERE id = $1', [second, held]);
    let batches = 0;
    const stopped = await place.planning.plan(second, async ({ queued }) => {
      if (queued > 0 && ++batches === 1) await hold(after);
    });
    expect([stopped, batches]).toEqual([{ kind: 'refused', reason: 'held' }, 1]);
    const planned = 'SELECT planned_at IS NOT NULL AS planned FROM consent.acquisition_window WHERE id = $1';
    expect(await place.owner.query(planned, [second])).toEqual([{ planned: false }]);
    await hold(null);
    expect(await place.planning.plan(second)).toMatchObject({ kind: 'planned' });
    expect(await outbox()).toHaveLength(count);
  });

  /** Stores decisions as the service does, for all persons known to the registry together. */
  async function many(): Promise<void> {
    const identifiers = await place.persons(count);
    await place.owner.query(
      `INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category,
         region, window_id, notice_acknowledged_at)
       SELECT s, 1, 'opposition', $2, s, 'cittadino', 'digital_identity', 2, '120', $3, $2 FROM unnest($1::text[]) s`,
      [identifiers, place.clock.now(), second],
    );
    place.clock.set(after);
  }
  const tally = () =>
    place.owner.query(
      'SELECT count(*)::int AS rows, count(DISTINCT decision_id)::int AS decisions FROM consent.notification',
    );
  const planned = async (): Promise<boolean> => {
    const [row] = await place.owner.query<[{ planned: boolean }]>(
      'SELECT planned_at IS NOT NULL AS planned FROM consent.acquisition_window WHERE id = $1',
      [second],
    );
    return row.planned;
  };

  test('killed half-way, it continues; repeated, it adds nothing', async () => {
    await many();
    const child = fileURLToPath(new URL('./opposition-plan-child.js', import.meta.url));
    const args = [child, place.ownerUrl, place.registryUrl, second, '10000'];
    const exit: readonly unknown[] = await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit');
    expect(exit).toEqual([null, 'SIGKILL']);
    expect(await planned()).toBe(false);
    const [half] = await place.owner.query<[{ rows: number }]>(
      'SELECT count(*)::int AS rows FROM consent.notification',
    );
    expect(half.rows).toBeGreaterThanOrEqual(10_000);
    expect(half.rows).toBeLessThan(count);

    expect(await place.planning.plan(second)).toEqual({
      kind: 'planned',
      queued: count - half.rows,
      notInCare: 0,
      withdrawn: 0,
    });
    expect(await tally()).toEqual([{ rows: count, decisions: count }]);
    expect(await planned()).toBe(true);
    expect(await place.planning.plan(second)).toEqual({ kind: 'planned', queued: 0, notInCare: 0, withdrawn: 0 });
  });

  test('two concurrent runs queue everything once', async () => {
    await many();
    const outcomes = await Promise.all([place.planning.plan(second), place.planning.plan(second)]);
    expect(outcomes.reduce((sum, outcome) => sum + (outcome.kind === 'planned' ? outcome.queued : 0), 0)).toBe(count);
    expect(await tally()).toEqual([{ rows: count, decisions: count }]);
  });
});

test('planning waits for a decision that is being recorded, and includes it in the bulk', async () => {
  const [subject = ''] = await place.persons(1);
  const runner = place.db.createQueryRunner();
  await runner.startTransaction();
  // The register's transaction, stopped before its commit.
  await runner.query('SELECT 1 FROM consent.acquisition_window WHERE id = $1 FOR SHARE', [second]);
  await runner.query(
    `INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category, region,
       window_id, notice_acknowledged_at)
     VALUES ($1, 1, 'opposition', '2026-12-17T22:59:59Z', $1, 'cittadino', 'digital_identity', 2, '120', $2, now())`,
    [subject, second],
  );
  place.clock.set(after);
  const planning = place.planning.plan(second);
  for (let waiting = 0; waiting === 0;) {
    const [row] = await place.owner.query<[{ waiting: number }]>(
      `SELECT count(*)::int AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    waiting = row.waiting;
  }
  await runner.commitTransaction();
  await runner.release();
  expect(await planning).toEqual({ kind: 'planned', queued: 1, notInCare: 0, withdrawn: 0 });
});

test('a machine with a slow clock records nothing in a planned window', async () => {
  const [subject = ''] = await place.persons(1);
  const punctual = createPlanning(place.db, place.ana, { now: () => new Date(after) });
  expect(await punctual.plan(place.call(), { window: second })).toMatchObject({ refusals: [], queued: 0 });
  place.clock.set('2026-12-17T22:59:59Z');
  expect(await place.service.express(place.expression(subject))).toEqual({ kind: 'refused', reason: 'term-over' });
  expect(await place.owner.query('SELECT 1 FROM consent.decision')).toEqual([]);
});
