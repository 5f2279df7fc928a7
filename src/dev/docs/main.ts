/**
 * `npm run docs`: writes the pages of docs/ that are made from the code; with `--check` it writes nothing and fails when
 * one of them is not what the code says. A tool of development: the running program knows nothing of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configurationPage } from './configuration.js';
import { esitiPage } from './esiti.js';
import { eventsPage } from './events.js';
import { policyPage } from './policy.js';
import { retentionPage } from './retention.js';

const PAGES: ReadonlyMap<string, () => string> = new Map([
  ['docs/configuration.md', configurationPage],
  ['docs/esiti.md', esitiPage],
  ['docs/events.md', eventsPage],
  ['docs/policy.md', policyPage],
  ['docs/retention.md', retentionPage],
]);

/** @returns the pages that were, or with `check` are, not what the code says */
function update(check: boolean): string[] {
  const stale: string[] = [];
  for (const [name, render] of PAGES) {
    const path = fileURLToPath(new URL(`../../../../${name}`, import.meta.url));
    const text = render();
    if (currentOf(path) === text) continue;
    stale.push(name);
    if (!check) writeFileSync(path, text);
  }
  return stale;
}

function currentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not yet there
  }
}

const check = process.argv.includes('--check');
const stale = update(check);
for (const name of stale) process.stdout.write(`${name}: ${check ? 'is stale, run npm run docs' : 'written'}\n`);
process.exitCode = check && stale.length > 0 ? 1 : 0;
