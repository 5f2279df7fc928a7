/**
 * Converts the text of a column to a stored value, or gives the reason for rejecting it [G-3]. The reasons are in
 * Italian, because the reject report shows them verbatim. Uses neither files nor the database.
 */
import { isCodiceFiscale, isPersonIdentifier } from '../../platform/ids/index.js';
import type { IsoDate } from '../../platform/clock.js';
import { readText, Refusal, type Column as CsvColumn } from '../../platform/csv/index.js';
import { isNameTooLong, NAME_CHARACTERS, NO_NAME } from '../model.js';

/** Reference data for the rows, read once per run: at most some ten thousand codes, whatever the size of the file. */
export interface References {
  readonly regions: ReadonlySet<string>;
  readonly asls: ReadonlySet<string>;
  readonly provinces: ReadonlySet<string>;
  readonly doctors: ReadonlySet<string>;
  readonly today: IsoDate;
}

export type Column = CsvColumn<References>;

const NAME_TOO_LONG = new Refusal(`nominativo oltre ${NAME_CHARACTERS} caratteri`);
const TEXT_TOO_LONG = new Refusal('testo oltre 200 caratteri');
const BAD_DATE = new Refusal('data inesistente o non nel formato AAAA-MM-GG');
const FUTURE_DATE = new Refusal('data nel futuro');

/** Free text, such as the name of a place. */
export function textColumn(header: string, name: string): Column {
  const read = (value: string): string | Refusal => (value.length > 200 ? TEXT_TOO_LONG : readText(value));
  return { header, name, type: 'text', optional: false, read };
}

/** Surname or given name: one of the two may be empty, which the rule of the row checks. */
export function nameColumn(header: string, name: string): Column {
  const read = (value: string): string | Refusal => (isNameTooLong(value) ? NAME_TOO_LONG : readText(value));
  return { header, name, type: 'text', optional: false, absent: NO_NAME, read };
}

/** A code of a fixed form, and the set of permitted codes if there is one. */
export function codeColumn(
  header: string,
  name: string,
  code: {
    readonly form: RegExp;
    readonly malformed: string;
    readonly known?: (references: References) => ReadonlySet<string>;
    readonly unknown?: string;
    readonly optional?: boolean;
    /** The code identifies a person: masked in the report. */
    readonly personal?: boolean;
  },
): Column {
  const malformed = new Refusal(code.malformed);
  const unknown = new Refusal(code.unknown ?? code.malformed);
  const { form, known } = code;
  return {
    header,
    name,
    type: 'text',
    optional: code.optional ?? false,
    read: (value, references) => {
      if (!form.test(value)) return malformed;
      return known === undefined || known(references).has(value) ? value : unknown;
    },
    ...(code.personal === true ? {} : { publicForm: form }),
  };
}

export function dateColumn(
  header: string,
  name: string,
  options: { readonly optional?: boolean; readonly pastOnly?: boolean } = {},
): Column {
  const pastOnly = options.pastOnly ?? false;
  return {
    header,
    name,
    type: 'date',
    optional: options.optional ?? false,
    read: (value, references) => {
      if (!isCalendarDay(value)) return BAD_DATE;
      return pastOnly && value > references.today ? FUTURE_DATE : value;
    },
  };
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * A calendar day from 1850 to 2999, as `YYYY-MM-DD`. Parsed by hand: for tens of millions of rows with several dates
 * each, a Date and a regular expression per date took a third of the import's time.
 */
function isCalendarDay(value: string): boolean {
  if (value.length !== 10 || value.charCodeAt(4) !== HYPHEN || value.charCodeAt(7) !== HYPHEN) return false;
  const year = numberAt(value, 0) * 100 + numberAt(value, 2);
  const month = numberAt(value, 5);
  const day = numberAt(value, 8);
  if (!(year >= 1850 && year <= 2999 && day >= 1 && day <= (DAYS[month - 1] ?? 0))) return false; // false for NaN too
  return month !== 2 || day !== 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

const HYPHEN = 0x2d;

/** The number of two digits; NaN if they are not digits. */
function numberAt(value: string, index: number): number {
  const tens = value.charCodeAt(index) - 48;
  const units = value.charCodeAt(index + 1) - 48;
  return tens >= 0 && tens <= 9 && units >= 0 && units <= 9 ? tens * 10 + units : NaN;
}

const BAD_IDENTIFIER = new Refusal('codice fiscale o STP non valido (forma o carattere di controllo)');
const BAD_FORMER = new Refusal(
  'non tutti sono codici fiscali o codici STP validi, separati da uno spazio (forma o carattere di controllo)',
);
const BAD_CODICE_FISCALE = new Refusal('codice fiscale non valido (forma o carattere di controllo)');
const SMALL_LETTERS = new Refusal('lettere minuscole: scriverlo in maiuscolo');
const UNKNOWN_DOCTOR = new Refusal('medico sconosciuto');

/** Codice fiscale, provisional one or STP code. */
export function personColumn(header: string, name: string): Column {
  return {
    header,
    name,
    type: 'text',
    optional: false,
    read: (value) => {
      if (isPersonIdentifier(value)) return value;
      return isPersonIdentifier(value.toUpperCase()) ? SMALL_LETTERS : BAD_IDENTIFIER;
    },
  };
}

/** Former identifiers of the person [G-5], separated by blanks; stored without duplicates. */
export function formerIdentifiersColumn(header: string, name: string): Column {
  const read = (value: string): string | Refusal => {
    const identifiers = new Set(value.split(/\s+/));
    return [...identifiers].every(isPersonIdentifier) ? [...identifiers].join(' ') : BAD_FORMER;
  };
  return { header, name, type: 'text', optional: true, mayLack: true, read };
}

export function doctorKeyColumn(header: string, name: string): Column {
  return {
    header,
    name,
    type: 'text',
    optional: false,
    read: (value) => {
      if (isCodiceFiscale(value)) return value;
      return isCodiceFiscale(value.toUpperCase()) ? SMALL_LETTERS : BAD_CODICE_FISCALE;
    },
  };
}

/** The doctor of a person. A known one needs no further check: the set holds only doctors that an import accepted. */
export function doctorColumn(header: string, name: string): Column {
  return {
    header,
    name,
    type: 'text',
    optional: true,
    read: (value, { doctors }) => {
      if (doctors.has(value)) return value;
      return isCodiceFiscale(value) ? UNKNOWN_DOCTOR : BAD_CODICE_FISCALE;
    },
  };
}
