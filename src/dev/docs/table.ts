/** Tables of Markdown. */

/** `printWidth` of the formatter. */
const PAGE_WIDTH = 120;

/** @param rows cells as Markdown; line ends and bars in them are escaped */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map((cells) => cells.map(cellOf));
  const [first = '', ...others] = lines.map((cells) => `| ${cells.join(' | ')} |`);
  const table = [first, `|${'---|'.repeat(header.length)}`, ...others].join('\n');
  // The formatter pads every cell to the longest of its column: unreadable beyond the page width.
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const padded = widths.reduce((sum, width) => sum + width + 3, 1);
  return padded > PAGE_WIDTH ? `<!-- prettier-ignore -->\n${table}` : table;
}

function cellOf(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
  // Outside code, `<name>` would be read as a tag and vanish.
  return line.replace(/`[^`]*`|<(?=[a-z])/gi, (found) => (found === '<' ? '&lt;' : found));
}
