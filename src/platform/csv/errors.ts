/** Why a file as a whole cannot be read as CSV. Does not know what its columns mean. */

export type CsvFileProblem =
  | 'not_found'
  | 'not_a_file'
  | 'unreadable'
  | 'empty'
  | 'utf16'
  | 'spreadsheet'
  | 'archive'
  | 'binary'
  | 'not_gzip'
  | 'gzip_broken'
  | 'no_header'
  | 'changed_while_read'
  | 'too_large';

const MESSAGES: Readonly<Record<CsvFileProblem, string>> = {
  not_found: 'there is no such file',
  not_a_file: 'this is not a regular file',
  unreadable: 'the file cannot be read',
  empty: 'the file is empty',
  utf16: 'the file is UTF-16: save it as UTF-8 (or ISO-8859-1)',
  spreadsheet: 'this is a workbook of Excel or LibreOffice: save it as CSV UTF-8',
  archive: 'this is an archive: deliver the CSV itself, plain or gzip',
  binary: 'the file is binary, not text',
  not_gzip: 'the name ends in .gz but the content is not gzip',
  gzip_broken: 'the gzip data are truncated or damaged',
  no_header: 'the first line is not a header',
  changed_while_read: 'the file changed while it was read',
  too_large: 'the file, or its decompressed content, is larger than allowed',
};

/** The file cannot be used at all. `message` may be shown to people: it holds nothing of the content. */
export class CsvFileError extends Error {
  override readonly name = 'CsvFileError';

  constructor(
    readonly problem: CsvFileProblem,
    cause?: unknown,
  ) {
    super(MESSAGES[problem], { cause });
  }
}
