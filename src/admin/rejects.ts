/** Output about the lines that an import rejected. */
import { rm } from 'node:fs/promises';

/** Path of the reject report. Removes an empty one: its mere name suggests rejected lines. */
export async function rejectedLines(count: number, path: string): Promise<string> {
  if (count > 0) return `Rejected lines: ${path}`;
  await rm(path, { force: true });
  return 'No line was rejected.';
}
