/**
 * The browser suite: `npm run browser -- [--pictures <folder>] [--only <word>]`. Visits every page of the portal in
 * Chromium like a user, with and without script, by mouse and by keyboard. Every check prints a line, the last one sums
 * up. Exit code 1 if anything failed. Without Chromium nothing is checked, and this is reported.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { withCardIn, withoutCards } from './card-browser.js';
import { createChecks } from './checks.js';
import { guidePictures } from './guide.js';
import { createInspector } from './inspection.js';
import { startInstallation } from './installation.js';
import { byCard, cardPages } from './journeys/by-card.js';
import { aslDay } from './journeys/asl-day.js';
import { doubtfulPresses } from './journeys/doubtful-presses.js';
import { doctorsDay } from './journeys/doctors-day.js';
import { errorPages, withoutDatabase } from './journeys/error-pages.js';
import { byKeyboard } from './journeys/keyboard.js';
import { oppositionInFreeArea, oppositionOfCitizen, oppositionWithoutScript } from './journeys/opposition.js';
import { ownAccount } from './journeys/own-account.js';
import { publicPages } from './journeys/public-pages.js';
import { sessionsEnd } from './journeys/sessions-end.js';
import { severalTests } from './journeys/several-tests.js';
import { substitution } from './journeys/substitution.js';
import type { Journey } from './journeys/journey.js';
import { withoutScript } from './journeys/without-script.js';

/** Debian's Chromium. */
const CHROMIUM = '/usr/bin/chromium';

/** A codice fiscale, or a password of the sandbox. */
const IDENTIFIER = /\b[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]\b|sandbox-\w+/i;

const JOURNEYS: readonly Journey[] = [
  ...[publicPages, cardPages, doctorsDay, doubtfulPresses, severalTests, substitution],
  ...[oppositionOfCitizen, oppositionInFreeArea, oppositionWithoutScript],
  ...[aslDay, byKeyboard, withoutScript, sessionsEnd, ownAccount, errorPages],
];

/** In separate browsers, each with a card in its store. */
const withCards: Journey = {
  name: 'by card',
  async walk({ installation, check }) {
    const obstacle = withoutCards();
    if (obstacle === undefined) {
      await byCard(installation, check, values.pictures, (pkcs12, work) => withCardIn(CHROMIUM, pkcs12, work));
    } else process.stdout.write(`browser: cards skipped, ${obstacle}\n`);
  },
};

const { values } = parseArgs({
  options: { pictures: { type: 'string' }, guide: { type: 'string' }, only: { type: 'string', default: '' } },
});
for (const folder of [values.pictures, values.guide]) {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
}
/** Last, because nothing works after it. */
const journeys =
  values.guide === undefined
    ? [...JOURNEYS, withCards, withoutDatabase].filter(({ name }) => name.includes(values.only))
    : [guidePictures(values.guide)];

if (!existsSync(CHROMIUM)) {
  process.stdout.write(`browser: skipped, there is no ${CHROMIUM} (Debian: apt-get install chromium)\n`);
} else {
  const { check, count } = createChecks();
  try {
    await suite(values.pictures);
  } catch (error) {
    check(`the suite ends: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, false);
  }
  process.stdout.write(`browser: ${count.passed} passed, ${count.failed} failed\n`);
  process.exitCode = count.failed === 0 ? 0 : 1;

  async function suite(pictures: string | undefined): Promise<void> {
    const installation = await startInstallation();
    // As root Chromium has no sandbox.
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    try {
      const inspector = createInspector(browser, check, pictures);
      for (const journey of journeys) {
        const context = await inspector.newContext(journey.options);
        context.setDefaultTimeout(20_000);
        try {
          await journey.walk({ installation, inspector, check, context, page: await context.newPage() });
        } catch (error) {
          check(`${journey.name} comes to its end: ${error instanceof Error ? error.message : String(error)}`, false);
        } finally {
          await context.close();
        }
      }
      inspector.conclude();
      check('no log line holds an identifier, a secret or a name', leaks(installation.logged));
    } finally {
      await browser.close();
      await installation.stop();
    }
  }
}

function leaks(lines: readonly string[]): string[] {
  return lines.filter((line) => IDENTIFIER.test(line)).map((line) => line.slice(0, 200));
}
