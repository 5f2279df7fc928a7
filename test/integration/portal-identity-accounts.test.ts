/**
 * [S-2] [O-7] Account holders sign in by SPID and CIE if the policy permits it, and choose to continue with the account
 * or as a citizen; the same for a card. Roles never mix in one session.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ROLES } from '../../src/auth/index.js';
import type { AccountRole } from '../../src/auth/index.js';
import { isPermitted } from '../../src/auth/policy.js';
import { issueCard } from '../../src/dev/sandbox/pki.js';
import { readFileSync } from 'node:fs';
import { cardName } from '../security/cards.js';
import { CODICE_FISCALE, startIdentityPortal } from '../support/identity.js';
import type { Browser, IdentityPortal } from '../support/identity.js';
import { shownIn } from '../support/portal.js';
import type { PageAnswer, TestPortal, Visitor } from '../support/portal.js';

const MINUTE = 60_000;

let identity: IdentityPortal;
let portal: TestPortal;
beforeAll(async () => {
  identity = await startIdentityPortal();
  ({ portal } = identity);
}, 120_000);
beforeEach(async () => {
  portal.setNow(new Date());
  await become('administrator');
});
afterAll(() => identity.stop());

/** The account that changes its role, and its holder. */
const holder = () => portal.account('coded');

async function become(...[role, ...more]: readonly AccountRole[]): Promise<void> {
  const { userId } = holder();
  await portal.db.query('UPDATE auth.account SET role = $2, suspended_at = NULL WHERE user_id = $1', [userId, role]);
  await portal.db.query('DELETE FROM auth.capacity WHERE user_id = $1 AND role <> $2', [userId, role]);
  for (const other of more) await portal.db.query('INSERT INTO auth.capacity VALUES ($1, $2)', [userId, other]);
}

const rowsOf = ({ headers }: PageAnswer): Promise<object[]> =>
  portal.db.query('SELECT operation, outcome, user_id, method, caller FROM audit.access_log WHERE request_id = $1', [
    headers['x-request-id'],
  ]);

/** Up to the choice. */
async function proven(scheme: 'spid' | 'cie' = 'spid'): Promise<Browser> {
  const one = identity.browser();
  const answer = await identity.identified(one, scheme, holder().codiceFiscale);
  expect([answer.status, answer.location]).toEqual([303, '/accesso/scelta']);
  expect(one.visitor.token()).toBeUndefined();
  return one;
}

describe.each(['spid', 'cie'] as const)('by %s', (scheme) => {
  test.each(ROLES)('a %s has the choice if the policy permits the method, otherwise is a citizen', async (role) => {
    await become(role);
    const { userId, codiceFiscale } = holder();
    const one = identity.browser();
    const answer = await identity.identified(one, scheme, codiceFiscale);
    const caller = { kind: 'account', userId, codiceFiscale, capacity: { role }, method: scheme } as const;
    const isAdmitted = isPermitted(caller, 'session-begin');
    expect([answer.status, answer.location]).toEqual([303, isAdmitted ? '/accesso/scelta' : '/cittadino']);
    if (!isAdmitted) return;
    const page = await one.visitor.get('/accesso/scelta');
    expect([page.status, shownIn(page, 'h1')]).toEqual([200, 'Come vuoi entrare?']);
    const done = await one.visitor.post('/accesso/scelta', { come: 'utenza' });
    expect([done.status, done.location]).toEqual([303, '/accesso']);
    expect(await rowsOf(done)).toEqual([
      { operation: 'session-begin', outcome: '0000', user_id: userId, method: scheme, caller: role },
    ]);
    const profile = await one.visitor.get('/profilo');
    expect([profile.status, profile.text.includes(userId)]).toEqual([200, true]);
    expect((await one.visitor.get('/profilo/accessi')).status).toBe(200);
    // It is not a citizen's session.
    expect((await one.visitor.get('/cittadino')).location).toBe('/accesso/spid');
    expect((await one.visitor.post('/uscita')).location).toBe('/uscita');
  });
});

