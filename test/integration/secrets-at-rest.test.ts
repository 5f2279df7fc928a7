/**
 * Decision 0060: one hash of password and pincode. The pair of former releases is accepted, is replaced at the owner's
 * next success, and stays a week for a former release that still runs, whose writes count.
 */
import { createHook } from 'node:async_hooks';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createAccountStore } from '../../src/auth/store.js';
import { openDatabase, runtimeRole } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { envelope, startTestGateway, textOf } from '../support/gateway.js';
import type { TestGateway } from '../support/gateway.js';
import { formerPair } from '../support/former-secrets.js';

const DAY = 86_400_000;

let gateway: TestGateway;
let owner: ReturnType<TestGateway['account']>;

beforeAll(async () => {
  gateway = await startTestGateway({ trustedProxies: ['127.0.0.1'] });
  owner = gateway.account('doctor');
});

afterAll(() => gateway.stop());

const fieldsOf = ({ codiceFiscale }: { codiceFiscale: string }) => ({
  codiceFiscaleMedico: codiceFiscale,
  codiceFiscaleMedicoTitolare: codiceFiscale,
});

async function signIn(password = owner.password, pincode = owner.pincode): Promise<string | undefined> {
  const message = envelope('scaricoElencoAssistiti', fieldsOf(owner), gateway.pinCode(pincode));
  const reply = await gateway.post(message, { ...gateway.basic('doctor'), basic: `${owner.userId}:${password}` });
  return textOf(reply, 'esito') ?? textOf(reply, 'codice');
}

/** Written like `account reset` of the previous release, which knows two columns. */
async function writtenByFormerRelease(password: string, pincode: string): Promise<void> {
  const { passwordHash, pincodeHash } = formerPair(password, pincode);
  await gateway.db.query(
    `UPDATE auth.account SET password_hash = $2, pincode_hash = $3, credential_version = credential_version + 1
     WHERE user_id = $1`,
    [owner.userId, passwordHash, pincodeHash],
  );
}

interface Row {
  secret_hash: string | null;
  password_hash: string | null;
  pincode_hash: string | null;
  credential_version: number;
}

async function stored(): Promise<Row> {
  const [row] = await gateway.db.query<Row[]>('SELECT * FROM auth.account WHERE user_id = $1', [owner.userId]);
  if (row === undefined) throw new Error('no account');
  return row;
}

beforeEach(async () => {
  await gateway.db.query('DELETE FROM auth.sign_in_attempt');
  gateway.setNow(new Date());
  await writtenByFormerRelease(owner.password, owner.pincode);
});

