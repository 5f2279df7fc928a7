/**
 * The record layout of decisions of the first term [O-8]: the fields that chapter 5 requires, and the values that each
 * column may hold. Reasons are in Italian, because the reject report shows them verbatim.
 */
import { isIsoDate, romeDate } from '../../platform/clock.js';
import { readText, Refusal, wordColumn } from '../../platform/csv/index.js';
import type { Column, RowRule } from '../../platform/csv/index.js';
import { isPersonIdentifier, isStpCode } from '../../platform/ids/index.js';
import type { Term } from './model.js';

/** Reference data for the rows, read once per file. */
export interface References {
  /** The windows of the first term. */
  readonly terms: readonly Pick<Term, 'opensOn' | 'closesOn'>[];
  /** Codes of the registry's regions. */
  readonly regions: ReadonlySet<string>;
}

const BAD_IDENTIFIER = new Refusal('codice fiscale o STP non valido (forma o carattere di controllo)');
const BAD_DATE = new Refusal('data inesistente o non nel formato AAAA-MM-GG o AAAA-MM-GGThh:mm:ss con il fuso orario');
const OUT_OF_TERM = new Refusal('data fuori dal primo termine (fino al 30-06-2024, come da opposition-window list)');
const ROLE_TOO_LONG = new Refusal('ruolo oltre 100 caratteri');
const UNKNOWN_REGION = new Refusal('regione sconosciuta: tre cifre, o SASN');
const NOT_A_PERSON = new Refusal('chi inserisce per conto di un altro ha un codice fiscale');
const NOT_EXPRESSED = new Refusal('NON ESPRESSO è l’assenza di decisioni: la riga non va indicata');

const INSTANT = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,3})?(?:Z|[+-]\d{2}:\d{2})$/;

/** @returns the text of a PostgreSQL timestamp; a day without time means its start in Rome */
function readDate(value: string, { terms }: References): string | Refusal {
  const isDay = isIsoDate(value);
  const day = isDay ? value : (INSTANT.exec(value)?.[1] ?? '');
  const instant = new Date(value);
  if (!isIsoDate(day) || Number.isNaN(instant.getTime())) return BAD_DATE;
  const romeDay = isDay ? value : romeDate(instant);
  if (!terms.some(({ opensOn, closesOn }) => opensOn <= romeDay && romeDay <= closesOn)) return OUT_OF_TERM;
  return isDay ? `${value} 00:00 Europe/Rome` : value;
}

const identifier = (header: string, name: string): Column<References> => ({
  ...{ header, name, type: 'text', optional: false },
  read: (value) => (isPersonIdentifier(value) ? value : BAD_IDENTIFIER),
});

const words: Column<References> = wordColumn(
  'opposizione',
  'value',
  new Map([
    ['OPPOSIZIONE', 'opposition'],
    ['REVOCA OPPOSIZIONE', 'revocation'],
  ]),
);

export const IMPORT_COLUMNS: readonly Column<References>[] = [
  identifier('identificativo_soggetto', 'subject'),
  {
    ...words,
    read: (value, references) => (value === 'NON ESPRESSO' ? NOT_EXPRESSED : words.read(value, references)),
    publicForm: /^(?:(?:REVOCA )?OPPOSIZIONE|NON ESPRESSO)$/,
  },
  { header: 'data_opposizione', name: 'decided_at', type: 'text', optional: false, read: readDate },
  identifier('soggetto_accesso', 'entered_by'),
  {
    ...({ header: 'ruolo_accesso', name: 'entered_role', type: 'text', optional: false } as const),
    read: (value) => (value.length > 100 ? ROLE_TOO_LONG : readText(value)),
  },
  {
    ...({ header: 'regione', name: 'region', type: 'text', optional: true, mayLack: true } as const),
    read: (value, { regions }) => (value === 'SASN' || regions.has(value) ? value : UNKNOWN_REGION),
    publicForm: /^(?:[0-9]{3}|SASN)$/,
  },
];

export const importRule: RowRule<References> = (value) => {
  const enteredBy = value('entered_by') ?? '';
  const isForAnother = enteredBy !== value('subject');
  return isForAnother && isStpCode(enteredBy) ? { column: 'entered_by', refusal: NOT_A_PERSON } : undefined;
};
