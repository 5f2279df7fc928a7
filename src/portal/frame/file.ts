/** Files to download. */
import { csvText } from '../../platform/csv/index.js';
import type { FileReply } from './page.js';

/** With a byte-order mark: spreadsheets of the field take a file without one for Latin-1. */
export function csvFile(
  name: string,
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): FileReply {
  const bytes = Buffer.from(`\uFEFF${csvText(header, rows)}`);
  return { kind: 'file', name, type: 'text/csv; charset=utf-8', bytes };
}
