/**
 * Lock-out of guessing [T-1]: by account and address, with back-off, without locking the honest owner out elsewhere.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createAccountStore } from '../../src/auth/store.js';
import { envelope, startTestGateway, textOf } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const guesser = '203.0.113.66';
const practice = '198.51.100.20';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ trustedProxies: ['127.0.0.1'] });
});

afterAll(() => gateway.stop());

beforeEach(async () => {
  await gateway.db.query('DELETE FROM auth.sign_in_attempt');
  // Clears the memory of verified credentials.
  await gateway.db.query('UPDATE auth.account SET credential_version = credential_version + 1');
  gateway.setNow(new Date());
});

function signIn(from: string, password = gateway.account('doctor').password): Promise<Reply> {
  const { codiceFiscale, userId, pincode } = gateway.account('doctor');
  const fields = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
  return gateway.post(envelope('scaricoElencoAssistiti', fields, gateway.pinCode(pincode)), undefined, {
    Authorization: `Basic ${Buffer.from(`${userId}:${password}`).toString('base64')}`,
    'X-Forwarded-For': from,
  });
}

async function guess(times: number, from: string | ((index: number) => string)): Promise<void> {
  for (let index = 0; index < times; index++) {
    const reply = await signIn(typeof from === 'string' ? from : from(index), `tentativo ${index}`);
    expect(textOf(reply, 'codice')).toBe('CREDENZIALI_NON_VALIDE');
  }
}

const isOpen = async (from: string): Promise<boolean> => (await signIn(from)).status === 200;

function later(ms: number): void {
  gateway.setNow(new Date(gateway.now().getTime() + ms));
}

async function failuresOf(origin: string): Promise<number | undefined> {
  const rows: { failures: number }[] = await gateway.db.query(
    'SELECT failures FROM auth.sign_in_attempt WHERE origin = $1',
    [origin],
  );
  return rows[0]?.failures;
}

async function originsLike(pattern: string): Promise<string[]> {
  const rows: { origin: string }[] = await gateway.db.query(
    'SELECT origin FROM auth.sign_in_attempt WHERE origin LIKE $1 ORDER BY origin',
    [pattern],
  );
  return rows.map(({ origin }) => origin);
}

test('five errors are free, a success clears them', async () => {
  await guess(5, practice);
  expect(await isOpen(practice)).toBe(true);
  expect(await failuresOf(practice)).toBe(0);
  await guess(5, practice);
  expect(await isOpen(practice)).toBe(true);
});

test('the sixth locks for 30 s, the seventh for 60; the correct password does not end a lock', async () => {
  await guess(6, guesser);
  expect(await isOpen(guesser)).toBe(false);
  later(29 * SECOND);
  expect(await isOpen(guesser)).toBe(false);
  later(2 * SECOND);
  await guess(1, guesser);
  later(31 * SECOND);
  expect(await isOpen(guesser)).toBe(false);
  later(30 * SECOND);
  expect(await isOpen(guesser)).toBe(true);
});

test('locks grow to at most a quarter of an hour', async () => {
  await guess(6, guesser);
  for (let round = 0; round < 8; round++) {
    later(901 * SECOND);
    await guess(1, guesser);
  }
  later(890 * SECOND);
  expect(await isOpen(guesser)).toBe(false);
  later(11 * SECOND);
  expect(await isOpen(guesser)).toBe(true);
});

test('a day after the last lock the count restarts: a single error does not lock', async () => {
  await guess(6, practice);
  later(25 * HOUR);
  await guess(1, practice);
  expect(await failuresOf(practice)).toBe(1);
  expect(await isOpen(practice)).toBe(true);
});

test('the owner at another address is not locked out', async () => {
  await guess(7, guesser);
  expect(await isOpen(guesser)).toBe(false);
  expect(await isOpen(practice)).toBe(true);
});

/** Closes the lock over all addresses. */
async function lockEverywhere(): Promise<void> {
  const addresses = Array.from({ length: 51 }, (_, index) => `192.0.2.${index + 1}`);
  await Promise.all(addresses.map((address) => guess(1, address)));
}

/** Clears the memory of verified credentials. */
const forget = () => gateway.db.query('UPDATE auth.account SET credential_version = credential_version + 1');

