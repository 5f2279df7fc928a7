/** [T-60] [S-3] Refusals of strangers do not fill the access log: counted by network and minute, none is lost. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createAccessLog, createRefusalLog } from '../../src/audit/index.js';
import type { Access, RefusalLog } from '../../src/audit/index.js';
import { openDatabase, runtimeRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { envelope, startTestGateway } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';

const MINUTE = 60_000;
/** Single rows, and rows with a number, in a minute (src/audit/refusals.ts). */
const MOST = 256;

let gateway: TestGateway;
let asGateway: DataSource;

beforeAll(async () => {
  gateway = await startTestGateway({ trustedProxies: ['127.0.0.1'] });
  const limits = { entities: [], poolSize: 2, statementTimeoutMs: 5_000, applicationName: 'test' };
  asGateway = await openDatabase({
    ...{ url: gateway.databaseUrl, role: runtimeRole, ...limits },
    log: createLogger('silent'),
  });
});

afterAll(async () => {
  await asGateway.destroy();
  await gateway.stop();
});

beforeEach(async () => {
  await gateway.db.query('DELETE FROM auth.sign_in_attempt');
  // The minute after the last test's, at its start.
  gateway.setNow(new Date(Math.ceil(gateway.now().getTime() / MINUTE + 1) * MINUTE));
  await anonymous('203.0.113.254'); // writes what the last test left
  await gateway.db.query('DELETE FROM audit.access_log');
});

const FIELDS = { codiceFiscaleMedico: 'GRDZOE84D65L840H', codiceFiscaleMedicoTitolare: 'GRDZOE84D65L840H' };

const anonymous = (from: string, of: TestGateway = gateway): Promise<Reply> =>
  of.post(envelope('scaricoElencoAssistiti', FIELDS), undefined, { 'X-Forwarded-For': from });

function guess(userId: string, from: string): Promise<Reply> {
  const header = gateway.pinCode('0000000000');
  return gateway.post(envelope('scaricoElencoAssistiti', FIELDS, header), undefined, {
    Authorization: `Basic ${Buffer.from(`${userId}:sbagliata`).toString('base64')}`,
    'X-Forwarded-For': from,
  });
}

/** Moves to the next minute. Resolves when the counts of the last one are written. */
async function nextMinute(): Promise<void> {
  gateway.setNow(new Date(gateway.now().getTime() + MINUTE));
  await anonymous('203.0.113.254');
}

const rows = (): Promise<unknown[]> =>
  gateway.db.query(
    `SELECT outcome, method, user_id, abbrev(client_address) AS address, times FROM audit.access_log
     WHERE client_address IS DISTINCT FROM '203.0.113.254' ORDER BY transaction_id`,
  );

const nobody = { method: null, user_id: null };
const none = { outcome: 'sign-in:none-presented', ...nobody };

test('the first refusal is logged at once, further ones as a count at the minute’s end', async () => {
  const [first] = [await anonymous('192.0.2.1')];
  expect(await rows()).toEqual([{ ...none, address: '192.0.2.1', times: null }]);
  for (let index = 0; index < 9; index++) await anonymous('192.0.2.1');
  expect(await rows()).toHaveLength(1);
  const [row] = await gateway.db.query<{ request_id: string }[]>(
    `SELECT request_id FROM audit.access_log WHERE client_address = '192.0.2.1'`,
  );
  expect(row?.request_id).toBe(first.headers['x-request-id']);
  await nextMinute();
  expect(await rows()).toEqual([
    { ...none, address: '192.0.2.1', times: null },
    { ...none, address: '192.0.2.1', times: 9 },
  ]);
});

test('networks are distinguished, and so are the reasons; the addresses of an IPv6 network count as one', async () => {
  for (const from of ['192.0.2.1', '192.0.2.2', '2001:db8:0:7::1', '2001:db8:0:7::2', '2001:db8:0:7::3']) {
    await anonymous(from);
  }
  await guess('NESSUNO', '192.0.2.1');
  await guess('NESSUNO2', '192.0.2.1');
  await nextMinute();
  const guessed = { outcome: 'sign-in:credentials', method: 'password', address: '192.0.2.1' };
  expect(await rows()).toEqual([
    { ...none, address: '192.0.2.1', times: null },
    { ...none, address: '192.0.2.2', times: null },
    { ...none, address: '2001:db8:0:7::1', times: null },
    { ...guessed, user_id: 'NESSUNO', times: null },
    { ...none, address: '2001:db8:0:7::/64', times: 2 },
    { ...guessed, user_id: null, times: 1 },
  ]);
});

