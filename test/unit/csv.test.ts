/** The CSV reader with files on the disk; csv-parse is the independent reference for fields. */
import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { CsvFile, csvText, type CsvLine } from '../../src/platform/csv/index.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerella-csv-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function file(content: string | Buffer, name = 'file.csv'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function linesOf(
  content: string | Buffer,
  options: { name?: string; maxLine?: number } = {},
): Promise<CsvLine[]> {
  const csv = await CsvFile.open(await file(content, options.name), options.maxLine);
  const lines: CsvLine[] = [];
  try {
    for await (const block of csv.lines()) lines.push(...block);
  } finally {
    await csv.close();
  }
  return lines;
}

async function problemOf(content: string | Buffer, name?: string): Promise<unknown> {
  return linesOf(content, name === undefined ? {} : { name }).then(
    () => 'none',
    (error: unknown) => (error instanceof Error && 'problem' in error ? error.problem : error),
  );
}

describe('lines and fields', () => {
  test('counts lines like an editor: header, blank lines and CRLF included, last newline optional', async () => {
    expect(await linesOf('a;b\r\n1;2\r\n\r\n3;4')).toEqual([
      { line: 2, fields: ['1', '2'] },
      { line: 4, fields: ['3', '4'] },
    ]);
  });

  test.each([';', ',', '\t'] as const)('takes the separator %s from the header', async (separator) => {
    const csv = await CsvFile.open(await file(` a ${separator}"b"\n`));
    await csv.close();
    expect(csv.header).toEqual(['a', 'b']);
    expect(csv.separator).toBe(separator);
  });

  test.each(['1;2;3', '"1";"2";3', '"a;b";"c""d";', ';;', '"";"";""', 'è;"à;ì";"""', '"""";x;"y"'])(
    'splits %s as csv-parse does',
    async (line) => {
      const content = `a;b;c\n${line}\n`;
      let expected: unknown;
      try {
        expected = parse(content, { delimiter: ';', from_line: 2 })[0];
      } catch {
        expected = { fault: 'open_quote' };
      }
      expect((await linesOf(content))[0]?.fields).toEqual(expected);
    },
  );

  test.each(['"1;2', '"1"x;2'])('a misplaced quote (%s) costs its own line only', async (line) => {
    expect(await linesOf(`a;b\n${line}\n3;4\n`)).toEqual([
      { line: 2, fields: { fault: 'open_quote' } },
      { line: 3, fields: ['3', '4'] },
    ]);
  });

  test('a line longer than the limit is a fault with its number, whatever its length', async () => {
    const huge = 'x'.repeat(1_000_000); // several chunks
    expect(await linesOf(`a;b\n${huge}\n1;2\n${'y'.repeat(101)}\n3;4\n${huge}`, { maxLine: 100 })).toEqual([
      { line: 2, fields: { fault: 'line_too_long' } },
      { line: 3, fields: ['1', '2'] },
      { line: 4, fields: { fault: 'line_too_long' } },
      { line: 5, fields: ['3', '4'] },
      { line: 6, fields: { fault: 'line_too_long' } },
    ]);
  });

  test('keeps every line of a file of many chunks, plain and gzip', async () => {
    const content = `n;text\n${Array.from({ length: 60_000 }, (_, index) => `${index};città`).join('\n')}\n`;
    for (const bytes of [Buffer.from(content), gzipSync(content)]) {
      const lines = await linesOf(bytes);
      expect(lines).toHaveLength(60_000);
      expect(
        lines.every(({ line, fields }, index) => line === index + 2 && 'length' in fields && fields[1] === 'città'),
      ).toBe(true);
      expect(lines.at(-1)?.fields).toEqual(['59999', 'città']);
    }
  });
});

describe('the output of spreadsheets', () => {
  const lines = [
    { line: 2, fields: ['1', 'è'] },
    { line: 3, fields: ['3', '4'] },
  ];

  test.each<[string, Buffer, boolean]>([
    ['lines that end with a carriage return', Buffer.from('a;b\r1;è\r3;4\r'), false],
    ['the same, compressed, in ISO-8859-1', gzipSync(Buffer.from('a;b\r1;è\r3;4', 'latin1')), false],
    ['a separator line', Buffer.from('sep=,\r\na,b\r\n1,è\r\n3,4'), true],
    [
      'a separator line after a byte order mark, with another separator than the header',
      Buffer.from('\uFEFFsep=;\n"a,";b\n1;è\n3;4\n'),
      true,
    ],
    ['both', Buffer.from('SEP=;\ra;b\r1;è\r3;4\r'), true],
    ['tabs', Buffer.from('a\tb\n1\tè\n3\t4\n'), false],
  ])('%s', async (_what, bytes, isMoved) => {
    expect(await linesOf(bytes)).toEqual(isMoved ? lines.map((one) => ({ ...one, line: one.line + 1 })) : lines);
  });

  test('a carriage return and its newline on either side of a chunk’s end are one line end', async () => {
    const header = `a;${'b'.repeat(256 * 1024 - 3)}`;
    expect(await linesOf(`${header}\r\n1;2\r\n`, { maxLine: 300_000 })).toEqual([{ line: 2, fields: ['1', '2'] }]);
  });

  test('only a separator line', async () => {
    expect(await problemOf('sep=;\n', undefined)).toBe('no_header');
  });
});

