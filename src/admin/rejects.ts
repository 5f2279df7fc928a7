/** What an import says of the lines that it rejected. */
import { rm } from 'node:fs/promises';

/** Where they are listed. A report that lists none is removed: its mere name says that something was rejected. */
export async function rejectedLines(count: number, path: string): Promise<string> {
  if (count > 0) return `Rejected lines: ${path}`;
  await rm(path, { force: true });
  return 'No line was rejected.';
}
