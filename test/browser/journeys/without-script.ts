/** A browser without JavaScript: the same journey, from sign-in to sign-out. */
import { at, open, patientsOf, signIn, testsOf, typeDay } from './journey.js';
import type { Journey } from './journey.js';

export const withoutScript: Journey = {
  name: 'without script',
  options: { javaScriptEnabled: false },
  async walk(walk) {
    const { installation, check, page } = walk;
    const [person = ''] = (await patientsOf(installation, 'doctor')).slice(30);
    await signIn(walk, page, 'doctor', '/medico/proprio/assistiti');
    const end = (await page.isVisible('#scadenza-sessione')) && (await page.textContent('#scadenza-sessione'));
    check('the page says at which hour the session ends', /alle [0-9]{2}:[0-9]{2}/.test(String(end)), end);
    await page.fill('#cerca', person);
    await page.click('button[name=pagina] >> nth=0');
    await page.click('main tbody button');
    await page.click('main button[type=submit]');
    check('without script: errors are shown', (await page.locator('#errori').count()) === 1, at(page));
    await typeDay(walk, page, 'eseguito', -3);
    await page.click('main button[type=submit]');
    await page.click('main form button[type=submit]');
    check('the test is there', (await testsOf(installation, person)) === 1, at(page));
    await page.click('main a[href$="annulla"]');
    await page.click('main .azioni button');
    check('and cancelled', (await testsOf(installation, person)) === 0, at(page));
    await open(walk, page, '/medico/proprio/test/piu');
    await typeDay(walk, page, 'eseguito', -3);
    await page.fill('#altri', person);
    await page.check('main tbody input[type=checkbox] >> nth=0');
    await page.click('button[name=pagina][value="2"]');
    await page.click('main button[name=controlla]');
    await page.click('main form button[type=submit]');
    check('two tests are sent at once', (await page.textContent('main'))?.includes('2 test registrati') === true);
    await page.click('nav a[href="/medico/sostituti"]');
    await page.click('main a.btn-primary');
    await page.fill('#sostituto', installation.identity('secondDoctor').codiceFiscale);
    await typeDay(walk, page, 'dal', 1);
    await typeDay(walk, page, 'al', 2);
    await page.click('main button[type=submit]');
    await page.click('main form button[type=submit]');
    check(
      'a substitute is named',
      (await page.textContent('main'))?.includes('Il sostituto è nominato.') === true,
      page.url(),
    );
    await open(walk, page, '/sessione');
    await page.click('main button[type=submit]');
    check('the session is prolonged', at(page) === '/medico', page.url());
    await page.click('header button[type=submit]');
    check('and ended', at(page) === '/uscita', page.url());

    await signIn(walk, page, 'aslOperator', '/asl/test/nuovo');
    await typeDay(walk, page, 'eseguito', -2);
    await page.fill('#numero', '0');
    await page.click('main button[type=submit]');
    await page.click('main form button[type=submit]');
    check('an ASL’s number is sent', /^\/asl\/test\/\d+$/.test(at(page)), page.url());
  },
};