test('a pair signs in and is replaced by one hash of the present cost; remembered sign-ins stay valid', async () => {
  const before = await stored();
  expect(before.secret_hash).toBeNull();
  expect(await signIn()).toBe('0000');
  const after = await stored();
  expect(after.secret_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(after).toMatchObject({ ...before, secret_hash: after.secret_hash, pair_replaced_at: expect.any(Date) });
  // Any hashing from now on would fail.
  await gateway.db.query(`UPDATE auth.account SET secret_hash = 'not a hash' WHERE user_id = $1`, [owner.userId]);
  expect(await signIn()).toBe('0000');
});

test('from then on the single hash counts, for both secrets together', async () => {
  expect(await signIn()).toBe('0000');
  await gateway.db.query('UPDATE auth.account SET credential_version = credential_version + 1');
  expect(await signIn('sbagliata')).toBe('CREDENZIALI_NON_VALIDE');
  expect(await signIn(owner.password, '0000000000')).toBe('CREDENZIALI_NON_VALIDE');
  expect(await signIn()).toBe('0000');
});

test('wrong secrets replace nothing', async () => {
  const before = await stored();
  expect(await signIn('sbagliata')).toBe('CREDENZIALI_NON_VALIDE');
  expect(await signIn(owner.password, '0000000000')).toBe('CREDENZIALI_NON_VALIDE');
  expect(await stored()).toEqual(before);
});

test('the pair stays a week, and is deleted at the first success after it', async () => {
  expect(await signIn()).toBe('0000');
  gateway.setNow(new Date(Date.now() + 6.9 * DAY));
  expect(await signIn()).toBe('0000');
  expect((await stored()).password_hash).not.toBeNull();
  gateway.setNow(new Date(Date.now() + 7.1 * DAY));
  expect(await signIn()).toBe('0000');
  expect(await stored()).toMatchObject({ password_hash: null, pincode_hash: null, pair_replaced_at: null });
  gateway.setNow(new Date(Date.now() + 7.2 * DAY));
  expect(await signIn()).toBe('0000');
});

test('new secrets written by the previous release count, and the hash of the old ones does not', async () => {
  expect(await signIn()).toBe('0000');
  await writtenByFormerRelease('nuova', '1234567890');
  expect((await stored()).secret_hash).toBeNull();
  expect(await signIn()).toBe('CREDENZIALI_NON_VALIDE');
  expect(await signIn('nuova', '1234567890')).toBe('0000');
});

test('secrets that change while the old ones are verified are not overwritten by them', async () => {
  const store = createAccountStore(gateway.db);
  const read = await store.withCredentials(owner.userId, '192.0.2.1');
  if (read === undefined) throw new Error('no account');
  await writtenByFormerRelease('nuova', '1234567890');
  const changed = await stored();
  await store.replacePair(read, '$argon2id$of the old ones', gateway.now());
  expect(await stored()).toEqual(changed);
});

test('the gateway may replace hashes and change nothing else of an account; an account has secrets', async () => {
  const limits = { entities: [], poolSize: 1, statementTimeoutMs: 5_000, applicationName: 'test' };
  const db = await openDatabase({
    url: gateway.databaseUrl,
    role: runtimeRole,
    ...limits,
    log: createLogger('silent'),
  });
  try {
    for (const column of ['user_id', 'codice_fiscale', 'role', 'credential_version', 'suspended_at', 'created_at']) {
      await expect(db.query(`UPDATE auth.account SET ${column} = ${column}`)).rejects.toMatchObject({ code: '42501' });
    }
    await expect(db.query('DELETE FROM auth.account')).rejects.toMatchObject({ code: '42501' });
    await expect(db.query('UPDATE auth.account SET password_hash = NULL')).rejects.toMatchObject({ code: '23514' });
    // Permitted: a hash where none was, and the pair deleted beside it (as the store does, tested above); not
    // permitted: replacing an owner's hash by one that no secrets match.
    const write = (set: string) => db.query(`UPDATE auth.account SET ${set} WHERE user_id = $1`, [owner.userId]);
    await writtenByFormerRelease(owner.password, owner.pincode);
    await expect(write(`password_hash = 'of another'`)).rejects.toMatchObject({ code: '42501' });
    await expect(write(`pincode_hash = 'of another', secret_hash = 'x'`)).rejects.toMatchObject({ code: '42501' });
    await write(`secret_hash = 'made of the pair'`);
    await expect(write(`secret_hash = 'of another'`)).rejects.toMatchObject({ code: '42501' });
    await expect(write('secret_hash = NULL')).rejects.toMatchObject({ code: '42501' });
    await write('password_hash = NULL, pincode_hash = NULL');
  } finally {
    await db.destroy();
  }
});

test('a pair is computed only for counted attempts: all others behave as for an unknown user', async () => {
  const types: string[] = [];
  const hook = createHook({ init: (_id, type) => types.push(type) }).enable();
  const { userId } = owner;
  const network = (subnet: number) => `2001:db8:7:${subnet}::1`;
  const attempt = async (by: string, from: string) => {
    types.length = 0;
    const message = envelope('scaricoElencoAssistiti', fieldsOf(owner), gateway.pinCode(owner.pincode));
    const basic = `Basic ${Buffer.from(`${by}:${owner.password}`).toString('base64')}`;
    const reply = await gateway.post(message, undefined, { Authorization: basic, 'X-Forwarded-For': from });
    const scrypts = types.filter((type) => type === 'SCRYPTREQUEST').length;
    const answer = reply.text.replace(/<idRichiesta>[^<]*/, '');
    return { status: reply.status, codice: textOf(reply, 'codice'), answer, scrypts };
  };
  const lock = (origin: string) =>
    gateway.db.query(
      `INSERT INTO auth.sign_in_attempt (user_id, origin, failures, attempted_at, locked_until)
       VALUES ($1, $2, 99, $3::timestamptz, $3::timestamptz + interval '10 minutes')`,
      [userId, origin, gateway.now()],
    );
  try {
    const nobodys = await attempt('NESSUNO', '192.0.2.1');
    expect(nobodys).toMatchObject({ codice: 'CREDENZIALI_NON_VALIDE', scrypts: 0 });
    await lock('192.0.2.1');
    expect(await attempt(userId, '192.0.2.1')).toEqual(nobodys);
    await gateway.db.query('UPDATE auth.account SET suspended_at = $2 WHERE user_id = $1', [userId, gateway.now()]);
    expect(await attempt(userId, '192.0.2.2')).toEqual(nobodys);
    await gateway.db.query('UPDATE auth.account SET suspended_at = NULL WHERE user_id = $1', [userId]);
    // All locks closed: of a /48 the first attempt in a day is counted and tried, the second is not.
    await lock('*');
    await lock('2001:db8:7::/48');
    expect(await attempt(userId, network(1))).toEqual(nobodys);
    await gateway.db.query(`DELETE FROM auth.sign_in_attempt WHERE origin LIKE '2001:%'`);
    expect(await attempt(userId, network(2))).toMatchObject({ status: 200, scrypts: 2 });
  } finally {
    hook.disable();
  }
});
