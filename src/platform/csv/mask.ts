/**
 * What the reject report shows of a value (6.7): its shape, so that the reader of the report sees what is wrong with
 * the form and does not learn whose value it was.
 */

const LONGEST = 40;

/**
 * Letters become A, digits 9; of signs only those that dates and names are written with survive. The result cannot
 * start a formula in a spreadsheet and needs no quoting.
 * @param publicForm a value of this form is a public code and is shown as it is
 */
export function masked(value: string, publicForm?: RegExp): string {
  if (publicForm?.test(value) === true) return value;
  const shape = value
    .slice(0, LONGEST)
    .replace(/\p{L}/gu, 'A')
    .replace(/\p{N}/gu, '9')
    .replace(/[^A9 ./:-]/g, '#')
    .replace(/^-/, '#');
  return value.length > LONGEST ? `${shape}...` : shape;
}
