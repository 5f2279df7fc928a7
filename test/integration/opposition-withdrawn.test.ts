/** [N-1] An opposition superseded by a later decision is never notified, wherever its notification waits. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import { createOutboxDesk, createOutdatedDesk } from '../../src/opposition/index.js';
import { createOutboxStore } from '../../src/opposition/sending/outbox/store.js';
import type { Claimed, OutboxStore } from '../../src/opposition/sending/outbox/store.js';
import { createLogger } from '../../src/platform/log.js';
import { runAdmin } from '../../src/roles/admin.js';
import { byOperator, oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';

const inFirst = '2024-05-10T10:00:00Z';
const afterFirst = '2024-07-02T10:00:00Z';
const inSecond = '2026-12-01T10:00:00Z';
const afterSecond = '2027-01-10T10:00:00Z';
const LEASE_MS = 60_000;

let place: OppositionPlace;
let store: OutboxStore;
let first: string;
let second: string;

beforeEach(async () => {
  place = await oppositionPlace(inFirst);
  store = createOutboxStore(place.db, 7);
  first = await place.window('2024-04-22', '2024-06-30');
  second = await place.window('2026-11-18', '2026-12-17');
});
afterEach(() => place.close());

async function express(now: string, value: 'opposition' | 'revocation', ...subjects: string[]): Promise<void> {
  place.clock.set(now);
  for (const subject of subjects)
    expect(await place.service.express(place.expression(subject, { value }))).toMatchObject({ kind: 'recorded' });
}

/** Opposed in the first window, with the bulk planned. */
async function planned(...subjects: string[]): Promise<void> {
  await express(inFirst, 'opposition', ...subjects);
  place.clock.set(afterFirst);
  expect(await place.planning.plan(first)).toMatchObject({ queued: subjects.length });
}

/**
 * A revocation not recorded by the service: by an import, by the previous release, or while the bulk was being queued.
 */
const revokedElsewhere = (...subjects: string[]): Promise<unknown> =>
  place.owner.query(
    `INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category, region,
       window_id, notice_acknowledged_at)
     SELECT s, 2, 'revocation', $2, s, 'cittadino', 'digital_identity', 1, '120', $3, $2 FROM unnest($1::text[]) s`,
    [subjects, inSecond, second],
  );

const claim = (limit: number): Promise<readonly Claimed[]> => {
  const now = place.clock.now();
  return store.claim('120', limit, now, new Date(now.getTime() + LEASE_MS));
};
const states = async (): Promise<Record<string, string>> => {
  const rows = await place.owner.query<{ subject: string; state: string }[]>(
    'SELECT subject, state FROM consent.notification ORDER BY decision_id',
  );
  return Object.fromEntries(rows.map(({ subject, state }) => [subject, state]));
};
const setState = (state: string, ...subjects: string[]): Promise<unknown> =>
  place.owner.query(`UPDATE consent.notification SET state = $2, finished_at = $3 WHERE subject = ANY ($1)`, [
    ...[subjects, state, place.clock.now()],
  ]);

test('a revocation withdraws a waiting notification, from a bulk or late, and no later bulk queues it again', async () => {
  const [bulk = '', parked = '', exhausted = '', stays = ''] = await place.persons(4);
  const [late = ''] = await place.persons(1, { since: '2026-01-10' });
  await planned(bulk, parked, exhausted, stays);
  place.clock.set('2026-01-20T10:00:00Z');
  expect(await place.service.express(place.expression(late, byOperator))).toMatchObject({ category: 3 });
  await setState('parked', parked);
  await setState('exhausted', exhausted);

  await express(inSecond, 'revocation', bulk, parked, exhausted, late);
  const over = { [bulk]: 'withdrawn', [parked]: 'withdrawn', [exhausted]: 'withdrawn', [late]: 'withdrawn' };
  expect(await states()).toEqual({ ...over, [stays]: 'queued' });
  place.clock.set(afterSecond);
  expect(await place.planning.plan(second)).toMatchObject({ queued: 0, withdrawn: 0 });
  expect(await createOutboxDesk(place.db, place.clock).retry(place.call(), {})).toMatchObject({
    queued: 0,
    withdrawn: 0,
  });
  expect((await claim(10)).map(({ subject }) => subject)).toEqual([stays]);
});

