/**
 * Foreign texts, such as a server's reply or a provider's receipt, made safe to store and to show to an operator:
 * without control sequences, and without the zero that PostgreSQL's texts cannot hold. Does not know their source.
 */

/** Controls, formats, separators of lines, halves of pairs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu;

/** On one line. @param longest in characters; the rest is cut off */
export function printable(text: string, longest: number): string {
  return text.replace(UNSEEN, ' ').trim().slice(0, longest);
}

/** The same, with its lines. */
export function printableLines(text: string, longest: number): string {
  const lines = text.split(/\r?\n/).map((line) => printable(line, longest));
  return lines.join('\n').trim().slice(0, longest);
}
