/** Keyboard only: sign in, list, test, receipt, cancel, sign out. The focus is always visible and never trapped. */
import type { Page } from 'playwright-core';
import { at, open, patientsOf, testsOf } from './journey.js';
import type { Journey } from './journey.js';

const MOST_STOPS = 120;

export const byKeyboard: Journey = {
  name: 'keyboard',
  async walk(walk) {
    const { installation, check, page } = walk;
    const [person = ''] = (await patientsOf(installation, 'doctor')).slice(20);
    const { userId, password, pincode } = installation.identity('doctor');
    const { keyboard } = page;
    const unseen: string[] = [];
    const to = (selector: string) => tabTo(page, selector, unseen);
    const type = async (selector: string, text: string): Promise<void> => {
      await to(selector);
      await keyboard.press('Control+A');
      await keyboard.type(text);
    };
    const press = async (selector: string): Promise<void> => {
      await to(selector);
      await Promise.all([page.waitForEvent('load'), keyboard.press('Enter')]);
    };

    await open(walk, page, '/');
    await keyboard.press('Tab');
    const first = await page.evaluate<string>('document.activeElement.getAttribute("href")');
    check('the first stop skips to the content', first === '#contenuto', first);
    await keyboard.press('Enter');
    check('and does so', (await page.evaluate<string>('document.activeElement.id')) === 'contenuto');
    await press('main a[href="/accesso"]');
    await type('#utente', userId);
    await type('#password', password);
    await type('#pincode', pincode);
    await press('main button[type=submit]');
    await press('nav a[href="/medico/proprio/assistiti"]');
    await type('#cerca', person);
    await press('main button[name=pagina]');
    await press('main tbody button');
    const [year = '', month = '', day = ''] = installation.now().toISOString().slice(0, 10).split('-');
    await type('#eseguito', day);
    await type('#eseguito-mese', month);
    await type('#eseguito-anno', year);
    await press('main button[type=submit]');
    await press('main form button[type=submit]');
    check('by keyboard: the test is there', (await testsOf(installation, person)) === 1, at(page));
    await press('main a[href$="annulla"]');
    await press('main .azioni button');
    check('and cancelled', (await testsOf(installation, person)) === 0, at(page));
    await press('header form button');
    check('and out', at(page) === '/uscita', page.url());
    check('wherever the focus was, it was seen', [...new Set(unseen)]);
  },
};

/** The focused element's outline, or what it lacks. */
const OUTLINE = `(() => {
  const element = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 ? '' : element.outerHTML.slice(0, 120);
})()`;

/** Presses Tab until an element has the focus. @throws Error if no stop of a page has it */
async function tabTo(page: Page, selector: string, unseen: string[]): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate<string>(OUTLINE);
    if (outline !== '' && !outline.startsWith('<body')) unseen.push(outline);
    if (await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
  }
  throw new Error(`no stop of ${at(page)} is ${selector}`);
}
