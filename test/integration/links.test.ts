/**
 * [S-2] First sign-in, forgotten secrets, the own account: from the portal's pages to the mail that a real server
 * receives, each process as its own database role.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { buffer } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import { createAccountMail } from '../../src/auth/mailing/index.js';
import { createAccessLog } from '../../src/audit/index.js';
import { createAccountDesk, createMachineEntrance } from '../../src/auth/index.js';
import { aslTies } from '../../src/asl/index.js';
import { openDatabase, portalRole, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { checkLetter } from '../../src/platform/ids/index.js';
import { createLogger } from '../../src/platform/log.js';
import { substitutionTies } from '../../src/screening/index.js';
import { callOfJob } from '../support/calls.js';
import { USER, reply, startMailServer } from '../support/mail-server.js';
import type { TestMailServer } from '../support/mail-server.js';
import { OWN_FORM, shownIn, startTestPortal } from '../support/portal.js';
import type { TestPortal, Visitor } from '../support/portal.js';

const log = createLogger('silent');
const NEW = { password: 'una frase che ricordo è', pincode: '4082913756' };
const OTHER = { password: 'un’altra frase più lunga', pincode: '9153072846' };
const ADDRESS = 'medico@studio.example';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let portal: TestPortal;
let server: TestMailServer;
/** Called with each complete message: an error refuses it. */
let onMessage: (() => Error | undefined) | undefined;

beforeAll(async () => {
  portal = await startTestPortal();
  server = await startMailServer({
    onData(stream, _session, done) {
      void buffer(stream).then((message) => {
        const refused = onMessage?.();
        if (refused === undefined) server.messages.push(message);
        done(refused);
      });
    },
  });
});
beforeEach(async () => {
  portal.setNow(new Date());
  onMessage = undefined;
  server.messages.length = 0;
  await portal.db.query('DELETE FROM auth.mail');
  await portal.db.query('DELETE FROM auth.link');
  await portal.db.query('DELETE FROM auth.session');
  await portal.db.query('DELETE FROM auth.sign_in_attempt');
  await portal.db.query('DELETE FROM auth.email');
  await portal.db.query('DELETE FROM auth.mail');
});
afterAll(async () => {
  await server.stop();
  await portal.stop();
});

const openAsWorker = (): Promise<DataSource> =>
  openDatabase({
    ...{ url: portal.databaseUrl, role: workerRole, entities: [], poolSize: 2, statementTimeoutMs: 30_000 },
    ...{ applicationName: 'test worker', log },
  });

/** One round of the worker. */
async function work(): Promise<string> {
  const db = await openAsWorker();
  try {
    return await mailer(db).send(callOfJob(portal.now()));
  } finally {
    await db.destroy();
  }
}
const mailer = (db: DataSource) =>
  createAccountMail({
    ...{ db, accessLog: createAccessLog(db), mail: { submission: server.server, from: USER } },
    ...{ portalUrl: 'https://servizi.example', clock: portal, log },
  });
// A test portal has its own clock.
const letters = async () => Promise.all(server.messages.map((message) => PostalMime.parse(message)));
const lastLetter = async () => (await letters()).at(-1);
/** The path of the link in the latest mail. */
async function link(): Promise<string> {
  const path = /https:\/\/servizi\.example(\/\S+)/.exec((await lastLetter())?.text ?? '')?.[1];
  if (path === undefined) throw new Error('no link came');
  return path;
}

async function byOperator<Result>(
  work: (
    desk: ReturnType<typeof createAccountDesk>,
    call: Awaited<ReturnType<typeof createMachineEntrance>>['call'],
  ) => Promise<Result>,
): Promise<Result> {
  const clock = { now: () => portal.now() };
  return portal.db.transaction(async (tables) => {
    const desk = createAccountDesk(tables, clock, { ...aslTies(tables), ...substitutionTies(tables) });
    return work(desk, (await createMachineEntrance(portal.db, clock)).call);
  });
}

