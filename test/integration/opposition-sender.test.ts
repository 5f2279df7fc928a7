/** [N-1..N-4] The sender on a real outbox, over real TLS: outcomes, retries, breaker, pause, trust, leases. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import winston from 'winston';
import { createRegionClient, createSender } from '../../src/opposition/sending/index.js';
import { createOutboxStore } from '../../src/opposition/sending/outbox/store.js';
import type { Sender } from '../../src/opposition/sending/index.js';
import { consentRole, createOutboxDesk } from '../../src/opposition/index.js';
import { RegionLane } from '../../src/opposition/sending/outbox/lane.js';
import { Settlements } from '../../src/opposition/sending/outbox/settlements.js';
import type { RegionConnection, SenderIdentity } from '../../src/opposition/sending/region.js';
import { createLogger } from '../../src/platform/log.js';
import type { RegionPki } from '../../src/dev/sandbox/region-pki.js';
import { byOperator, oppositionPlace } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { configure, regionPki, startRegion } from './opposition-regions.js';
import type { TestRegion } from './opposition-regions.js';

const log = createLogger('silent');
let pki: RegionPki;
let place: OppositionPlace;
let lazio: TestRegion;
let senders: Sender[] = [];
const present = '2026-12-20T10:00:00Z';
const policy = {
  retry: { attempts: 8, firstMs: 60_000, longestMs: 3_600_000 },
  breaker: { failures: 3, firstMs: 60_000, longestMs: 600_000 },
  pace: { failures: 6, firstMs: 5_000, longestMs: 10_000 },
  timeoutMs: 10_000,
};

beforeAll(async () => {
  pki = await regionPki();
});
beforeEach(async () => {
  place = await oppositionPlace(present);
  await place.window('2024-04-22', '2024-06-30');
  lazio = await startRegion(pki);
  await configure(place.owner, pki, '120', lazio.endpoint);
});
afterEach(async () => {
  for (const sender of senders) await sender.stop();
  senders = [];
  await lazio.stop();
  await place.close();
});

const identity = (): SenderIdentity => ({
  certificate: readFileSync(pki.sender.certificate, 'utf8'),
  key: readFileSync(pki.sender.key, 'utf8'),
});

function sender(): Sender {
  const made = createSender({
    db: place.db,
    blockWaitDays: 7,
    connect: (region) => createRegionClient(region, identity(), { timeoutMs: policy.timeoutMs, clock: place.clock }),
    ...{ policy, clock: place.clock, random: () => 1, log },
  });
  senders.push(made);
  return made;
}

/** Late oppositions, each with its notification. */
async function oppose(count: number, region: '120' | '030' = '120'): Promise<string[]> {
  const subjects = await place.persons(count, { region, since: '2026-12-10' });
  for (const subject of subjects) {
    expect(await place.service.express(place.expression(subject, byOperator))).toMatchObject({ kind: 'recorded' });
  }
  return subjects;
}

interface Row {
  message_id: string;
  subject: string;
  region: string;
  state: string;
  attempts: number;
  next_attempt_at: Date;
  lease_token: string | null;
  may_be_known: boolean;
  last_code: string | null;
  last_description: string | null;
}
const rows = (): Promise<Row[]> => place.owner.query<Row[]>('SELECT * FROM consent.notification ORDER BY decision_id');
const states = async (): Promise<Record<string, number>> => {
  const counted: Record<string, number> = {};
  for (const { state } of await rows()) counted[state] = (counted[state] ?? 0) + 1;
  return counted;
};
const later = (minutes: number): void => {
  place.clock.set(new Date(place.clock.now().getTime() + minutes * 60_000).toISOString());
};

test('a queued notification arrives once, with its original message id', async () => {
  const subjects = await oppose(30);
  await sender().round();
  expect(await states()).toEqual({ sent: 30 });
  const stored = (await rows()).map(({ message_id: messageId, subject }) => ({ messageId, subject }));
  const byId = (a: { messageId: string }, b: { messageId: string }): number => (a.messageId < b.messageId ? -1 : 1);
  expect([...lazio.received].sort(byId)).toEqual(stored.sort(byId));
  expect(lazio.received.map(({ subject }) => subject).sort()).toEqual(subjects.sort());
  expect(lazio.mostAtOnce).toBeLessThanOrEqual(4);
});

