/** The content of a PDF receipt: titles, facts and a table, without layout. It is sent to the drawing thread. */

export interface ReceiptDocument {
  readonly title: string;
  /** Time of the fact that the receipt is about: the same receipt always has the same bytes. */
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
  /** Added at the end if characters had to be replaced. */
  readonly replacedNote: string;
  /** In the footer of each page; `%1` is the page, `%2` their number. */
  readonly foot: string;
  readonly service: string;
  readonly language: string;
}
