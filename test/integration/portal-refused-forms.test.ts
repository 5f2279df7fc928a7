/**
 * A refused form: the title reports it, the focus is on the list of errors, each entry leads to its field, the input is
 * kept.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { identitySettings } from '../support/identity.js';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { Fields, PageAnswer, TestPortal } from '../support/portal.js';
import { PAGES } from '../support/portal-pages.js';
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

const TYPED = 'Q9';

/** Every input of the pages, by its name. */
function inputsOf({ text }: PageAnswer): Map<string, string> {
  return new Map(
    [...text.matchAll(/<input [^>]*>/g)].map(([input]) => [/\sname="([^"]*)"/.exec(input)?.[1] ?? '', input]),
  );
}

function expectRefused(what: string, answer: PageAnswer, typed: Fields): void {
  expect([what, shownIn(answer, 'title')]).toEqual([what, expect.stringMatching(/^Errore: /)]);
  const [summary = ''] = /<div[^>]* id="errori".*?<\/ul>/s.exec(answer.text) ?? [];
  expect([what, /tabindex="-1"/i.test(summary), /autofocus/.test(summary)]).toEqual([what, true, true]);
  expect([what, answer.text.match(/autofocus/g)?.length]).toEqual([what, 1]);
  expect([what, summary.match(/<li>/g)?.length ?? 0]).not.toEqual([what, 0]);
  for (const [, field = ''] of summary.matchAll(/href="#([^"]+)"/g)) {
    const counts = [`id="${field}"`, `id="${field}-errore"`].map((id) => answer.text.split(id).length - 1);
    expect([what, field, counts]).toEqual([what, field, [1, 1]]);
  }
  for (const [name, input] of inputsOf(answer)) {
    if (/type="password"/.test(input)) expect([what, name, / value="/.test(input)]).toEqual([what, name, false]);
    else if (/type="text"/.test(input) && typed[name] !== undefined)
      expect([what, name, / value="([^"]*)"/.exec(input)?.[1] ?? '']).toEqual([what, name, typed[name]]);
  }
}

const FORMS = PAGES.filter(({ post }) => post !== undefined);

test.each([
  ['empty', ''],
  ['full of nonsense', TYPED],
])('every form, %s', async (_, value) => {
  const refused: string[] = [];
  for (const page of FORMS) {
    const { visitor, path } = work.opened(page);
    const who = page.access === 'anybody' ? portal.visitor() : visitor;
    const shown = page.get === undefined ? undefined : await who.open(path);
    const isOwn = shown?.at.split('?')[0] === path;
    const names = [...(isOwn ? inputsOf(shown) : []).keys()].filter((name) => name !== '');
    const typed = { ...Object.fromEntries(names.map((name) => [name, value])), controlla: '1' };
    const answer = await who.fill(path, typed);
    if (!/<main.*id="errori".*<form/s.test(answer.text)) continue;
    expectRefused(page.path, answer, typed);
    refused.push(page.path);
  }
  expect(refused).toEqual(
    expect.arrayContaining([
      ...['/accesso', '/medico/:elenco/test/nuovo', '/medico/:elenco/test/conferma'],
      ...['/medico/sostituti/nuovo', '/asl/test/nuovo', '/asl/test/conferma', '/accesso/profilo'],
      ...['/medico/:elenco/test/piu', '/profilo/password', '/profilo/pincode', '/profilo/email'],
    ]),
  );
});

test('an invalid interval', async () => {
  const typed = {
    'dal-giorno': '30',
    'dal-mese': '2',
    'dal-anno': '2027',
    'al-giorno': '',
    'al-mese': '5',
    'al-anno': '2027',
  };
  const answer = await work.doctor.get(`/medico/proprio/test?${new URLSearchParams(typed).toString()}`);
  expect(answer.status).toBe(422);
  expectRefused('interval', answer, typed);
});

test('wrong secrets', async () => {
  const typed = { utente: 'NESSUNO', password: 'sbagliata', pincode: '0000000000' };
  const answer = await portal.visitor().post('/accesso', typed);
  expect(answer.status).toBe(401);
  expectRefused('sign-in', answer, typed);
});
