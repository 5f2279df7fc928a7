/**
 * CSV files of any size, read as a stream in flat memory: plain or gzip, UTF-8 or ISO-8859-1, `;`, `,` or tab.
 * One record is one line, so line numbers are those of an editor. Knows no domain: columns are just names and texts.
 */
import { CsvFileError } from './errors.js';
import type { CsvLine } from './rows.js';
import { separatorLine, separatorOf, splitFields, type Separator } from './fields.js';
import { ByteFile } from './file.js';
import { lineBlocks, type LineBlock } from './lines.js';

export { CsvFileError, type CsvFileProblem } from './errors.js';
export { columnsInOrder, readText, Refusal, wordColumn, type Column } from './column.js';
export { csvLine, csvText } from './write.js';
export { MAX_REJECTED, RejectLimit } from './reject-limit.js';
export { faultColumns, RowWriter, type CsvLine, type RowRule, type RowValues } from './rows.js';

const OPEN_QUOTE = { fault: 'open_quote' } as const;

export class CsvFile {
  private constructor(
    private readonly bytes: ByteFile,
    private readonly blocks: AsyncGenerator<LineBlock>,
    private rest: LineBlock,
    /** Column names of the first line, trimmed, as written. */
    readonly header: readonly string[],
    readonly separator: Separator,
  ) {}

  /**
   * Opens a file and reads its header.
   * @param maxLine longest line accepted, in bytes
   * @param maxBytes largest file accepted, in bytes, both on the disk and decompressed
   * @throws CsvFileError when the file as a whole is unusable
   */
  static async open(path: string, maxLine = 64 * 1024, maxBytes = Infinity): Promise<CsvFile> {
    const bytes = await ByteFile.open(path, maxBytes);
    try {
      const blocks = lineBlocks(bytes.content(), maxLine);
      let [head, rest] = await firstLine(blocks);
      const said = separatorLine(head);
      if (said !== undefined) [head, rest] = await firstLine(blocks, rest);
      const separator = said ?? separatorOf(head);
      const header = splitFields(head, separator)?.map((name) => name.trim());
      if (header === undefined) throw new CsvFileError('no_header');
      return new CsvFile(bytes, blocks, rest, header, separator);
    } catch (error) {
      await bytes.close();
      throw error;
    }
  }

  /** Size of the file on the disk, bytes; compressed if the file is. */
  get size(): number {
    return this.bytes.size;
  }

  /** How many of `size` have been read. */
  get bytesRead(): number {
    return this.bytes.bytesRead;
  }

  /** SHA-256 of the file on the disk, in hexadecimal. */
  sha256(): Promise<string> {
    return this.bytes.sha256();
  }

  /**
   * Yields the lines after the header, once, some thousands at a time. Each is split only when it is used, so that its
   * parts are short-lived objects.
   * @throws CsvFileError gzip_broken, changed_while_read, too_large
   */
  async *lines(): AsyncGenerator<Iterable<CsvLine>> {
    const first = this.rest;
    this.rest = { first: 0, texts: [] };
    yield this.split(first);
    for await (const block of this.blocks) yield this.split(block);
  }

  async close(): Promise<void> {
    await this.blocks.return(undefined);
    await this.bytes.close();
  }

  private *split(block: LineBlock): Generator<CsvLine> {
    let line = block.first;
    for (const text of block.texts) {
      if (typeof text !== 'string') yield { line, fields: text };
      else if (text.trim() !== '') yield { line, fields: splitFields(text, this.separator) ?? OPEN_QUOTE };
      line += 1;
    }
  }
}

/** The next line. @param known lines that were read already and come first */
async function firstLine(blocks: AsyncGenerator<LineBlock>, known?: LineBlock): Promise<[string, LineBlock]> {
  let block = known;
  if (block === undefined || block.texts.length === 0) {
    const next = await blocks.next();
    if (next.done === true) throw new CsvFileError(known === undefined ? 'empty' : 'no_header');
    block = next.value;
  }
  const [line, ...texts] = block.texts;
  if (typeof line !== 'string') throw new CsvFileError('no_header');
  return [line, { first: block.first + 1, texts }];
}
