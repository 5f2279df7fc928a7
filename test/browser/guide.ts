/** The pictures of docs/guida: a doctor's and an ASL operator's tasks, each page at 1280 px. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { at, open, patientsOf, signIn, typeDay, typeSecrets } from './journeys/journey.js';
import type { Journey, Walk } from './journeys/journey.js';

const SIZE = { width: 1280, height: 860 } as const;
/** Height at which pictures are cut off, px. */
const TALLEST = 1000;

/** @param folder for the pictures */
export function guidePictures(folder: string): Journey {
  async function picture(page: Page, name: string, tallest = TALLEST): Promise<void> {
    await page.setViewportSize(SIZE);
    const height = await page.evaluate<number>('document.documentElement.scrollHeight');
    const clip = { x: 0, y: 0, width: SIZE.width, height: Math.min(height, tallest) };
    await page.screenshot({ path: join(folder, `${name}.png`), clip, fullPage: true });
  }

  async function doctor(walk: Walk): Promise<void> {
    const { installation, page } = walk;
    const [one = '', two = '', three = ''] = (await patientsOf(installation, 'doctor')).slice(100);
    await open(walk, page, '/accesso?ritorno=%2Fmedico');
    await picture(page, 'accesso');
    await typeSecrets(walk, page, 'doctor');
    await picture(page, 'medico-inizio');
    await open(walk, page, '/medico/proprio/assistiti');
    await picture(page, 'elenco-assistiti');

    await open(walk, page, '/medico/proprio/test/nuovo');
    await page.fill('#assistito', one);
    await typeDay(walk, page, 'eseguito', -1);
    await picture(page, 'comunica-test');
    await page.fill('#assistito', `${one.slice(0, 15)}1`);
    await page.click('main button[type=submit]');
    await picture(page, 'comunica-test-errore');
    await page.fill('#assistito', one);
    await page.click('main button[type=submit]');
    await picture(page, 'comunica-test-controllo');
    await page.click('main form button[type=submit]');
    await picture(page, 'ricevuta');
    const receipt = at(page);

    await open(walk, page, '/medico/proprio/test/piu');
    await typeDay(walk, page, 'eseguito', -1);
    await page.fill('#altri', `${one}\n${two}\n${three}\nRSSMRA80A01H501U`);
    await page.check('main tbody input[type=checkbox] >> nth=1');
    await page.check('main tbody input[type=checkbox] >> nth=2');
    await picture(page, 'piu-test', 1500);
    await page.click('main button[name=controlla]');
    await picture(page, 'piu-test-controllo');
    await page.click('main form button[type=submit]');
    await picture(page, 'piu-test-esito', 1300);

    await open(walk, page, '/medico/proprio/test');
    await picture(page, 'test-comunicati');
    await open(walk, page, `${receipt}/annulla`);
    await picture(page, 'annulla-test');
  }

  async function substitute(walk: Walk): Promise<void> {
    const { installation, page, inspector } = walk;
    await open(walk, page, '/medico/sostituti/nuovo');
    await page.fill('#sostituto', installation.identity('secondDoctor').codiceFiscale);
    await typeDay(walk, page, 'dal', 0);
    await typeDay(walk, page, 'al', 14);
    await picture(page, 'nomina-sostituto');
    await page.click('main button[type=submit]');
    await picture(page, 'nomina-sostituto-controllo');
    await page.click('main form button[type=submit]');
    await picture(page, 'sostituti');
    const context = await inspector.newContext();
    const other = await context.newPage();
    await signIn(walk, other, 'secondDoctor', '/medico');
    await picture(other, 'sostituto-inizio');
    await other.click('main section a[href$="/test/nuovo"]');
    await picture(other, 'sostituto-comunica');
    await context.close();
  }

  async function asl(walk: Walk): Promise<void> {
    const { page } = walk;
    await page.click('header button[type=submit]');
    await signIn(walk, page, 'aslOperator', '/asl');
    await picture(page, 'asl-inizio');
    await open(walk, page, '/asl/scambio-file');
    await picture(page, 'asl-scambio-file');
    for (const number of ['1200', '1250']) {
      await open(walk, page, '/asl/test/nuovo');
      await typeDay(walk, page, 'eseguito', -1);
      await page.fill('#numero', number);
      await picture(page, 'asl-numero');
      await page.click('main button[type=submit]');
      await picture(page, 'asl-numero-controllo');
      await page.click('main form button[type=submit]');
      await picture(page, 'asl-ricevuta');
    }
    await open(walk, page, '/asl/test');
    await picture(page, 'asl-numeri');
  }

  return {
    name: 'pictures of the guides',
    async walk(walk) {
      await doctor(walk);
      await substitute(walk);
      await asl(walk);
    },
  };
}
