/** The owner of the shown list (3.3.1) [T-2] [T-4]: every page states it, and offers exactly the permitted acts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { REFUSALS } from '../../src/screening/index.js';
import { it } from '../../src/portal/texts/index.js';
import { addSubstitution, patientQueue } from '../support/doctors.js';
import { shownIn, startTestPortal } from '../support/portal.js';
import type { PageAnswer, TestPortal, Visitor } from '../support/portal.js';
import { PAGES, pathOf, rowsOf } from '../support/portal-pages.js';
import { dayFields } from '../support/portal-work.js';

let portal: TestPortal;
let titularName: string;
const nextPatient = patientQueue('doctor');
const DAY = dayFields('eseguito', '2027-05-03');
const IN_TERM = new Date('2027-05-10T10:00:00Z');
const AFTER = new Date('2027-05-13T10:00:00Z');

beforeAll(async () => {
  portal = await startTestPortal();
  const [row] = await portal.db.query<{ name: string }[]>(
    `SELECT surname || ' ' || given_name AS name FROM registry.doctor WHERE codice_fiscale = $1`,
    [codeOf('doctor')],
  );
  titularName = row?.name ?? '';
});
beforeEach(async () => {
  await portal.db.query('TRUNCATE screening.substitution');
  portal.setNow(IN_TERM);
});
afterAll(() => portal.stop());

const codeOf = (role: 'doctor' | 'substitute' | 'secondDoctor'): string => portal.account(role).codiceFiscale;

/** @returns the substitution's pages */
async function substituting(from = '2027-05-10', to = '2027-05-12'): Promise<string> {
  return `/medico/${await addSubstitution(portal, codeOf('doctor'), codeOf('substitute'), from, to)}`;
}

async function sent(visitor: Visitor, base: string, person = nextPatient()): Promise<string> {
  const { location, text } = await visitor.post(`${base}/test/conferma`, { assistito: person, ...DAY });
  if (location === undefined) throw new Error(text);
  return location;
}

/** The links in a page's main part: target, and name as read aloud. */
function linksOf({ text }: PageAnswer): { href: string; name: string }[] {
  const [main = ''] = /<main.*<\/main>/s.exec(text) ?? [];
  return [...main.matchAll(/<a [^>]*?href="([^"]*)"[^>]*>(.*?)<\/a>/gs)].map(([, href = '', inside = '']) => ({
    ...{ href, name: inside.replace(/<[^>]*>/g, '').trim() },
  }));
}

const LISTED = PAGES.filter(({ path, get }) => get !== undefined && /^\/medico\/:elenco\/(?!.*\.)/.test(path));

test('every page of another’s list has the titular’s name in title and heading, and a link out of it', async () => {
  const base = await substituting();
  const acting = await portal.signedIn('substitute');
  const person = nextPatient();
  const receipt = await sent(acting, base, person);
  const form = { ...DAY, controlla: '1' };
  const [elenco = '', numero = ''] = [base.split('/')[2], receipt.split('/').at(-1)];
  const several = await acting.fill(`${base}/test/piu`, { ...form, altri: nextPatient() });
  const hidden = [...several.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]));
  const outcome = await acting.post(several.at, fields);
  expect(LISTED.length).toBeGreaterThan(7);
  for (const page of LISTED) {
    const invio = outcome.location?.split('/').at(-1) ?? '';
    const path = pathOf(page, { elenco, numero, invio });
    const isCheck = path.endsWith('/conferma');
    const typed = { ...form, assistito: nextPatient(), altri: nextPatient() };
    const answer = isCheck
      ? await acting.fill(path.replace('/conferma', path.includes('/piu') ? '' : '/nuovo'), typed)
      : await acting.open(path);
    if (isCheck) expect(answer.at).toContain('/conferma');
    const of = `elenco del medico ${titularName}`;
    expect([page.path, answer.status]).toEqual([page.path, 200]);
    expect([page.path, shownIn(answer, 'title')?.includes(of)]).toEqual([page.path, true]);
    expect([page.path, shownIn(answer, 'h1')?.includes(of)]).toEqual([page.path, true]);
    expect(answer.text).toContain(`${titularName} (${codeOf('doctor')}), fino al 12 maggio 2027`);
    // Links of the page stay in the list, except the one that says that it leaves it.
    for (const { href, name } of linksOf(answer)) {
      if (!href.startsWith(base)) expect([page.path, href, name]).toEqual([page.path, '/medico', it.doctor.home.leave]);
    }
  }
  // Every menu link that leaves it names the list that it opens.
  const { text } = await acting.get(`${base}/assistiti`);
  const [menu = ''] = /<nav class="menu-ruolo".*?<\/nav>/s.exec(text) ?? [];
  for (const [, href = '', name = ''] of menu.matchAll(/href="([^"]*)"[^>]*>([^<]*)</g)) {
    if (href !== '/medico') expect(name).toMatch(/\bTuoi\b/i);
  }
});

