/**
 * An append-only file of JSON lines. Once `append` resolves, the line is on disk: a kill at any point loses nothing
 * acknowledged. Several lines share one fsync. Independent of the content.
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

export interface Journal {
  /** Resolves when the line is on disk. @throws the file system's error; then nothing of the line is kept */
  append(entry: unknown): Promise<void>;
  /** Waits for pending writes. */
  close(): Promise<void>;
}

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens or creates the file, readable by its owner only.
 * @param onEntry gets each existing entry, in order
 * @throws Error naming a complete line that is not JSON
 */
export async function openJournal(path: string, onEntry: (entry: unknown) => void): Promise<Journal> {
  const file = await open(path, 'a+', 0o600);
  try {
    const { whole, torn } = await readEntries(file, path, onEntry);
    if (torn) await file.truncate(whole); // being written when the process was killed, hence not acknowledged
    return journalOn(file, whole);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Reads a journal while it is being appended to: ignores an incomplete last line. */
export async function readJournal(path: string, onEntry: (entry: unknown) => void): Promise<void> {
  const file = await open(path, 'r');
  try {
    await readEntries(file, path, onEntry);
  } finally {
    await file.close();
  }
}

/** @returns bytes of the complete lines, and whether something follows them */
async function readEntries(
  file: FileHandle,
  path: string,
  onEntry: (entry: unknown) => void,
): Promise<{ whole: number; torn: boolean }> {
  const block = Buffer.alloc(1024 * 1024);
  let rest = Buffer.alloc(0);
  let read = 0;
  let number = 0;
  for (;;) {
    const { bytesRead } = await file.read(block, 0, block.length, read);
    if (bytesRead === 0) break;
    read += bytesRead;
    rest = Buffer.concat([rest, block.subarray(0, bytesRead)]);
    let start = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
      number++;
      onEntry(parsed(rest.toString('utf8', start, end), path, number));
      start = end + 1;
    }
    rest = rest.subarray(start);
  }
  return { whole: read - rest.length, torn: rest.length > 0 };
}

function parsed(line: string, path: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Error(`${path}, line ${number}: not JSON`); // without the parser's message, which quotes the line
  }
}

function journalOn(file: FileHandle, wholeBytes: number): Journal {
  let size = wholeBytes;
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const bytes = Buffer.from(batch.map(({ line }) => line).join(''), 'utf8');
      try {
        await file.appendFile(bytes);
        await file.datasync();
        size += bytes.length;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        // A full disk may have accepted half a line: an unacknowledged line must not be read back.
        await file.truncate(size).catch(() => undefined);
        for (const { reject } of batch) reject(error);
      }
    }
    writing = undefined;
  }

  return {
    append: (entry) =>
      new Promise((resolve, reject) => {
        waiting.push({ line: `${JSON.stringify(entry)}\n`, resolve, reject });
        writing ??= writeAll();
      }),
    async close() {
      await writing;
      await file.close();
    },
  };
}