test('permitted roles: by SPID ministry users, overseers and intermediaries; by CIE not ministry users', () => {
  const admitted = (method: 'spid' | 'cie') =>
    ROLES.filter((role) =>
      isPermitted({ kind: 'account', userId: '', codiceFiscale: '', capacity: { role }, method }, 'session-begin'),
    );
  expect(admitted('spid')).toEqual([
    ...['intermediary', 'ministry_uploader', 'ministry_administrator', 'administrator', 'auditor'],
  ]);
  expect(admitted('cie')).toEqual(['intermediary', 'administrator', 'auditor']);
});

test('as a citizen: no row names the account, and its pages are inaccessible', async () => {
  const one = await proven();
  const done = await one.visitor.post('/accesso/scelta', { come: 'cittadino' });
  expect([done.status, done.location]).toEqual([303, '/cittadino']);
  expect(await rowsOf(done)).toEqual([
    { operation: 'session-begin', outcome: '0000', user_id: null, method: 'spid', caller: 'citizen' },
  ]);
  expect((await one.visitor.get('/cittadino')).status).toBe(200);
  expect((await one.visitor.get('/profilo')).location).toContain('/accesso?');
});

test('of several capacities only those permitted by SPID can be chosen', async () => {
  await become('doctor', 'administrator', 'auditor');
  const { visitor } = await proven();
  await visitor.post('/accesso/scelta', { come: 'utenza' });
  const page = await visitor.get('/accesso/profilo');
  expect([...page.text.matchAll(/type="radio" name="ruolo" value="(\w+)"/g)].map(([, role]) => role).sort()).toEqual([
    ...['administrator', 'auditor'],
  ]);
  const refused = await visitor.post('/accesso/profilo', { ruolo: 'doctor' });
  // Back to the form, whose answer says what is wrong.
  expect([refused.status, refused.location?.split('?')[0]]).toEqual([303, '/accesso/profilo']);
  expect((await visitor.get(refused.location ?? '')).status).toBe(422);
  expect((await visitor.get('/medico')).status).not.toBe(200);
  expect((await visitor.post('/accesso/profilo', { ruolo: 'auditor' })).status).toBe(303);
});

test('without a choice the page asks again', async () => {
  const { visitor } = await proven();
  for (const fields of [{}, { come: '' }, { come: 'medico' }]) {
    const answer = await visitor.post('/accesso/scelta', fields);
    expect([answer.status, shownIn(answer, 'title')]).toEqual([400, expect.stringMatching(/^Errore: Come vuoi/)]);
  }
  expect((await visitor.post('/accesso/scelta', { come: 'utenza' })).status).toBe(303);
});

describe('the choice', () => {
  test('is made once, in the browser that returned, within five minutes', async () => {
    const one = await proven();
    const stranger = portal.visitor();
    expect((await stranger.get('/accesso/scelta')).location).toBe('/accesso/spid');
    expect((await stranger.post('/accesso/scelta', { come: 'utenza' })).location).toBe('/accesso/spid');
    const twice = portal.visitor();
    for (const [name, value] of one.visitor.cookies) twice.cookies.set(name, value);
    const answers = await Promise.all([
      one.visitor.post('/accesso/scelta', { come: 'utenza' }),
      twice.post('/accesso/scelta', { come: 'cittadino' }),
    ]);
    expect(answers.filter(({ location }) => location !== '/accesso/spid')).toHaveLength(1);
    const late = await proven();
    portal.setNow(new Date(portal.now().getTime() + 5 * MINUTE));
    expect((await late.visitor.get('/accesso/scelta')).location).toBe('/accesso/spid');
    expect((await late.visitor.post('/accesso/scelta', { come: 'utenza' })).location).toBe('/accesso/spid');
    expect(late.visitor.token()).toBeUndefined();
  });

  test('excludes an account that was suspended, or lost the capacity, meanwhile', async () => {
    const { userId } = holder();
    const suspended = await proven();
    await portal.db.query(
      'UPDATE auth.account SET suspended_at = now(), credential_version = credential_version + 1 WHERE user_id = $1',
      [userId],
    );
    expect((await suspended.visitor.get('/accesso/scelta')).text).toContain('Prosegui come');
    expect((await suspended.visitor.post('/accesso/scelta')).location).toBe('/cittadino');
    await become('administrator');
    const other = await proven();
    await become('doctor');
    const answer = await other.visitor.post('/accesso/scelta', { come: 'utenza' });
    expect([answer.location, (await other.visitor.get('/profilo')).status]).toEqual(['/cittadino', 303]);
  });

  test('leaves no session of both kinds, and only hashes in the database', async () => {
    const one = await proven();
    const [ticket = ''] = [...one.visitor.cookies.values()].map((value) => value.split('.')[0] ?? '');
    const [{ text }]: [{ text: string }] = await portal.db.query(
      `SELECT string_agg(p::text, ' ') AS text FROM auth.passage p`,
    );
    expect(text).toContain(holder().codiceFiscale);
    expect([ticket.length > 40, text.includes(ticket)]).toEqual([true, false]);
    await one.visitor.post('/accesso/scelta', { come: 'utenza' });
    expect(await portal.db.query('SELECT FROM auth.passage')).toEqual([]);
    expect([...one.visitor.cookies.keys()].filter((name) => name !== '__Host-identita')).toEqual(['__Host-sessione']);
  });
});