test('own pages name no other doctor', async () => {
  await substituting();
  const acting = await portal.signedIn('substitute');
  for (const path of ['/medico/proprio/assistiti', '/medico/proprio/test', '/medico/proprio/test/nuovo']) {
    const answer = await acting.open(path);
    expect([path, answer.status, answer.text.includes(titularName)]).toEqual([path, 200, false]);
  }
});

describe('a substitution that has ended', () => {
  let base: string;
  let receipt: string;
  let later: Visitor;
  beforeEach(async () => {
    base = await substituting();
    receipt = await sent(await portal.signedIn('substitute'), base);
    portal.setNow(AFTER);
    later = await portal.signedIn('substitute');
  });

  test('shows on the start page since when, and offers the substitute’s own tests', async () => {
    const home = await later.get('/medico');
    expect(home.text).toContain('È finita il 12 maggio 2027.');
    const own = linksOf(home).filter(({ href }) => href.startsWith(`${base}/`));
    expect(own.map(({ href }) => href)).toEqual([`${base}/test`]);
  });

  test.each(['/test', 'receipt', 'receipt/annulla'])(
    '%s is available, and offers only permitted acts',
    async (page) => {
      const answer = await later.get(page.startsWith('/') ? base + page : page.replace('receipt', receipt));
      expect(answer.status).toBe(200);
      expect(answer.text).toContain('è finita il 12 maggio 2027. Puoi rivedere e annullare');
      const [main = ''] = /<main.*<\/main>/s.exec(answer.text) ?? [];
      expect(main).not.toMatch(/\/test\/(?:nuovo|piu)|\/assistiti|fino al/);
      expect(answer.text).not.toContain('; potrai comunicarlo di nuovo');
    },
  );

  test.each(['/assistiti', '/assistiti.csv', '/test/nuovo', '/test/piu', '/test/piu/conferma'])(
    '%s is refused with code, remedy and the day',
    async (page) => {
      const form = { ...DAY, altri: nextPatient(), controlla: '1' };
      const isCheck = page === '/test/piu/conferma';
      const answer = isCheck ? await later.fill(`${base}/test/piu`, form) : await later.open(base + page);
      if (isCheck) expect(answer.at).toContain('/conferma');
      expect(answer.status).toBe(422);
      const { text, code } = REFUSALS['no-substitution'];
      expect(answer.text).toContain(`${text} ${it.doctor.remedies['no-substitution']} (codice ${code})`);
      expect(answer.text).toContain('è finita il 12 maggio 2027');
      expect(answer.text).toContain(`href="${base}/test"`);
      // The operation has refused, and recorded it [T-60].
      expect(await rowsOf(portal, answer)).toEqual([expect.objectContaining({ outcome: code })]);
    },
  );

  test('the substitute cancels own tests; afterwards nothing can be sent', async () => {
    expect((await later.post(`${receipt}/annulla`)).location).toBe(receipt);
    const answer = await later.get(receipt);
    expect(answer.text).toContain('Questo test è stato annullato.');
    expect(answer.text).not.toContain(it.doctor.receipt.another);
  });

  test('after a new substitution the same URL continues', async () => {
    await substituting('2027-05-13', '2027-05-20');
    const home = await later.get('/medico');
    expect([home.text.includes('fino al 20 maggio 2027'), home.text.includes('È finita')]).toEqual([true, false]);
    expect((await later.open(`${base}/test/nuovo`)).text).toContain('fino al 20 maggio 2027');
  });

  test('revoked, it ended on that day', async () => {
    await portal.db.query('TRUNCATE screening.substitution');
    const revoked = await substituting('2027-05-10', '2027-05-30');
    await portal.db.query('UPDATE screening.substitution SET revoked_at = $1', [AFTER]);
    expect((await later.get(`${revoked}/test`)).text).toContain('è finita il 13 maggio 2027');
    expect((await later.get('/medico')).text).toContain('È finita il 13 maggio 2027');
  });
});