test('the bulk completes its window, and the block starts [B-1]', async () => {
  place.clock.set('2027-01-10T10:00:00Z');
  const window = await place.window('2027-01-01', '2027-01-31');
  for (const subject of await place.persons(20)) await place.service.express(place.expression(subject));
  place.clock.set('2027-02-01T10:00:00Z');
  await place.planning.plan(window);
  const active = () => place.owner.query('SELECT active FROM consent.block_state');
  expect(await active()).toEqual([{ active: false }]);
  lazio.behave(({ messageId }) => (messageId < '8' ? 'success' : { code: 'XDSRegistryBusy', description: '' }));
  const one = sender();
  await one.round();
  expect(await active()).toEqual([{ active: false }]);
  lazio.behave('success');
  later(5);
  await one.round();
  expect(await states()).toEqual({ sent: 20 });
  expect(await active()).toEqual([{ active: true }]);
});

test('a person in the care of the seafarers’ and airmen’s service is notified to SASN, not to the region of residence', async () => {
  const sasn = await startRegion(pki);
  try {
    await configure(place.owner, pki, 'SASN', sasn.endpoint);
    await place.owner.query(
      `INSERT INTO consent.intermediary_office VALUES ('SASN01', 'SASN', 'usmaf_sasn', 'Genova')`,
    );
    await place.owner.query(`INSERT INTO consent.office_operator VALUES ($1, 'SASN01')`, [byOperator.enteredBy]);
    const [late = ''] = await place.persons(1, { sasn: true, since: '2026-12-10' });
    const expression = place.expression(late, byOperator);
    expect(await place.service.express(expression)).toMatchObject({ reason: 'office-not-authorised' });
    expect(await place.service.express({ ...expression, office: 'SASN01' })).toMatchObject({ kind: 'recorded' });

    const window = await place.window('2026-12-19', '2026-12-20');
    const [sailor = '', enlisted = '', discharged = ''] = [
      ...(await place.persons(1, { sasn: true })),
      ...(await place.persons(1)),
      ...(await place.persons(1, { sasn: true })),
    ];
    for (const subject of [sailor, enlisted, discharged]) await place.service.express(place.expression(subject));
    const mark = 'UPDATE registry.person SET sasn = $2 WHERE identifier = $1';
    await place.registry.query(mark, [enlisted, true]);
    await place.registry.query(mark, [discharged, false]);
    place.clock.set('2026-12-21T10:00:00Z');
    await place.planning.plan(window);
    await sender().round();
    expect(sasn.received.map(({ subject }) => subject).sort()).toEqual([late, sailor, enlisted].sort());
    expect(lazio.received.map(({ subject }) => subject)).toEqual([discharged]);
  } finally {
    await sasn.stop();
  }
});