let made = 0;
/** An account that was never signed in to. @returns its user id */
async function newcomer(email?: string): Promise<string> {
  const userId = `nuovo${++made}`;
  const secretHash =
    '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  await portal.db.query(
    `INSERT INTO auth.account (user_id, codice_fiscale, role, secret_hash, created_at) VALUES ($1, $2, 'doctor', $3, $4)`,
    [userId, `PROVAX00X00X${String(made).padStart(3, '0')}Y`, secretHash, new Date(portal.now().getTime() - HOUR)],
  );
  if (email !== undefined) await portal.db.query('INSERT INTO auth.email VALUES ($1, $2)', [userId, email]);
  return userId;
}
/** An account with secrets. */
async function member(email = ADDRESS, secrets = NEW): Promise<string> {
  const userId = await newcomer(email);
  const { token = '' } = await byOperator((desk, call) => desk.link(call, { userId }));
  expect((await portal.visitor().post(`/attivazione/${token}`, secrets)).status).toBe(303);
  await portal.db.query('DELETE FROM auth.mail');
  return userId;
}
async function signIn(userId: string, secrets: { password: string; pincode: string }): Promise<Visitor | number> {
  const visitor = portal.visitor();
  const { status } = await visitor.post('/accesso', { utente: userId, ...secrets });
  return status === 303 ? visitor : status;
}
async function signedIn(userId: string, secrets = NEW): Promise<Visitor> {
  const visitor = await signIn(userId, secrets);
  if (typeof visitor === 'number') throw new Error(`not signed in: ${visitor}`);
  return visitor;
}
const rowsOf = (userId: string): Promise<{ operation: string; outcome: string }[]> =>
  portal.db.query(
    'SELECT operation, outcome FROM audit.access_log WHERE user_id = $1 ORDER BY transaction_id DESC LIMIT 4',
    [userId],
  );
const waiting = (userId: string): Promise<{ purpose: string; recipient: string | null }[]> =>
  portal.db.query('SELECT purpose, recipient FROM auth.mail WHERE user_id = $1 AND finished_at IS NULL ORDER BY id', [
    userId,
  ]);

describe('activation', () => {
  test('an invited holder chooses both secrets by the mailed link, once, and signs in', async () => {
    const userId = await newcomer(ADDRESS);
    await byOperator((desk, call) => desk.invite(call, { userId }));
    expect(await work()).toBe('sent 1');
    const letter = await lastLetter();
    expect([letter?.to?.[0]?.address, letter?.subject]).toEqual([ADDRESS, 'Passerella: attiva la tua utenza']);
    expect(letter?.text).toContain(userId);
    const path = await link();
    const page = await portal.visitor().get(path);
    expect([page.status, shownIn(page, 'h1')]).toEqual([200, 'Attiva la tua utenza']);
    expect(shownIn(page, 'title')).not.toContain(path.split('/')[2]);
    const answer = await portal.visitor().post(path, NEW);
    expect([answer.status, answer.location]).toEqual([303, '/accesso/credenziali-pronte']);
    expect(await rowsOf(userId)).toEqual([
      { operation: 'secrets-set', outcome: 'changed' },
      { operation: 'account-mail', outcome: '0000' },
      { operation: 'account-invite', outcome: 'changed' },
    ]);
    await signedIn(userId);
    expect((await portal.visitor().post(path, OTHER)).status).toBe(404);
    expect((await portal.visitor().get(path)).status).toBe(404);
    await signedIn(userId);
  });

  test('mail scanners may open the link any number of times', async () => {
    const userId = await newcomer(ADDRESS);
    await byOperator((desk, call) => desk.invite(call, { userId }));
    await work();
    const path = await link();
    for (let times = 0; times < 5; times++) {
      expect((await portal.visitor().get(path)).status).toBe(200);
      expect((await portal.visitor().send('HEAD', path, {})).status).toBe(200);
    }
    expect((await portal.visitor().post(path, NEW)).status).toBe(303);
  });

  test.each([
    ['password', { password: 'troppo cort', pincode: NEW.pincode }],
    ['password', { password: '', pincode: NEW.pincode }],
    ['password', { password: 'è'.repeat(129), pincode: NEW.pincode }],
    ['pincode', { password: NEW.password, pincode: '123456789' }],
    ['pincode', { password: NEW.password, pincode: '1234567890' }],
    ['pincode', { password: NEW.password, pincode: '7777777777' }],
  ])('a %s against the rules is refused at its field, and the link stays valid', async (field, secrets) => {
    const userId = await newcomer();
    const { token = '' } = await byOperator((desk, call) => desk.link(call, { userId }));
    const refused = await portal.visitor().post(`/attivazione/${token}`, secrets);
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(`href="#${field}"`);
    expect(refused.headers['referrer-policy']).toBe('strict-origin');
    if (secrets.password !== '') expect(refused.text).not.toContain(secrets.password);
    expect((await portal.visitor().post(`/attivazione/${token}`, NEW)).status).toBe(303);
  });

  test('twelve letters suffice in any composition; the same letters sign in', async () => {
    const composed = 'àèìòùàèìòùàè';
    const userId = await member(ADDRESS, { password: composed.normalize('NFD'), pincode: NEW.pincode });
    await signedIn(userId, { password: composed, pincode: NEW.pincode });
  });

  test('a link expires after seven days, and when the account is suspended', async () => {
    const userId = await newcomer();
    const { token = '' } = await byOperator((desk, call) => desk.link(call, { userId }));
    const path = `/attivazione/${token}`;
    portal.setNow(new Date(Date.now() + 7 * DAY - MINUTE));
    expect((await portal.visitor().get(path)).status).toBe(200);
    portal.setNow(new Date(Date.now() + 7 * DAY + MINUTE));
    expect((await portal.visitor().get(path)).status).toBe(404);
    expect((await portal.visitor().post(path, NEW)).status).toBe(404);
    portal.setNow(new Date());
    await byOperator((desk, call) => desk.suspend(call, { userId }));
    expect((await portal.visitor().post(path, NEW)).status).toBe(404);
    expect(await byOperator((desk, call) => desk.link(call, { userId }))).toMatchObject({
      refusals: ['account-suspended'],
    });
  });

  test('two concurrent forms: one succeeds', async () => {
    const userId = await newcomer();
    const { token = '' } = await byOperator((desk, call) => desk.link(call, { userId }));
    const answers = await Promise.all(
      [NEW, OTHER].map((secrets) => portal.visitor().post(`/attivazione/${token}`, secrets)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 404]);
    const entered = await Promise.all([signIn(userId, NEW), signIn(userId, OTHER)]);
    expect(entered.filter((one) => typeof one === 'number')).toHaveLength(1);
  });
});