test('many addresses together are locked, the one the owner has signed in from is not', async () => {
  expect(await isOpen(practice)).toBe(true);
  await lockEverywhere();
  await forget();
  expect(await isOpen('192.0.2.7')).toBe(false);
  expect(await isOpen(practice)).toBe(true);
  later(31 * SECOND);
  expect(await isOpen('192.0.2.7')).toBe(true);
});

test('an owner whose address changes signs in at the first attempt from each, however long the lock is kept closed', async () => {
  await guess(5, guesser);
  await lockEverywhere();
  for (let day = 0; day < 3; day++) {
    for (const moved of [`198.51.100.${day + 100}`, `2001:db8:1:${day}::1`, `2001:db8:1:${day}a::1`]) {
      await forget();
      expect([moved, await isOpen(moved)]).toEqual([moved, true]);
    }
    // What keeps it closed for fifteen minutes each time.
    await gateway.db.query(
      `UPDATE auth.sign_in_attempt SET failures = 99, locked_until = $1::timestamptz + interval '25 hours' WHERE origin = '*'`,
      [gateway.now()],
    );
    later(24 * HOUR);
  }
});

test('a success that passes the common lock makes its network known', async () => {
  await lockEverywhere();
  expect(await isOpen('2001:db8:9:1::1')).toBe(true);
  await guess(1, '2001:db8:9:1::1');
  await forget();
  expect(await isOpen('2001:db8:9:1::1')).toBe(true);
  expect(await originsLike('2001:%')).toEqual(['2001:db8:9:1::/64', '2001:db8:9::/48']);
});

test('with all locks closed, a network has one attempt a day, even in parallel', async () => {
  await lockEverywhere();
  await guess(1, '198.51.100.99');
  expect(await isOpen('198.51.100.99')).toBe(false);
  const { userId } = gateway.account('doctor');
  const store = createAccountStore(gateway.db);
  const claim = (origin: string) => store.claimAttempt(userId, origin, 'passing', gateway.now());
  const atOnce = await Promise.all(Array.from({ length: 5 }, () => claim('198.51.100.98')));
  expect(atOnce.filter(Boolean)).toHaveLength(1);
  // For IPv6 a /48: a subscriber with one /64 often has all 65 536.
  const areas = await Promise.all([1, 2, 3, 4].map((subnet) => claim(`2001:db8:5:${subnet}::/64`)));
  expect(areas.filter(Boolean)).toHaveLength(1);
  expect(await claim('2001:db8:6:1::/64')).toBe(true);
  // It does not fill the table either: the /48 has a row, its networks have none.
  expect(await originsLike('2001:%')).toEqual(['2001:db8:5::/48', '2001:db8:6::/48']);
  // A day later it has another attempt.
  await gateway.db.query(`UPDATE auth.sign_in_attempt SET locked_until = $1 WHERE origin = '*'`, [
    new Date(gateway.now().getTime() + 30 * HOUR),
  ]);
  later(25 * HOUR);
  expect(await isOpen('198.51.100.99')).toBe(true);
});

test('the addresses of one IPv6 network are one guesser', async () => {
  await guess(7, (index) => `2001:db8:0:7::${index + 1}`);
  expect(await failuresOf('2001:db8:0:7::/64')).toBe(6);
  expect(await isOpen('2001:db8:0:7:ffff::1')).toBe(false);
  expect(await isOpen('2001:db8:0:8::1')).toBe(true);
});

test('parallel guesses are counted individually', async () => {
  await Promise.all(Array.from({ length: 8 }, (_, index) => signIn(guesser, `insieme ${index}`)));
  expect(await failuresOf(guesser)).toBe(6);
  expect(await isOpen(guesser)).toBe(false);
});

test('a lock invalidates remembered credentials of the address', async () => {
  expect(await isOpen(practice)).toBe(true);
  await guess(6, practice);
  expect(await isOpen(practice)).toBe(false);
});

test('a first burst of equal valid sign-ins counts as one attempt', async () => {
  const replies = await Promise.all(Array.from({ length: 12 }, () => signIn(practice)));
  expect(replies.map(({ status }) => status)).toEqual(Array<number>(12).fill(200));
  expect(await failuresOf(practice)).toBe(0);
});