describe('failures', () => {
  test('temporary: retried with the same message id until it succeeds', async () => {
    await oppose(1);
    lazio.behave({ code: 'XDSRegistryBusy', description: 'a moment' });
    const one = sender();
    await one.round();
    const [row] = await rows();
    expect(row).toMatchObject({
      ...{ state: 'queued', attempts: 1, lease_token: null },
      ...{
        last_code: 'XDSRegistryBusy',
        last_description: 'a moment',
        next_attempt_at: new Date('2026-12-20T10:01:00Z'),
      },
    });
    place.clock.set('2026-12-20T10:00:59.999Z');
    await one.round();
    expect(lazio.received).toHaveLength(1);
    place.clock.set('2026-12-20T10:01:00Z');
    await one.round();
    expect((await rows())[0]).toMatchObject({ attempts: 2, next_attempt_at: new Date('2026-12-20T10:03:00Z') });
    lazio.behave('success');
    later(2);
    await one.round();
    expect((await rows())[0]).toMatchObject({ state: 'sent', attempts: 3, last_code: null });
    expect(new Set(lazio.received.map(({ messageId }) => messageId)).size).toBe(1);
  });

  test('permanent: parked with the region’s message, without delaying others; retried on request', async () => {
    const [, wrong = ''] = await oppose(3);
    const behaviour = { code: 'XDSUnknownPatientId', description: 'assistito sconosciuto' };
    lazio.behave(({ subject }) => (subject === wrong ? behaviour : 'success'));
    const one = sender();
    await one.round();
    expect(await states()).toEqual({ sent: 2, parked: 1 });
    const desk = createOutboxDesk(place.db, place.clock);
    const { stuck: [stuck] = [] } = await desk.stuck(place.call(), { region: '120', limit: 10 });
    expect(stuck).toMatchObject({ ...behaviour, state: 'parked', attempts: 1 });
    expect(JSON.stringify(stuck)).not.toContain(wrong);
    later(100_000);
    await one.round();
    expect(lazio.received).toHaveLength(3);

    lazio.behave('success');
    expect(await desk.retry(place.call(), { code: 'another' })).toMatchObject({ queued: 0, withdrawn: 0 });
    expect(await desk.retry(place.call(), { code: 'XDSUnknownPatientId' })).toMatchObject({ queued: 1, withdrawn: 0 });
    await one.round();
    expect(await states()).toEqual({ sent: 3 });
    expect(lazio.received.at(-1)?.messageId).toBe(stuck?.messageId);
  });

  test('with an unknown code: a few attempts, then parked', async () => {
    await oppose(1);
    lazio.behave({ code: 'REG-17', description: '' });
    const one = sender();
    for (let attempt = 1; attempt <= 6; attempt++) {
      await one.round();
      later(60);
    }
    expect((await rows())[0]).toMatchObject({ state: 'parked', attempts: 5, last_code: 'REG-17' });
    expect(lazio.received).toHaveLength(5);
  });

  test.each<[string, number | 'close']>([
    ['503', 503],
    ['connection cut after the message', 'close'],
  ])('of transport (%s): until the attempts are used up', async (_what, behaviour) => {
    await oppose(1);
    lazio.behave(behaviour);
    const one = sender();
    for (let attempt = 1; attempt <= 9; attempt++) {
      await one.round();
      later(24 * 60);
    }
    expect((await rows())[0]).toMatchObject({
      ...{ state: 'exhausted', attempts: 8, last_code: 'irraggiungibile', may_be_known: true },
    });
    const { stuck: [stuck] = [] } = await createOutboxDesk(place.db, place.clock).stuck(place.call(), { limit: 1 });
    expect(stuck).toMatchObject({ state: 'exhausted', attempts: 8 });
  });
});

test('a retry does not wait behind all untried ones: retries get a quarter of each claim', async () => {
  await oppose(40);
  const store = createOutboxStore(place.db, 7);
  const claim = async (limit: number): Promise<string[]> => {
    const now = place.clock.now();
    const claimed = await store.claim('120', limit, now, new Date(now.getTime() + 3_600_000));
    return claimed.map(({ messageId }) => messageId);
  };
  const now = place.clock.now();
  const failed = await store.claim('120', 10, now, new Date(now.getTime() + 60_000));
  await store.settle(
    failed.map((one, index) => ({
      ...{ ...one, at: now, state: 'queued', code: 'XDSRegistryBusy' },
      nextAttemptAt: new Date(now.getTime() + 60_000 + index),
    })),
  );
  const again = failed.map(({ messageId }) => messageId);
  const isRetry = (messageId: string): boolean => again.includes(messageId);
  expect((await claim(4)).filter(isRetry)).toEqual([]); // not due yet

  later(2);
  const shared = await claim(8);
  expect(shared).toHaveLength(8);
  expect(shared.filter(isRetry).sort()).toEqual(again.slice(0, 2).sort()); // those due longest
  expect((await claim(3)).filter(isRetry)).toEqual([]); // too few to share
  // Nothing is claimed twice, and nothing remains.
  const rest = await claim(100);
  expect(rest).toHaveLength(40 - 4 - 8 - 3);
  expect(rest.filter(isRetry).sort()).toEqual(again.slice(2).sort());
  expect(await claim(100)).toEqual([]);
});

