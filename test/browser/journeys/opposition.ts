/** The opposition to past data: a citizen by SPID, and a holder of a card in the free area, with and without script. */
import { at, back, focused, open } from './journey.js';
import type { Journey, Walk } from './journey.js';

const CITIZEN = '/cittadino/opposizione';
const FREE = '/libera/opposizione';

/** At the development provider. @param person of its list, by position */
async function bySpid({ installation, page }: Walk, person: number): Promise<void> {
  await open({ installation }, page, '/servizi/opposizione');
  await page.click('main a[href="/accesso/spid"]');
  await page.click('.gestori a >> nth=0');
  await page.selectOption('#persona', { index: person });
  await page.click('button[value=accedi]');
  await page.waitForURL(`${installation.portal}/cittadino`);
}

/** From the notice to the check. */
async function choose(page: Walk['page'], value: string): Promise<void> {
  await page.check('#letta');
  await page.click('main form button[type=submit]');
  await page.check(`input[value=${value}]`);
  await page.click('main form button[type=submit]');
}

export const oppositionOfCitizen: Journey = {
  name: 'opposition of a citizen',
  async walk(walk) {
    const { inspector, check, page } = walk;
    await open(walk, page, '/servizi/opposizione');
    await inspector.look(page, 'opposition, the service');
    await bySpid(walk, 3);
    check('a citizen is at his own page', at(page) === '/cittadino', page.url());
    await inspector.look(page, 'citizen, nothing expressed');
    await page.click(`main a[href="${CITIZEN}"]`);
    await inspector.look(page, 'opposition, what is possible');
    await page.click('main a.btn-primary');
    await inspector.look(page, 'opposition, notice');
    await page.click('main form button[type=submit]');
    await inspector.look(page, 'opposition, notice not acknowledged');
    check('the focus is on the summary of errors', (await focused(page)) === 'errori', await focused(page));
    await page.check('#letta');
    await page.click('main form button[type=submit]');
    await inspector.look(page, 'opposition, choice');
    await page.click('main form button[type=submit]');
    await inspector.look(page, 'opposition, nothing chosen');
    await page.check('input[value=opposition]');
    await page.click('main form button[type=submit]');
    await inspector.look(page, 'opposition, check');
    await page.click('main a.btn-outline-primary');
    check('«Modifica» leads back to the choice', at(page) === `${CITIZEN}/scelta`, page.url());
    await page.check('input[value=opposition]');
    await page.click('main form button[type=submit]');
    await page.click('main form button[type=submit]');
    const receipt = at(page);
    check('the receipt is there', receipt.startsWith(`${CITIZEN}/ricevuta/`), page.url());
    await inspector.look(page, 'opposition, receipt');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('main a.btn-primary')]);
    check('as a PDF too', download.suggestedFilename().startsWith('ricevuta-'), download.suggestedFilename());
    await open(walk, page, '/cittadino');
    await inspector.look(page, 'citizen, opposed');
    await open(walk, page, `${CITIZEN}/informativa`);
    await choose(page, 'revocation');
    await page.click('main form button[type=submit]');
    check('the revocation has a receipt of its own', at(page) !== receipt && at(page).includes('/ricevuta/'), at(page));
    const stored = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    );
    check('the browser stores nothing', stored === '[{},{},""]', stored);
    await open(walk, page, '/cittadino');
    check('both choices are listed', (await page.locator('tbody tr').count()) === 2);
    await inspector.look(page, 'citizen, revoked');
    await page.click('header button[type=submit]');
    await back(page);
    check('after signing out Back shows no data', (await page.locator('main dl').count()) === 0, page.url());
  },
};

/** A person with a card, and how the data of it are typed. @param place of the person in the list */
async function cardHolder({ installation, page }: Walk, place: number): Promise<(number?: string) => Promise<void>> {
  const [holder] = await installation.db.query<{ identifier: string; number: string; expiry: string }[]>(
    `SELECT identifier, card_number AS number, card_expiry::text AS expiry FROM registry.person
     WHERE status = 'in_care' AND card_number IS NOT NULL AND identifier ~ '^[A-Z]{6}[0-9]{2}'
     ORDER BY identifier DESC LIMIT 1 OFFSET $1`,
    [place],
  );
  if (holder === undefined) throw new Error('nobody has a card');
  const [year = '', month = '', day = ''] = holder.expiry.split('-');
  return async (number = holder.number) => {
    await page.fill('#codice', holder.identifier.toLowerCase());
    await page.fill('#numero', number);
    await page.fill('#data', day);
    await page.fill('#data-mese', month);
    await page.fill('#data-anno', year);
    await page.click('main form button[type=submit]');
  };
}

export const oppositionInFreeArea: Journey = {
  name: 'opposition in the free area',
  async walk(walk) {
    const { inspector, check, page } = walk;
    const type = await cardHolder(walk, 0);
    await open(walk, page, FREE);
    await inspector.look(page, 'free area');
    await page.click(`main a[href="${FREE}/stp"]`);
    await page.click('main form button[type=submit]');
    await inspector.look(page, 'free area, by STP code, nothing typed');
    await open(walk, page, `${FREE}/tessera`);
    await inspector.look(page, 'free area, by card');
    await page.click('main form button[type=submit]');
    await inspector.look(page, 'free area, by card, nothing typed');
    await type('80380009999999999999');
    await inspector.look(page, 'free area, refused');
    check('nobody has entered', at(page) === `${FREE}/tessera`, page.url());
    await type();
    check('entered', at(page) === `${FREE}/informativa`, page.url());
    await inspector.look(page, 'free area, notice');
    await open(walk, page, FREE);
    await page.click('main a.btn-primary');
    await choose(page, 'revocation');
    await inspector.look(page, 'free area, check');
    await page.click('main form button[type=submit]');
    check('the receipt is there', at(page).startsWith(`${FREE}/ricevuta/`), page.url());
    await inspector.look(page, 'free area, receipt');
    const receipt = at(page);
    await page.click('main form[action="/uscita"] button');
    await open(walk, page, receipt);
    check('and gone after leaving', at(page) === FREE, page.url());
  },
};

export const oppositionWithoutScript: Journey = {
  name: 'opposition without script',
  options: { javaScriptEnabled: false },
  async walk(walk) {
    const { check, page } = walk;
    const type = await cardHolder(walk, 1);
    await open(walk, page, `${FREE}/tessera`);
    await type();
    await page.click('main form button[type=submit]');
    check('without script: errors are shown', (await page.locator('#errori').count()) === 1, at(page));
    await choose(page, 'opposition');
    await page.click('main form button[type=submit]');
    check('without script: the receipt is there', at(page).startsWith(`${FREE}/ricevuta/`), page.url());
  },
};
