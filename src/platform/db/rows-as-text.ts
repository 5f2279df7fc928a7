/**
 * A list as one text: the driver takes every field of every row apart on its own, which for a long list costs more than
 * the query; a text it hands over whole. Only for columns whose values cannot hold the two separators, control
 * characters that ASCII has for this purpose.
 */

const FIELD_SEPARATOR = '\u001f';
const ROW_SEPARATOR = '\u001e';

/**
 * The SQL of an aggregate over all rows.
 * @param columns expressions, none of them ever null
 * @param order as after ORDER BY
 */
export function rowsAsText(columns: readonly string[], order: string): string {
  const row = columns.map((column) => `(${column})::text`).join(` || E'\\x1f' || `);
  return `string_agg(${row}, E'\\x1e' ORDER BY ${order})`;
}

/**
 * The fields of each row, in the order of the columns.
 * @param text what the aggregate gave: null for no rows
 * @throws Error when a row has another number of fields: a value held a separator
 */
export function rowsOfText(text: string | null, columns: number): string[][] {
  if (text === null) return [];
  return text.split(ROW_SEPARATOR).map((row) => {
    const fields = row.split(FIELD_SEPARATOR);
    if (fields.length !== columns) throw new Error('a value of a list holds a separator of fields');
    return fields;
  });
}
