/**
 * `npm run docs`: writes the pages of docs/ that are generated from the code; with `--check` it writes nothing and
 * fails when one of them is stale. A development tool, not part of the running program.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { PAGE_NAMES, pageText, pathOf } from './pages.js';

/** @returns the stale pages, written unless `check` */
async function update(check: boolean): Promise<string[]> {
  const stale: string[] = [];
  for (const name of PAGE_NAMES) {
    const path = pathOf(name);
    const text = await pageText(name);
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
    return undefined; // does not exist yet
  }
}

const check = process.argv.includes('--check');
const stale = await update(check);
for (const name of stale) process.stdout.write(`${name}: ${check ? 'is stale, run npm run docs' : 'written'}\n`);
process.exitCode = check && stale.length > 0 ? 1 : 0;
