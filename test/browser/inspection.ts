/**
 * The properties of every visited page: valid HTML, accessibility, title, and layout at 320 px, with text twice as
 * large and with wide spacing. Knows no page.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { HtmlValidate } from 'html-validate';
import type { Browser, BrowserContext, BrowserContextOptions, Page, Response } from 'playwright-core';
import type { Check } from './checks.js';

/** The library's types require a browser's. */
const { source: axe } = createRequire(import.meta.url)('axe-core') as { source: string };

const WIDTHS = [1280, 375, 320] as const;
const PICTURED = [1280, 375] as const;
const HEIGHT = 900;
/** A4 within its margins. */
const PAPER = 718;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended'],
  rules: {
    'void-style': 'off', // how the renderer writes <br/> does not affect validity
    'doctype-style': ['error', { style: 'lowercase' }],
    'autocomplete-password': 'off', // browsers should not store the pincode
    'no-raw-characters': 'off', // a name may contain «>», which HTML permits
    'long-title': 'off', // a title names page, context and service
    'no-trailing-whitespace': 'off',
    'prefer-native-element': ['error', { exclude: ['region'] }], // a scrolling table is a region, no <section>
  },
});

/**
 * Violations of WCAG, of good practice and of HTML belong to the page; a console message of the browser belongs to the
 * context.
 */
export interface Inspector {
  /** A separate browser: shares nothing with others except the portal's data. */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** @param name of the page and its state, for the suite's output and the pictures */
  look(page: Page, name: string): Promise<void>;
  /** For all pages: unique titles, and nothing that the browser had to block. */
  conclude(): void;
}

/** @param folder for pictures of every page; undefined: none are taken */
export function createInspector(browser: Browser, check: Check, folder: string | undefined): Inspector {
  const answers = new WeakMap<Page, Response>();
  const complaints = new Set<string>();
  const titles = new Map<string, string>();
  let pictures = 0;

  return {
    async newContext(options) {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'it-IT', ...options });
      context.on('page', (page) => {
        page.on('response', (response) => {
          const isPage = response.request().isNavigationRequest() && response.status() !== 303;
          if (isPage && response.frame() === page.mainFrame()) answers.set(page, response);
        });
        page.on('console', (message) => {
          const isBlocked = /Content Security Policy|Refused to/i.test(message.text());
          if (isBlocked) complaints.add(`${new URL(page.url()).pathname}: ${message.text().slice(0, 300)}`);
        });
        page.on('pageerror', (error) => complaints.add(`${new URL(page.url()).pathname}: ${error.message}`));
        page.on('dialog', (dialog) => {
          complaints.add(`${new URL(page.url()).pathname} opened a dialog: ${dialog.message()}`);
          void dialog.dismiss();
        });
      });
      context.on('request', (request) => {
        const { origin } = new URL(request.url());
        if (!/^https:\/\/(?:carta\.)?localhost:/.test(origin)) complaints.add(`a request to ${origin}`);
      });
      return context;
    },

    async look(page, name) {
      const objections = [
        ...(await focus(page)),
        ...(await links(page)),
        ...(await validity(answers.get(page))),
        ...(await fit(page)),
        ...(await accessibility(page)),
      ];
      const title = await page.title();
      const status = answers.get(page)?.status() ?? 0;
      const key = patternOf(page.url());
      const other = titles.get(title);
      // Errors of one kind share a title, whatever was requested.
      if (other !== undefined && other !== key && status < 400)
        objections.push(`its title «${title}» is that of ${other}`);
      titles.set(title, key);
      if (
        status >= 400 &&
        status !== 404 &&
        (await page.locator('#errori').count()) > 0 &&
        !title.startsWith('Errore:')
      ) {
        objections.push(`its title does not begin with «Errore:»: ${title}`);
      }
      if (folder !== undefined) await picture(page, name, folder);
      check(`page: ${name}`, objections);
    },

    conclude() {
      check('no page made the browser block, fail or ask elsewhere', [...complaints]);
    },
  };

  async function picture(page: Page, name: string, into: string): Promise<void> {
    pictures++;
    for (const width of PICTURED) {
      await page.setViewportSize({ width, height: HEIGHT });
      const file = `${String(pictures).padStart(2, '0')}-${name.replace(/[^a-z0-9]+/gi, '-')}-${width}.png`;
      await page.screenshot({ path: join(into, file), fullPage: true });
    }
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: PAPER, height: HEIGHT });
    const file = `${String(pictures).padStart(2, '0')}-${name.replace(/[^a-z0-9]+/gi, '-')}-print.png`;
    await page.screenshot({ path: join(into, file), fullPage: true });
    await page.emulateMedia({ media: null });
    await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
  }
}

