/** The pages of docs/ that are generated from the code, formatted by prettier. */
import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { configurationPage } from './configuration.js';
import { esitiPage } from './esiti.js';
import { eventsPage } from './events.js';
import { policyPage } from './policy.js';
import { retentionPage } from './retention.js';

const RENDERERS = {
  'docs/configuration.md': configurationPage,
  'docs/esiti.md': esitiPage,
  'docs/events.md': eventsPage,
  'docs/policy.md': policyPage,
  'docs/retention.md': retentionPage,
} as const satisfies Record<string, () => string>;

export type PageName = keyof typeof RENDERERS;

export const PAGE_NAMES = Object.keys(RENDERERS) as PageName[];

/** Absolute path of a page in the checkout. */
export const pathOf = (name: PageName): string => fileURLToPath(new URL(`../../../../${name}`, import.meta.url));

/** The required text of a page. */
export async function pageText(name: PageName): Promise<string> {
  const filepath = pathOf(name);
  return format(RENDERERS[name](), { ...(await resolveConfig(filepath)), filepath });
}
