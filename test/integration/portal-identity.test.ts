/**
 * [O-1] Sign-in by SPID and CIE in the whole portal: redirects through the development providers, which verify our
 * requests strictly, and everything that a browser, a provider or an attacker may send instead.
 */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openSealed } from '../../src/auth/saml/index.js';
import { identityRetention } from '../../src/auth/saml/retention.js';
import { startDevelopmentProviders } from '../../src/dev/identity/server.js';
import { romeDate } from '../../src/platform/clock.js';
import { openDatabase } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createTestDatabase } from '../support/database.js';
import { CODICE_FISCALE, startIdentityPortal } from '../support/identity.js';
import type { Browser, IdentityPortal } from '../support/identity.js';
import { testPki } from '../support/people.js';
import { OWN_FORM, shownIn } from '../support/portal.js';
import type { PageAnswer, TestPortal } from '../support/portal.js';

const MINUTE = 60_000;

let identity: IdentityPortal;
let portal: TestPortal;

beforeAll(async () => {
  identity = await startIdentityPortal();
  ({ portal } = identity);
}, 120_000);
beforeEach(() => {
  portal.setNow(new Date());
});
afterAll(() => identity.stop());

const browser = () => identity.browser();
const leave: IdentityPortal['leave'] = (...args) => identity.leave(...args);
const provided: IdentityPortal['provided'] = (...args) => identity.provided(...args);
const comeBack: IdentityPortal['comeBack'] = (...args) => identity.comeBack(...args);
const signedIn: IdentityPortal['signedIn'] = (...args) => identity.signedIn(...args);

test('the development providers start in a sandbox only', async () => {
  const { server } = await testPki();
  const tls = { cert: readFileSync(server.certificate), key: readFileSync(server.key) };
  const database = await createTestDatabase();
  const db = await openDatabase({
    ...{ url: database.ownerUrl, entities: [], poolSize: 2, statementTimeoutMs: 30_000 },
    ...{ applicationName: 'test', log: createLogger('silent') },
  });
  const options = { port: 0, people: [], clock: { now: () => new Date() }, tls, db };
  await expect(startDevelopmentProviders(options)).rejects.toThrow('in a sandbox only');
  await db.destroy();
  await database.drop();
});

const rows = (answer: PageAnswer) =>
  portal.db.query<{ operation: string; outcome: string; user_id: string | null; method: string }[]>(
    'SELECT operation, outcome, user_id, method FROM audit.access_log WHERE request_id = $1',
    [answer.headers['x-request-id']],
  );