function patternOf(url: string): string {
  return new URL(url).pathname.replace(/\/(?:\d+|proprio)(?=\/|$)/g, '/:n');
}

/** Of the HTML as sent. */
async function validity(response: Response | undefined): Promise<string[]> {
  if (response === undefined) return ['no page was sent'];
  const report = await validator.validateString(await response.text());
  return report.results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line, column }) => `HTML ${line}:${column} ${ruleId}: ${message}`),
  );
}

/** A refused form is shown with the focus on the list of errors. */
async function focus(page: Page): Promise<string[]> {
  if ((await page.locator('#errori').count()) === 0) return [];
  const id = await page.evaluate<string>('document.activeElement?.id ?? ""');
  return id === 'errori' ? [] : [`the focus is not on its errors but on «${id}»`];
}

/** Whoever hears only the names of links knows where each leads. */
async function links(page: Page): Promise<string[]> {
  const named = await page.evaluate<[string, string][]>(
    `[...document.querySelectorAll('main a[href]')].map((link) => [link.textContent.trim(), link.href])`,
  );
  const first = new Map<string, string>();
  const twice = named.filter(([name, href]) => {
    const known = first.get(name) ?? href;
    first.set(name, known);
    return known !== href;
  });
  return [...new Set(twice.map(([name]) => `links to several places are named «${name}»`))];
}

/** Nothing is wider than the window. */
async function fit(page: Page): Promise<string[]> {
  const objections: string[] = [];
  const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
  const expect = async (what: string): Promise<void> => {
    const pixels = await page.evaluate<number>(overflow);
    if (pixels > 0) objections.push(`${pixels} px too wide ${what}`);
  };
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    await expect(`at ${width} px`);
  }
  // 1.4.12; a style sheet created by script is exempt from the page's policy.
  await page.evaluate(`document.adoptedStyleSheets = [new CSSStyleSheet()];
    document.adoptedStyleSheets[0].replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important;' +
      'word-spacing: 0.16em !important } p { margin-bottom: 2em !important }')`);
  await expect('at 320 px with wide spacing');
  await page.evaluate(`document.adoptedStyleSheets[0].replaceSync('html { font-size: 200% }')`);
  await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
  await expect('at 1280 px with text twice as large');
  await page.evaluate('document.adoptedStyleSheets = []');
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: PAPER, height: HEIGHT });
  await expect('on paper');
  const printed = await page.evaluate<number>(
    `[...document.querySelectorAll('nav, footer, button, .azioni')].filter((part) => part.getClientRects().length > 0).length`,
  );
  if (printed > 0) objections.push(`${printed} parts on paper that nobody can press`);
  await page.emulateMedia({ media: null });
  await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
  return objections;
}

interface AxeViolation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string }[];
}

async function accessibility(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const objections: string[] = [];
  for (const width of [WIDTHS[0], WIDTHS[2]]) {
    await page.setViewportSize({ width, height: HEIGHT });
    const { violations } = await page.evaluate<{ readonly violations: readonly AxeViolation[] }>(
      `axe.run({ runOnly: ${JSON.stringify(RULES)} })`,
    );
    for (const { id, help, nodes } of violations) {
      objections.push(`axe ${id} at ${width} px: ${help}: ${nodes[0]?.html.slice(0, 160) ?? ''}`);
    }
  }
  await page.setViewportSize({ width: WIDTHS[0], height: HEIGHT });
  return objections;
}