describe('tests shown in a list', () => {
  test('a substitute sees the day of the substitute’s own last test, on the page and in the file', async () => {
    const base = await substituting();
    const [doctor, acting] = [await portal.signedIn('doctor'), await portal.signedIn('substitute')];
    const person = nextPatient();
    await sent(doctor, '/medico/proprio', person);
    await acting.post(`${base}/assistiti`, { cerca: person, ordine: 'surname', pagina: '1' });
    const { text } = await acting.get(`${base}/assistiti?cerca`);
    expect([text.includes('>Ultimo test comunicato da te<'), text.includes('>Ultimo test<')]).toEqual([true, false]);
    expect([text.includes('>nessuno da te<'), text.includes('>nessuno<')]).toEqual([true, false]);
    expect((await acting.open(`${base}/test/piu`)).text).toContain('>Ultimo test comunicato da te<');
    const [header] = (await acting.get(`${base}/assistiti.csv`)).text.split(/\r?\n/);
    expect(header).toContain('data_ultimo_test_comunicato_da_te');
    const [own] = (await doctor.get('/medico/proprio/assistiti.csv')).text.split(/\r?\n/);
    expect(own?.endsWith(';data_ultimo_test')).toBe(true);
  });

  test('the titular sees which substitute submitted a test: receipt, list, file', async () => {
    const base = await substituting();
    const [doctor, acting] = [await portal.signedIn('doctor'), await portal.signedIn('substitute')];
    const [his, own] = [await sent(acting, base), await sent(doctor, '/medico/proprio')];
    const [hisNumber = '', ownNumber = ''] = [his, own].map((path) => path.split('/').at(-1));
    const substitute = codeOf('substitute');
    const receipt = await doctor.get(`/medico/proprio/test/${hisNumber}`);
    expect(receipt.text).toMatch(new RegExp(`<dt>Medico sostituto</dt><dd>${substitute}</dd>`));
    expect((await doctor.get(own)).text).not.toContain('Medico sostituto');
    expect((await doctor.get(`/medico/proprio/test/${hisNumber}/annulla`)).text).toContain(substitute);
    const list = await doctor.get('/medico/proprio/test');
    const rowOf = (number: string) => list.text.split('<tr>').find((row) => row.includes(`/test/${number}"`));
    expect(list.text).toContain('>Medico sostituto<');
    expect([rowOf(hisNumber)?.includes(substitute), rowOf(ownNumber)?.includes(substitute)]).toEqual([true, false]);
    const query = new URLSearchParams({
      ...dayFields('dal', '2027-05-01'),
      ...dayFields('al', '2027-05-09'),
    }).toString();
    const file = (await doctor.get(`/medico/proprio/test.csv?${query}`)).text;
    expect(file).toMatch(/numero_comunicazione;codice_fiscale_sostituto\r?\n/);
    expect(file).toContain(`;${hisNumber};${substitute}`);
    expect(file).toMatch(new RegExp(`;${ownNumber};\r?\n`));
  });
});

test('links with one name have one target', async () => {
  const base = await substituting();
  await addSubstitution(portal, codeOf('secondDoctor'), codeOf('substitute'), '2027-05-10', '2027-05-12');
  const [doctor, acting] = [await portal.signedIn('doctor'), await portal.signedIn('substitute')];
  const person = nextPatient();
  for (const day of ['2027-05-03', '2027-05-04']) {
    await doctor.post('/medico/proprio/test/conferma', { assistito: person, ...dayFields('eseguito', day) });
  }
  await addSubstitution(portal, codeOf('doctor'), codeOf('substitute'), '2027-06-10', '2027-06-12');
  const pages = [
    ...[await doctor.get('/medico'), await doctor.get('/medico/proprio/test'), await doctor.get('/medico/sostituti')],
    ...[await acting.get('/medico'), await acting.get(`${base}/assistiti`)],
  ];
  for (const page of pages) {
    const links = linksOf(page);
    for (const { href, name } of links) {
      expect([name, links.filter((link) => link.name === name && link.href !== href)]).toEqual([name, []]);
      expect(name).not.toMatch(/^[0-9]*$/);
    }
  }
});

test('after a search the browser jumps to the results, announced in title and status', async () => {
  const doctor = await portal.signedIn('doctor');
  for (const path of ['/medico/proprio/assistiti', '/medico/proprio/test/piu']) {
    const { location = '' } = await doctor.post(path, { cerca: '', ordine: 'surname', pagina: '2' });
    expect(location).toMatch(/[?&]cerca#elenco$/);
    const answer = await doctor.get(location);
    const [, status = ''] = /<p role="status" id="elenco" tabindex="-1">([^<]*)</i.exec(answer.text) ?? [];
    expect(status).toMatch(/^\d+ assistiti su \d+, pagina 2 di \d+$/);
    expect(shownIn(answer, 'title')).toContain(status);
  }
});
