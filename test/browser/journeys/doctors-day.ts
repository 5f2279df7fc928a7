/**
 * A doctor's tasks: the list, a test and its receipt, the tests of an interval, a cancellation, the profile, and
 * signing out.
 */
import { readFile } from 'node:fs/promises';
import { at, back, bySoap, dayFrom, focused, open, patientsOf, signIn, testsOf, typeDay } from './journey.js';
import type { Journey, Walk } from './journey.js';

const LIST = '/medico/proprio/assistiti';
/** As long and as hostile as the registry accepts. */
const LONG_NAME = 'DELLACROCEDISANGIOVANNI'.repeat(5).slice(0, 100);
const HOSTILE_NAME = `"><svg onload=alert(1)><script>alert(2)</script>`;

export const doctorsDay: Journey = {
  name: 'a doctor’s day',
  options: { acceptDownloads: true },
  async walk(walk) {
    const { installation, inspector, check, page } = walk;
    const [long = '', hostile = '', person = '', reverse = ''] = await patientsOf(installation, 'doctor');
    const rename = 'UPDATE registry.person SET surname = $2, given_name = $2 WHERE identifier = $1';
    await installation.db.query(rename, [long, LONG_NAME]);
    await installation.db.query(rename, [hostile, HOSTILE_NAME]);

    await open(walk, page, LIST);
    await inspector.look(page, 'sign-in on the way to the list');
    await signIn(walk, page, 'doctor', LIST);
    check('after signing in one is at the page that one wanted', at(page) === LIST, page.url());
    await inspector.look(page, 'list of patients');
    await searches(walk, long, hostile);
    await sends(walk, person);
    await cancels(walk, person);
    await worksWithSoap(walk, reverse);

    await open(walk, page, '/medico');
    await inspector.look(page, 'doctor’s start');
    await open(walk, page, '/profilo');
    await inspector.look(page, 'profile');
    await open(walk, page, '/sessione');
    await inspector.look(page, 'session about to end');
    await page.click('main button[type=submit]');
    check('who prolongs his session goes on', at(page) === '/medico', page.url());

    await open(walk, page, LIST);
    await page.click('header button[type=submit]');
    check('out', at(page) === '/uscita', page.url());
    await back(page);
    check(
      'after signing out Back shows no data',
      at(page).startsWith('/accesso') && !(await page.content()).includes(long),
    );
  },
};

async function searches({ page, check, inspector }: Walk, long: string, hostile: string): Promise<void> {
  await page.click('button[name=pagina][value="2"]');
  check('leafed, the focus is on what was found', (await focused(page)) === 'elenco', await focused(page));
  check('which says the page', /pagina 2 di/.test((await page.textContent('#elenco')) ?? ''));
  await inspector.look(page, 'list of patients, second page');
  await page.selectOption('#ordine', 'update');
  await page.fill('#cerca', 'nessuno-si-chiama-così');
  await page.click('button[name=pagina] >> nth=0');
  await inspector.look(page, 'list of patients, nobody found');
  for (const [what, identifier] of [
    ['a long name', long],
    ['a name with markup', hostile],
  ] as const) {
    await page.fill('#cerca', identifier);
    await page.click('button[name=pagina] >> nth=0');
    check(`${what}: its person is found`, (await page.locator('main tbody tr').count()) === 1);
    check('what was searched for stands in no address', !page.url().includes(identifier), page.url());
    await inspector.look(page, `list of patients, ${what}`);
  }
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('main a[href$=".csv"]')]);
  const csv = await readFile(await download.path(), 'utf8');
  check(
    'the list as a file',
    csv.startsWith('\uFEFFcodice_fiscale;cognome') && csv.split('\n').length > 1_500,
    csv.slice(0, 80),
  );
}

