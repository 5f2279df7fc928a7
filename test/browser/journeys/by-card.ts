/** Sign-in by card, with the card in the browser's own store; and the pages for a refused card. */
import type { Browser, Page } from 'playwright-core';
import type { Check } from '../checks.js';
import { createInspector } from '../inspection.js';
import type { Inspector } from '../inspection.js';
import { CARD_REFUSALS, pathOfRefusal } from '../../../src/portal/sign-in/card/paths.js';
import { at, back, open } from './journey.js';
import type { Journey, Walk } from './journey.js';

/** Pages that can be seen without a card. */
export const cardPages: Journey = {
  name: 'pages of cards',
  async walk(walk) {
    const { inspector, page } = walk;
    for (const path of ['/aiuto/carta', '/uscita/carta', ...CARD_REFUSALS.map(pathOfRefusal)]) {
      await open(walk, page, path);
      await inspector.look(page, `card ${path}`);
    }
  },
};

type Reader = (pkcs12: string | undefined, work: (browser: Browser) => Promise<void>) => Promise<void>;

/** @param reader starts a browser with a card in its store */
export async function byCard(
  installation: Walk['installation'],
  check: Check,
  pictures: string | undefined,
  reader: Reader,
): Promise<void> {
  const browse = (pkcs12: string | undefined, journey: (walk: Walk) => Promise<void>) =>
    reader(pkcs12, async (browser) => {
      const inspector: Inspector = createInspector(browser, check, pictures);
      const context = await inspector.newContext();
      context.setDefaultTimeout(20_000);
      await journey({ installation, inspector, check, context, page: await context.newPage() });
      inspector.conclude();
    });
  await browse(p12Of(installation, 'doctor'), doctorByCard);
  await browse(p12Of(installation, 'aslOperator'), async (walk) => {
    await open(walk, walk.page, '/accesso');
    await walk.page.click('main a[href="/accesso/carta"]');
    await withAccount(walk.page);
    check('an ASL operator signs in by card', at(walk.page) === '/asl', walk.page.url());
  });
  for (const [role, refusal] of [
    ['expired', 'assente'], // Chromium does not offer expired certificates
    ['revoked', 'revocata'],
    [undefined, 'assente'],
  ] as const) {
    await browse(role && p12Of(installation, role), async (walk) => {
      await open(walk, walk.page, '/accesso/carta');
      const what = `a card that is ${role ?? 'not there'} leads to a page of the site`;
      check(what, at(walk.page) === `/accesso/carta/${refusal}`, walk.page.url());
    });
  }
}

async function doctorByCard(walk: Walk): Promise<void> {
  const { installation, inspector, check, page } = walk;
  const { codiceFiscale } = installation.identity('doctor');
  await open(walk, page, '/medico/proprio/test');
  await page.click('main a[href^="/accesso/carta"] >> nth=0');
  check('the card host sends back to the portal', at(page) === '/accesso/carta/prosegui', page.url());
  await inspector.look(page, 'whose card it is');
  check('whose card it is, is shown', ((await page.textContent('main')) ?? '').includes(codiceFiscale));
  await page.reload();
  await withAccount(page);
  check('he comes to the page that he wanted', at(page) === '/medico/proprio/test', page.url());
  const [entry] = await page.evaluate<string[]>('performance.getEntriesByType("navigation").map(({ name }) => name)');
  check('no code is in the address', !page.url().includes('codice') && entry?.includes('codice') !== true, entry);
  await back(page);
  check('nor in the history', !page.url().includes('codice'), page.url());
  await open(walk, page, '/medico');
  await page.click('header form button');
  check('after signing out: about card and browser', at(page) === '/uscita/carta', page.url());
  await inspector.look(page, 'signed out of a session by card');
  await back(page);
  check('Back shows nothing', !at(page).startsWith('/medico'), page.url());
  await open(walk, page, '/accesso/carta');
  check('the browser shows the card by itself: asked again', at(page) === '/accesso/carta/prosegui', page.url());
  await page.click('main button[type=submit]');
  await inspector.look(page, 'card: nothing chosen');
  check('without a choice: asked again', await page.isVisible('#come'));
  await open(walk, page, '/medico');
  check('and not signed in before', at(page).startsWith('/accesso'), page.url());
}

/** Who has an account is a citizen too, and chooses. */
async function withAccount(page: Page): Promise<void> {
  await page.check('#come');
  await page.click('main button[type=submit]');
}

function p12Of(installation: Walk['installation'], role: string): string {
  const { certificate } = installation.identity(role);
  if (certificate === undefined) throw new Error(`the sandbox has no card for ${role}`);
  return certificate.replace(/\.pem$/, '.p12');
}
