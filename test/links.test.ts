/** Fails if a link of the documentation, or a page that the source names, has no target. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { entriesBelow } from '../src/platform/folder.js';

/** The checkout, seen from dist/test. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const OWN_PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'certs/README.md'];

async function filesBelow(folder: string, ending: string): Promise<string[]> {
  const files: string[] = [];
  for await (const bytes of entriesBelow(join(root, folder))) {
    const path = relative(root, bytes.toString());
    if (path.endsWith(ending)) files.push(path);
  }
  return files;
}

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const withoutCode = (page: string): string => page.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');

/** The fragment that GitHub creates for a heading. */
const fragmentOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/\]\([^)]*\)/g, '')
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

function fragmentsOf(page: string): string[] {
  return [...page.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => fragmentOf(text));
}

function leadsNowhere(page: string, target: string): boolean {
  const [path = '', fragment] = target.split('#');
  const file = path === '' ? page : join(dirname(page), decodeURI(path));
  if (!existsSync(join(root, file))) return true;
  return fragment !== undefined && statSync(join(root, file)).isFile() && !fragmentsOf(read(file)).includes(fragment);
}

const pages = [...OWN_PAGES, ...(await filesBelow('docs', '.md'))];

test.each(pages)('every link of %s has a target', (page) => {
  const targets = [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const own = targets.filter((target) => !/^[a-z]+:/.test(target));
  expect(own.filter((target) => leadsNowhere(page, target))).toEqual([]);
});

test('every page that the source names exists', async () => {
  const sources = [...(await filesBelow('src', '.ts')), ...(await filesBelow('test', '.ts')), 'Dockerfile'];
  const lost = sources.flatMap((file) =>
    [...read(file).matchAll(/\bdocs\/[\w/-]+\.md\b/g)]
      .filter(([page]) => !existsSync(join(root, page)))
      .map(([page]) => `${file}: ${page}`),
  );
  expect(lost).toEqual([]);
});
