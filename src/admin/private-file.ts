/** CSV files with personal data: readable by their owner only, never replacing another file. */
import { open } from 'node:fs/promises';
import { csvLine } from '../platform/csv/index.js';

/**
 * Writes a header and lines, page by page.
 * @returns number of lines; undefined: the file exists already, or cannot be written
 */
export async function writePrivateCsv(
  path: string,
  header: string,
  pages: AsyncIterable<readonly (readonly string[])[]>,
): Promise<number | undefined> {
  const file = await open(path, 'wx', 0o600).catch(() => undefined);
  if (file === undefined) return undefined;
  let count = 0;
  try {
    await file.write(`${header}\n`);
    for await (const page of pages) {
      await file.write(page.map(csvLine).join(''));
      count += page.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return count;
}
