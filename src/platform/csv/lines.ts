/**
 * Splits bytes into numbered lines of limited length, in UTF-8 or ISO-8859-1. Yields blocks of lines, because an await
 * for each of tens of millions of lines would cost more than the work itself.
 * Does not know separators and quotes.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { CsvFileError } from './errors.js';

export type LineFault = 'line_too_long' | 'bad_encoding' | 'open_quote';

/** Consecutive lines. `texts[i]` is line number `first + i`; a fault takes the place of a line that cannot be read. */
export interface LineBlock {
  readonly first: number;
  readonly texts: readonly (string | { readonly fault: LineFault })[];
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const TOO_LONG = { fault: 'line_too_long' } as const;
const BAD_ENCODING = { fault: 'bad_encoding' } as const;

/**
 * @param maxLine longest line in bytes; a longer one becomes a fault and is never held in memory
 * @throws CsvFileError spreadsheet, archive, utf16, binary: from the first bytes
 */
export async function* lineBlocks(chunks: AsyncIterable<Buffer>, maxLine: number): AsyncGenerator<LineBlock> {
  const decoder = new LineDecoder(maxLine);
  let pending: Buffer = Buffer.alloc(0);
  let overlong = false; // inside a line that has already passed the limit
  let next = 1;
  let started = false;

  for await (const chunk of withNewlines(chunks)) {
    let data: Buffer = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (!started) {
      started = true;
      refuseArchive(data);
      data = withoutByteOrderMark(data);
    }
    pending = Buffer.alloc(0);
    if (overlong) {
      const end = data.indexOf(NEWLINE);
      if (end === -1) continue;
      yield { first: next++, texts: [TOO_LONG] };
      data = data.subarray(end + 1);
    }
    const last = data.lastIndexOf(NEWLINE);
    if (last !== -1) {
      const texts = decoder.decode(data.subarray(0, last));
      yield { first: next, texts };
      next += texts.length;
    }
    const rest = data.subarray(last + 1);
    overlong = rest.length > maxLine + 1; // one extra byte for a carriage return
    if (!overlong) pending = Buffer.from(rest); // a copy: a view would keep the whole chunk alive
  }
  if (overlong) yield { first: next, texts: [TOO_LONG] };
  else if (pending.length > 0) yield { first: next, texts: decoder.decode(pending) };
}

/**
 * Files whose lines end with a carriage return alone, as old spreadsheets write them, get newlines instead. The first
 * chunk decides; if its last byte is a return, the newline may be in the next chunk.
 */
async function* withNewlines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let hasReturnsOnly: boolean | undefined;
  for await (const chunk of chunks) {
    hasReturnsOnly ??= !chunk.includes(NEWLINE) && chunk.subarray(0, -1).includes(RETURN);
    if (hasReturnsOnly) {
      for (let at = chunk.indexOf(RETURN); at !== -1; at = chunk.indexOf(RETURN, at + 1)) chunk[at] = NEWLINE;
    }
    yield chunk;
  }
}

/** How archives begin: zip (of which workbooks are made), 7z, rar. */
const ARCHIVES = ['504b0304', '504b0506', '377abcaf271c', '526172211a07'].map((bytes) => Buffer.from(bytes, 'hex'));
/** The container of Office before 2007. */
const OLD_OFFICE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/**
 * Names and types that every workbook contains: packers put them into its first or last bytes.
 */
const WORKBOOK = /xl\/|\[Content_Types\]\.xml|opendocument\.spreadsheet/;

function refuseArchive(data: Buffer): void {
  const startsWith = (bytes: Buffer): boolean => data.subarray(0, bytes.length).equals(bytes);
  if (startsWith(OLD_OFFICE)) throw new CsvFileError('spreadsheet');
  if (!ARCHIVES.some(startsWith)) return;
  throw new CsvFileError(WORKBOOK.test(data.toString('latin1')) ? 'spreadsheet' : 'archive');
}

/**
 * The first line that is not ASCII decides the encoding: if it is valid UTF-8, everything after it is read as UTF-8.
 */
class LineDecoder {
  private encoding: 'unknown' | 'utf8' | 'latin1' = 'unknown';

  constructor(private readonly maxLine: number) {}

  decode(block: Buffer): (string | { readonly fault: LineFault })[] {
    if (isAscii(block)) return this.split(block.toString('latin1'));
    if (this.encoding === 'unknown') this.encoding = isUtf8(firstNonAsciiLine(block)) ? 'utf8' : 'latin1';
    if (this.encoding === 'latin1') return this.split(block.toString('latin1'));
    if (isUtf8(block)) return this.split(block.toString('utf8'));
    return rawLines(block).flatMap((line) => (isUtf8(line) ? this.split(line.toString('utf8')) : [BAD_ENCODING]));
  }

  private split(text: string): (string | { readonly fault: LineFault })[] {
    const lines: (string | { readonly fault: LineFault })[] = text.split('\n');
    for (const [index, line] of lines.entries()) {
      if (typeof line !== 'string') continue;
      const content = line.endsWith('\r') ? line.slice(0, -1) : line;
      lines[index] = content.length > this.maxLine ? TOO_LONG : content;
    }
    return lines;
  }
}

function firstNonAsciiLine(block: Buffer): Buffer {
  const at = block.findIndex((byte) => byte > 0x7f);
  const start = block.lastIndexOf(NEWLINE, at) + 1;
  const end = block.indexOf(NEWLINE, at);
  return block.subarray(start, end === -1 ? block.length : end);
}

function rawLines(block: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (;;) {
    const end = block.indexOf(NEWLINE, start);
    if (end === -1) break;
    lines.push(block.subarray(start, end));
    start = end + 1;
  }
  lines.push(block.subarray(start));
  return lines;
}

function withoutByteOrderMark(data: Buffer): Buffer {
  const [first, second, third] = data;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) throw new CsvFileError('utf16');
  const sample = data.subarray(0, 4096);
  const header = data.subarray(0, data.indexOf(NEWLINE) + 1 || data.length);
  const zeros = sample.reduce((count, byte) => (byte === 0 ? count + 1 : count), 0);
  // A stray zero in a line is a fault of that line. A zero in the header, or in one byte of twenty, means that the file
  // is not text.
  if (header.includes(0) || zeros * 20 > sample.length) {
    // UTF-16 without a mark: in mostly Latin text every other byte is zero
    throw new CsvFileError(zeros * 5 > sample.length * 2 ? 'utf16' : 'binary');
  }
  return first === 0xef && second === 0xbb && third === 0xbf ? data.subarray(3) : data;
}
