/** Text from others, or from input: every page shows it as text, wherever it comes from. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { identitySettings } from '../support/identity.js';
import { OWN_FORM, startTestPortal } from '../support/portal.js';
import type { PageAnswer, TestPortal, Visitor } from '../support/portal.js';
import { PAGES, pathOf } from '../support/portal-pages.js';
import { workOf } from '../support/portal-work.js';
import type { Work } from '../support/portal-work.js';

const MARK = `"'><svg onload=alert(1)>`;
const AS_TEXT = '&lt;svg onload=alert(1)>';
const NOW = new Date('2027-05-10T10:00:00Z');

let portal: TestPortal;
let work: Work;

beforeAll(async () => {
  portal = await startTestPortal(await identitySettings());
  portal.setNow(NOW);
  work = await workOf(portal);
  await portal.db.query(`UPDATE registry.person SET surname = $1, given_name = 'A' || $1`, [MARK]);
  await portal.db.query('UPDATE registry.asl SET name = $1', [MARK]);
});
afterAll(() => portal.stop());

/** Nothing of the text became an element or an attribute in any answer. */
function expectText(what: string, { status, text, headers }: PageAnswer): void {
  expect([what, status < 500]).toEqual([what, true]);
  if (headers['content-type']?.includes('html') !== true) return;
  expect([what, /<svg onload|"'>|javascript:/i.exec(text)?.[0]]).toEqual([what, undefined]);
}

/** The names of all fields on all pages, and of all URL parameters. */
async function fieldsOnPages(): Promise<string[]> {
  const names = new Set(['ritorno', 'cerca', 'codice', 'dal-giorno', 'al-giorno']);
  for (const page of PAGES) {
    if (page.get === undefined) continue;
    const { visitor, path } = work.opened(page);
    for (const [, name = ''] of (await visitor.open(path)).text.matchAll(/\sname="([^"]+)"/g)) names.add(name);
  }
  for (const [, name = ''] of (await portal.visitor().get('/accesso')).text.matchAll(/\sname="([^"]+)"/g))
    names.add(name);
  names.delete('viewport');
  return [...names];
}

test('names from the registry, on every page', async () => {
  const shown: string[] = [];
  for (const page of PAGES) {
    if (page.get === undefined) continue;
    const { visitor, path } = work.opened(page);
    const answer = await visitor.get(path);
    expectText(page.path, answer);
    if (answer.text.includes(AS_TEXT)) shown.push(page.path);
  }
  expect(shown).toEqual(
    expect.arrayContaining([
      ...['/medico/:elenco/assistiti', '/medico/:elenco/test', '/medico/:elenco/test/:numero'],
      ...['/medico/:elenco/test/:numero/annulla', '/asl', '/asl/test/:numero'],
    ]),
  );
});

test('the user agent, in the list of sessions', async () => {
  const { userId, password, pincode } = portal.account('secondDoctor');
  const visitor = portal.visitor();
  const secrets = new URLSearchParams({ utente: userId, password, pincode }).toString();
  await visitor.send('POST', '/accesso', { ...OWN_FORM, 'User-Agent': MARK }, secrets);
  const profile = await visitor.get('/profilo');
  expect(profile.status).toBe(200);
  expectText('/profilo', profile);
});

test('every parameter of a URL, on every page', async () => {
  const names = await fieldsOnPages();
  expect(names.length).toBeGreaterThan(15);
  const query = new URLSearchParams(names.map((name) => [name, MARK])).toString();
  for (const page of PAGES) {
    if (page.get === undefined) continue;
    const { visitor, path } = work.opened(page);
    expectText(page.path, await visitor.get(`${path}?${query}`));
    const inPath = pathOf(page, { elenco: encodeURIComponent(MARK), numero: encodeURIComponent(MARK) });
    expectText(`${page.path} with it in its path`, await visitor.get(inPath));
    expectText(`${page.path} for nobody`, await portal.visitor().get(`${path}?${query}`));
  }
});

test('every field of every form, when the form is shown again', async () => {
  const names = await fieldsOnPages();
  const shown: string[] = [];
  for (const page of PAGES.filter(({ post }) => post !== undefined)) {
    const { visitor, path } = work.opened(page);
    const again: Visitor = page.access === 'anybody' ? portal.visitor() : visitor;
    const answer = await again.post(path, Object.fromEntries(names.map((name) => [name, MARK])));
    expectText(page.path, answer);
    const next = answer.location === undefined ? answer : await again.open(answer.location);
    expectText(`${page.path}, and the page that it leads to`, next);
    if (next.text.toLowerCase().includes('&lt;svg')) shown.push(page.path);
  }
  expect(shown).toEqual(
    expect.arrayContaining(['/accesso', '/medico/:elenco/test/nuovo', '/medico/sostituti/nuovo', '/asl/test/nuovo']),
  );
});