describe('forgotten secrets', () => {
  const ask = (userId: string) => portal.visitor().post('/accesso/recupero', { utente: userId });

  test('the link ends sessions and locks, and invalidates the old secrets', async () => {
    const userId = await member();
    const visitor = await signedIn(userId);
    for (let times = 0; times < 7; times++) await signIn(userId, OTHER);
    expect(await signIn(userId, NEW)).toBe(401); // locked
    await portal.db.query('DELETE FROM auth.mail');
    await ask(userId);
    expect(await work()).toBe('sent 1');
    expect((await portal.visitor().post(await link(), OTHER)).status).toBe(303);
    expect((await visitor.get('/profilo')).status).toBe(303);
    await signedIn(userId, OTHER);
    expect(await signIn(userId, NEW)).toBe(401);
  });

  test('the answer is the same for an account, one without e-mail, a suspended one, and an unknown one', async () => {
    const suspended = await member();
    await byOperator((desk, call) => desk.suspend(call, { userId: suspended }));
    const userIds = [await member(), await newcomer(), suspended, 'nessuno', 'x'.repeat(64)];
    const answers = await Promise.all(userIds.map(ask));
    for (const { status, location, text } of answers) {
      expect([status, location, text]).toEqual([303, '/accesso/recupero/inviata', '']);
    }
    expect(await Promise.all(userIds.map(waiting))).toEqual([
      [{ purpose: 'recovery', recipient: null }],
      [],
      [],
      [],
      [],
    ]);
    const names = answers.map(({ headers }) => Object.keys(headers).sort().join());
    expect(new Set(names).size).toBe(1);
  });

  test('a new link invalidates the previous one, which expires after an hour in any case', async () => {
    const userId = await member();
    await ask(userId);
    await work();
    const former = await link();
    portal.setNow(new Date(Date.now() + 11 * MINUTE));
    await ask(userId);
    await work();
    const latter = await link();
    expect((await portal.visitor().get(former)).status).toBe(404);
    expect((await portal.visitor().get(latter)).status).toBe(200);
    portal.setNow(new Date(Date.now() + 11 * MINUTE + HOUR + MINUTE));
    expect((await portal.visitor().post(latter, OTHER)).status).toBe(404);
    await signedIn(userId);
  });

  test('mailboxes are not flooded: one mail in ten minutes, five a day', async () => {
    const userId = await member();
    for (let times = 0; times < 3; times++) await ask(userId);
    expect(await work()).toBe('sent 1');
    for (let times = 0; times < 3; times++) await ask(userId);
    expect(await work()).toBe('nothing to send');
    for (let minutes = 11; minutes < 150; minutes += 11) {
      portal.setNow(new Date(Date.now() + minutes * MINUTE));
      await ask(userId);
      await work();
    }
    expect(await letters()).toHaveLength(5);
    portal.setNow(new Date(Date.now() + DAY + 3 * HOUR));
    await ask(userId);
    expect(await work()).toBe('sent 1');
  });

  test('one network can request links for twenty accounts an hour', async () => {
    const userIds: string[] = [];
    for (let times = 0; times < 22; times++) userIds.push(await newcomer(`m${times}@studio.example`));
    for (const userId of userIds) await ask(userId);
    expect(await work()).toBe('sent 20');
  });
});

