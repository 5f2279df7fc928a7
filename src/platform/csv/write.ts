/** CSV that people open in a spreadsheet: `;` between fields, one record a line. Writes what `CsvFile` reads. */

import { isFormula } from '../plain-text.js';

/** Characters that a spreadsheet may drop, which would expose a formula. */
const BLANK = /^[\t\r\n]/;

/**
 * One record with its end of line. An apostrophe precedes a text that would be a formula; fields are quoted where
 * needed.
 */
export function csvLine(fields: readonly (string | number)[]): string {
  return `${fields.map(field).join(';')}\n`;
}

/** A whole file: a header and its records. */
export function csvText(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [header, ...rows].map(csvLine).join('');
}

function field(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = isFormula(value) || BLANK.test(value) ? `'${value}` : value;
  return /[;"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
