/** Tables of Markdown. */

/** @param rows cells as Markdown; line ends and bars in them are made harmless */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cellOf).join(' | ')} |`;
  return [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

function cellOf(text: string): string {
  const line = text.replace(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');
  // Outside code, `<name>` would be taken for a tag and vanish.
  return line.replace(/`[^`]*`|<(?=[a-z])/gi, (found) => (found === '<' ? '&lt;' : found));
}
