/** The checkout's source as text, for the tests of its architecture. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entriesBelow } from '../src/platform/folder.js';
import type { SourceTree } from './architecture-check.js';

/** The checkout, seen from dist/test. */
const root = fileURLToPath(new URL('../../', import.meta.url));

/** @param folders of the checkout, such as `src` */
export async function sourceTree(...folders: string[]): Promise<SourceTree> {
  const tree = new Map<string, string>();
  for (const folder of folders) {
    for await (const bytes of entriesBelow(join(root, folder))) {
      const path = bytes.toString();
      if (/\.tsx?$/.test(path)) tree.set(relative(root, path).replaceAll('\\', '/'), readFileSync(path, 'utf8'));
    }
  }
  return tree;
}