describe('sending', () => {
  test('a crash between sending and recording sends again, with a link that invalidates the previous one', async () => {
    const userId = await newcomer(ADDRESS);
    await byOperator((desk, call) => desk.invite(call, { userId }));
    const db = await openAsWorker();
    onMessage = () => {
      void db.destroy(); // the server has the mail, the worker has died
      return undefined;
    };
    await expect(mailer(db).send(callOfJob(portal.now()))).rejects.toThrow();
    onMessage = undefined;
    const former = await link();
    expect((await portal.visitor().get(former)).status).toBe(200);
    expect(await work()).toBe('nothing to send');
    portal.setNow(new Date(Date.now() + 2 * MINUTE));
    expect(await work()).toBe('sent 1');
    expect((await portal.visitor().post(former, NEW)).status).toBe(404);
    expect((await portal.visitor().post(await link(), NEW)).status).toBe(303);
  });

  test('a server that is unavailable or defers us: retried; one that refuses: given up', async () => {
    const userId = await newcomer(ADDRESS);
    await byOperator((desk, call) => desk.invite(call, { userId }));
    onMessage = () => reply(451, 'greylisted');
    expect(await work()).toBe('postponed 1');
    onMessage = () => reply(550, 'no such mailbox');
    portal.setNow(new Date(Date.now() + 2 * MINUTE));
    expect(await work()).toBe('mail-refused 1');
    expect(await waiting(userId)).toEqual([]);
    expect(await rowsOf(userId)).toContainEqual({ operation: 'account-mail', outcome: 'mail-refused' });
  });

  test('mails that waited for more than a day, or whose account has no address any more, are given up', async () => {
    const late = await newcomer(ADDRESS);
    const lost = await newcomer(ADDRESS);
    await byOperator((desk, call) => desk.invite(call, { userId: late }));
    portal.setNow(new Date(Date.now() + 25 * HOUR));
    await byOperator((desk, call) => desk.invite(call, { userId: lost }));
    await portal.db.query('DELETE FROM auth.email WHERE user_id = $1', [lost]);
    await portal.db.query(`DELETE FROM auth.mail WHERE purpose = 'address-changed'`);
    expect(await work()).toBe('mail-late 1, no-email 1');
    expect(server.messages).toEqual([]);
  });

  test('a link handed over by the operator survives a mail that is not sent', async () => {
    const userId = await newcomer(ADDRESS);
    await byOperator((desk, call) => desk.invite(call, { userId }));
    portal.setNow(new Date(Date.now() + 25 * HOUR));
    await portal.db.query(`UPDATE auth.mail SET purpose = 'recovery'`);
    const { token = '' } = await byOperator((desk, call) => desk.link(call, { userId }));
    await portal.db.query(`UPDATE auth.mail SET purpose = 'activation'`);
    expect(await work()).toBe('mail-late 1');
    expect((await portal.visitor().post(`/attivazione/${token}`, NEW)).status).toBe(303);
  });

  test('a link handed over by the operator replaces the waiting mail', async () => {
    const userId = await newcomer(ADDRESS);
    await byOperator((desk, call) => desk.invite(call, { userId }));
    const { token = '' } = await byOperator((desk, call) => desk.link(call, { userId }));
    expect(await work()).toBe('nothing to send');
    expect((await portal.visitor().post(`/attivazione/${token}`, NEW)).status).toBe(303);
  });

  test('a new request is sent, however long an earlier one has waited', async () => {
    const [invited, forgetful] = [await newcomer(ADDRESS), await member('altro@studio.example')];
    const ask = () => portal.visitor().post('/accesso/recupero', { utente: forgetful });
    await byOperator((desk, call) => desk.invite(call, { userId: invited }));
    await ask();
    portal.setNow(new Date(Date.now() + 25 * HOUR));
    await byOperator((desk, call) => desk.invite(call, { userId: invited }));
    await ask();
    expect(await work()).toBe('sent 2');
  });

  test('an account that is removed while its mail is sent does not end the round', async () => {
    const [removed, other] = [await newcomer(ADDRESS), await newcomer('altro@studio.example')];
    await byOperator((desk, call) => desk.invite(call, { userId: removed }));
    await byOperator((desk, call) => desk.invite(call, { userId: other }));
    // As soon as its mail is claimed: the worker's next statement finds the account gone.
    await portal.db.query(`
      CREATE FUNCTION public.test_vanish() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        DELETE FROM auth.mail WHERE id = NEW.id; RETURN NULL; END $$;
      CREATE TRIGGER test_vanish AFTER UPDATE OF attempts ON auth.mail FOR EACH ROW WHEN (NEW.user_id = '${removed}')
        EXECUTE FUNCTION public.test_vanish()`);
    try {
      expect(await work()).toBe('sent 2');
    } finally {
      await portal.db.query('DROP TRIGGER test_vanish ON auth.mail; DROP FUNCTION public.test_vanish');
    }
    expect(await waiting(other)).toEqual([]);
  });

  test('no token is stored: queue, links and access log contain none', async () => {
    const userId = await newcomer(ADDRESS);
    await byOperator((desk, call) => desk.invite(call, { userId }));
    await work();
    const token = (await link()).split('/')[2] ?? '';
    await portal.visitor().get(`/attivazione/${token}`);
    await portal.visitor().post(`/attivazione/${token}`, NEW);
    for (const table of ['auth.mail', 'auth.link', 'audit.access_log', 'jobs.job', 'auth.session']) {
      const [row] = await portal.db.query<{ text: string | null }[]>(
        `SELECT string_agg(t::text, ' ') AS text FROM ${table} t`,
      );
      expect(row?.text ?? '').not.toContain(token);
    }
    expect(JSON.stringify(portal.logged)).toContain('/attivazione/:token');
    expect(JSON.stringify(portal.logged)).not.toContain(token);
  });
});