describe('a region that rejects messages', () => {
  const faulty = { fault: 'Server', description: 'models.CodFiscModel' } as const;
  const arrivedOf = (subject: string): number => lazio.received.filter((one) => one.subject === subject).length;

  test('is not considered down: valid ones are sent, faulty ones are judged individually', async () => {
    const subjects = await oppose(60);
    const poisoned = new Set(subjects.filter((_, index) => index % 3 !== 0));
    lazio.behave(({ subject }) => (poisoned.has(subject) ? faulty : 'success'));
    const one = sender();
    await one.round();
    later(1);
    for (let turn = 0; turn < 12; turn++) {
      await one.round();
      place.clock.set(new Date(place.clock.now().getTime() + 5_000).toISOString());
    }
    expect(await states()).toEqual({ sent: 20, queued: 40 });
    expect(one.figures()[0]).toMatchObject({ phase: 'closed' });
    for (const { subject, last_code: code, last_description: description } of await rows()) {
      if (poisoned.has(subject)) expect([code, description]).toEqual(['SOAP.Server', 'models.CodFiscModel']);
    }
  });

  test('with only faulty ones left is tried now and then, a new one first', async () => {
    const poisoned = new Set(await oppose(40));
    lazio.behave(({ subject }) => (poisoned.has(subject) ? faulty : 'success'));
    const one = sender();
    await one.round();
    const slowed = lazio.received.length;
    expect(slowed).toBeGreaterThanOrEqual(6);
    expect(slowed).toBeLessThanOrEqual(6 + 4); // those in progress
    expect(one.figures()[0]).toMatchObject({ phase: 'closed', isSlowed: true });
    expect((await rows()).filter(({ lease_token: lease }) => lease !== null)).toEqual([]);

    // Until all were tried, and their retries are due: one for each pause, of ten seconds at most.
    const begun = place.clock.now().getTime();
    while ((await rows()).some(({ attempts }) => attempts === 0)) {
      place.clock.set(new Date(place.clock.now().getTime() + 10_000).toISOString());
      await one.round();
    }
    expect(lazio.received.length - slowed).toBeLessThanOrEqual((place.clock.now().getTime() - begun) / 10_000);

    later(10);
    const [good = ''] = await oppose(1);
    place.clock.set(new Date(place.clock.now().getTime() + 10_000).toISOString());
    await one.round();
    expect(arrivedOf(good)).toBe(1);
    expect((await rows()).at(-1)).toMatchObject({ state: 'sent', attempts: 1 });

    lazio.behave('success');
    later(60);
    await one.round();
    expect(await states()).toEqual({ sent: 41 });
    expect(one.figures()[0]).toMatchObject({ isSlowed: false });
  });

  test('about the message itself: parked, one by one', async () => {
    const [wrong = '', ...others] = await oppose(4);
    lazio.behave(({ subject }) => (subject === wrong ? { fault: 'Client', description: `no a ${wrong}` } : 'success'));
    await sender().round();
    expect(await states()).toEqual({ sent: others.length, parked: 1 });
    const [row] = (await rows()).filter(({ state }) => state === 'parked');
    expect(row).toMatchObject({ last_code: 'SOAP.Client', last_description: 'no a [identificativo]' });
  });
});

test('a new notification does not wait behind many failed ones, however long they have been due', async () => {
  await oppose(40);
  const store = createOutboxStore(place.db, 7);
  const now = place.clock.now();
  const failed = await store.claim('120', 40, now, new Date(now.getTime() + 60_000));
  await store.settle(
    failed.map((one) => ({ ...one, at: now, state: 'queued', code: 'SOAP.Server', nextAttemptAt: now })),
  );
  later(30);
  await oppose(2);
  const untried = (await rows()).filter(({ last_code: code }) => code === null).map(({ message_id: id }) => id);
  const claim = async (limit: number): Promise<string[]> => {
    const claimed = await store.claim('120', limit, place.clock.now(), new Date(place.clock.now().getTime() + 60_000));
    return claimed.map(({ messageId }) => messageId);
  };
  const [first = '', ...more] = await claim(1);
  expect([untried.includes(first), more]).toEqual([true, []]);
  const next = await claim(8);
  expect(next).toHaveLength(8);
  expect(next.filter((id) => untried.includes(id))).toEqual(untried.filter((id) => id !== first));
  expect(await claim(100)).toHaveLength(40 - 7);
});

