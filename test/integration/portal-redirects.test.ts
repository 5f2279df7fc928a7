/** No parameter redirects out of the portal: every page answers every input with one of our own paths. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PROVIDERS_ORIGIN, identitySettings } from '../support/identity.js';
import { startTestPortal } from '../support/portal.js';
import type { PageAnswer, TestPortal } from '../support/portal.js';
import { PAGES, VISITS, visit } from '../support/portal-pages.js';
import { workOf } from '../support/portal-work.js';
import type { Work } from '../support/portal-work.js';

let portal: TestPortal;
let work: Work;
beforeAll(async () => {
  portal = await startTestPortal(await identitySettings());
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  work = await workOf(portal);
});
afterAll(() => portal.stop());

const ELSEWHERE = [
  ...['//evil.example', '///evil.example', 'https://evil.example', 'https:evil.example', 'HTTPS:/evil.example'],
  ...[
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '\t//evil.example',
    '/%2F/evil.example',
    '/%5Cevil.example',
  ],
  ...[
    '%2F%2Fevil.example',
    '/medico/..//evil.example',
    '/medico/%2e%2e//evil.example',
    '/.//evil.example',
    './/evil.example',
  ],
  ...[
    '/medico\r\nLocation: https://evil.example',
    '/medico%0d%0aLocation:%20https://evil.example',
    '/medico\r\nX-Evil: 1',
  ],
  ...[
    'javascript:alert(1)',
    'data:text/html,x',
    '@evil.example',
    '.evil.example',
    '/medico@evil.example',
    '/medico?x=//evil.example',
  ],
  ...[
    '/medico#//evil.example',
    '/medico/proprio/assistiti\u2028//evil.example',
    'https://localhost@evil.example/medico',
    ' //evil.example',
  ],
];

/** Parameter names by which other sites pass a target URL, and ours. */
const NAMES = [
  'ritorno',
  'url',
  'next',
  'return',
  'returnTo',
  'redirect',
  'continue',
  'RelayState',
  'lingua',
  'target',
  'dest',
];

const OWN_PATHS = PAGES.map(
  ({ path }) => new RegExp(`^${path.replaceAll('.', '\\.').replace(/:[a-z]+/g, '[A-Za-z0-9-]+')}$`),
);

function expectOwn(what: string, { location, headers }: PageAnswer): void {
  expect([what, Object.keys(headers).filter((name) => /evil|^refresh$/.test(name))]).toEqual([what, []]);
  if (location === undefined) return;
  const [path = '', query = ''] = location.split('?');
  // The card host, without anything of the input.
  if (path === `${portal.cardUrl}/carta` && /^biglietto=[\w-]{43}$/.test(query)) return;
  // A provider, with one of our requests.
  if (path.startsWith(`${PROVIDERS_ORIGIN}/`) && /^SAMLRequest=[\w%]+&RelayState=[\w-]{43}&SigAlg=/.test(query)) return;
  expect([what, location, OWN_PATHS.some((own) => own.test(path))]).toEqual([what, location, true]);
  expect([what, /evil/.test(query) && !query.startsWith('ritorno=%2F')]).toEqual([what, false]);
}

test.each(ELSEWHERE)('%j is not followed after signing in', async (elsewhere) => {
  const { userId, password, pincode } = portal.account('secondDoctor');
  const secrets = { utente: userId, password, pincode };
  const form = await portal.visitor().get(`/accesso?${new URLSearchParams({ ritorno: elsewhere }).toString()}`);
  expect(form.text).toContain('name="ritorno" value/>');
  const answer = await portal.visitor().post('/accesso', { ...secrets, ritorno: elsewhere });
  expect([answer.status, answer.location]).toEqual([303, '/accesso']);
  // What a refused form shows again is equally harmless.
  const again = await portal.visitor().post('/accesso', { utente: userId, ritorno: elsewhere });
  expect(again.text).toContain('name="ritorno" value/>');
});

test('by any name, on any page, for any visitor', async () => {
  // Each visit has one URL under each name; after some rounds a page has had all of them.
  for (let first = 0; first < ELSEWHERE.length; first += NAMES.length) {
    const fields = Object.fromEntries(NAMES.map((name, n) => [name, ELSEWHERE[(first + n) % ELSEWHERE.length] ?? '']));
    const query = new URLSearchParams(fields).toString();
    for (const [what, method, page] of VISITS) {
      const { visitor, path } = work.opened(page);
      // Signing out, or signing in again, would end the session that the next page needs.
      const who = page.path === '/uscita' || page.path === '/accesso' ? portal.visitor() : visitor;
      expectOwn(what, await visit(who, method, `${path}?${query}`, fields));
    }
  }
});

test('nor is a path that resembles a URL', async () => {
  const visitor = await portal.signedIn('secondDoctor');
  for (const path of [
    '//evil.example/',
    '/\\evil.example/',
    '/%5cevil.example',
    '/%2f%2fevil.example',
    '/medico//evil.example',
    '/.//evil.example',
    '/medico/%2F%2Fevil.example/assistiti',
  ]) {
    const [signedIn, nobody] = [await visitor.send('GET', path, {}), await portal.visitor().send('GET', path, {})];
    expect([path, signedIn.status, signedIn.location]).toEqual([path, 404, undefined]);
    const form = await portal.visitor().get(nobody.location ?? '/accesso');
    expect([path, form.text.includes('name="ritorno" value')]).toEqual([path, true]);
    expect([path, form.text.includes('evil')]).toEqual([path, false]);
  }
});
