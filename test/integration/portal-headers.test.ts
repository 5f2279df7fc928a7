/** The header fields of all answers of the portal: pages, errors, redirects, files, styles and scripts. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { identitySettings } from '../support/identity.js';
import { OWN_FORM, startTestPortal } from '../support/portal.js';
import type { PageAnswer, TestPortal } from '../support/portal.js';
import { VISITS, visit } from '../support/portal-pages.js';
import { dayFields, workOf } from '../support/portal-work.js';
import type { Work } from '../support/portal-work.js';

let portal: TestPortal;
let work: Work;
beforeAll(async () => {
  portal = await startTestPortal(await identitySettings());
  portal.setNow(new Date('2027-05-10T10:00:00Z'));
  work = await workOf(portal);
});
afterAll(() => portal.stop());

const OF_ALL = {
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=31536000',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': expect.stringContaining('camera=()'),
  'content-security-policy': expect.stringMatching(
    /^default-src 'none'; (?!.*unsafe)(?=.*frame-ancestors 'none')(?=.*form-action 'self')(?=.*base-uri 'none')/,
  ),
};

function expectFields(
  what: string,
  { headers }: PageAnswer,
  cacheControl = 'no-store',
  referrerPolicy = 'same-origin',
): void {
  expect([what, headers]).toEqual([
    what,
    expect.objectContaining({ ...OF_ALL, 'cache-control': cacheControl, 'referrer-policy': referrerPolicy }),
  ]);
  for (const absent of ['server', 'x-powered-by', 'etag', 'access-control-allow-origin', 'refresh'])
    expect([what, absent, headers[absent]]).toEqual([what, absent, undefined]);
}

test('of every page, with and without a session', async () => {
  for (const [what, method, page] of VISITS) {
    // A secret URL is disclosed to nobody, not even to our own pages.
    const policy = page.hasSecretPath === true ? 'strict-origin' : 'same-origin';
    const { visitor, path } = work.opened(page);
    const nobody = portal.visitor();
    expectFields(`${what} for nobody`, await visit(nobody, method, path), 'no-store', policy);
    if (page.path === '/uscita') continue; // ends the session that the next page needs
    expectFields(what, await visit(visitor, method, path), 'no-store', policy);
    if (method === 'GET') expectFields(`HEAD ${page.path}`, await visitor.send('HEAD', path, {}), 'no-store', policy);
  }
});

test('of every error', async () => {
  const { doctor } = work;
  const form = '/medico/proprio/test/nuovo';
  const answers = await Promise.all([
    doctor.get('/medico?a=1&a=2'),
    doctor.get('/medico/%zz/assistiti'),
    doctor.post(form, {}).then(() => doctor.send('POST', form, { 'Content-Type': OWN_FORM['Content-Type'] ?? '' }, '')),
    doctor.get('/nessuna'),
    doctor.send('DELETE', '/medico', {}),
    doctor.send('POST', form, OWN_FORM, 'A'.repeat(70_000)),
    doctor.send('POST', form, { ...OWN_FORM, 'Content-Type': 'text/plain' }, ''),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 403, 404, 405, 413, 415]);
  for (const answer of answers) {
    expectFields(String(answer.status), answer);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  }
});

test('of every file: it is downloaded, never displayed', async () => {
  const interval = new URLSearchParams({
    ...dayFields('dal', '2027-05-01'),
    ...dayFields('al', '2027-05-09'),
  }).toString();
  const files = VISITS.filter(([, , { path }]) => /\.\w+$/.test(path));
  expect(files.length).toBeGreaterThan(3);
  for (const [what, method, page] of files) {
    const { visitor, path } = work.opened(page);
    const answer = await visit(visitor, method, `${path}?${interval}`);
    expect([what, answer.status]).toEqual([what, 200]);
    expectFields(what, answer);
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="[a-z0-9.-]+"$/);
  }
});

test('of styles, fonts, icons and scripts, which are the same for all and cached', async () => {
  const { text } = await work.doctor.get('/medico');
  const addresses = [...text.matchAll(/(?:href|src)="(\/risorse\/[^"#]+)/g)].map(([, address = '']) => address);
  expect(new Set(addresses).size).toBeGreaterThan(3);
  for (const address of new Set(addresses)) {
    const answer = await portal.visitor().get(address);
    expect([address, answer.status, answer.headers['set-cookie']]).toEqual([address, 200, undefined]);
    expectFields(address, answer, 'public, max-age=31536000, immutable');
  }
  expectFields('no such file', await portal.visitor().get('/risorse/nessuna.css'));
});

test.each(['doctor', 'aslOperator'] as const)(
  'signing out makes the browser of a %s delete everything it had stored',
  async (role) => {
    const visitor = await portal.signedIn(role);
    const home = role === 'doctor' ? '/medico' : '/asl';
    expect((await visitor.get(home)).status).toBe(200);
    const answer = await visitor.post('/uscita');
    expect(answer.headers['clear-site-data']).toBe('"cache"');
    expect(answer.headers['set-cookie']).toEqual([expect.stringMatching(/^__Host-sessione=; Max-Age=0; /)]);
    expect((await visitor.get(home)).location).toBe(`/accesso?ritorno=${encodeURIComponent(home)}`);
  },
);