async function sends(walk: Walk, person: string): Promise<void> {
  const { installation, page, check, inspector } = walk;
  await page.fill('#cerca', person);
  await page.click('button[name=pagina] >> nth=0');
  await page.click('main tbody tr button');
  check('from the list the person is filled in', (await page.inputValue('#assistito')) === person);
  check('who it is stands in no address', !page.url().includes(person), page.url());
  await inspector.look(page, 'new test');
  await page.click('main button[type=submit]');
  await inspector.look(page, 'new test without a day');
  check('the focus is on the summary of errors', (await focused(page)) === 'errori', await focused(page));
  await typeDay(walk, page, 'eseguito', 1);
  await page.click('main button[type=submit]');
  await inspector.look(page, 'test of tomorrow, refused');
  check('what was typed is kept', (await page.inputValue('#assistito')) === person);
  await page.fill('#assistito', ` ${person.toLowerCase().slice(0, 6)} ${person.toLowerCase().slice(6)}`);
  await typeDay(walk, page, 'eseguito', 0);
  await page.click('main button[type=submit]');
  await inspector.look(page, 'test to check');
  check('blanks and small letters are taken off', (await page.textContent('main dl'))?.includes(person) === true);
  await page.click('main .azioni a');
  check('the check leads back to the form, filled in', (await page.inputValue('#assistito')) === person);
  await page.click('main button[type=submit]');
  await page.click('main form button[type=submit]');
  await inspector.look(page, 'receipt');
  check('one test is there', (await testsOf(installation, person)) === 1);
}

async function cancels(walk: Walk, person: string): Promise<void> {
  const { installation, page, check, inspector } = walk;
  await open(walk, page, '/medico/proprio/test');
  await inspector.look(page, 'tests communicated');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('main a[href*=".csv"]')]);
  check('the tests as a file', (await readFile(await download.path(), 'utf8')).includes(person));
  await page.fill('#dal', '31');
  await page.fill('#dal-mese', 'febbraio');
  await page.click('main form button[type=submit]');
  await inspector.look(page, 'tests of a time that is none');
  await page.fill('#dal', '1');
  await page.fill('#dal-mese', 'settembre');
  await page.fill('#dal-anno', '2020');
  await page.fill('#al', '2');
  await page.fill('#al-mese', '9');
  await page.fill('#al-anno', '2020');
  await page.click('main form button[type=submit]');
  await inspector.look(page, 'tests of a time without any');

  await open(walk, page, '/medico/proprio/test');
  await page.click(`main tr:has-text("${person}") a[href$="annulla"]`);
  await inspector.look(page, 'cancellation to confirm');
  await page.click('main .azioni button');
  await inspector.look(page, 'receipt of a cancelled test');
  check('no test is there any more', (await testsOf(installation, person)) === 0);
}

/** One service by two ways: each shows and cancels what the other has sent. */
async function worksWithSoap(walk: Walk, person: string): Promise<void> {
  const { installation, page, check } = walk;
  const { codiceFiscale } = installation.identity('doctor');
  await open(walk, page, '/medico/proprio/test/nuovo');
  await page.fill('#assistito', person);
  await typeDay(walk, page, 'eseguito', -1);
  await page.click('main button[type=submit]');
  await page.click('main form button[type=submit]');
  const receipt = at(page);
  const fields = { codiceFiscaleAssistito: person, identificativoTransazione: receipt.split('/').at(-1) ?? '' };
  const cancelled = await bySoap(installation, 'doctor', 'annullamentoTestSierologico', codiceFiscale, fields);
  check('a test sent on the web is cancelled by SOAP', cancelled.outcome === '0000', cancelled);
  await open(walk, page, receipt);
  check('and the web knows', (await page.textContent('main'))?.includes('annullato') === true);

  const test = { codiceFiscaleAssistito: person, dataEsecuzioneTest: dayFrom(installation, -1) };
  const sent = await bySoap(installation, 'doctor', 'invioTestSierologico', codiceFiscale, test);
  check('a test is sent by SOAP', sent.outcome === '0000', sent);
  await open(walk, page, `/medico/proprio/test/${sent.transaction ?? ''}/annulla`);
  await page.click('main .azioni button');
  check('and cancelled on the web', (await testsOf(installation, person)) === 0, page.url());
  const again = { codiceFiscaleAssistito: person, identificativoTransazione: sent.transaction ?? '' };
  const late = await bySoap(installation, 'doctor', 'annullamentoTestSierologico', codiceFiscale, again);
  check('which SOAP knows', late.outcome !== '0000', late);
}
