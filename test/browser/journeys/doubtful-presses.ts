/** Double presses, Back, reload, a second window: each act is done once. */
import type { Page } from 'playwright-core';
import { at, back, open, patientsOf, signIn, testsOf, typeDay } from './journey.js';
import type { Journey, Walk } from './journey.js';

export const doubtfulPresses: Journey = {
  name: 'doubtful presses',
  async walk(walk) {
    const { installation, check, context, page, inspector } = walk;
    const [twice = '', windows = ''] = (await patientsOf(installation, 'doctor')).slice(10);
    await signIn(walk, page, 'doctor', '/medico/proprio/test/nuovo');

    await toCheck(walk, page, twice);
    await page.dblclick('main form button[type=submit]');
    await page.waitForURL(/\/test\/\d+/);
    const receipt = at(page).replace(/\?.*/, '');
    check('two presses: one test', (await testsOf(installation, twice)) === 1);
    await page.reload();
    check('reload of the receipt: the same receipt', at(page).startsWith(receipt), page.url());
    await open(walk, page, '/medico/proprio/test/nuovo');
    await toCheck(walk, page, twice);
    await inspector.look(page, 'test that was there, refused at the check');
    const said = (await page.textContent('#errori')) ?? '';
    check('the same test again: the number of the first', said.includes(receipt.split('/').at(-1) ?? '–'), said);
    await open(walk, page, receipt);
    await back(page);
    check('Back from the receipt: the form, with nothing sent', !/\/test\/\d+/.test(at(page)), page.url());
    check('still one test', (await testsOf(installation, twice)) === 1);

    const second = await context.newPage();
    await open(walk, page, '/medico/proprio/test/nuovo');
    await toCheck(walk, page, windows);
    await second.goto(page.url());
    await Promise.all([page, second].map((window) => window.click('main form button[type=submit]')));
    await Promise.all([page, second].map((window) => window.waitForURL(/\/test\/\d+/)));
    check('two windows at once: one test', (await testsOf(installation, windows)) === 1);
    const [one, other] = [page, second].map((window) => at(window).replace(/\?.*/, ''));
    check('with one receipt', one === other, [one, other]);

    await open(walk, page, `${one ?? ''}/annulla`);
    await open(walk, second, `${one ?? ''}/annulla`);
    await page.dblclick('main .azioni button');
    await second.click('main .azioni button');
    check(
      'cancelled twice: cancelled',
      at(second) === one && (await testsOf(installation, windows)) === 0,
      second.url(),
    );
  },
};

/** From the form to the confirmation page. */
async function toCheck(walk: Walk, page: Page, person: string): Promise<void> {
  await page.fill('#assistito', person);
  await typeDay(walk, page, 'eseguito', -2);
  await page.click('main button[type=submit]');
}
