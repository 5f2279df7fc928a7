/**
 * What lies in a folder, and in folders inside it, without following a link: Node's own `readdir` with `recursive` goes
 * through links to folders, on Node 26 at least. Knows nothing of what the files are.
 */
import { readdir } from 'node:fs/promises';
import { codeOf } from './error-code.js';

const SEPARATOR = Buffer.from('/');

/** Names are bytes: one that is no UTF-8, as an old client of FTP sends it, would lead nowhere as a text. */
export const joinBytes = (folder: string | Buffer, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(folder), SEPARATOR, name]);

/**
 * Paths of everything that is no folder; a link is one of them, whatever it leads to. A folder that disappears
 * meanwhile counts as empty; the others are still read.
 * @throws the system's error when a folder cannot be read
 */
export async function* entriesBelow(directory: string | Buffer): AsyncGenerator<Buffer> {
  for (const entry of await readdir(directory, { withFileTypes: true, encoding: 'buffer' })) {
    const path = joinBytes(directory, entry.name);
    if (!entry.isDirectory()) {
      yield path;
      continue;
    }
    try {
      yield* entriesBelow(path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}
