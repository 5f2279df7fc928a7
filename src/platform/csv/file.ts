/**
 * The bytes of a file, plain or gzip: fingerprint, size, decompression, progress.
 * Owns the one file handle, so that fingerprint and content are of the same file even when another takes its name.
 * Does not know lines and characters.
 */
import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf } from '../error-code.js';
import { CsvFileError, type CsvFileProblem } from './errors.js';

const CHUNK = 256 * 1024;

/** The error of the file for each error code of the system. */
const PROBLEM_OF: ReadonlyMap<string, CsvFileProblem> = new Map([
  ['ENOENT', 'not_found'],
  ['EISDIR', 'not_a_file'],
  ...['EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENOTDIR'].map((code) => [code, 'unreadable'] as const),
]);

export class ByteFile {
  /** Bytes that `content()` has read from the disk so far: compressed ones in a compressed file. */
  bytesRead = 0;

  private fingerprint: string | undefined;
  /** Fingerprint of what `content()` has yielded. */
  private readonly given = createHash('sha256');

  private constructor(
    private readonly handle: FileHandle,
    /** Size on the disk, bytes. */
    readonly size: number,
    private readonly modified: number,
    readonly compressed: boolean,
    private readonly maxBytes: number,
  ) {}

  /**
   * Recognises gzip by the content; refuses other content under a name that ends in `.gz`.
   * @param maxBytes of the disk and of the content
   * @throws CsvFileError not_found, not_a_file, unreadable, empty, too_large, not_gzip; the system's error when the
   *   machine is at fault, not the file (too many open files, a failing disk)
   */
  static async open(path: string, maxBytes = Infinity): Promise<ByteFile> {
    const handle = await open(path, 'r').catch((error: unknown) => {
      const problem = PROBLEM_OF.get(codeOf(error) ?? '');
      throw problem === undefined ? error : new CsvFileError(problem, error);
    });
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) throw new CsvFileError('not_a_file');
      if (stat.size === 0) throw new CsvFileError('empty');
      if (stat.size > maxBytes) throw new CsvFileError('too_large');
      const magic = Buffer.alloc(2);
      await handle.read(magic, 0, 2, 0);
      const compressed = magic[0] === 0x1f && magic[1] === 0x8b;
      if (!compressed && path.toLowerCase().endsWith('.gz')) throw new CsvFileError('not_gzip');
      return new ByteFile(handle, stat.size, stat.mtimeMs, compressed, maxBytes);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** SHA-256 of the bytes on the disk, in hexadecimal. */
  async sha256(): Promise<string> {
    this.fingerprint = await digest(createHash('sha256'), this.chunks(0));
    return this.fingerprint;
  }

  /**
   * Yields the decompressed content, once, in chunks of bounded size at any compression ratio. At the end compares what
   * it yielded with the fingerprint: times and sizes do not show every change.
   * @throws CsvFileError gzip_broken, changed_while_read, too_large
   */
  async *content(): AsyncGenerator<Buffer> {
    try {
      let bytes = 0;
      for await (const chunk of this.compressed ? decompressed(this.counted()) : this.counted()) {
        bytes += chunk.length;
        if (bytes > this.maxBytes) throw new CsvFileError('too_large'); // a few kB of gzip may hold gigabytes
        yield chunk;
      }
    } catch (error) {
      throw codeOf(error)?.startsWith('Z_') === true ? new CsvFileError('gzip_broken', error) : error;
    }
    const { size, mtimeMs } = await this.handle.stat();
    const whole = await digest(this.given, this.chunks(this.bytesRead)); // bytes that gunzip did not need come last
    if (size !== this.size || mtimeMs !== this.modified || whole !== (this.fingerprint ?? whole)) {
      throw new CsvFileError('changed_while_read');
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async *counted(): AsyncGenerator<Buffer> {
    for await (const chunk of this.chunks(0)) {
      this.bytesRead += chunk.length;
      this.given.update(chunk);
      yield chunk;
    }
  }

  /** Reads by position, not as a stream of the handle: such a stream closes the handle when it ends early. */
  private async *chunks(from: number): AsyncGenerator<Buffer> {
    for (let position = from; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const { bytesRead } = await this.handle.read(chunk, 0, CHUNK, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  }
}

async function digest(hash: Hash, chunks: AsyncIterable<Buffer>): Promise<string> {
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

async function* decompressed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // pipeline requires the callback: an error destroys the last stream, which ends the loop with that error.
  for await (const chunk of pipeline(chunks, createGunzip({ chunkSize: CHUNK }), () => undefined)) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('gunzip yielded something other than bytes');
    yield chunk;
  }
}