describe.each(['spid', 'cie'] as const)('%s', (scheme) => {
  test('redirect and return: a citizen’s page, one row, and only the codice fiscale stored', async () => {
    const one = browser();
    const answer = await comeBack(one, await provided(await leave(one, scheme)), scheme);
    expect([answer.status, answer.location]).toEqual([303, '/cittadino']);
    expect(await rows(answer)).toEqual([
      { operation: 'session-begin', outcome: '0000', user_id: null, method: scheme },
    ]);
    const page = await one.visitor.get('/cittadino');
    expect([page.status, page.text.includes(CODICE_FISCALE)]).toEqual([200, true]);
    const kept = await portal.db.query<{ row: string }[]>(
      `SELECT c::text || encode(sealed, 'escape') AS row FROM auth.citizen_session c WHERE method = $1`,
      [scheme],
    );
    expect(kept.length).toBeGreaterThan(0);
    for (const { row } of kept) expect(row).not.toContain(CODICE_FISCALE);
    expect(await portal.db.query('SELECT FROM auth.identity_request')).toEqual([]);
  });

  test.each([
    ['annulla', 401, 'Accesso annullato'],
    ['nega', 401, 'Non hai dato il consenso'],
    ['tempo', 401, 'Il tempo è scaduto'],
    ['sospesa', 401, 'Identità sospesa o bloccata'],
    ['professionale', 401, 'Usa la tua identità personale'],
    ['richiesta', 500, 'Il problema è nostro'],
    ['livello-1', 403, 'Accesso non riuscito'],
    ['non-firmata', 403, 'Accesso non riuscito'],
    ['scaduta', 403, 'Accesso non riuscito'],
    ['senza-codice', 403, 'Codice fiscale mancante'],
  ])('%s: a page of its own, nobody signed in', async (outcome, status, title) => {
    const one = browser();
    const answer = await comeBack(one, await provided(await leave(one, scheme), outcome), scheme);
    expect([answer.status, shownIn(answer, 'h1')]).toEqual([status, title]);
    expect(one.visitor.token()).toBeUndefined();
    // Equal refusals of one address in quick succession share a row.
    for (const row of await rows(answer)) {
      expect(row).toMatchObject({
        operation: 'session-begin',
        outcome: expect.stringMatching(/^identity:/),
        user_id: null,
      });
    }
  });

  test('of what a provider says more nothing is kept: not in a table, a session, a log or a figure', async () => {
    const one = browser();
    const answer = await comeBack(one, await provided(await leave(one, scheme), 'altri-dati'), scheme);
    expect(answer.status).toBe(303);
    const page = await one.visitor.get('/cittadino');
    const tables = await portal.db.query<{ name: string }[]>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('auth', 'audit')`,
    );
    expect(tables.length).toBeGreaterThan(10);
    const texts = await Promise.all(
      tables.map(async ({ name }) => {
        const [row] = await portal.db.query<{ text: string | null }[]>(
          `SELECT string_agg(t::text, ' ') AS text FROM ${name} t`,
        );
        return row?.text ?? '';
      }),
    );
    texts.push(...portal.lines(), page.text, await (await fetch(`${portal.opsUrl}/metrics`)).text());
    for (const said of ['Di Prova', 'persona@example.it', '1980-01-01']) {
      expect([said, texts.filter((text) => text.includes(said))]).toEqual([said, []]);
    }
  });

  test('its metadata are the same at each request', async () => {
    const path = scheme === 'spid' ? '/metadata' : '/metadata/cie';
    const [first, second] = [await browser().visitor.get(path), await browser().visitor.get(path)];
    expect(first.text).toBe(second.text);
    expect(first.headers['content-type']).toBe('application/samlmetadata+xml');
    expect(first.headers['content-disposition']).toBeUndefined();
  });

  test('logout always reports that all is closed', async () => {
    const { visitor } = browser();
    expect((await visitor.get(`/accesso/${scheme}/uscita`)).status).toBe(200);
    const headers = { ...OWN_FORM, 'Sec-Fetch-Site': 'cross-site' };
    expect((await visitor.send('POST', `/accesso/${scheme}/uscita`, headers, 'SAMLRequest=x')).status).toBe(200);
  });
});

test('refusals are in the access log, each kind with its word', async () => {
  const found = await portal.db.query<{ outcome: string }[]>(
    `SELECT DISTINCT outcome FROM audit.access_log WHERE outcome LIKE 'identity:%'`,
  );
  const words = ['identity:25', 'identity:22', 'identity:8', 'identity:check', 'identity:signature'];
  expect(found.map(({ outcome }) => outcome)).toEqual(expect.arrayContaining(words));
});

test('level 3 is accepted; a lower-case codice fiscale, a company and an invalid one are not', async () => {
  const one = browser();
  expect((await comeBack(one, await provided(await leave(one), 'livello-3'))).status).toBe(303);
  for (const fiscalNumber of ['gdasdv00a01h501j', '12345678903', '', `TINIT-${CODICE_FISCALE}`, 'GDASDV00A01H501X']) {
    const other = browser();
    const answer = await comeBack(other, await provided(await leave(other), 'accedi', fiscalNumber));
    expect([fiscalNumber, answer.status, shownIn(answer, 'h1')]).toEqual([
      fiscalNumber,
      403,
      'Codice fiscale mancante',
    ]);
  }
});

describe('a response is valid once, for one browser, one scheme, ten minutes', () => {
  const refused = { status: 403, title: 'Accesso da ripetere' };
  const seen = (answer: PageAnswer) => ({ status: answer.status, title: shownIn(answer, 'h1') });

  test('twice', async () => {
    const one = browser();
    const fields = await provided(await leave(one));
    expect((await comeBack(one, fields)).status).toBe(303);
    expect(seen(await comeBack(one, fields))).toEqual(refused);
  });

  test('in another browser: login CSRF', async () => {
    const [attacker, victim] = [browser(), browser()];
    const fields = await provided(await leave(attacker));
    expect(seen(await comeBack(victim, fields))).toEqual(refused);
    await leave(victim);
    expect(seen(await comeBack(victim, fields))).toEqual(refused);
    expect(victim.visitor.token()).toBeUndefined();
    expect((await comeBack(attacker, fields)).status).toBe(303);
  });

  test('with RelayState of another request', async () => {
    const one = browser();
    const [first, second] = [await provided(await leave(one)), await provided(await leave(one))];
    expect(seen(await comeBack(one, { ...first, RelayState: second.RelayState }))).toEqual(refused);
    expect(seen(await comeBack(one, { ...first, RelayState: '' }))).toEqual(refused);
    // Both windows of one browser can return, except for the request whose RelayState was used.
    expect((await comeBack(one, first)).status).toBe(303);
    expect(seen(await comeBack(one, second))).toEqual(refused);
    const other = browser();
    const [third, fourth] = [await provided(await leave(other)), await provided(await leave(other))];
    expect((await comeBack(other, third)).status).toBe(303);
    expect((await comeBack(other, fourth)).status).toBe(303);
  });

  test('at the other scheme’s URL', async () => {
    const one = browser();
    const fields = await provided(await leave(one, 'cie'), 'accedi');
    expect(seen(await comeBack(one, fields, 'spid'))).toEqual(refused);
    expect((await comeBack(one, fields, 'cie')).status).toBe(303);
  });

  test('after ten minutes', async () => {
    const one = browser();
    const address = await leave(one);
    const fields = await provided(address);
    portal.setNow(new Date(portal.now().getTime() + 10 * MINUTE));
    expect(seen(await comeBack(one, fields))).toEqual(refused);
  });

  test('used up by a bad response', async () => {
    const one = browser();
    const address = await leave(one);
    const bad = await provided(address, 'non-firmata');
    const good = await provided(address);
    expect((await comeBack(one, bad)).status).toBe(403);
    expect(seen(await comeBack(one, good))).toEqual(refused);
  });

  test('two concurrent ones: one is accepted', async () => {
    const one = browser();
    const fields = await provided(await leave(one));
    const answers = await Promise.all([comeBack(one, fields), comeBack(one, fields), comeBack(one, fields)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403, 403]);
  });
});

test('nonsense at the URL for responses gets a page, never an error', async () => {
  const one = browser();
  for (const SAMLResponse of ['', 'x', '<xml/>', Buffer.from('<a/>').toString('base64'), 'A'.repeat(150_000)]) {
    const { RelayState } = await provided(await leave(one));
    const answer = await comeBack(one, { SAMLResponse, RelayState });
    expect([answer.status, shownIn(answer, 'h1')]).toEqual([403, 'Accesso non riuscito']);
    // It has used the request up: a network can have no more messages read than it may start requests.
    const again = await comeBack(one, { SAMLResponse, RelayState });
    expect([again.status, shownIn(again, 'h1')]).toEqual([403, 'Accesso da ripetere']);
  }
  expect((await comeBack(one, { SAMLResponse: 'A'.repeat(300_000), RelayState: 'x' })).status).toBe(413);
});

test('an unknown provider redirects to the choice', async () => {
  const answer = await browser().visitor.get('/accesso/spid/avvio?gestore=0000000000000000');
  expect([answer.status, answer.location]).toEqual([303, '/accesso/spid']);
});

describe('a citizen’s session', () => {
  test('ends after fifteen minutes without a page, and each page extends it', async () => {
    const { visitor } = await signedIn();
    const start = portal.now().getTime();
    portal.setNow(new Date(start + 14 * MINUTE));
    expect((await visitor.get('/cittadino')).status).toBe(200);
    portal.setNow(new Date(start + 28 * MINUTE));
    expect((await visitor.get('/cittadino')).status).toBe(200);
    portal.setNow(new Date(start + 44 * MINUTE));
    const answer = await visitor.get('/cittadino');
    expect([answer.status, answer.location?.split('?')[0]]).toEqual([303, '/accesso/spid']);
  });

  test('is not a session of an account, and vice versa', async () => {
    const { visitor } = await signedIn();
    const profile = await visitor.get('/profilo');
    expect([profile.status, profile.location?.split('?')[0]]).toEqual([303, '/accesso']);
    const doctor = await portal.signedIn('doctor');
    expect((await doctor.get('/cittadino')).location?.split('?')[0]).toBe('/accesso/spid');
  });

  test('replaces the doctor’s session in the same browser', async () => {
    const doctor = await portal.signedIn('doctor');
    const former = doctor.token();
    const one: Browser = { visitor: doctor, code: undefined };
    const fields = await provided(await leave(one));
    expect(doctor.token()).toBeUndefined();
    expect((await comeBack(one, fields)).location).toBe('/cittadino');
    doctor.setToken(former);
    expect((await doctor.get('/profilo')).location?.split('?')[0]).toBe('/accesso');
  });

  test.each(['password', 'card'] as const)('ends when somebody signs in by %s in its browser', async (way) => {
    const { visitor } = await signedIn();
    const former = visitor.token();
    if (way === 'password') {
      const { userId: utente, password, pincode } = portal.account('doctor');
      await visitor.post('/accesso', { utente, password, pincode });
    } else {
      const { location: address = '' } = await visitor.get('/accesso/carta');
      const { location = '' } = await visitor.present(address, portal.card('doctor'));
      await visitor.get(location.slice(portal.url.length));
      await visitor.post('/accesso/carta/prosegui', { come: 'utenza' });
    }
    expect((await visitor.get('/profilo')).status).toBe(200);
    visitor.setToken(former);
    expect((await visitor.get('/cittadino')).location).toBe('/accesso/spid');
  });

  test('is not ended by opening «Sei uscito»', async () => {
    const { visitor } = await signedIn();
    expect((await visitor.get('/uscita')).location).toBe('/cittadino');
    expect((await visitor.get('/cittadino')).status).toBe(200);
  });

  test('«Esci» ends it', async () => {
    const { visitor } = await signedIn();
    const token = visitor.token();
    expect((await visitor.post('/uscita')).location).toBe('/uscita?cittadino');
    visitor.setToken(token);
    expect((await visitor.get('/cittadino')).status).toBe(303);
  });
});

test('[DPCM 24-10-2014] request and response are in the register, readable with the private key only', async () => {
  await portal.db.query('TRUNCATE auth.identity_register');
  await signedIn();
  const kept = await portal.db.query<{ sealed: Buffer }[]>('SELECT sealed FROM auth.identity_register ORDER BY id');
  const key = createPrivateKey(readFileSync(join(identity.directory, 'register.key')));
  const texts = kept.map(({ sealed }) => openSealed(sealed, key));
  expect(texts.map((text) => JSON.parse(text) as object)).toEqual([
    {
      ...{ scheme: 'spid', provider: expect.stringContaining('https://') },
      request: expect.stringContaining('AuthnRequest'),
      response: expect.stringContaining(CODICE_FISCALE),
    },
  ]);
  for (const { sealed } of kept) expect(sealed.toString('latin1')).not.toContain('GDASDV');
});

test.each([
  ['nothing', undefined, 0],
  ['content not signed by the provider', 'non-firmata', 0],
  ['a signed refusal', 'annulla', 1],
  ['a response with too low a level', 'livello-1', 1],
  ['a response without a codice fiscale', 'senza-codice', 1],
])('a request answered by %s (%s) adds %s rows to the register', async (_, outcome, count) => {
  await portal.db.query('TRUNCATE auth.identity_register');
  const one = browser();
  const address = await leave(one);
  if (outcome !== undefined) await comeBack(one, await provided(address, outcome));
  expect(await portal.db.query('SELECT FROM auth.identity_register')).toHaveLength(count);
});

describe('anybody can start a request', () => {
  const open = () => portal.db.query<object[]>('SELECT network, xml FROM auth.identity_request');
  beforeEach(() => portal.db.query('DELETE FROM auth.identity_request'));

  test('which is stored with its network until it is answered', async () => {
    await leave(browser());
    expect(await open()).toEqual([{ network: '127.0.0.1', xml: expect.stringContaining('AuthnRequest') }]);
  });

  test('but not by HEAD', async () => {
    const answer = await browser().visitor.send('HEAD', '/accesso/cie/avvio', {});
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET']);
    expect(await open()).toEqual([]);
  });

  test('sixty from one network in ten minutes; another network, and a response, are not affected', async () => {
    const doctor = await portal.signedIn('doctor');
    await portal.db.query(
      `INSERT INTO auth.identity_request (id, scheme, provider, browser_hash, relay_hash, issued_at, xml, network)
       SELECT '_' || lpad(to_hex(n), 40, '0'), 'cie', 'x', sha256('x'), sha256('x'), $1::timestamptz, '<x/>',
              CASE WHEN n <= 59 THEN '127.0.0.1' ELSE '2001:db8:1::/48' END
       FROM generate_series(1, 130) n`,
      [portal.now()],
    );
    const last = browser();
    const fields = await provided(await leave(last));
    const refused = await doctor.get('/accesso/cie/avvio');
    expect([refused.status, refused.headers['retry-after'], shownIn(refused, 'h1')]).toEqual([
      ...[503, '300', 'Troppi accessi in corso'],
    ]);
    expect(refused.text).toContain('Riprova tra qualche minuto');
    expect((await doctor.get('/profilo')).status).toBe(200);
    expect((await comeBack(last, fields)).status).toBe(303);
    await leave(browser());
    expect((await browser().visitor.get('/accesso/cie/avvio')).status).toBe(503);
    portal.setNow(new Date(portal.now().getTime() + 10 * MINUTE));
    await leave(browser());
  });
});

test('the portal may add to the register, and the worker may have expired rows deleted', async () => {
  const { db } = portal;
  const rights = await db.query<object[]>(
    `SELECT role, p AS may, c.attname AS "column" FROM unnest(ARRAY['passerella_portal', 'passerella_worker']) role,
       unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) p, pg_attribute c
     WHERE c.attrelid = 'auth.identity_register'::regclass AND c.attnum > 0
       AND has_column_privilege(role, c.attrelid, c.attnum, p) ORDER BY role, may, c.attname`,
  );
  expect(rights).toEqual([
    { role: 'passerella_portal', may: 'INSERT', column: 'at' },
    { role: 'passerella_portal', may: 'INSERT', column: 'sealed' },
    { role: 'passerella_worker', may: 'SELECT', column: 'at' },
    { role: 'passerella_worker', may: 'SELECT', column: 'written_at' },
  ]);
  for (const role of ['passerella_portal', 'passerella_worker']) {
    for (const statement of ['DELETE FROM', 'TRUNCATE']) {
      await expect(asRole(role, `${statement} auth.identity_register`)).rejects.toThrow('permission denied');
    }
  }
  await expect(asRole('passerella_portal', `SELECT auth.purge_identity_register('2000-01-01', 1)`)).rejects.toThrow(
    'permission denied',
  );
});

test('[DPCM 24-10-2014] rows older than 24 months are deleted, backdated rows are not', async () => {
  const { db } = portal;
  await db.query(
    `TRUNCATE auth.identity_register;
     INSERT INTO auth.identity_register (at, written_at, sealed)
     SELECT at, written, ''::bytea FROM (VALUES
       (now() - interval '25 months', now() - interval '25 months'), (now() - interval '25 months', now()),
       (now() - interval '25 months', NULL), (now() - interval '23 months', now() - interval '23 months')) x (at, written)`,
  );
  const today = romeDate(new Date());
  await expect(asRole('passerella_worker', `SELECT auth.purge_identity_register('${today}', 9)`)).rejects.toThrow(
    'kept for 24 months',
  );
  const rule = identityRetention.find(({ name }) => name === 'auth.identity_register');
  expect((await rule?.count(db, today))?.rows).toBe(2);
  expect(await rule?.purge(db, today, 9)).toBe(2);
  expect(await db.query('SELECT FROM auth.identity_register')).toHaveLength(2);
});

/** In one transaction. */
function asRole(role: string, sql: string): Promise<void> {
  return portal.db.transaction(async (tables) => {
    await tables.query(`SET LOCAL ROLE ${role}`);
    await tables.query(sql);
  });
}
