/**
 * What lies in a folder, and in folders inside it, without following a link: Node's own `readdir` with `recursive` goes
 * through links to folders, on Node 26 at least. Knows nothing of what the files are.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Paths of everything that is no folder; a link is one of them, whatever it leads to.
 * @throws the system's error when a folder cannot be read, also when it is gone meanwhile
 */
export async function* entriesBelow(directory: string): AsyncGenerator<string> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* entriesBelow(path);
    else yield path;
  }
}
