/** An ASL operator's tasks: both files, yesterday's number with errors, its receipt, and the corrected number. */
import { readFile } from 'node:fs/promises';
import { at, back, focused, open, signIn, typeDay } from './journey.js';
import type { Journey, Walk } from './journey.js';

const FORM = '/asl/test/nuovo';

export const aslDay: Journey = {
  name: 'an ASL operator’s day',
  options: { acceptDownloads: true },
  async walk(walk) {
    const { installation, inspector, check, page } = walk;
    await signIn(walk, page, 'aslOperator', '/accesso');
    check('an operator begins at his own start', at(page) === '/asl', page.url());
    await inspector.look(page, 'ASL’s start, nothing sent');
    await takesFiles(walk);

    await open(walk, page, '/asl/test');
    await inspector.look(page, 'ASL’s numbers, none');
    await page.click('main a.btn-primary');
    await inspector.look(page, 'new number');
    await page.click('main button[type=submit]');
    await inspector.look(page, 'new number with nothing typed');
    check('the focus is on the summary of errors', (await focused(page)) === 'errori', await focused(page));
    await typeDay(walk, page, 'eseguito', 1);
    await page.fill('#numero', '1.200');
    await page.click('main button[type=submit]');
    await inspector.look(page, 'new number with a point');
    check('what was typed is kept', (await page.inputValue('#numero')) === '1.200');
    await page.fill('#numero', '1200');
    await page.click('main button[type=submit]');
    await page.click('main form button[type=submit]');
    await inspector.look(page, 'number of tomorrow, refused');
    await typeDay(walk, page, 'eseguito', -1);
    await page.click('main button[type=submit]');
    await inspector.look(page, 'number to check');
    await back(page);
    check('Back shows the form with what was typed', (await page.inputValue('#numero')) === '1200', page.url());
    await page.click('main button[type=submit]');
    await page.dblclick('main form button[type=submit]');
    await page.waitForURL(/\/asl\/test\/\d+/);
    await inspector.look(page, 'receipt of a number');
    check('two presses: one number', (await sent(walk)) === 1);
    const first = at(page);

    await open(walk, page, FORM);
    check('a form opened anew is empty', (await page.inputValue('#numero')) === '', page.url());
    await typeDay(walk, page, 'eseguito', -1);
    await page.fill('#numero', '1250');
    await page.click('main button[type=submit]');
    await inspector.look(page, 'number that replaces another, to check');
    await page.click('main form button[type=submit]');
    check('a number corrected is another one', (await sent(walk)) === 2 && at(page) !== first, page.url());
    await open(walk, page, first);
    await inspector.look(page, 'receipt of a number that was replaced');
    await open(walk, page, '/asl/test');
    await inspector.look(page, 'ASL’s numbers');
    await open(walk, page, '/asl');
    await inspector.look(page, 'ASL’s start');
    await open(walk, page, '/medico/proprio/assistiti');
    await inspector.look(page, 'error: a page of another role');
    await open(walk, page, '/asl/test');
    await page.click('header button[type=submit]');
    check('out', at(page) === '/uscita', page.url());
    await back(page);
    check('after signing out Back shows no data', at(page).startsWith('/accesso'), page.url());
    check('the two files are recorded', (await downloads(installation)) === 2);
  },
};

async function takesFiles({ page, check, inspector, installation }: Walk): Promise<void> {
  await page.click('main a[href="/asl/scambio-file"]');
  await inspector.look(page, 'files of an ASL');
  const expected = { 'numero-assistiti': installation.identity('doctor').codiceFiscale, 'senza-medico': 'tracciato' };
  for (const [name, holds] of Object.entries(expected)) {
    const [file] = await Promise.all([page.waitForEvent('download'), page.click(`main a[href$="${name}.csv"]`)]);
    const text = await readFile(await file.path(), 'utf8');
    check(`the file ${name}`, file.suggestedFilename() === `${name}.csv` && text.includes(holds), text.slice(0, 80));
  }
}

async function sent({ installation }: Walk): Promise<number> {
  const [row] = await installation.db.query<{ numbers: string }[]>('SELECT count(*) AS numbers FROM asl.daily_count');
  return Number(row?.numbers);
}

async function downloads({ db }: Walk['installation']): Promise<number> {
  const [row] = await db.query<{ files: string }[]>('SELECT count(*) AS files FROM asl.download');
  return Number(row?.files);
}
