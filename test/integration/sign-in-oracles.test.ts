/**
 * [T-1] What a caller can observe of a refused sign-in does not depend on the encrypted pincode: neither on valid
 * padding, nor on whether two encryptions contain the same pincode (decision 0060).
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { envelope, startTestGateway, textOf } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';
import { eventually } from '../support/post.js';

/** More than one address may have waiting. */
const MESSAGES = 24;
/** Waiting or being hashed, of one address (src/auth/password.ts). */
const PLACES = 16;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ trustedProxies: ['127.0.0.1'] });
});

afterAll(() => gateway.stop());

beforeEach(async () => {
  await gateway.db.query('DELETE FROM auth.sign_in_attempt');
});

let attacker = 0;

const FIELDS = { codiceFiscaleMedico: 'GRDZOE84D65L840H', codiceFiscaleMedicoTitolare: 'GRDZOE84D65L840H' };

const guess = (userId: string, header: string, from: string): Promise<Reply> =>
  gateway.post(envelope('scaricoElencoAssistiti', FIELDS, header), undefined, {
    Authorization: `Basic ${Buffer.from(`${userId}:sbagliata`).toString('base64')}`,
    'X-Forwarded-For': from,
  });

/** How many of the messages sent together find no place, while both hashes in progress are delayed. */
async function busyOf(
  userId: string,
  encrypted: (index: number) => string,
  from: (index: number) => string = () => `192.0.2.${attacker}`,
): Promise<number> {
  attacker++;
  const holder = gateway.db.createQueryRunner();
  await holder.startTransaction();
  await holder.query('LOCK TABLE auth.sign_in_attempt IN EXCLUSIVE MODE'); // reads continue, counting an attempt waits
  const heldUp = [1, 2].map((n) =>
    guess(gateway.account('secondDoctor').userId, gateway.pinCode(String(n)), `203.0.113.${n}`),
  );
  await eventually('both are held up', async () => {
    const rows = await gateway.db.query<unknown[]>(
      `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
    return rows.length === 2;
  });
  let answered = 0;
  const replies = Array.from({ length: MESSAGES }, async (_, index) => {
    const reply = await guess(userId, encrypted(index), from(index));
    answered++;
    return reply;
  });
  // Those that find no place are answered while the others wait; later messages are then answered too.
  for (let fence = 0; fence < 10; fence++) {
    const before = answered;
    await gateway.post(envelope('scaricoElencoAssistiti', FIELDS));
    if (answered !== before) fence = 0;
  }
  await holder.rollbackTransaction();
  await holder.release();
  await Promise.all(heldUp);
  return (await Promise.all(replies)).filter(({ status }) => status === 503).length;
}

const users: readonly [string, () => string][] = [
  ['nobody', () => 'NESSUNO'],
  ['an account', () => gateway.account('coded').userId],
];

test.each(users)('equal messages of %s are one, whether the padding is valid or not', async (_title, userId) => {
  const valid = gateway.pinCode('0000000000');
  const invalid = `<t:pinCode>${Buffer.concat([Buffer.from([0x10]), randomBytes(255)]).toString('base64')}</t:pinCode>`;
  for (const header of [valid, invalid]) expect(await busyOf(userId(), () => header)).toBe(0);
});

test.each(users)(
  'different encryptions by %s are different messages, whatever pincode they contain',
  async (_title, userId) => {
    const equal = await busyOf(userId(), () => gateway.pinCode('1234567890'));
    const different = await busyOf(userId(), (index) => gateway.pinCode(`12345678${index + 10}`));
    expect([equal, different]).toEqual([MESSAGES - PLACES, MESSAGES - PLACES]);
  },
);

test('so is one with a pincode that was accepted a minute ago: another message with it waits for its turn', async () => {
  const { codiceFiscale, userId, password, pincode } = gateway.account('coded');
  const fields = { codiceFiscaleMedico: codiceFiscale, codiceFiscaleMedicoTitolare: codiceFiscale };
  const message = envelope('scaricoElencoAssistiti', fields, gateway.pinCode(pincode));
  const basic = Buffer.from(`${userId}:${password}`).toString('base64');
  const headers = { Authorization: `Basic ${basic}`, 'X-Forwarded-For': '198.51.100.1' };
  expect((await gateway.post(message, undefined, headers)).status).toBe(200);
  const right = await busyOf(userId, () => gateway.pinCode(pincode));
  await gateway.db.query('DELETE FROM auth.sign_in_attempt');
  const wrong = await busyOf(userId, () => gateway.pinCode('0000000000'));
  expect([right, wrong]).toEqual([MESSAGES - PLACES, MESSAGES - PLACES]);
});

test('the networks of one IPv6 /48 share the places of one', async () => {
  const wrong = (index: number) => gateway.pinCode(`12345678${index + 10}`);
  const ofOne = await busyOf('NESSUNO', wrong, (index) => `2001:db8:7:${index}::1`);
  const ofMany = await busyOf('NESSUNO', wrong, (index) => `2001:db8:${index + 10}::1`);
  expect([ofOne, ofMany]).toEqual([MESSAGES - PLACES, 0]);
});

test('[T-1] an attempt on an unknown user id is counted and locked like one on an account, and so is one on a suspended account', async () => {
  const { userId } = gateway.account('coded');
  const series = async (who: string) => {
    attacker++;
    await gateway.db.query('TRUNCATE auth.sign_in_attempt, auth.attempt_on_nobody');
    const froms = [...Array.from({ length: 8 }, () => 1), ...Array.from({ length: 3 }, () => 2)];
    for (const [index, from] of froms.entries()) {
      const reply = await guess(who, gateway.pinCode(String(index)), `198.18.${attacker}.${from}`);
      expect(textOf(reply, 'codice')).toBe('CREDENZIALI_NON_VALIDE');
    }
    const rows = await gateway.db.query<{ failures: number; locked: boolean; all: boolean }[]>(
      `SELECT failures, locked_until IS NOT NULL AS locked, origin = '*' AS all FROM
         (SELECT failures, locked_until, origin FROM auth.sign_in_attempt
          UNION ALL SELECT failures, locked_until, origin FROM auth.attempt_on_nobody) both_kinds ORDER BY failures`,
    );
    return rows;
  };
  const expected = [
    { failures: 3, locked: false, all: false },
    { failures: 6, locked: true, all: false },
    { failures: 9, locked: false, all: true },
  ];
  expect(await series(userId)).toEqual(expected);
  expect(await series('NESSUNO')).toEqual(expected);
  await gateway.db.query('UPDATE auth.account SET suspended_at = now() WHERE user_id = $1', [userId]);
  try {
    expect(await series(userId)).toEqual(expected);
  } finally {
    await gateway.db.query('UPDATE auth.account SET suspended_at = NULL WHERE user_id = $1', [userId]);
  }
});

test('the counts of unknown user ids have a fixed number of slots, and reveal neither user id nor address', async () => {
  const rows = await gateway.db.query<{ user_id: string; origin: string }[]>(
    'SELECT user_id, origin FROM auth.attempt_on_nobody',
  );
  expect(rows.length).toBeGreaterThan(0);
  for (const { user_id, origin } of rows) {
    expect(Number(user_id)).toBeLessThan(1_024);
    if (origin !== '*') expect(Number(origin)).toBeLessThan(256);
  }
});