describe('the own account', () => {
  test('a new password ends the other sessions, gives this one another id, and is announced by mail', async () => {
    const userId = await member();
    const [here, elsewhere] = [await signedIn(userId), await signedIn(userId)];
    const before = here.token();
    const present = { 'password-attuale': NEW.password, 'pincode-attuale': NEW.pincode };
    const answer = await here.post('/profilo/password', { ...present, password: OTHER.password });
    expect([answer.status, answer.location]).toEqual([303, '/profilo']);
    expect((await here.get('/profilo')).text).toContain('La password è cambiata.');
    expect((await elsewhere.get('/profilo')).status).toBe(303);
    const planted = portal.visitor();
    planted.setToken(before);
    expect((await planted.get('/profilo')).status).toBe(303);
    await signedIn(userId, { password: OTHER.password, pincode: NEW.pincode });
    expect(await waiting(userId)).toEqual([{ purpose: 'secrets-changed', recipient: null }]);
    expect(await work()).toBe('sent 1');
    expect((await lastLetter())?.subject).toBe('Passerella: le tue credenziali sono cambiate');
  });

  test('the present password or pincode is no new one; what is typed twice must be the same', async () => {
    const userId = await member();
    const visitor = await signedIn(userId);
    const present = { 'password-attuale': NEW.password, 'pincode-attuale': NEW.pincode };
    const same = await visitor.fill('/profilo/password', { ...present, password: NEW.password });
    expect([same.status, same.text.includes('è uguale a quella attuale')]).toEqual([422, true]);
    expect(await rowsOf(userId)).toContainEqual({ operation: 'secrets-change', outcome: 'password-same' });
    const pincode = await visitor.fill('/profilo/pincode', { ...present, pincode: NEW.pincode });
    expect([pincode.status, pincode.text.includes('è uguale a quello attuale')]).toEqual([422, true]);
    const twice = { ...present, password: OTHER.password, 'password-di-nuovo': `${OTHER.password}x` };
    const mistyped = await visitor.fill('/profilo/password', twice);
    expect([mistyped.status, mistyped.text.includes('Le due password non sono uguali')]).toEqual([422, true]);
    await signedIn(userId);
    const right = { ...twice, 'password-di-nuovo': OTHER.password };
    expect((await visitor.post('/profilo/password', right)).location).toBe('/profilo');
  });

  test('signs in and asks for a link with his user id in any case', async () => {
    const userId = await member();
    const typed = ` ${userId.toUpperCase()} `;
    expect(typed.trim()).not.toBe(userId);
    await signedIn(typed);
    await signIn(typed, OTHER);
    const attempts: unknown = await portal.db.query(
      `SELECT user_id FROM auth.sign_in_attempt WHERE lower(user_id) = lower($1) AND failures > 0 AND origin <> '*'`,
      [userId],
    );
    expect(attempts).toEqual([{ user_id: userId }]);
    await portal.visitor().post('/accesso/recupero', { utente: typed });
    expect(await rowsOf(userId)).toContainEqual({ operation: 'secrets-ask', outcome: 'changed' });
    // Of two that differ in capitals only, each is itself.
    await portal.db.query(
      `INSERT INTO auth.account (user_id, codice_fiscale, role, secret_hash, created_at)
       SELECT upper(user_id), 'PROVAX00X00X998Y', role, secret_hash, created_at FROM auth.account WHERE user_id = $1`,
      [userId],
    );
    await portal.db.query('DELETE FROM auth.sign_in_attempt WHERE user_id = $1', [userId]);
    await signedIn(userId);
    await signedIn(userId.toUpperCase());
    const mixed = userId.toUpperCase().slice(0, 3) + userId.slice(3);
    expect(await signIn(mixed, NEW)).toBe(401);
    await portal.db.query('DELETE FROM auth.account WHERE user_id = upper($1)', [userId]);
  });

  test('an account for cards only gets no password by its mail, until an operator means it to have one', async () => {
    const userId = 'soltanto.carta';
    const codiceFiscale = `PROVAX00X00X997${checkLetter('PROVAX00X00X997')}`;
    const account = { userId, codiceFiscale, role: 'doctor', email: ADDRESS, secrets: 'card-only' } as const;
    const made = await byOperator((desk, call) => desk.create(call, account));
    expect(made.refusals).toEqual([]);
    // Another one that differs in capitals only is refused: nobody could tell them apart on a page.
    const alike = {
      ...account,
      userId: 'Soltanto.Carta',
      codiceFiscale: `PROVAX00X00X996${checkLetter('PROVAX00X00X996')}`,
    };
    expect((await byOperator((desk, call) => desk.create(call, alike))).refusals).toEqual(['account-exists']);
    await portal.visitor().post('/accesso/recupero', { utente: userId });
    expect(await waiting(userId)).toEqual([]);
    await byOperator((desk, call) => desk.reset(call, { userId }));
    await portal.visitor().post('/accesso/recupero', { utente: userId });
    expect((await waiting(userId)).map(({ purpose }) => purpose)).toContain('recovery');
  });

  test('of two user ids that differ in capitals only, created at the same time, one is refused', async () => {
    const account = (userId: string, number: string) => {
      const codiceFiscale = `PROVAX00X00X${number}${checkLetter(`PROVAX00X00X${number}`)}`;
      return { userId, codiceFiscale, role: 'doctor', secrets: 'later' } as const;
    };
    let second: Promise<{ readonly refusals: readonly string[] }> | undefined;
    const isOver = () => second?.then(() => true) ?? Promise.resolve(false);
    const isWaiting = async () =>
      (await portal.db.query<unknown[]>(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).length >
      0;
    await byOperator(async (desk, call) => {
      expect((await desk.create(call, account('stesso.nome', '995'))).refusals).toEqual([]);
      second = byOperator((other, itsCall) => other.create(itsCall, account('Stesso.Nome', '994')));
      while (!(await Promise.race([isOver(), isWaiting()])));
    });
    expect((await second)?.refusals).toEqual(['account-exists']);
    await byOperator((desk, call) => desk.remove(call, { userId: 'stesso.nome' }));
  });

  test('the same for a new pincode; wrong present secrets count as a failed sign-in', async () => {
    const userId = await member();
    const visitor = await signedIn(userId);
    const wrong = { 'password-attuale': 'non è questa qui', 'pincode-attuale': NEW.pincode, pincode: OTHER.pincode };
    const refused = await visitor.fill('/profilo/pincode', wrong);
    expect(refused.status).toBe(422);
    expect(await rowsOf(userId)).toContainEqual({ operation: 'secrets-change', outcome: 'sign-in:credentials' });
    const [row] = await portal.db.query<{ failures: number }[]>(
      `SELECT failures FROM auth.sign_in_attempt WHERE user_id = $1 AND origin <> '*'`,
      [userId],
    );
    expect(row?.failures).toBe(1);
    const right = { ...wrong, 'password-attuale': NEW.password };
    expect((await visitor.post('/profilo/pincode', right)).status).toBe(303);
    await signedIn(userId, { password: NEW.password, pincode: OTHER.pincode });
  });

  test('a new address is stored once it is confirmed; the previous one gets a notice', async () => {
    const userId = await member();
    const visitor = await signedIn(userId);
    const present = { 'password-attuale': NEW.password, 'pincode-attuale': NEW.pincode };
    expect((await visitor.fill('/profilo/email', { ...present, email: 'non è un indirizzo' })).status).toBe(422);
    expect((await visitor.post('/profilo/email', { ...present, email: 'nuovo@studio.example' })).status).toBe(303);
    expect((await visitor.get('/profilo')).text).toContain(ADDRESS);
    await work();
    expect((await lastLetter())?.to?.[0]?.address).toBe('nuovo@studio.example');
    const path = await link();
    expect((await portal.visitor().get(path)).text).toContain('nuovo@studio.example');
    expect((await portal.visitor().post(path.replace('conferma-indirizzo', 'attivazione'), OTHER)).status).toBe(404);
    expect((await portal.visitor().post(path)).status).toBe(303);
    expect((await portal.visitor().post(path)).status).toBe(404);
    expect((await visitor.get('/profilo')).text).toContain('nuovo@studio.example');
    expect(await waiting(userId)).toEqual([{ purpose: 'address-changed', recipient: ADDRESS }]);
    await work();
    expect((await lastLetter())?.to?.[0]?.address).toBe(ADDRESS);
    const kept: unknown = await portal.db.query('SELECT FROM auth.mail WHERE recipient IS NOT NULL');
    expect(kept).toEqual([]);
  });

  test('a new secret invalidates a pending change of address', async () => {
    const userId = await member();
    const visitor = await signedIn(userId);
    const present = { 'password-attuale': NEW.password, 'pincode-attuale': NEW.pincode };
    expect((await visitor.post('/profilo/email', { ...present, email: 'ladro@studio.example' })).status).toBe(303);
    await portal.db.query('UPDATE auth.account SET credential_version = credential_version + 1 WHERE user_id = $1', [
      userId,
    ]);
    expect((await waiting(userId)).filter(({ purpose }) => purpose === 'address')).toEqual([]);
  });

  test('five addresses a day', async () => {
    const userId = await member();
    const visitor = await signedIn(userId);
    const present = { 'password-attuale': NEW.password, 'pincode-attuale': NEW.pincode };
    const statuses: number[] = [];
    for (let times = 0; times < 6; times++) {
      statuses.push((await visitor.fill('/profilo/email', { ...present, email: `n${times}@studio.example` })).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 422]);
  });

  test('a lock is announced once, not with every attempt', async () => {
    const userId = await member();
    for (let times = 0; times < 8; times++) {
      await signIn(userId, OTHER);
      portal.setNow(new Date(portal.now().getTime() + 10 * MINUTE));
    }
    expect(await waiting(userId)).toEqual([{ purpose: 'locked', recipient: null }]);
    await work();
    await signIn(userId, OTHER);
    expect(await waiting(userId)).toEqual([]);
  });

  test('own accesses: the rows of the own account only, recorded themselves, fifty a page', async () => {
    const userId = await member();
    const visitor = await signedIn(userId);
    await signIn(userId, OTHER);
    await portal.signedIn('doctor');
    const page = await visitor.get('/profilo/accessi');
    expect(page.status).toBe(200);
    expect(page.text).toContain('Accesso al sito');
    expect(page.text).toContain('credenziali errate');
    expect(page.text.match(/<th [^>]*scope="row"/g)).toHaveLength(4); // link, chosen, signed in, failed
    expect((await rowsOf(userId))[0]).toEqual({ operation: 'own-accesses', outcome: '0000' });
    await portal.db.query(
      `INSERT INTO audit.access_log (transaction_id, at, operation, outcome, user_id, request_id)
       SELECT nextval('audit.transaction_id'), now() - n * interval '1 second', 'test-list', '0000', $1, gen_random_uuid()
       FROM generate_series(1, 60) n`,
      [userId],
    );
    expect((await visitor.get('/profilo/accessi')).text).toContain('?pagina=2');
    expect((await visitor.get('/profilo/accessi?pagina=2')).text).toContain('Elenco dei test');
    expect((await visitor.get('/profilo/accessi?pagina=zero')).status).toBe(404);
    expect(page.text).toContain('l’amministratore del servizio'); // who handed over the link
    expect(page.text).toContain('chi ha usato il tuo codice utente');
  });

  test('own accesses of some days, in Rome; days that are none are said', async () => {
    const userId = await member();
    const visitor = await signedIn(userId);
    await portal.db.query(`UPDATE auth.account SET created_at = created_at - interval '60 days' WHERE user_id = $1`, [
      userId,
    ]);
    const now = portal.now();
    const day = (days: number) =>
      new Date(now.getTime() - days * DAY).toLocaleDateString('en-CA', { timeZone: 'Europe/Rome' });
    // The last minute of the one day in Rome, the first of the next, and the one after it.
    for (const [days, time, operation] of [
      [20, '23:59', 'patient-list'],
      [19, '00:00', 'test-list'],
      [18, '00:00', 'test-submission'],
    ] as const) {
      await portal.db.query(
        `INSERT INTO audit.access_log (transaction_id, at, operation, outcome, user_id, request_id)
         VALUES (nextval('audit.transaction_id'), $1::timestamp AT TIME ZONE 'Europe/Rome', $2, '0000', $3, gen_random_uuid())`,
        [`${day(days)} ${time}`, operation, userId],
      );
    }
    const between = (from: string, to: string) => {
      const parts = (name: string, text: string) =>
        text.split('-').map((part, at): [string, string] => [`${name}-${['anno', 'mese', 'giorno'][at] ?? ''}`, part]);
      return visitor.get(
        `/profilo/accessi?${new URLSearchParams([...parts('dal', from), ...parts('al', to)]).toString()}`,
      );
    };
    const said = async (from: string, to: string) => {
      const { text } = await between(from, to);
      return ['Elenco degli assistiti', 'Elenco dei test', 'Comunicazione di un test'].map((word) =>
        text.includes(word),
      );
    };
    expect(await said(day(20), day(20))).toEqual([true, false, false]);
    expect(await said(day(19), day(19))).toEqual([false, true, false]);
    expect(await said(day(19), day(18))).toEqual([false, true, true]);
    const reversed = await between(day(18), day(19));
    expect([reversed.status, shownIn(reversed, 'title')?.startsWith('Errore: ')]).toEqual([422, true]);
  });

  test('the first page shows the previous visit, and the failures since', async () => {
    const userId = await member();
    await signedIn(userId);
    portal.setNow(new Date(Date.now() + HOUR));
    await signIn(userId, OTHER);
    await signIn(userId, OTHER);
    portal.setNow(new Date(Date.now() + 2 * HOUR));
    const { text } = await (await signedIn(userId)).get('/medico');
    expect(text).toContain('Il tuo accesso precedente');
    expect(text).toContain('2 tentativi non riusciti');
    expect(text).toContain('sono cambiati');
  });
});

test('the portal’s role can neither read links nor set secrets nor read the log', async () => {
  const db = await openDatabase({
    ...{ url: portal.databaseUrl, role: portalRole, entities: [], poolSize: 1, statementTimeoutMs: 30_000 },
    ...{ applicationName: 'test', log },
  });
  try {
    for (const sql of [
      'SELECT FROM auth.link',
      'SELECT recipient FROM auth.mail',
      `INSERT INTO auth.mail (user_id, purpose, recipient) VALUES ('x', 'address', 'y')`,
      `UPDATE auth.email SET address = 'ladro@example.it'`,
      'SELECT user_id FROM audit.access_log',
      'SELECT address FROM auth.email',
      'SELECT user_id FROM auth.mail',
      `INSERT INTO auth.mail (user_id, purpose) VALUES ('x', 'recovery')`,
    ]) {
      await expect(db.query(sql)).rejects.toThrow(/permission denied/);
    }
    const userId = await member();
    await signedIn(userId);
    for (const change of [
      `secret_hash = '$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA'`,
      'secret_hash = NULL',
      `password_hash = 'x', pincode_hash = 'y'`,
    ]) {
      const attempt = db.query(`UPDATE auth.account SET ${change} WHERE user_id = $1`, [userId]);
      await expect(attempt).rejects.toThrow(/only the owner of auth.account changes secrets/);
    }
    // The session's token hash, which it may read, is not the token.
    const hash = `(SELECT token_hash FROM auth.session WHERE user_id = $1)`;
    for (const shown of [`encode(${hash}, 'hex')`, `encode(${hash}, 'base64')`])
      expect(await db.query(`SELECT FROM auth.own_address(${shown})`, [userId])).toEqual([]);
    await expect(db.query(`SELECT FROM auth.own_accesses(${hash}, now(), 0, 1)`, [userId])).rejects.toThrow(
      /does not exist/,
    );
  } finally {
    await db.destroy();
  }
});

test('the form of a link page is accepted from our own pages only', async () => {
  const userId = await newcomer();
  const { token = '' } = await byOperator((desk, call) => desk.link(call, { userId }));
  const body = new URLSearchParams(NEW).toString();
  const foreign = { ...OWN_FORM, 'Sec-Fetch-Site': 'cross-site' };
  expect((await portal.visitor().send('POST', `/attivazione/${token}`, foreign, body)).status).toBe(403);
  expect((await portal.visitor().post(`/attivazione/${token}`, NEW)).status).toBe(303);
});
