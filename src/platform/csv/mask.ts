/**
 * What the reject report shows instead of a value (6.7): its shape, which reveals an error of form but not whose value
 * it was.
 */

const LONGEST = 40;

/**
 * Replaces letters by A and digits by 9; of other characters only those that occur in dates and names remain. The
 * result cannot start a formula in a spreadsheet and needs no quoting.
 * @param publicForm a value of this form is a public code and is shown unchanged
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