describe('a region that is down', () => {
  test('costs a few attempts, delays no other region, and gets everything when it is back', async () => {
    const lombardia = await startRegion(pki);
    try {
      await configure(place.owner, pki, '030', lombardia.endpoint);
      await oppose(40, '030');
      await oppose(40);
      lombardia.behave('close');
      const one = sender();
      await one.round();
      const here = await rows();
      expect(here.filter(({ region, state }) => region === '120' && state === 'sent')).toHaveLength(40);
      const tried = here.filter(({ region, attempts }) => region === '030' && attempts > 0);
      // Three failures open the breaker; those in progress at that moment fail too.
      expect(tried.length).toBeGreaterThanOrEqual(3);
      expect(tried.length).toBeLessThanOrEqual(6);
      expect(here.filter(({ lease_token: lease }) => lease !== null)).toEqual([]);
      expect(one.figures()).toContainEqual(expect.objectContaining({ region: '030', phase: 'open' }));

      const before = lombardia.received.length;
      await one.round();
      expect(lombardia.received).toHaveLength(before);

      later(1); // the pause has ended: one probe, which fails, and a longer pause
      await one.round();
      expect(lombardia.received.length - before).toBe(1);
      later(1);
      await one.round();
      expect(lombardia.received.length - before).toBe(1);

      lombardia.behave('success');
      later(60);
      await one.round();
      expect(await states()).toEqual({ sent: 80 });
    } finally {
      await lombardia.stop();
    }
  });

  test('a paused region gets nothing until it is resumed', async () => {
    await oppose(3);
    await place.owner.query(`UPDATE consent.region SET paused_at = now(), pause_reason = 'operator'`);
    const one = sender();
    await one.round();
    expect(await states()).toEqual({ queued: 3 });
    expect(one.figures()).toContainEqual(expect.objectContaining({ isPaused: true }));
    await place.owner.query('UPDATE consent.region SET paused_at = NULL, pause_reason = NULL');
    await one.round();
    expect(await states()).toEqual({ sent: 3 });
  });

  test('a change of concurrency takes effect in the middle of a bulk', async () => {
    await oppose(12);
    await configure(place.owner, pki, '120', lazio.endpoint, { concurrency: 1 });
    const store = createOutboxStore(place.db, 7);
    const [region] = await store.regions();
    if (region === undefined) throw new Error('a region was configured');
    const settlements = new Settlements(store, log);
    const connect = (to: RegionConnection) =>
      createRegionClient(to, identity(), { timeoutMs: policy.timeoutMs, clock: place.clock });
    const wait = (): Promise<void> => Promise.resolve();
    const lane = new RegionLane(region, {
      ...{ store, settlements, connect, policy, clock: place.clock, random: () => 1, wait, log },
    });
    const rounds = async (during: () => Promise<void>): Promise<void> => {
      const letGo = lazio.hold();
      const round = lane.round();
      await during();
      letGo();
      await round;
      await settlements.written();
    };
    await rounds(async () => {
      await lazio.arrived(1);
      lane.update({ ...region, concurrency: 3 });
    });
    expect(await states()).toEqual({ sent: 1, queued: 11 });
    await rounds(() => lazio.arrived(4));
    expect(lazio.mostAtOnce).toBe(3);
    expect(await states()).toEqual({ sent: 12 });
    lane.disconnect();
  });

  test('a change of address takes effect without a restart', async () => {
    await oppose(2);
    const elsewhere = await startRegion(pki);
    try {
      lazio.behave(503);
      const one = sender();
      await one.round();
      await place.owner.query('UPDATE consent.region SET endpoint = $1', [elsewhere.endpoint]);
      later(10);
      await one.round();
      expect(elsewhere.received).toHaveLength(2);
    } finally {
      await elsewhere.stop();
    }
  });
});

describe('an untrusted region', () => {
  test.each(['foreign', 'expired'] as const)('%s certificate: refused, parked, region paused, alarm', async (as) => {
    const other = await startRegion(pki, as);
    try {
      await configure(place.owner, pki, '120', other.endpoint, { concurrency: 1 });
      await oppose(5);
      const one = sender();
      await one.round();
      expect(other.received).toEqual([]);
      expect(await states()).toEqual({ parked: 1, queued: 4 });
      expect((await rows()).every(({ may_be_known }) => !may_be_known)).toBe(true);
      expect(await place.owner.query('SELECT pause_reason FROM consent.region')).toEqual([
        { pause_reason: 'certificate' },
      ]);
      expect(one.figures()[0]?.counts).toMatchObject({ certificate: 1, parked: 1 });
      later(600);
      await one.round();
      expect(await states()).toEqual({ parked: 1, queued: 4 });

      await configure(place.owner, pki, '120', lazio.endpoint);
      await createOutboxDesk(place.db, place.clock).retry(place.call(), { region: '120' });
      await one.round();
      expect(await states()).toEqual({ sent: 5 });
    } finally {
      await other.stop();
    }
  });
});