test('[O-8] confirmed in an open window: the earlier opposition counts until the window ends, and is notified; then the later one', async () => {
  const [sent = '', waits = '', late = ''] = await place.persons(3);
  await planned(sent, waits);
  await setState('parked', waits);
  await express(inSecond, 'opposition', sent, waits, late);
  expect(await states()).toEqual({ [sent]: 'queued', [waits]: 'parked' });
  const desk = createOutboxDesk(place.db, place.clock);
  expect(await desk.retry(place.call(), {})).toMatchObject({ queued: 1, withdrawn: 0 });
  expect(await place.planning.plan(first)).toMatchObject({ queued: 0, withdrawn: 0 });
  await place.owner.query(`UPDATE consent.notification SET next_attempt_at = 'infinity' WHERE subject = $1`, [waits]);
  const claimed = await claim(10);
  expect(claimed).toMatchObject([{ subject: sent, opposedOn: '2024-05-10' }]);
  await store.settle(claimed.map((one) => ({ ...one, at: place.clock.now(), state: 'sent' })));

  // Until the last minute of the window's last day in Rome.
  place.clock.set('2026-12-17T22:59:59Z');
  expect(await place.planning.withdraw()).toBe(0);
  place.clock.set('2026-12-17T23:00:00Z');
  expect(await place.planning.plan(second)).toMatchObject({ queued: 3, withdrawn: 1 });
  const last = await claim(10);
  expect(last.map(({ subject, opposedOn }) => [subject, opposedOn]).sort()).toEqual(
    [sent, waits, late].sort().map((subject) => [subject, '2026-12-01']),
  );
});

test('[O-8] a late bulk includes persons who confirmed in the open window, and not those who revoked in it', async () => {
  const [confirmed = '', revoked = '', again = ''] = await place.persons(3);
  await express(inFirst, 'opposition', confirmed, revoked, again);
  await express(inSecond, 'revocation', revoked, again);
  await express('2026-12-02T10:00:00Z', 'opposition', confirmed, again);
  expect(await place.planning.foresee(first)).toMatchObject({ wouldQueue: 2 });
  expect(await place.planning.plan(first)).toMatchObject({ queued: 2 });
  expect((await claim(10)).map(({ subject, opposedOn }) => [subject, opposedOn]).sort()).toEqual(
    [confirmed, again].sort().map((subject) => [subject, '2024-05-10']),
  );
  await express('2026-12-03T10:00:00Z', 'revocation', confirmed);
  place.clock.set(afterSecond);
  expect(await place.planning.plan(second)).toMatchObject({ queued: 1 });
});

test('[N-3] a claim that fails in a later statement returns what the earlier ones claimed', async () => {
  const subjects = await place.persons(8);
  await planned(...subjects);
  const revoked = subjects.filter((_, index) => index % 2 === 0);
  await revokedElsewhere(...revoked);
  place.clock.set(inSecond);
  // The database refuses the second statement and the following ones.
  await place.owner.query(`
    CREATE SEQUENCE public.turns;
    CREATE FUNCTION public.refuse_later_turns() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN IF nextval('public.turns') > 1 THEN RAISE EXCEPTION 'no more turns'; END IF; RETURN NULL; END $$;
    CREATE TRIGGER refuse_later_turns BEFORE UPDATE ON consent.notification EXECUTE FUNCTION public.refuse_later_turns()`);
  const claimed = await claim(4);
  expect(claimed.length).toBeGreaterThan(0);
  expect(claimed.length).toBeLessThan(4);
  const leased = await place.owner.query<{ subject: string }[]>(
    'SELECT subject FROM consent.notification WHERE lease_token IS NOT NULL',
  );
  expect(claimed.map(({ subject }) => subject).sort()).toEqual(leased.map(({ subject }) => subject).sort());
  await expect(claim(4)).rejects.toThrow('no more turns'); // nothing claimed: the caller gets the error
  await place.owner.query('DROP TRIGGER refuse_later_turns ON consent.notification');
  const rest = await claim(10);
  expect([...claimed, ...rest].map(({ subject }) => subject).sort()).toEqual(
    subjects.filter((subject) => !revoked.includes(subject)).sort(),
  );
});

test('a claim withdraws outdated notifications, and is still full', async () => {
  const subjects = await place.persons(9);
  await planned(...subjects);
  const revoked = subjects.slice(0, 5);
  await revokedElsewhere(...revoked);
  await place.owner.query(
    `UPDATE consent.notification SET last_code = 'irraggiungibile', attempts = 1 WHERE subject = $1`,
    [subjects[0]],
  );
  place.clock.set(inSecond);
  const claimed = await claim(4);
  expect(claimed.map(({ subject }) => subject).sort()).toEqual(subjects.slice(5).sort());
  expect(claimed.every(({ attempts }) => attempts === 1)).toBe(true);
  const found = await states();
  expect(revoked.map((subject) => found[subject])).toEqual(revoked.map(() => 'withdrawn'));
});

test('a retry withdraws it too; the database prevents queueing it again', async () => {
  const [revoked = '', stays = ''] = await place.persons(2);
  await planned(revoked, stays);
  await setState('parked', revoked, stays);
  await revokedElsewhere(revoked);
  place.clock.set(inSecond);
  expect(await createOutboxDesk(place.db, place.clock).retry(place.call(), { region: '120' })).toMatchObject({
    queued: 1,
    withdrawn: 1,
  });
  expect(await states()).toEqual({ [revoked]: 'withdrawn', [stays]: 'queued' });
  await expect(
    place.db.query(`UPDATE consent.notification SET state = 'queued', finished_at = NULL WHERE subject = $1`, [
      revoked,
    ]),
  ).rejects.toThrow('a notification withdrawn');
});

