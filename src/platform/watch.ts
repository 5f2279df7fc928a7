/** Notices that files are replaced. */
import { unwatchFile, watchFile } from 'node:fs';
import type { Stats } from 'node:fs';

export const POLL_MS = 5_000;

/**
 * Calls back when one of the files changes. Polls, since the files are often replaced by rename or mounted from elsewhere.
 * @returns a function that stops watching
 */
export function watchFiles(files: readonly string[], onChange: () => void, pollMs = POLL_MS): () => void {
  const notice = (now: Stats, before: Stats): void => {
    if (now.mtimeMs !== before.mtimeMs || now.size !== before.size) onChange();
  };
  for (const file of files) watchFile(file, { interval: pollMs, persistent: false }, notice);
  return () => {
    // Somebody else in the process may watch the same file.
    for (const file of files) unwatchFile(file, notice);
  };
}
