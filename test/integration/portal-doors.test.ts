/** [S-2] Access to the portal and its pages, and the end of sessions: every page, every role, every bypass. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { POLICY } from '../../src/auth/index.js';
import { identitySettings } from '../support/identity.js';
import { OWN_FORM, shownIn, startTestPortal } from '../support/portal.js';
import type { TestPortal, Visitor } from '../support/portal.js';
import { PAGES, pathOf, signInOf } from '../support/portal-pages.js';

let portal: TestPortal;

beforeAll(async () => {
  portal = await startTestPortal(await identitySettings());
});
beforeEach(() => {
  portal.setNow(new Date());
});
afterAll(() => portal.stop());

const rowsOf = (requestId: unknown): Promise<{ operation: string; outcome: string }[]> =>
  portal.db.query('SELECT operation, outcome FROM audit.access_log WHERE request_id = $1', [requestId]);

describe('every page', () => {
  test('has a unique path, and an operation of the policy', () => {
    expect(new Set(PAGES.map(({ path }) => path)).size).toBe(PAGES.length);
    for (const { access } of PAGES)
      expect(['anybody', 'signed-in', 'citizen', ...Object.keys(POLICY)]).toContain(access);
  });

  test.each(PAGES.map((page) => [page.path, page] as const))('%s admits nobody without access', async (_, page) => {
    const nobody = portal.visitor();
    const method = page.get === undefined ? 'POST' : 'GET';
    const answer = await nobody.send(method, pathOf(page), method === 'POST' ? OWN_FORM : {}, '');
    // A response from no provider is refused with a page and a row.
    const refused = page.path.endsWith('/risposta')
      ? [{ operation: 'session-begin', outcome: 'identity:unknown-request' }]
      : [];
    const others = [...(page.hasSecretPath ? [404] : []), ...(page.isDeparture ? [302] : [])];
    const expected = refused.length > 0 ? [403] : [200, 303, ...others];
    if (page.access === 'anybody') expect(expected).toContain(answer.status);
    else expect([answer.status, answer.location?.split('?')[0]]).toEqual([303, signInOf(page)]);
    expect(await rowsOf(answer.headers['x-request-id'])).toEqual(refused);
  });

  test.each(PAGES.map((page) => [page.path, page] as const))(
    '%s has the header fields of the site',
    async (_, page) => {
      const visitor = await portal.signedIn('doctor');
      const { headers } = await visitor.send(page.get === undefined ? 'POST' : 'GET', pathOf(page), OWN_FORM);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'referrer-policy': page.hasSecretPath ? 'strict-origin' : 'same-origin',
        'x-content-type-options': 'nosniff',
      });
      expect(headers['content-security-policy']).not.toContain('unsafe');
    },
  );

  test.each(
    PAGES.filter(({ post, isForProviders }) => post !== undefined && isForProviders !== true).map(
      (page) => [page.path, page] as const,
    ),
  )('%s refuses forms from other sites', async (_, page) => {
    const visitor = await portal.signedIn('doctor');
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    for (const from of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: 'https://altrove.example' },
      { Origin: 'null' },
      { Origin: `${portal.url}.altrove.example` },
      {},
    ]) {
      expect((await visitor.send('POST', pathOf(page), { ...form, ...from }, '')).status).toBe(403);
    }
    expect((await visitor.get('/profilo')).status).toBe(200);
  });

  test.each(PAGES.map((page) => [page.path, page] as const))('%s answers other methods 405', async (_, page) => {
    const answer = await portal.visitor().send('PUT', pathOf(page), OWN_FORM, '');
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe(
      [
        ...(page.get === undefined ? [] : page.isDeparture ? ['GET'] : ['GET', 'HEAD']),
        ...(page.post === undefined ? [] : ['POST']),
      ].join(', '),
    );
  });
});

describe('pages for identity providers', () => {
  const from = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' };

  test.each(PAGES.filter(({ isForProviders }) => isForProviders === true).map(({ path }) => path))(
    '%s accepts forms from other sites, without an effect on the present session',
    async (path) => {
      const visitor = await portal.signedIn('doctor');
      const answer = await visitor.send('POST', path, from, 'SAMLResponse=x&RelayState=x');
      expect([200, 403]).toContain(answer.status);
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect((await visitor.get('/profilo')).status).toBe(200);
    },
  );

  test.each(PAGES.filter(({ isDeparture }) => isDeparture === true).map(({ path }) => path))(
    '%s: a page of another site can neither end a session nor start a request',
    async (path) => {
      const visitor = await portal.signedIn('doctor');
      for (const site of ['cross-site', 'same-site']) {
        const answer = await visitor.send('GET', path, { 'Sec-Fetch-Site': site });
        expect([answer.status, answer.location]).toEqual([303, '/accesso/spid']);
      }
      expect((await visitor.get('/profilo')).status).toBe(200);
    },
  );
});

describe('signing in', () => {
  const typed = (over: Record<string, string> = {}) => {
    const { userId, password, pincode } = portal.account('doctor');
    return { utente: userId, password, pincode, ...over };
  };
  beforeEach(() => portal.db.query('DELETE FROM auth.sign_in_attempt'));

  test('starts a session, of which the database stores only the hash', async () => {
    const visitor = portal.visitor();
    const answer = await visitor.post('/accesso', typed());
    expect([answer.status, answer.location]).toEqual([303, '/accesso']);
    expect(answer.headers['set-cookie']).toEqual([
      expect.stringMatching(/^__Host-sessione=[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Lax$/),
    ]);
    expect((await visitor.get('/accesso')).location).toBe('/medico');
    const token = visitor.token() ?? '';
    const hash = createHash('sha256').update(token).digest();
    const rows: unknown = await portal.db.query('SELECT user_id FROM auth.session WHERE token_hash = $1', [hash]);
    expect(rows).toEqual([{ user_id: typed().utente }]);
    const dump: [{ text: string }] = await portal.db.query(
      `SELECT string_agg(s::text, ' ') AS text FROM auth.session s`,
    );
    expect(dump[0].text).not.toContain(token);
    expect(await rowsOf(answer.headers['x-request-id'])).toEqual([{ operation: 'session-begin', outcome: '0000' }]);
  });

  test('creates a new token: one that was planted before is useless', async () => {
    const visitor = portal.visitor();
    const planted = 'A'.repeat(43);
    visitor.setToken(planted);
    await visitor.post('/accesso', typed());
    expect(visitor.token()).not.toBe(planted);
    visitor.setToken(planted);
    expect((await visitor.get('/medico')).status).toBe(303);
  });

  test('is by cookie only: a token in a URL, a form or another field is ignored', async () => {
    const token = (await portal.signedIn('doctor')).token() ?? '';
    const nobody = portal.visitor();
    const asked = [
      nobody.get(`/medico?__Host-sessione=${token}&sessione=${token}`),
      nobody.post('/medico/proprio/assistiti', { '__Host-sessione': token }),
      nobody.send('GET', '/medico', { Cookie: `sessione=${token}` }),
      nobody.send('GET', '/medico', { Authorization: `Bearer ${token}` }),
    ];
    for (const { status, location } of await Promise.all(asked)) {
      expect([status, location?.split('?')[0]]).toEqual([303, '/accesso']);
    }
  });

  test('has one answer for an unknown user, a wrong password, a wrong pincode and a suspended account', async () => {
    const { userId } = portal.account('coded');
    await portal.db.query('UPDATE auth.account SET suspended_at = now() WHERE user_id = $1', [userId]);
    const { password, pincode } = portal.account('coded');
    const wrong = [
      typed({ utente: 'NESSUNO' }),
      typed({ password: 'sbagliata' }),
      typed({ pincode: '0' }),
      typed({ utente: userId, password, pincode }),
    ];
    const answers = [];
    for (const fields of wrong) answers.push(await portal.visitor().post('/accesso', fields));
    await portal.db.query('UPDATE auth.account SET suspended_at = NULL WHERE user_id = $1', [userId]);
    const said = answers.map(({ status, text }, index) => [
      status,
      text.replaceAll(wrong[index]?.utente ?? '', '').replace(/[0-9a-f-]{36}/g, ''),
    ]);
    expect(new Set(said.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(said[0]?.[0]).toBe(401);
    const outcomes: unknown = await portal.db.query(
      `SELECT outcome FROM audit.access_log WHERE request_id = ANY ($1) AND operation = 'session-begin'`,
      [answers.map(({ headers }) => headers['x-request-id'])],
    );
    expect(outcomes).toContainEqual({ outcome: 'sign-in:credentials' });
  });

  test('locks together with SOAP: five wrong attempts lock the next one, even a correct one', async () => {
    for (let attempt = 0; attempt < 6; attempt++) {
      await portal.visitor().post('/accesso', typed({ password: `sbagliata ${attempt}` }));
    }
    expect((await portal.visitor().post('/accesso', typed())).status).toBe(401);
    portal.setNow(new Date(Date.now() + 31_000));
    expect((await portal.visitor().post('/accesso', typed())).status).toBe(303);
  });

  test.each([
    ['/medico/proprio/assistiti', '/medico/proprio/assistiti'],
    ['//altrove.example', '/accesso'],
    ['https://altrove.example', '/accesso'],
    ['https:altrove.example', '/accesso'],
    ['/\\altrove.example', '/accesso'],
    ['/medico/../..//altrove.example', '/accesso'],
    ['/accesso/nessuna', '/accesso'],
    ['/accesso/profilo', '/accesso'],
    ['/uscita', '/accesso'],
    ['/medico/proprio/assistitiXcsv', '/accesso'],
    ['javascript:alert(1)', '/accesso'],
  ])('returns to one of our own pages only: %s', async (ritorno, location) => {
    const page = await portal.visitor().get(`/accesso?${new URLSearchParams({ ritorno }).toString()}`);
    expect(page.text).toContain(`name="ritorno" value${location === ritorno ? `="${ritorno}"` : '/>'}`);
    expect((await portal.visitor().post('/accesso', typed({ ritorno }))).location).toBe(location);
  });

  test('names each empty field, keeps the user id and shows no secret', async () => {
    const answer = await portal.visitor().post('/accesso', { utente: 'QUALCUNO', password: 'x', pincode: '' });
    expect(answer.status).toBe(400);
    expect(shownIn(answer, 'title')).toBe('Errore: Accedi – Passerella');
    expect(answer.text).toContain('<a href="#pincode">Scrivi il pincode</a>');
    expect(answer.text).toContain('value="QUALCUNO"');
    expect(answer.text).not.toContain('value="x"');
  });
});

describe('a session ends', () => {
  const isOpen = async (visitor: Visitor) => (await visitor.get('/medico')).status === 200;
  const after = (minutes: number) => {
    portal.setNow(new Date(Date.now() + minutes * 60_000));
  };

  test('after 30 minutes without a page, not before', async () => {
    const visitor = await portal.signedIn('doctor');
    after(29);
    expect(await isOpen(visitor)).toBe(true);
    after(58);
    expect(await isOpen(visitor)).toBe(true);
    after(89);
    expect(await isOpen(visitor)).toBe(false);
  });

  test('after eight hours in any case', async () => {
    const visitor = await portal.signedIn('doctor');
    for (let minutes = 20; minutes < 480; minutes += 20) {
      after(minutes);
      expect(await isOpen(visitor)).toBe(true);
    }
    after(480);
    expect(await isOpen(visitor)).toBe(false);
  });

  test('when its holder signs out; the old token is useless', async () => {
    const visitor = await portal.signedIn('doctor');
    const token = visitor.token();
    const answer = await visitor.post('/uscita');
    expect([answer.location, visitor.token()]).toEqual(['/uscita', undefined]);
    expect(await rowsOf(answer.headers['x-request-id'])).toEqual([{ operation: 'session-end', outcome: '0000' }]);
    visitor.setToken(token);
    expect(await isOpen(visitor)).toBe(false);
  });

  test.each([
    ['new secrets', 'UPDATE auth.account SET credential_version = credential_version + 1 WHERE user_id = $1', ''],
    [
      'a suspension',
      'UPDATE auth.account SET suspended_at = now() WHERE user_id = $1',
      'UPDATE auth.account SET suspended_at = NULL WHERE user_id = $1',
    ],
    [
      'the loss of the capacity',
      `DELETE FROM auth.capacity WHERE user_id = $1`,
      `INSERT INTO auth.capacity VALUES ($1, 'doctor')`,
    ],
  ])('with %s', async (_, change, undo) => {
    const visitor = await portal.signedIn('coded');
    const { userId } = portal.account('coded');
    expect(await isOpen(visitor)).toBe(true);
    await portal.db.query(change, [userId]);
    expect(await isOpen(visitor)).toBe(false);
    if (undo !== '') await portal.db.query(undo, [userId]);
  });

  test('from another one of the same holder, never of another person', async () => {
    await portal.db.query('DELETE FROM auth.session');
    const [one, other, stranger] = [
      await portal.signedIn('doctor'),
      await portal.signedIn('doctor'),
      await portal.signedIn('secondDoctor'),
    ];
    const [{ id }] = await portal.db.query<[{ id: string }]>('SELECT id FROM auth.session WHERE user_id = $1', [
      portal.account('secondDoctor').userId,
    ]);
    expect((await one.post('/profilo/sessioni', { sessione: id })).location).toBe('/profilo');
    expect(await isOpen(stranger)).toBe(true);
    expect((await one.get('/profilo')).text).toContain('Chiudi tutte le altre sessioni');
    expect((await one.post('/profilo/sessioni')).location).toBe('/profilo');
    expect((await one.get('/profilo')).text).toContain('1 sessione chiusa.');
    expect([await isOpen(one), await isOpen(other)]).toEqual([true, false]);
    expect((await one.post('/profilo/sessioni', { sessione: 'x' })).status).toBe(400);
  });

  test('never sends a form again automatically: after signing in the page is shown again', async () => {
    const visitor = await portal.signedIn('doctor');
    after(31);
    const answer = await visitor.post('/medico/proprio/test/nuovo', { assistito: 'X' });
    const location = '/accesso?ritorno=%2Fmedico%2Fproprio%2Ftest%2Fnuovo&non-inviato=1';
    expect([answer.status, answer.location]).toEqual([303, location]);
  });
});

test('a signed-in visitor never sees the page of signing out; an expired token does not remove the new one', async () => {
  const visitor = await portal.signedIn('doctor');
  const token = visitor.token();
  expect((await visitor.get('/uscita')).location).toBe('/medico');
  visitor.setToken('B'.repeat(43));
  expect((await visitor.get('/medico')).headers['set-cookie']).toBeUndefined();
  visitor.setToken(token);
  const { userId, password, pincode } = portal.account('doctor');
  await visitor.post('/accesso', { utente: userId, password, pincode });
  const again = portal.visitor();
  again.setToken(token);
  expect((await again.get('/medico')).status).toBe(303); // the session before ended with the new one
});

describe('a person with two capacities', () => {
  test('cannot act in one that the method of sign-in excludes [O-7]', async () => {
    const { userId } = portal.account('coded');
    await portal.db.query(`INSERT INTO auth.capacity VALUES ($1, 'intermediary')`, [userId]);
    try {
      const visitor = await portal.signedIn('coded');
      expect((await visitor.get('/medico')).status).toBe(200);
      expect((await visitor.fill('/accesso/profilo', { ruolo: 'intermediary' })).status).toBe(422);
      await portal.db.query(`UPDATE auth.account SET role = 'intermediary' WHERE user_id = $1`, [userId]);
      await portal.db.query(`DELETE FROM auth.capacity WHERE user_id = $1 AND role = 'doctor'`, [userId]);
      const { password, pincode } = portal.account('coded');
      const refused = await portal.visitor().post('/accesso', { utente: userId, password, pincode });
      expect([refused.status, refused.text.includes('usa la carta, SPID o CIE')]).toEqual([401, true]);
    } finally {
      await portal.db.query(`UPDATE auth.account SET role = 'doctor' WHERE user_id = $1`, [userId]);
      await portal.db.query(`DELETE FROM auth.capacity WHERE user_id = $1 AND role <> 'doctor'`, [userId]);
    }
  });

  test('sees on a page of another role the present one, and where to change it', async () => {
    const { userId } = portal.account('coded');
    const said = 'Stai operando come medico';
    const only = await (await portal.signedIn('coded')).get('/asl');
    expect([only.status, only.text.includes(said), only.text.includes('href="/accesso/profilo"')]).toEqual([
      ...[403, true, false],
    ]);
    await portal.db.query(`INSERT INTO auth.capacity VALUES ($1, 'asl_operator')`, [userId]);
    try {
      const visitor = await portal.signedIn('coded');
      await visitor.post('/accesso/profilo', { ruolo: 'doctor' });
      const { status, text } = await visitor.get('/asl');
      expect([status, text.includes(said), text.includes('href="/accesso/profilo"')]).toEqual([403, true, true]);
    } finally {
      await portal.db.query(`DELETE FROM auth.capacity WHERE user_id = $1 AND role <> 'doctor'`, [userId]);
    }
  });

  test('chooses one, under a new token, and never acts in both', async () => {
    const { userId } = portal.account('coded');
    await portal.db.query(`INSERT INTO auth.capacity VALUES ($1, 'asl_operator')`, [userId]);
    try {
      const visitor = await portal.signedIn('coded');
      expect((await visitor.get('/medico')).location).toBe('/accesso/profilo');
      const first = visitor.token();
      expect((await visitor.fill('/accesso/profilo', { ruolo: 'administrator' })).status).toBe(422);
      expect((await visitor.post('/accesso/profilo', { ruolo: 'doctor' })).location).toBe('/medico');
      expect(visitor.token()).not.toBe(first);
      expect((await visitor.get('/medico')).status).toBe(200);
      await visitor.post('/accesso/profilo', { ruolo: 'asl_operator' });
      expect((await visitor.get('/medico')).status).toBe(403);
      visitor.setToken(first);
      expect((await visitor.get('/profilo')).status).toBe(303);
    } finally {
      await portal.db.query(`DELETE FROM auth.capacity WHERE user_id = $1 AND role = 'asl_operator'`, [userId]);
    }
  });
});

describe('sessions and resources', () => {
  const headers = { ...OWN_FORM, 'Content-Length': '1000' };

  test('incomplete forms take no place from others', async () => {
    const slow = await startTestPortal({ maxInFlight: 2 });
    const sockets = Array.from({ length: 6 }, () => {
      const socket = connect({ port: Number(new URL(slow.url).port), host: '127.0.0.1', rejectUnauthorized: false });
      const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`POST /accesso HTTP/1.1\r\nHost: localhost\r\n${fields.join('')}\r\nutente=A`);
      return socket;
    });
    try {
      await Promise.all(sockets.map((socket) => once(socket, 'secureConnect')));
      for (let time = 0; time < 5; time++) expect((await slow.visitor().get('/')).status).toBe(200);
    } finally {
      for (const socket of sockets) socket.destroy();
      await slow.stop();
    }
  });

  test('a form with a too long announced length is refused before it arrives', async () => {
    const socket = connect({ port: Number(new URL(portal.url).port), host: '127.0.0.1', rejectUnauthorized: false });
    const fields = Object.entries({ ...OWN_FORM, 'Content-Length': '99999999' }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    socket.write(`POST /accesso HTTP/1.1\r\nHost: localhost\r\n${fields.join('')}\r\nutente=A`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect(answer.toString()).toMatch(/^HTTP\/1.1 413 /);
  });
});

describe('requests that no page of ours sends', () => {
  test.each([
    ['a field twice', 400, 'assistito=A&assistito=B', {}],
    ['a NUL', 400, 'assistito=%00', {}],
    ['501 fields', 400, Array.from({ length: 501 }, (_, n) => `f${n}=1`).join('&'), {}],
    ['70 kB', 413, `assistito=${'A'.repeat(70_000)}`, {}],
    ['another type', 415, '{}', { 'Content-Type': 'application/json' }],
    ['a compressed form', 415, 'assistito=A', { 'Content-Encoding': 'gzip' }],
  ])('%s is answered %i, and the portal keeps working', async (_, status, body, headers) => {
    const visitor = await portal.signedIn('doctor');
    const answer = await visitor.send('POST', '/medico/proprio/test/nuovo', { ...OWN_FORM, ...headers }, body);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(String(answer.headers['x-request-id']));
    expect((await visitor.get('/medico')).status).toBe(200);
  });

  test.each([
    '/nessuna',
    '/medico/',
    '/MEDICO',
    '/medico/%zz/assistiti',
    '/risorse/../package.json',
    '/risorse/nessuna.css',
  ])('%s is not found', async (path) => {
    const answer = await portal.visitor().send('GET', path, {});
    expect(answer.status).toBe(path.includes('%zz') ? 400 : 404);
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(answer.text).toContain(String(answer.headers['x-request-id']));
  });
});
