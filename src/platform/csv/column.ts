/**
 * How the text of one column becomes a stored value, or the reason why it cannot: the vocabulary of every bulk file.
 * Reasons are in Italian because the reject report quotes them. Knows no file and no database.
 */
import { faultOfText, hiddenIn } from '../plain-text.js';
import { nameOfCharacter } from '../unseen.js';

/** Why a value is refused. A class, so that the compiler distinguishes it from a value. */
export class Refusal {
  constructor(readonly reason: string) {}
}

/** @typeParam References the stored data that a value may refer to, read once per run */
export interface Column<References> {
  /** Name in the header of the file. */
  readonly header: string;
  /** Name in the table. */
  readonly name: string;
  /** Type of the column in the staging table. */
  readonly type: 'text' | 'date' | 'integer' | 'boolean';
  /** An empty value is stored as NULL instead of refused. */
  readonly optional: boolean;
  /** Stored instead of an empty value. */
  readonly absent?: string;
  /** The file may lack the whole column; the stored values are then unchanged. */
  readonly mayLack?: boolean;
  /** The stored form of a trimmed, non-empty value. */
  readonly read: (value: string, references: References) => string | Refusal;
  /** The form of a public code: a value of this form identifies nobody and is shown unmasked in the report. */
  readonly publicForm?: RegExp;
}

export const MISSING = new Refusal('valore obbligatorio assente');

/** One of a few Italian words, stored as its code in the table. */
export function wordColumn(header: string, name: string, words: ReadonlyMap<string, string>): Column<unknown> {
  const unknown = new Refusal(`valore sconosciuto: ammessi ${[...words.keys()].join(', ')}`);
  return { header, name, type: 'text', optional: false, read: (value) => words.get(value) ?? unknown };
}

const CONTROL = new Refusal('caratteri di controllo nel testo');
const FORMULA = new Refusal('comincia con = + - o @, come una formula: scrivere il solo testo');

/** A text for people, such as a name: without invisible characters, and no formula for a spreadsheet. */
export function readText(value: string): string | Refusal {
  switch (faultOfText(value)) {
    case undefined:
      return value;
    case 'control':
      return CONTROL;
    case 'formula':
      return FORMULA;
    case 'hidden':
      return new Refusal(`carattere invisibile nel testo, ${nameOfCharacter(hiddenIn(value))}: toglierlo`);
  }
}

/**
 * The columns in the order of a file's header; undefined unless it has every required name, each once, in upper or
 * lower case.
 */
export function columnsInOrder<References>(
  header: readonly string[],
  columns: readonly Column<References>[],
): Column<References>[] | undefined {
  const found = header.flatMap((name) => columns.filter((column) => column.header === name.toLowerCase()));
  const given = new Set(found);
  const isWhole = columns.every((column) => given.has(column) || column.mayLack === true);
  return isWhole && found.length === header.length && given.size === found.length ? found : undefined;
}
