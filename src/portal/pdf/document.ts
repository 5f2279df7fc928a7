/** What a receipt as PDF holds: titles, facts and a table, without any layout. It crosses to the thread that draws it. */

export interface ReceiptDocument {
  readonly title: string;
  /** Of the fact that the receipt is about: the same receipt is the same bytes whenever it is made. */
  readonly at: Date;
  readonly paragraphs: readonly string[];
  /** Term and value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly table?: {
    readonly headings: readonly string[];
    /** In points; 0 for the column that takes the rest. */
    readonly widths: readonly number[];
    readonly rows: readonly (readonly string[])[];
  };
  /** At the end, when characters had to be replaced. */
  readonly replacedNote: string;
  /** At the foot of each page; `%1` is the page, `%2` their number. */
  readonly foot: string;
  readonly service: string;
  readonly language: string;
}
