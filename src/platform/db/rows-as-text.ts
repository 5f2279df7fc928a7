/**
 * A list as one text: the driver parses every field of every row separately, which for a long list costs more than the
 * query; it returns a text whole. Only for columns whose values cannot hold the separator, the control character that
 * ASCII has for this purpose.
 */

export const SEPARATOR = '\u001f';

/**
 * The SQL of an aggregate over all rows: null for none.
 * @param columns expressions, none of them ever null
 * @param order as after ORDER BY
 */
export function rowsAsText(columns: readonly string[], order: string): string {
  const row = columns.map((column) => `(${column})::text`).join(` || E'\\x1f' || `);
  return `string_agg(${row}, E'\\x1f' ORDER BY ${order})`;
}

/**
 * The rows of such a text. It is split once: a text of each row and a list of its fields would take twice as long.
 * @param text the aggregate's value
 * @param read makes a row from its fields, by column from 0
 * @throws Error when the fields do not make whole rows: a value held a separator
 */
export function rowsOfText<Row>(
  text: string | null,
  columns: readonly string[],
  read: (field: (column: number) => string) => Row,
): Row[] {
  if (text === null) return [];
  const fields = text.split(SEPARATOR);
  if (fields.length % columns.length !== 0) throw new Error('a value of a list holds a separator of fields');
  const rows: Row[] = [];
  let first = 0;
  const field = (column: number): string => fields[first + column] ?? '';
  for (; first < fields.length; first += columns.length) rows.push(read(field));
  return rows;
}
