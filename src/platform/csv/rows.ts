/**
 * Turns a line of the file into a row of the staging table, or into one row for each reason for its refusal.
 * Owns the text format of COPY. Does not know files and connections.
 */
import { MISSING, type Column, type Refusal } from './column.js';
import type { LineFault } from './lines.js';
import { masked } from './mask.js';

/** A line of data, counted from 1 with the header as the first. Blank lines are skipped. */
export interface CsvLine {
  readonly line: number;
  /** The caller may change the array. */
  readonly fields: string[] | { readonly fault: LineFault };
}

/** Stored values of one row by column name; undefined where the column is empty. */
export type RowValues = (name: string) => string | undefined;

/** A rule that combines several valid columns: the column at fault and why. */
export type RowRule<References> = (
  value: RowValues,
  references: References,
) => { readonly column: string; readonly refusal: Refusal } | undefined;

/** Columns that every staging table has besides those of its file; a row without a fault is valid. */
export const faultColumns = ['fault_column', 'fault', 'fault_value'] as const;

const LINE_FAULTS: Readonly<Record<LineFault, string>> = {
  line_too_long: 'riga oltre la lunghezza massima',
  bad_encoding: 'caratteri non validi nella codifica del file (UTF-8)',
  open_quote: 'virgolette non chiuse o fuori posto',
};

/**
 * Writes rows for `COPY … (columns of copyColumns) FROM STDIN WITH (NULL '')`: an empty field is NULL, and the columns
 * keep the order of the file, so that a valid line is passed on unchanged.
 */
export class RowWriter<References> {
  /** Valid lines so far. */
  accepted = 0;
  /** Lines refused so far. */
  rejected = 0;

  private fields: readonly string[] = [];
  private readonly indexOf: ReadonlyMap<string, number>;
  private readonly nulls: string;

  /** @param columns all columns of the file, in its order */
  constructor(
    private readonly columns: readonly Column<References>[],
    private readonly references: References,
    private readonly rule?: RowRule<References>,
  ) {
    this.indexOf = new Map(columns.map((column, index) => [column.name, index]));
    this.nulls = '\t'.repeat(columns.length);
  }

  /** The columns of the staging table, in the order in which `write` gives them. */
  get copyColumns(): readonly string[] {
    return ['line', ...this.columns.map(({ name }) => name), ...faultColumns];
  }

  /** The row of a valid line, or one row for each fault of an invalid one. */
  write({ line, fields }: CsvLine): string {
    const faults = 'fault' in fields ? this.fault(line, '', LINE_FAULTS[fields.fault]) : this.check(line, fields);
    if (faults !== '' || 'fault' in fields) {
      this.rejected += 1;
      return faults;
    }
    this.accepted += 1;
    return `${line}\t${fields.join('\t')}\t\t\t\n`;
  }

  /** Replaces each field by its stored form. @returns a row for each fault */
  private check(line: number, fields: string[]): string {
    const { columns } = this;
    if (fields.length !== columns.length) {
      const isOtherSeparator = fields.length === 1 && /[;,\t]/.test(fields[0] ?? '');
      const hint = isOtherSeparator ? ' (separatore diverso da quello dell’intestazione)' : '';
      return this.fault(line, '', `numero di colonne errato: ${fields.length} invece di ${columns.length}${hint}`);
    }
    let faults = '';
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index];
      if (column === undefined) break;
      const value = fields[index]?.trim() ?? '';
      const stored = value !== '' ? column.read(value, this.references) : absentFrom(column);
      if (typeof stored === 'string') fields[index] = stored.includes('\\') ? escaped(stored) : stored;
      else faults += this.fault(line, column.header, stored.reason, masked(value, column.publicForm));
    }
    if (faults !== '' || this.rule === undefined) return faults;
    this.fields = fields;
    return this.brokenRule(line);
  }

  private brokenRule(line: number): string {
    const broken = this.rule?.(this.valueOf, this.references);
    if (broken === undefined) return '';
    const column = this.columns.find(({ name }) => name === broken.column);
    const value = this.valueOf(broken.column) ?? '';
    return this.fault(line, column?.header ?? '', broken.refusal.reason, masked(value, column?.publicForm));
  }

  private readonly valueOf = (name: string): string | undefined => {
    const value = this.fields[this.indexOf.get(name) ?? -1];
    return value === '' ? undefined : value;
  };

  private fault(line: number, column: string, reason: string, value = ''): string {
    return `${line}${this.nulls}\t${column}\t${escaped(reason)}\t${value}\n`;
  }
}

function absentFrom({ absent, optional }: { absent?: string; optional: boolean }): string | Refusal {
  return absent ?? (optional ? '' : MISSING);
}

/** The only special character of COPY that the columns' checks let through is the backslash. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\');
}
