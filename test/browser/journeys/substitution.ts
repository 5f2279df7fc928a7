/** A doctor names a substitute on the web, who then acts for him: by SOAP and on the web; and the doctor ends it. */
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
    await actsOnTheWeb(walk, titular, byBrowser);

    await open(walk, page, SUBSTITUTES);
    await page.click('main td a');
    await inspector.look(page, 'end of a substitution to confirm');
    await page.click('main .azioni button');
    await inspector.look(page, 'substitutes, one ended');
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
  await inspector.look(page, 'substitutes, one named');
}

async function actsOnTheWeb(walk: Walk, titular: string, person: string): Promise<void> {
  const { installation, inspector, check } = walk;
  const context = await inspector.newContext();
  const page = await context.newPage();
  const names = async (what: string): Promise<void> => {
    const words = (await page.locator('main [role=note]').allTextContents()).join(' ');
    check(`${what} names the titular`, words.includes(titular), words);
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
