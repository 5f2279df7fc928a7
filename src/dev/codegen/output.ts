/**
 * Compares the folder of generated files with its required content: finds stale files, writes only those. Independent
 * of contracts.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { entriesBelow } from '../../platform/folder.js';

/** Files by path relative to the folder, with `/`. */
export type Files = ReadonlyMap<string, string>;

/** Sorted paths of files that differ, are missing, or are superfluous. */
export async function staleFiles(folder: string, wanted: Files): Promise<readonly string[]> {
  const present = await filesIn(folder);
  const stale = new Set(present.filter((path) => !wanted.has(path)));
  for (const [path, text] of wanted) {
    if (!present.includes(path) || (await readFile(join(folder, path), 'utf8')) !== text) stale.add(path);
  }
  return [...stale].sort();
}

/** Makes the folder hold exactly the wanted files. @returns paths written or removed. */
export async function writeFiles(folder: string, wanted: Files): Promise<readonly string[]> {
  const stale = await staleFiles(folder, wanted);
  for (const path of stale) {
    const target = join(folder, path);
    const text = wanted.get(path);
    if (text === undefined) {
      await rm(target);
    } else {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
  }
  return stale;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  if (!existsSync(folder)) return paths;
  for await (const path of entriesBelow(folder)) paths.push(relative(folder, path.toString()).replaceAll('\\', '/'));
  return paths;
}
