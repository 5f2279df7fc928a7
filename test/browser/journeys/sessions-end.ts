/** Sessions: warning and prolongation, idle end, end from another browser; and the fate of a form in the meantime. */
import { at, open, patientsOf, signIn, testsOf, typeDay, typeSecrets } from './journey.js';
import type { Journey } from './journey.js';

const MINUTE = 60_000;
const FORM = '/medico/proprio/test/nuovo';

export const sessionsEnd: Journey = {
  name: 'the end of sessions',
  async walk(walk) {
    const { installation, inspector, check, page } = walk;
    const [person = ''] = (await patientsOf(installation, 'doctor')).slice(40);
    await page.clock.install({ time: installation.now() });
    await signIn(walk, page, 'doctor', FORM);
    const pass = async (ms: number): Promise<void> => {
      installation.pass(ms);
      await page.clock.fastForward(ms);
    };
    await pass(27 * MINUTE);
    check('no warning three minutes before the end', (await page.locator('.avviso-sessione').count()) === 0);
    await pass(1 * MINUTE + 1_000);
    await page.waitForSelector('.avviso-sessione');
    await inspector.look(page, 'session, warned of its end');
    const hour = (await page.textContent('#scadenza-sessione'))?.match(/[0-9]{2}:[0-9]{2}/)?.[0];
    const warned = await page.textContent('.avviso-sessione');
    check('the header and the warning name the hour', warned?.includes(hour ?? 'none') === true, [hour, warned]);
    await page.click('.avviso-sessione button');
    await page.waitForSelector('.avviso-sessione', { state: 'detached' });
    const later = (await page.textContent('#scadenza-sessione'))?.match(/[0-9]{2}:[0-9]{2}/)?.[0];
    check('prolonged: the header names the later hour', later !== undefined && later !== hour, later);
    await page.setViewportSize({ width: 375, height: 560 });
    await page.fill('#assistito', 'NON PERSO');
    await page.focus('#eseguito-anno');
    await pass(28 * MINUTE + 1_000);
    await page.waitForSelector('.avviso-sessione');
    const edges = await page.evaluate<[number, number]>(
      `[document.activeElement.getBoundingClientRect().bottom, document.querySelector('.avviso-sessione').getBoundingClientRect().top]`,
    );
    check('the warning does not cover the field with the focus', edges[0] <= edges[1], edges);
    await page.click('.avviso-sessione button');
    await page.waitForSelector('.avviso-sessione', { state: 'detached' });
    check('prolonged: what is typed stays', (await page.inputValue('#assistito')) === 'NON PERSO');
    await page.setViewportSize({ width: 1280, height: 900 });
    await pass(20 * MINUTE);
    await page.fill('#assistito', person);
    await typeDay(walk, page, 'eseguito', -4);
    await page.click('main button[type=submit]');
    check('prolonged: the form is taken', at(page).startsWith('/medico/proprio/test/conferma?'), page.url());

    await pass(31 * MINUTE);
    await page.click('main form button[type=submit]');
    check('idle too long: to sign in', at(page).startsWith('/accesso?ritorno='), page.url());
    const said = 'quello che avevi scritto non è stato inviato';
    check('the sign-in page says that nothing was sent', (await page.textContent('main'))?.includes(said) === true);
    await inspector.look(page, 'sign-in after the end of the session');
    await typeSecrets(walk, page, 'doctor');
    check('then back, where he was', at(page).startsWith(`${FORM}?`), page.url());
    check('which says so too', (await page.textContent('main'))?.includes(said) === true);
    await inspector.look(page, 'form after the end of the session');
    check('and nothing was sent by itself', (await testsOf(installation, person)) === 0);

    const other = await (await inspector.newContext()).newPage();
    await signIn(walk, other, 'doctor', '/profilo');
    await inspector.look(other, 'profile with two sessions');
    await other.click('main form:not([action="/uscita"]) button >> nth=-1');
    await inspector.look(other, 'profile, others ended');
    await open(walk, page, '/medico');
    check('ended from another browser', at(page).startsWith('/accesso'), page.url());
    await other.context().close();
  },
};