describe('encodings', () => {
  const text = "cognome;nome\nD'ALÒ;Niccolò\n";

  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['ISO-8859-1', Buffer.from(text, 'latin1')],
    ['gzip', gzipSync(text)],
    ['gzip of two members', Buffer.concat([gzipSync(text.slice(0, 15)), gzipSync(text.slice(15))])],
  ])('reads %s', async (_, bytes) => {
    expect(await linesOf(bytes)).toEqual([{ line: 2, fields: ["D'ALÒ", 'Niccolò'] }]);
  });

  test('a line that is not UTF-8 in a UTF-8 file is the only one lost', async () => {
    const bytes = Buffer.concat([Buffer.from('a;b\nè;1\n'), Buffer.from('è;2\n', 'latin1'), Buffer.from('à;3\n')]);
    expect(await linesOf(bytes)).toEqual([
      { line: 2, fields: ['è', '1'] },
      { line: 3, fields: { fault: 'bad_encoding' } },
      { line: 4, fields: ['à', '3'] },
    ]);
  });
});

describe('files that are not CSV', () => {
  const random = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256));

  test.each<[string, string | Buffer, string | undefined, string]>([
    ['no byte', '', undefined, 'empty'],
    ['an empty gzip', gzipSync(''), undefined, 'empty'],
    ['UTF-16 LE with a mark', Buffer.from('\uFEFFa;b\n1;2\n', 'utf16le'), undefined, 'utf16'],
    ['UTF-16 BE with a mark', Buffer.from('\uFEFFa;b\n1;2\n', 'utf16le').swap16(), undefined, 'utf16'],
    ['UTF-16 without a mark', Buffer.from('a;b\n1;2\n', 'utf16le'), undefined, 'utf16'],
    ['binary', random, undefined, 'binary'],
    ['an .xlsx', Buffer.from('PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml \xa2'), undefined, 'spreadsheet'],
    [
      'an .ods',
      Buffer.from('PK\x03\x04\0\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet'),
      undefined,
      'spreadsheet',
    ],
    ['an .xls', Buffer.from('d0cf11e0a1b11ae100000000', 'hex'), undefined, 'spreadsheet'],
    ['a .zip', Buffer.from('PK\x03\x04\x14\0\0\0\x08\0personale.csv'), undefined, 'archive'],
    ['a name ending in .gz without gzip content', 'a;b\n1;2\n', 'plain.csv.gz', 'not_gzip'],
    ['only the magic number of gzip', Buffer.from([0x1f, 0x8b, 1, 2, 3, 4]), undefined, 'gzip_broken'],
    ['a header with an open quote', 'a;"b\n1;2\n', undefined, 'no_header'],
  ])('%s', async (_, content, name, problem) => {
    expect(await problemOf(content, name)).toBe(problem);
  });

  test('gzip truncated far behind its beginning', async () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => `${index};${(index * 7919) % 65_537}`).join('\n');
    const bytes = gzipSync(`a;b\n${lines}\n`);
    expect(await problemOf(bytes.subarray(0, bytes.length - 100))).toBe('gzip_broken');
  });

  test('no such file, and a folder', async () => {
    await expect(CsvFile.open(join(folder, 'missing.csv'))).rejects.toMatchObject({ problem: 'not_found' });
    await expect(CsvFile.open(folder)).rejects.toMatchObject({ problem: 'not_a_file' });
  });

  test('a file that grows while it is read', async () => {
    const path = await file(`a;b\n${'1;2\n'.repeat(200_000)}`, 'growing.csv');
    const csv = await CsvFile.open(path);
    await writeFile(path, 'more\n', { flag: 'a' });
    const reading = (async (): Promise<void> => {
      for await (const block of csv.lines()) expect([...block]).not.toHaveLength(0);
    })();
    await expect(reading).rejects.toMatchObject({ problem: 'changed_while_read' });
    await csv.close();
  });

  test.each<[string, (text: string) => Buffer]>([
    ['plain', (text) => Buffer.from(text)],
    ['compressed', (text) => gzipSync(text, { level: 0 })],
  ])('a file (%s) written over after its fingerprint, in the same size and with its old time', async (_what, bytes) => {
    const rows = `a;b\n${'1;2\n'.repeat(200_000)}`;
    const path = await file(bytes(`${rows}1;2\n`));
    const { atime, mtime } = await stat(path);
    const csv = await CsvFile.open(path);
    await csv.sha256();
    await writeFile(path, bytes(`${rows}1;3\n`), { flag: 'r+' });
    await utimes(path, atime, mtime);
    const reading = (async (): Promise<void> => {
      for await (const block of csv.lines()) expect([...block]).not.toHaveLength(0);
    })();
    await expect(reading).rejects.toMatchObject({ problem: 'changed_while_read' });
    await csv.close();
  });
});

test('the fingerprint is the SHA-256 of the bytes on the disk, and reading still starts at the first line', async () => {
  const csv = await CsvFile.open(await file('a;b\n1;2\n'));
  expect(await csv.sha256()).toBe('403bea5152c251c5bc7ef420d824d191605723f99392e83a0549ad58c6d46291');
  await csv.close();
});

test('written records are read back unchanged, except formulas', () => {
  const text = csvText(
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
    [
      ['=1+1', '-2', '@x', 'a;b\n', 'say "no"', -3, '-'],
      ['+1', '\n=1', '\t=1', '\uFF1D1', 'a=1', ' ', ''],
    ],
  );
  expect(text.split('\n', 1)).toEqual(['a;b;c;d;e;f;g']);
  expect(parse(text, { delimiter: ';' }).slice(1)).toEqual([
    ["'=1+1", "'-2", "'@x", 'a;b\n', 'say "no"', '-3', '-'],
    ["'+1", "'\n=1", "'\t=1", "'\uFF1D1", 'a=1', ' ', ''],
  ]);
});