test('planning withdraws it, also in a region without a receiver, and reports how many', async () => {
  const [revoked = '', stays = ''] = await place.persons(2);
  await planned(revoked, stays);
  await revokedElsewhere(revoked);
  place.clock.set(inSecond);
  expect(await place.planning.foresee(first)).toEqual({ kind: 'foreseen', wouldQueue: 0, wouldWithdraw: 1 });
  expect(await place.planning.plan(first)).toEqual({ kind: 'planned', queued: 0, notInCare: 0, withdrawn: 1 });
  expect(await states()).toEqual({ [revoked]: 'withdrawn', [stays]: 'queued' });
});

test('[G-5] revoked under another identifier of the person, known to the registry before or after', async () => {
  const [former = '', present = '', otherFormer = '', other = ''] = await place.persons(4);
  await planned(former, otherFormer, other);
  const link = (one: string, current: string) =>
    place.registry.query('INSERT INTO registry.former_identifier (former, current) VALUES ($1, $2)', [one, current]);
  await place.registry.query(`UPDATE registry.person SET status = 'ended' WHERE identifier = ANY ($1)`, [
    [former, otherFormer],
  ]);
  await link(former, present);
  await express(inSecond, 'revocation', present, other);
  expect(await states()).toEqual({ [former]: 'withdrawn', [otherFormer]: 'queued', [other]: 'withdrawn' });
  await link(otherFormer, other);
  expect(await place.planning.plan(first)).toMatchObject({ withdrawn: 1 });
  expect(await claim(10)).toEqual([]);
});

test('revoked while being sent: sent if the region accepted it, otherwise withdrawn; listed for the region if the result is unknown', async () => {
  const [taken = '', refused = '', lost = '', untouched = ''] = await place.persons(4);
  await planned(taken, refused, lost, untouched);
  await setState('parked', untouched); // refused by the region, which therefore has no record of the person
  place.clock.set(inSecond);
  const claimed = await claim(10);
  const of = (subject: string): Claimed => {
    const found = claimed.find((one) => one.subject === subject);
    if (found === undefined) throw new Error('not claimed');
    return found;
  };
  await express(inSecond, 'revocation', taken, refused, lost, untouched);
  const at = place.clock.now();
  const nextAttemptAt = new Date(at.getTime() + 1_000);
  expect(await store.settle([{ ...of(taken), at, state: 'sent' }])).toBe(1);
  expect(await store.settle([{ ...of(refused), at, state: 'queued', nextAttemptAt, code: 'XDSRegistryBusy' }])).toBe(1);
  place.clock.set(afterSecond); // the lease of the lost one has long expired: its sender died
  expect(await claim(10)).toEqual([]);
  const over = { [refused]: 'withdrawn', [lost]: 'withdrawn', [untouched]: 'withdrawn' };
  expect(await states()).toEqual({ ...over, [taken]: 'sent' });
  const outdated = [];
  const { pages = [] } = await createOutdatedDesk(place.db, place.ana, place.clock).list(place.call(), {});
  for await (const page of pages) outdated.push(...page);
  expect(
    outdated.map(({ subject, reason }) => ({ subject, reason })).sort((a, b) => (a.subject < b.subject ? -1 : 1)),
  ).toEqual([taken, lost].sort().map((subject) => ({ subject, reason: 'revoked' })));
});

test('the operator sees status, export, and the consequences of a revocation', async () => {
  const [revoked = '', stays = ''] = await place.persons(2);
  await planned(revoked, stays);
  place.clock.set(inSecond);
  const config = configSchema.parse({ databaseUrl: place.registryUrl, consentDatabaseUrl: place.ownerUrl });
  const admin = async (line: string): Promise<string> => {
    const printed: string[] = [];
    await runAdmin(line.split(' '), config, place.clock, createLogger('silent'), (text) => printed.push(text));
    return printed.join('\n');
  };
  expect(
    await admin(
      `opposition-express --subject ${revoked} --value revocation --office ${byOperator.office} ` +
        `--operator ${byOperator.enteredBy} --notice-acknowledged --apply`,
    ),
  ).toMatch(/to region 120 is not sent yet: it is withdrawn with the revocation/);
  expect(await admin('opposition-status')).toMatch(
    /^120 .* 0 % {2}sent 0 {2}waiting 1 {2}withdrawn 1 {2}NO RECEIVER.*\nall .*withdrawn 1$/m,
  );
  const folder = await mkdtemp(join(tmpdir(), 'passerella-withdrawn-'));
  try {
    const file = join(folder, 'withdrawn.csv');
    expect(await admin(`opposition-export --out ${file} --state withdrawn`)).toBe(`1 notifications written to ${file}`);
    expect(await readFile(file, 'utf8')).toContain(`;${revoked};120;2024-05-10;withdrawn;`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
