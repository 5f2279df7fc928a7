/** Notices that files are replaced. */
import { statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

export const POLL_MS = 5_000;

/**
 * Calls back when one of the files changes, appears or goes. Polls, since the files are often replaced by rename or
 * mounted from elsewhere. Every change after this call counts: `fs.watchFile` misses those before its first look.
 * @param pollMs between two looks
 * @returns a function that stops watching
 */
export function watchFiles(files: readonly string[], onChange: () => void, pollMs = POLL_MS): () => void {
  let marks = files.map((file) => markOf(statSync(file, { throwIfNoEntry: false })));
  let isLooking = false;
  let isStopped = false;

  async function look(): Promise<void> {
    // A file that cannot be looked at is one that is not there.
    const found = await Promise.all(files.map(async (file) => markOf(await stat(file).catch(() => undefined))));
    const isChanged = found.some((mark, index) => mark !== marks[index]);
    marks = found;
    if (isChanged && !isStopped) onChange();
  }

  const timer = setInterval(() => {
    if (isLooking) return; // a mount that hangs
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
    });
  }, pollMs).unref();
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}

function markOf(stats: Stats | undefined): string {
  return stats === undefined ? '' : `${String(stats.mtimeMs)}/${String(stats.size)}/${String(stats.ino)}`;
}