describe('by card', () => {
  async function shown(card = portal.card('doctor')): Promise<{ visitor: Visitor; location: string }> {
    const visitor = portal.visitor();
    const { location: address = '' } = await visitor.get('/accesso/carta');
    const { location = '' } = await visitor.present(address, card);
    return { visitor, location: location.slice(portal.url.length) };
  }
  const cardOf = (codiceFiscale: string, days = 30) =>
    issueCard(
      {
        certificate: readFileSync(portal.pki.cns.ca, 'utf8'),
        key: readFileSync(portal.pki.cns.caKey, 'utf8'),
      },
      {
        commonName: cardName(codiceFiscale),
        ...{ notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + days * 86_400_000) },
      },
    );

  test('a doctor chooses too', async () => {
    const { visitor, location } = await shown();
    expect((await visitor.get(location)).location).toBe('/accesso/carta/prosegui');
    expect(shownIn(await visitor.get('/accesso/carta/prosegui'), 'h1')).toBe('Come vuoi entrare?');
    expect((await visitor.post('/accesso/carta/prosegui')).status).toBe(400);
    expect((await visitor.post('/accesso/carta/prosegui', { come: 'utenza' })).location).toBe('/accesso');
    expect((await visitor.get('/medico')).status).toBe(200);
  });

  test('a person without an account is a citizen [O-1], until the card expires', async () => {
    const { visitor, location } = await shown(await cardOf(CODICE_FISCALE, 0.005));
    await visitor.get(location);
    expect((await visitor.get('/accesso/carta/prosegui')).text).toContain(`Prosegui come ${CODICE_FISCALE}`);
    const done = await visitor.post('/accesso/carta/prosegui');
    expect(done.location).toBe('/cittadino');
    expect(await rowsOf(done)).toEqual([
      { operation: 'session-begin', outcome: '0000', user_id: null, method: 'card', caller: 'citizen' },
    ]);
    expect((await visitor.get('/cittadino')).text).toContain(CODICE_FISCALE);
    portal.setNow(new Date(Date.now() + 8 * MINUTE));
    expect((await visitor.get('/cittadino')).status).toBe(303);
  });

  test('a card without a person’s codice fiscale is refused', async () => {
    for (const named of ['12345678903', 'AAAAAA00A00A000A']) {
      expect((await shown(await cardOf(named))).location).toBe('/accesso/carta/non-abilitata');
    }
  });
});

test('the sign-in page, the start page and the page of citizens link to it, if it is configured', async () => {
  const nobody = portal.visitor();
  for (const path of ['/', '/accesso']) {
    const { text } = await nobody.get(path);
    expect(text).toMatch(/<a [^>]*href="\/accesso\/spid"[^>]*>Entra con SPID<\/a>/);
    expect(text).toMatch(/<a [^>]*href="\/accesso\/cie\/avvio"[^>]*>Entra con CIE<\/a>/);
  }
  expect((await nobody.get('/accesso/spid')).text).toContain('href="/accesso/carta"');
});
