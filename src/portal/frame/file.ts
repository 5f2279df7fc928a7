/** Files to download. */
import { csvText } from '../../platform/csv/index.js';
import type { FileReply } from './page.js';

export function csvFile(
  name: string,
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): FileReply {
  return csvReply(name, csvText(header, rows));
}

export function pdfFile(name: string, bytes: Buffer): FileReply {
  return { kind: 'file', name, type: 'application/pdf', bytes };
}

/** With a byte-order mark: common spreadsheets read a file without one as Latin-1. */
export function csvReply(name: string, text: string): FileReply {
  return { kind: 'file', name, type: 'text/csv; charset=utf-8', bytes: Buffer.from(`\uFEFF${text}`) };
}
