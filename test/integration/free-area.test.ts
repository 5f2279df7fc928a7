/**
 * The entrance of the free area (2.1) [O-1]: health card, STP code. The answer reveals neither which datum is wrong nor
 * whether the person is known; guesses are counted by person and network, in the register's database.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { accessLogIn, createRefusalLog } from '../../src/audit/index.js';
import { createFreeAreaEntrance } from '../../src/auth/index.js';
import type { FreeAreaClaim, FreeAreaEntrance } from '../../src/auth/index.js';
import { createGuessCounter } from '../../src/opposition/index.js';
import { newRequestId } from '../../src/platform/ids/index.js';
import { openDatabase, runtimeRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createHolderLookup } from '../../src/registry/index.js';
import { oppositionPlace, uncatalogued } from './opposition-fixture.js';
import type { OppositionPlace } from './opposition-fixture.js';
import { codiceFiscale } from './registry-fixture.js';

const now = '2026-12-01T10:00:00Z';
const STP = 'STP1202010000009';
let place: OppositionPlace;
let gateway: DataSource;
let enter: FreeAreaEntrance;
let asked: FreeAreaClaim[];
let subject: string;

beforeAll(async () => {
  place = await oppositionPlace(now);
  const log = createLogger('silent');
  const limits = { poolSize: 2, statementTimeoutMs: 5_000, applicationName: 'test', entities: [], log };
  gateway = await openDatabase({ url: place.registryUrl, role: runtimeRole, ...limits });
  const holders = createHolderLookup(gateway);
  const accessLog = accessLogIn(place.db);
  enter = createFreeAreaEntrance({
    isTrue(claim) {
      asked.push(claim);
      return claim.method === 'stp'
        ? holders.hasStp(claim.subject, claim.region, claim.issuedOn)
        : holders.hasCard(claim.subject, claim.cardNumber, claim.cardExpiry);
    },
    guesses: createGuessCounter(place.db),
    accessLog,
    refusals: createRefusalLog(place.db, accessLog, place.clock, log),
  });
  await place.registry.query(
    `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, status, care_since,
       stp_region, stp_issued_on, updated_on)
     VALUES ($1, 'A', 'B', '1980-01-01', '120', '120201', 'in_care', '2026-01-01', '120', '2026-02-01', '2026-01-01')`,
    [STP],
  );
});
beforeEach(async () => {
  asked = [];
  place.clock.set(now);
  await place.owner.query('DELETE FROM consent.free_area_attempt; DELETE FROM audit.access_log');
  [subject = ''] = await place.persons(1);
  await place.registry.query(
    `UPDATE registry.person SET card_number = '80380001234567890123', card_expiry = '2030-05-05' WHERE identifier = $1`,
    [subject],
  );
});
afterEach(async () => {
  expect(await uncatalogued(place.owner)).toEqual([]); // docs/events.md
});
afterAll(async () => {
  await gateway.destroy();
  await place.close();
});

const card = (changes: object = {}): FreeAreaClaim => ({
  ...({ method: 'health-card', subject, cardNumber: '80380001234567890123', cardExpiry: '2030-05-05' } as const),
  ...changes,
});
const from = (clientAddress: string) => ({ requestId: newRequestId(), at: place.clock.now(), clientAddress });
const home = '192.0.2.1';
const wrong = { cardNumber: '80380009999999999999' };
async function outcomes(): Promise<string[]> {
  const rows = await place.owner.query<{ outcome: string }[]>(
    'SELECT outcome FROM audit.access_log ORDER BY transaction_id',
  );
  return rows.map(({ outcome }) => outcome);
}

test('a caller with the data of the card, or of the STP code, acts for its holder', async () => {
  expect((await enter(card(), from(home)))?.caller).toEqual({ kind: 'free_area', subject, method: 'health-card' });
  const stp = { method: 'stp', subject: STP, region: '120', issuedOn: '2026-02-01' } as const;
  expect((await enter(stp, from(home)))?.caller).toEqual({ kind: 'free_area', subject: STP, method: 'stp' });
  expect(
    await place.owner.query(
      'SELECT operation, caller, method, subject_kind AS kind, outcome, user_id FROM audit.access_log',
    ),
  ).toEqual([
    {
      ...{ operation: 'free-area-enter', caller: 'free_area', method: 'health-card', kind: 'codice-fiscale' },
      ...{ outcome: 'entered', user_id: null },
    },
    {
      ...{ operation: 'free-area-enter', caller: 'free_area', method: 'stp', kind: 'stp' },
      ...{ outcome: 'entered', user_id: null },
    },
  ]);
});

test('one wrong datum, or an unknown person: the same answer, after the same statements', async () => {
  const claims = [
    card(wrong),
    card({ cardExpiry: '2030-05-06' }),
    card({ subject: codiceFiscale(920_000) }),
    card({ subject: 'anything' }),
    { method: 'stp', subject: STP, region: '030', issuedOn: '2026-02-01' } as const,
    { method: 'stp', subject: STP, region: '120', issuedOn: '2026-02-02' } as const,
  ];
  for (const claim of claims) expect(await enter(claim, from(home))).toBeUndefined();
  expect(asked).toEqual(claims); // looked up each time, whether or not the person is known
  const rows = await place.owner.query<Record<string, unknown>[]>(
    'SELECT count(*)::integer AS counts, sum(failures)::integer AS failures FROM consent.free_area_attempt',
  );
  // Each attempt counts three times: the person by network and in total, and the network.
  expect(rows).toEqual([{ counts: 2 * 4 + 1, failures: 3 * claims.length }]);
  expect(new Set(await outcomes())).toEqual(new Set(['no-match']));
});

test('the sixth guess at a person from a network is not evaluated, nor is the correct answer until the lock ends', async () => {
  for (let guess = 1; guess <= 6; guess++) expect(await enter(card(wrong), from(home))).toBeUndefined();
  expect(await enter(card(), from(home))).toBeUndefined();
  expect(asked).toHaveLength(7); // the look-up is the same during the lock
  // The holder can still enter from elsewhere; other persons are not affected.
  expect(await enter(card(), from('198.51.100.1'))).toBeDefined();
  place.clock.set('2026-12-01T10:00:31Z');
  expect(await enter(card(), from(home))).toBeDefined();
  // The success has cleared the count.
  for (let guess = 1; guess <= 5; guess++) await enter(card(wrong), from(home));
  expect(await enter(card(), from(home))).toBeDefined();
});

test('guesses at one person from many networks, and from one network at many persons, are limited too', async () => {
  const right = () => enter(card(), from('203.0.113.77'));
  for (let guess = 1; guess <= 51; guess++) await enter(card(wrong), from(`198.51.100.${guess}`));
  // The common lock holds, but not for a network's first attempt in a day: the holder enters from a new address.
  expect(await enter(card(wrong), from('203.0.113.77'))).toBeUndefined();
  expect(await right()).toBeUndefined();
  expect(await enter(card(), from('203.0.113.78'))).toBeDefined();
  await place.owner.query('DELETE FROM consent.free_area_attempt');
  for (let guess = 1; guess <= 21; guess++)
    await enter(card({ subject: codiceFiscale(930_000 + guess) }), from('203.0.113.77'));
  expect(await right()).toBeUndefined();
  expect(await enter(card(), from(home))).toBeDefined();
});

test('one network alone can neither lock a person everywhere nor fill the table', async () => {
  const counted = async () =>
    (
      await place.owner.query<{ rows: number; anywhere: number }[]>(
        `SELECT count(*)::integer AS rows, max(failures) FILTER (WHERE origin = '*') AS anywhere
         FROM consent.free_area_attempt`,
      )
    )[0];
  const guesser = '198.51.100.9';
  for (let guess = 1; guess <= 120; guess++) await enter(card(wrong), from(guesser));
  expect(await counted()).toEqual({ rows: 3, anywhere: 6 });
  // Also after mistyping.
  expect(await enter(card(wrong), from(home))).toBeUndefined();
  expect(await enter(card(), from(home))).toBeDefined();
  for (let guess = 1; guess <= 60; guess++)
    await enter(card({ subject: codiceFiscale(940_000 + guess) }), from(guesser));
  const locked = await counted();
  for (let guess = 1; guess <= 60; guess++)
    await enter(card({ subject: codiceFiscale(950_000 + guess) }), from(guesser));
  expect(await counted()).toEqual(locked);
});

test('a success does not lift the lock that a guess in parallel has set', async () => {
  await place.owner.query(
    `INSERT INTO consent.free_area_attempt (claimed, origin, failures, attempted_at, locked_until)
     VALUES ('', $1, 25, $2, $3)`,
    [home, place.clock.now(), new Date(place.clock.now().getTime() - 1)],
  );
  const guesses = createGuessCounter(place.db);
  const [before, after] = [place.clock.now(), new Date(place.clock.now().getTime() + 1)];
  expect(await guesses.claim(subject, home, before)).toBe(true);
  await place.owner.query(`UPDATE consent.free_area_attempt SET attempted_at = $1 WHERE claimed = ''`, [after]);
  await guesses.succeeded(subject, home, before);
  expect(await guesses.claim(subject, home, before)).toBe(false);
});

test('parallel guesses count, and do not deadlock', async () => {
  const claims = Array.from({ length: 24 }, (_, index) =>
    card(index % 2 === 0 ? wrong : { subject: codiceFiscale(index) }),
  );
  const entered = await Promise.all(claims.map((claim, index) => enter(claim, from(`198.51.100.${index % 3}`))));
  expect(entered.every((call) => call === undefined)).toBe(true);
  const [row] = await place.owner.query<{ failures: number }[]>(
    `SELECT max(failures) AS failures FROM consent.free_area_attempt WHERE origin = '*'`,
  );
  expect(row?.failures).toBe(12);
});

test('[O-4] neither log nor counts contain an identifier; the TS database has no trace', async () => {
  await enter(card(), from(home));
  await enter(card(wrong), from(home));
  const [row] = await place.owner.query<[{ text: string }]>(
    `SELECT (SELECT string_agg(l::text, ' ') FROM audit.access_log l) ||
            (SELECT string_agg(a::text, ' ') FROM consent.free_area_attempt a) AS text`,
  );
  expect(row.text).not.toContain(subject);
  expect(await place.registry.query('SELECT FROM audit.access_log')).toEqual([]);
});
