/**
 * Numbers as an operator types them: decimal digits and nothing else. JavaScript's own reading also takes hexadecimal,
 * exponents and blanks (`0x10`, `1e3`, ` `), which here are slips of the keyboard.
 */

/** @returns undefined: it is no whole number, or not from `least` to `most` */
export function wholeNumber(text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined || !/^[0-9]{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** A number above 0 and below `limit`, perhaps with decimals after a point: `0.5`. */
export function positiveNumber(text: string, limit: number): number | undefined {
  if (!/^[0-9]{1,15}(?:\.[0-9]{1,9})?$/.test(text)) return undefined;
  const value = Number(text);
  return value > 0 && value < limit ? value : undefined;
}