test('each attempt on an account has its own row; attempts refused by its lock without a try are counted', async () => {
  const { userId } = gateway.account('secondDoctor');
  for (let index = 0; index < 10; index++) await guess(userId, '192.0.2.1');
  await nextMinute();
  const guessed = { outcome: 'sign-in:credentials', method: 'password', address: '192.0.2.1' };
  expect(await rows()).toEqual([
    ...Array<unknown>(6).fill({ ...guessed, user_id: userId, times: null }),
    // The seventh is the first without a row of its own: only the account is recorded.
    { ...guessed, user_id: userId, times: null },
    { ...guessed, user_id: null, times: 3 },
  ]);
});

test('counts are written when the gateway stops', async () => {
  const other = await startTestGateway({ databaseUrl: gateway.databaseUrl, trustedProxies: ['127.0.0.1'] });
  for (let index = 0; index < 5; index++) await anonymous('192.0.2.9', other);
  await other.stop();
  expect(await rows()).toEqual([
    { ...none, address: '192.0.2.9', times: null },
    { ...none, address: '192.0.2.9', times: 4 },
  ]);
});

function refusalLog(log = createLogger('silent')): {
  refusals: RefusalLog;
  later: () => void;
  refuse: (from: string, userId?: string) => Promise<void>;
} {
  let now = new Date('2026-11-29T10:00:00Z');
  const refusals = createRefusalLog(asGateway, createAccessLog(asGateway), { now: () => now }, log);
  const access = (clientAddress: string, userId: string | undefined): Access => ({
    ...{ at: now, operation: 'patient-list', userId, doctor: undefined, titular: undefined },
    ...{ method: undefined, clientAddress, requestId: randomUUID() },
  });
  return {
    refusals,
    later: () => void (now = new Date(now.getTime() + MINUTE)),
    refuse: (from, userId) =>
      userId === undefined
        ? refusals.refused(access(from, undefined), 'sign-in:none-presented', false)
        : refusals.refused(access(from, userId), 'sign-in:credentials', true),
  };
}

const sums = async (): Promise<unknown> =>
  (
    await gateway.db.query<unknown[]>(
      `SELECT count(*)::int AS rows, coalesce(sum(coalesce(times, 1)), 0)::int AS refusals FROM audit.access_log
       WHERE at < '2026-11-29T12:00:00Z'`,
    )
  )[0];

test('a minute has a limited number of rows, from however many addresses; no refusal is lost', async () => {
  await gateway.db.query('DELETE FROM audit.access_log');
  const { refusals, refuse } = refusalLog();
  const flood = Array.from({ length: 6_000 }, (_, index) => `10.${index >> 12}.${(index >> 4) & 255}.${index & 15}`);
  await Promise.all(flood.map((from) => refuse(from)));
  await refusals.flush();
  // One more: the count of all without a row.
  expect(await sums()).toEqual({ rows: 2 * MOST + 1, refusals: flood.length });
});

test('refusals of strangers hide no attempt on an account: who and where, or at least who', async () => {
  await gateway.db.query('DELETE FROM audit.access_log');
  const { refusals, refuse } = refusalLog();
  const addresses = Array.from({ length: 700 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
  await Promise.all(addresses.map((from) => refuse(from)));
  await refuse('192.0.2.7', 'VITTIMA');
  const attempts = (): Promise<unknown> =>
    gateway.db.query(
      `SELECT user_id, abbrev(client_address) AS address, sum(coalesce(times, 1))::int AS attempts FROM audit.access_log
       WHERE outcome = 'sign-in:credentials' AND (client_address IS NULL OR client_address >>= '192.0.2.7')
       GROUP BY 1, 2 ORDER BY 1, 2`,
    );
  expect(await attempts()).toEqual([{ user_id: 'VITTIMA', address: '192.0.2.7', attempts: 1 }]);
  // Guesses at another account from everywhere: of further ones only the account is recorded.
  await Promise.all(addresses.map((from) => refuse(from, 'ALTRO')));
  for (let index = 0; index < 3; index++) await refuse('192.0.2.7', 'VITTIMA');
  await refusals.flush();
  expect(await attempts()).toEqual([
    { user_id: 'ALTRO', address: null, attempts: addresses.length - (MOST - 1) - MOST },
    { user_id: 'VITTIMA', address: '192.0.2.7', attempts: 1 },
    { user_id: 'VITTIMA', address: null, attempts: 3 },
  ]);
});

test('counts that cannot be written wait for the next time', async () => {
  await gateway.db.query('DELETE FROM audit.access_log');
  const { refusals, refuse, later } = refusalLog();
  for (let index = 0; index < 4; index++) await refuse('192.0.2.1');
  await gateway.db.query('REVOKE INSERT ON audit.access_log FROM passerella_gateway');
  await refusals.flush();
  await gateway.db.query('GRANT INSERT ON audit.access_log TO passerella_gateway');
  expect(await sums()).toEqual({ rows: 1, refusals: 1 });
  later();
  await refuse('192.0.2.1');
  await refusals.flush();
  expect(await sums()).toEqual({ rows: 3, refusals: 5 });
});
