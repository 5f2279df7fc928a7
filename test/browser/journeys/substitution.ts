/**
 * A doctor adds a substitute in the portal, who then acts by SOAP and in the portal; and the doctor ends the
 * substitution.
 */
import { at, bySoap, dayFrom, focused, open, patientsOf, signIn, testsOf, typeDay } from './journey.js';
import type { Journey, Walk } from './journey.js';

const SUBSTITUTES = '/medico/sostituti';

export const substitution: Journey = {
  name: 'substitution',
  async walk(walk) {
    const { installation, inspector, check, page } = walk;
    const titular = installation.identity('secondDoctor').codiceFiscale;
    const [bySoftware = '', byBrowser = '', tooLate = ''] = await patientsOf(installation, 'secondDoctor');
    const submit = (person: string) =>
      bySoap(installation, 'substitute', 'invioTestSierologico', titular, {
        codiceFiscaleAssistito: person,
        dataEsecuzioneTest: dayFrom(installation, 0),
      });
    const early = await submit(bySoftware);
    check('before he is named a substitute may not submit', early.outcome !== '0000', early);

    await signIn(walk, page, 'secondDoctor', SUBSTITUTES);
    await inspector.look(page, 'substitutes, none');
    await names(walk);
    const sent = await submit(bySoftware);
    check('named on the web, he submits by SOAP', sent.outcome === '0000', sent);
    await open(walk, page, '/medico/proprio/test');
    check('the titular sees it', (await page.textContent('main'))?.includes(bySoftware) === true);
    const author = installation.identity('substitute').codiceFiscale;
    check('and who sent it', (await page.textContent('main'))?.includes(author) === true);
    await inspector.look(page, 'tests, one by a substitute');
    await actsOnTheWeb(walk, titular, byBrowser);

    await open(walk, page, SUBSTITUTES);
    await page.click('main td a');
    await inspector.look(page, 'end of a substitution to confirm');
    await page.click('main .azioni button');
    await inspector.look(page, 'substitutes, one ended');
    await formerly(walk, titular, byBrowser);
    const late = await submit(tooLate);
    check('ended, he submits no more', late.outcome !== '0000', late);
  },
};

async function names(walk: Walk): Promise<void> {
  const { installation, inspector, check, page } = walk;
  await page.click('main a.btn-primary');
  await inspector.look(page, 'new substitute');
  await page.click('main button[type=submit]');
  await inspector.look(page, 'new substitute with nothing typed');
  check('the focus is on the summary of errors', (await focused(page)) === 'errori', await focused(page));
  await page.fill('#sostituto', installation.identity('secondDoctor').codiceFiscale);
  await typeDay(walk, page, 'dal', 0);
  await typeDay(walk, page, 'al', -1);
  await page.click('main button[type=submit]');
  await inspector.look(page, 'new substitute: himself, until yesterday');
  check('what was typed is kept', (await page.inputValue('#sostituto')) !== '');
  await page.fill('#sostituto', installation.identity('substitute').codiceFiscale);
  await typeDay(walk, page, 'al', 7);
  await page.click('main button[type=submit]');
  await inspector.look(page, 'new substitute, to check');
  await page.click('main .azioni a');
  check('the check leads back to the form, filled in', (await page.inputValue('#sostituto')) !== '');
  await page.click('main button[type=submit]');
  await page.click('main form button[type=submit]');
  await inspector.look(page, 'substitutes, one named');
}

async function actsOnTheWeb(walk: Walk, titular: string, person: string): Promise<void> {
  const { installation, inspector, check } = walk;
  const context = await inspector.newContext();
  const page = await context.newPage();
  const names = async (what: string): Promise<void> => {
    const words = (await page.locator('main [role=note]').allTextContents()).join(' ');
    check(`${what} names the titular`, words.includes(titular), words);
    check(`${what}: so does its title`, (await page.title()).includes('elenco del medico'), await page.title());
  };
  await signIn(walk, page, 'substitute', '/medico');
  await inspector.look(page, 'start of a substitute');
  const base = await page.getAttribute(`main section:has-text("${titular}") a`, 'href');
  await open(walk, page, base ?? '');
  await inspector.look(page, 'list of the titular’s patients');
  await names('the list');
  await page.click(`main tr:has-text("${person}") button`);
  await inspector.look(page, 'new test for the titular');
  await names('the form');
  await typeDay(walk, page, 'eseguito', 0);
  await page.click('main button[type=submit]');
  await inspector.look(page, 'check of a test for the titular');
  await names('the check');
  await page.click('main form button[type=submit]');
  await inspector.look(page, 'receipt of a test for the titular');
  await names('the receipt');
  check('the substitute’s test is there', (await testsOf(installation, person)) === 1, at(page));
  await open(walk, page, '/medico/999999/assistiti');
  await inspector.look(page, 'a substitution that is not there');
  await context.close();
}

/** The substitution has ended: what the former substitute is offered. */
async function formerly(walk: Walk, titular: string, person: string): Promise<void> {
  const { inspector, check } = walk;
  const context = await inspector.newContext();
  const page = await context.newPage();
  await signIn(walk, page, 'substitute', '/medico');
  await inspector.look(page, 'start of a former substitute');
  const own = `main section:has-text("${titular}") a`;
  const links = await page.locator(own).count();
  check('of a list that he may not send for he has one link', links === 1, links);
  await page.click(own);
  await inspector.look(page, 'tests of a former substitute');
  check('his test is there', (await page.textContent('main'))?.includes(person) === true);
  const base = at(page).replace(/\/test$/, '');
  await open(walk, page, `${base}/test/nuovo`);
  await inspector.look(page, 'new test of a former substitute');
  check('he may not send', (await page.locator('main form').count()) === 0);
  await context.close();
}
