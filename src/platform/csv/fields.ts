/** One line into its fields (RFC 4180, except that a quoted field ends on its line). Does not know what they mean. */

/** The separators that a header may use. */
export type Separator = ';' | ',' | '\t';

const SEPARATORS: readonly Separator[] = [';', ',', '\t'];

/**
 * The fields of a line; undefined when a quote is never closed, or closed in the middle of a field.
 * A quoted field cannot continue in the next line, so a forgotten quote costs one line, not the rest of the file.
 */
export function splitFields(line: string, separator: Separator): string[] | undefined {
  return line.includes('"') ? splitQuoted(line, separator) : line.split(separator);
}

function splitQuoted(line: string, separator: Separator): string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] !== '"') {
      const end = line.indexOf(separator, at);
      fields.push(end === -1 ? line.slice(at) : line.slice(at, end));
      if (end === -1) return fields;
      at = end + 1;
      continue;
    }
    let value = '';
    for (;;) {
      const quote = line.indexOf('"', at + 1);
      if (quote === -1) return undefined;
      value += line.slice(at + 1, quote);
      at = quote + 1;
      if (line[at] !== '"') break;
      value += '"'; // a doubled quote is part of the value
    }
    fields.push(value);
    if (at === line.length) return fields;
    if (line[at] !== separator) return undefined;
    at += 1;
  }
}

/** The separator of a header: the one that occurs most often; `;` when none does. */
export function separatorOf(header: string): Separator {
  const found = (separator: Separator): number => header.split(separator).length;
  return SEPARATORS.reduce((best, other) => (found(other) > found(best) ? other : best));
}

/** The separator in the line that a spreadsheet may write above the header; undefined for any other line. */
export function separatorLine(line: string): Separator | undefined {
  const said = /^"?sep=(.)"?$/i.exec(line)?.[1];
  return SEPARATORS.find((separator) => separator === said);
}
