/** The parameters of a journey, and steps that many of them share. */
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { Check } from '../checks.js';
import type { Inspector } from '../inspection.js';
import type { Installation } from '../installation.js';
import { cardOf, envelope, soapClient, textsOf } from '../../crash/soap-client.js';

export interface Walk {
  readonly installation: Installation;
  readonly inspector: Inspector;
  readonly check: Check;
  /** The browser of this journey, and its first window. */
  readonly context: BrowserContext;
  readonly page: Page;
}

export interface Journey {
  readonly name: string;
  readonly options?: BrowserContextOptions;
  walk(walk: Walk): Promise<void>;
}

/** The window's present path. */
export function at(page: Page): string {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
}

/** Opens a page by its path. */
export function open({ installation }: Pick<Walk, 'installation'>, page: Page, path: string): Promise<unknown> {
  return page.goto(installation.portal + path);
}

/** Signs in, from the sign-in page to wherever it leads. */
export async function typeSecrets(
  { installation }: Pick<Walk, 'installation'>,
  page: Page,
  role: string,
): Promise<void> {
  const { userId, password, pincode } = installation.identity(role);
  await page.fill('#utente', userId);
  await page.fill('#password', password);
  await page.fill('#pincode', pincode);
  await page.click('main button[type=submit]');
}

export async function signIn(walk: Walk, page: Page, role: string, path: string): Promise<void> {
  await open(walk, page, path);
  await typeSecrets(walk, page, role);
}

/** Day, month, year in the three fields of a day. @param days from today */
export async function typeDay(
  { installation }: Pick<Walk, 'installation'>,
  page: Page,
  name: string,
  days: number,
): Promise<void> {
  const [year = '', month = '', day = ''] = dayFrom(installation, days).split('-');
  await page.fill(`#${name}`, String(Number(day)));
  await page.fill(`#${name}-mese`, String(Number(month)));
  await page.fill(`#${name}-anno`, year);
}

const ROME = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Rome' });

/** The date in Rome this many days from today, in wire form. */
export function dayFrom(installation: Installation, days: number): string {
  return ROME.format(new Date(installation.now().getTime() + days * 86_400_000));
}

/**
 * The browser's Back button, pressed by the page. Signing out clears the site's data, for which Chromium may exchange
 * the page's process: for that moment the protocol's own command for Back fails.
 */
export async function back(page: Page): Promise<void> {
  await page.waitForLoadState();
  const here = page.url();
  await Promise.all([
    page.waitForURL(({ href }) => href !== here),
    page.evaluate('setTimeout(() => history.back())').catch((error: unknown) => {
      throw new Error(`Back from ${here} could not be pressed`, { cause: error });
    }),
  ]);
}

/** The id of the focused element. */
export function focused(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement?.id ?? ""');
}

/** A submission by a doctor's software, with the doctor's card. @returns outcome and transaction */
export async function bySoap(
  { sandbox, identity }: Installation,
  role: string,
  operation: string,
  titular: string,
  fields: Readonly<Record<string, string>>,
): Promise<{ readonly outcome: string | undefined; readonly transaction: string | undefined }> {
  const doctor = identity(role);
  const client = soapClient(sandbox, { card: cardOf(doctor) });
  const parties = { codiceFiscaleMedico: doctor.codiceFiscale, codiceFiscaleMedicoTitolare: titular };
  try {
    const { text } = await client.post(envelope(sandbox.namespace, operation, { ...parties, ...fields }));
    return { outcome: textsOf(text, 'esito')[0], transaction: textsOf(text, 'identificativoTransazione')[0] };
  } finally {
    client.close();
  }
}

/** Listed persons in care of a doctor whose identifiers are codici fiscali, always in the same order. */
export async function patientsOf({ db, identity }: Installation, role: string): Promise<string[]> {
  const rows = await db.query<{ identifier: string }[]>(
    `SELECT p.identifier FROM registry.person p JOIN roster.listed_person l ON l.person = p.identifier
     WHERE p.doctor = $1 AND p.status = 'in_care' AND p.identifier ~ '^[A-Z]{6}[0-9]{2}' ORDER BY p.identifier`,
    [identity(role).codiceFiscale],
  );
  return rows.map(({ identifier }) => identifier);
}

/** How many active tests of a person are stored. */
export async function testsOf({ db }: Installation, person: string): Promise<number> {
  const [row] = await db.query<{ tests: string }[]>(
    'SELECT count(*) AS tests FROM screening.test_submission WHERE person = $1 AND cancelled_by IS NULL',
    [person],
  );
  return Number(row?.tests);
}
