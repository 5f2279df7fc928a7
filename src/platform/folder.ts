/**
 * Lists a folder and the folders inside it, without following a link: Node's own `readdir` with `recursive` follows
 * links to folders, on Node 26 at least. Knows nothing of the files' contents.
 */
import { readdir } from 'node:fs/promises';
import { codeOf } from './error-code.js';

const SEPARATOR = Buffer.from('/');

/** Names are bytes: as a text, one that is not UTF-8 (from an old FTP client) would name no file. */
export const joinBytes = (folder: string | Buffer, name: Buffer): Buffer =>
  Buffer.concat([Buffer.from(folder), SEPARATOR, name]);

/**
 * Paths of everything that is not a folder, including links, whatever their targets. A folder that disappears meanwhile
 * counts as empty; the others are still read.
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
