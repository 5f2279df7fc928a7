/**
 * Short texts that people will read in lists, on the wire and in spreadsheets: names of persons, places and offices,
 * user ids, roles. Does not know how long they may be.
 */

const CONTROL = /[\p{Cc}\uFFFE\uFFFF]/u;

/** Invisible: they hide a difference between two names, or reverse the text next to them. */
const HIDDEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Also in the full width of East Asian fonts, which spreadsheets treat alike. A single hyphen is no formula. */
const FORMULA = /^(?:[=+@\uFF1D\uFF0B\uFF20]|[-\uFF0D].)/su;

/** `control` includes what XML cannot hold. */
export type TextFault = 'control' | 'hidden' | 'formula';

/** What is wrong with a text; undefined: nothing. */
export function faultOfText(text: string): TextFault | undefined {
  if (CONTROL.test(text)) return 'control';
  if (HIDDEN.test(text)) return 'hidden';
  return isFormula(text) ? 'formula' : undefined;
}

/** Whether a spreadsheet would compute the text instead of showing it. */
export function isFormula(text: string): boolean {
  return FORMULA.test(text);
}

/** The first invisible character of the text, for a message. */
export function hiddenIn(text: string): string {
  return HIDDEN.exec(text)?.[0] ?? '';
}