test('a region that cannot be paused: finished exchanges are settled anyway, no lease remains', async () => {
  const other = await startRegion(pki, 'foreign');
  try {
    await configure(place.owner, pki, '120', other.endpoint, { concurrency: 1 });
    await oppose(3);
    await place.owner.query(`REVOKE UPDATE (paused_at) ON consent.region FROM ${consentRole}`);
    await expect(sender().round()).rejects.toThrow('permission denied');
    await senders[0]?.stop();
    expect((await rows()).map(({ lease_token }) => lease_token)).toEqual([null, null, null]);
    expect(await states()).toEqual({ parked: 1, queued: 2 });
  } finally {
    await other.stop();
  }
});

describe('leases', () => {
  test('two senders share the work: everything arrives once', async () => {
    await oppose(60);
    await Promise.all([sender().round(), sender().round()]);
    expect(await states()).toEqual({ sent: 60 });
    expect(lazio.received).toHaveLength(60);
  });

  test('claims of a dead sender are sent by another with the same message id after the lease expires', async () => {
    await oppose(3);
    const store = createOutboxStore(place.db, 7);
    const now = place.clock.now();
    const claimed = await store.claim('120', 10, now, new Date(now.getTime() + 120_000));
    expect(claimed).toHaveLength(3);
    const one = sender();
    await one.round();
    expect(lazio.received).toEqual([]);
    later(2);
    await one.round();
    expect(lazio.received.map(({ messageId }) => messageId).sort()).toEqual(
      claimed.map(({ messageId }) => messageId).sort(),
    );
    // The dead sender revives and reports too late: nothing changes.
    const [first] = claimed;
    if (first === undefined) throw new Error('nothing was claimed');
    expect(await store.settle([{ ...first, at: now, state: 'parked', code: 'late' }])).toBe(0);
    expect(await states()).toEqual({ sent: 3 });
  });

  test('stopping lets the current exchange end and returns the rest', async () => {
    await configure(place.owner, pki, '120', lazio.endpoint, { concurrency: 2 });
    await oppose(20);
    const letGo = lazio.hold();
    const one = sender();
    one.start();
    await lazio.arrived(2);
    const stopped = one.stop();
    letGo();
    await stopped;
    expect(lazio.received).toHaveLength(2);
    const here = await rows();
    expect(here.filter(({ state }) => state === 'sent')).toHaveLength(2);
    expect(here.filter(({ state, attempts }) => state === 'queued' && attempts === 0)).toHaveLength(18);
    expect(here.filter(({ lease_token: lease }) => lease !== null)).toEqual([]);
  });

  test('broken database connections lose nothing', async () => {
    await oppose(60);
    await configure(place.owner, pki, '120', lazio.endpoint, { concurrency: 2 });
    const letGo = lazio.hold();
    const one = sender();
    one.start();
    await lazio.arrived(2);
    await place.owner.query(
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    letGo();
    await lazio.arrived(60);
    await one.stop();
    expect(await states()).toEqual({ sent: 60 });
    expect(lazio.received).toHaveLength(60);
  });
});

test('the rate of a region is respected', async () => {
  await configure(place.owner, pki, '120', lazio.endpoint, { rate: 40, concurrency: 8 });
  await oppose(21);
  const begun = performance.now();
  await sender().round();
  // The first is sent at once, each of the others a fortieth of a second after the previous one.
  expect(performance.now() - begun).toBeGreaterThanOrEqual(490);
  expect(await states()).toEqual({ sent: 21 });
});

test("raises an alarm at a region's first denial of access, and then once an hour", async () => {
  const alarms: string[] = [];
  const capture = winston.format((entry) => {
    if (String(entry.message).startsWith('ALARM')) alarms.push(`${entry.level} ${String(entry.message)}`);
    return false;
  });
  const heard = winston.createLogger({ format: capture(), transports: [new winston.transports.Console()] });
  const denied = createSender({
    db: place.db,
    blockWaitDays: 7,
    connect: (region) => createRegionClient(region, identity(), { timeoutMs: policy.timeoutMs, clock: place.clock }),
    ...{ policy, clock: place.clock, random: () => 1, log: heard },
  });
  senders.push(denied);
  lazio.behave(403);
  const began = place.clock.now().getTime();
  for (const [minutes, told] of [
    [0, 1],
    [30, 1],
    [61, 2],
  ] as const) {
    place.clock.set(new Date(began + minutes * 60_000).toISOString());
    await oppose(1);
    await denied.round();
    expect(alarms).toEqual(Array.from({ length: told }, () => 'error ALARM a region denies us access'));
  }
});
