/** Tests of several persons: chosen on two pages of the list and entered, checked, sent, results line by line. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { bySoap, dayFrom, focused, patientsOf, signIn, testsOf, typeDay } from './journey.js';
import type { Journey, Walk } from './journey.js';

const FORM = '/medico/proprio/test/piu';

export const severalTests: Journey = {
  name: 'several tests at once',
  options: { acceptDownloads: true },
  async walk(walk) {
    const { installation, inspector, check, page } = walk;
    const [typed = '', before = '', refused = ''] = (await patientsOf(installation, 'doctor')).slice(60);
    await signIn(walk, page, 'doctor', FORM);
    await inspector.look(page, 'several tests, nothing chosen');
    await page.click('main button[name=controlla]');
    await inspector.look(page, 'several tests, sent empty');
    check('the focus is on the summary of errors', (await focused(page)) === 'errori', await focused(page));

    await typeDay(walk, page, 'eseguito', -1);
    await page.fill('#altri', `${typed}\nRossi Mario`);
    await page.check('main tbody input[type=checkbox] >> nth=2');
    const chosen = [await page.getAttribute('main tbody input[type=checkbox] >> nth=2', 'name')];
    await page.click('button[name=pagina][value="2"]');
    check('leafing keeps what is typed', (await page.inputValue('#altri')) === `${typed}\nRossi Mario`);
    check('leafing keeps who is chosen', await page.isChecked(`input[name="${chosen[0] ?? ''}"]`));
    await page.check('main tbody input[type=checkbox] >> nth=4');
    chosen.push(await page.getAttribute('main tbody input[type=checkbox] >> nth=4', 'name'));
    await page.fill('#cerca', 'nessuno-si-chiama-così');
    await page.press('#cerca', 'Enter');
    check('Enter in the search searches', /[?&]cerca#elenco$/.test(page.url()), page.url());
    check('both are still chosen', (await page.locator('input[type=checkbox]:checked').count()) === 2);
    await inspector.look(page, 'several tests, two chosen elsewhere');
    await page.click('main button[name=controlla]');
    await inspector.look(page, 'several tests with a line that is no codice fiscale');

    const day = dayFrom(installation, -1);
    const { codiceFiscale } = installation.identity('doctor');
    const test = { codiceFiscaleAssistito: before, dataEsecuzioneTest: day };
    const earlier = await bySoap(installation, 'doctor', 'invioTestSierologico', codiceFiscale, test);
    await installation.db.query(`UPDATE registry.person SET status = 'ended' WHERE identifier = $1`, [refused]);
    await page.fill('#altri', [typed, before, refused].join('\n'));
    await page.click('main button[name=controlla]');
    await inspector.look(page, 'several tests to check');
    check('nothing chosen stands in an address', !/[A-Z]{6}/.test(page.url()), page.url());
    await page.dblclick('main form button[type=submit]');
    await page.waitForURL(/\/piu\/[0-9a-f-]{36}$/);
    await inspector.look(page, 'outcome of several tests');
    const text = (await page.textContent('main')) ?? '';
    // A second press finds the tests of the first registered already.
    const numbers = [...text.matchAll(/([0-9]+) test (?:già )?registrat/g)].map(([, number]) => Number(number));
    const done = numbers.reduce((sum, number) => sum + number, 0);
    check('four are done and one is not', done === 4 && text.includes('1 test non registrato'), text.slice(0, 200));
    check('the one sent by SOAP before has its own number', text.includes(earlier.transaction ?? '-'), earlier);
    const persons = [typed, before, ...chosen.map((name) => name?.slice('scelto-'.length) ?? '')];
    const counts = await Promise.all(persons.map((person) => testsOf(installation, person)));
    check('each is one test', counts.join() === '1,1,1,1', counts);
    await takesReceipt(walk, typed);
    await undone(walk, typed);
  },
};

/** Checked with Debian's tools (poppler-utils, qpdf); without them only that it is a PDF. */
async function takesReceipt({ page, check }: Walk, person: string): Promise<void> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('main a[href$="ricevuta.pdf"]')]);
  const path = await download.path();
  check('the receipt is a PDF', (await readFile(path)).subarray(0, 8).toString() === '%PDF-1.7');
  const read = promisify(execFile);
  const said = await read('pdfinfo', ['-struct-text', path]).catch(absent);
  const isRead = ['H1 (block)', 'TH ', '/Scope /Column', person].every((part) => said?.stdout.includes(part) ?? true);
  check('a screen reader finds heading, table and persons in it', isRead, said?.stdout.slice(0, 300));
  const sound = await read('qpdf', ['--check', path]).catch(absent);
  check('qpdf finds nothing wrong', sound === undefined || /No syntax/.test(sound.stdout), sound?.stdout);
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

/** Cancelled by SOAP, which the page of results shows. */
async function undone({ installation, page, check }: Walk, person: string): Promise<void> {
  const { codiceFiscale } = installation.identity('doctor');
  const number = (await page.getAttribute(`main tr:has-text("${person}") a`, 'href'))?.split('/').at(-1) ?? '';
  const fields = { codiceFiscaleAssistito: person, identificativoTransazione: number };
  const { outcome } = await bySoap(installation, 'doctor', 'annullamentoTestSierologico', codiceFiscale, fields);
  check('one of several is cancelled by SOAP', outcome === '0000', outcome);
  await page.reload();
  const line = await page.textContent(`main tr:has-text("${person}")`);
  check('and the page of outcomes says so', line?.includes('Registrato e poi annullato') === true, line);
}
