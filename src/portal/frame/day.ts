/** Days as people enter them, in three fields. */
import { isIsoDate } from '../../platform/clock.js';
import type { IsoDate } from '../../platform/clock.js';
import type { Catalogue } from '../texts/index.js';
import type { Form } from './form.js';

export interface TypedDay {
  readonly day: string;
  readonly month: string;
  readonly year: string;
}

const YEAR = /^(?:[0-9]{2}|[0-9]{4})$/;
const MONTHS = [
  ...['gennaio', 'febbraio', 'marzo', 'aprile', 'maggio', 'giugno'],
  ...['luglio', 'agosto', 'settembre', 'ottobre', 'novembre', 'dicembre'],
];

export function typedDay(form: Form, name: string): TypedDay {
  return {
    day: form.text(`${name}-giorno`, 12),
    month: form.text(`${name}-mese`, 12),
    year: form.text(`${name}-anno`, 12),
  };
}

/** The fields of a day again. */
export function dayFields(name: string, { day, month, year }: TypedDay): Record<string, string> {
  return { [`${name}-giorno`]: day, [`${name}-mese`]: month, [`${name}-anno`]: year };
}

export function typedOf(day: IsoDate): TypedDay {
  const [year = '', month = '', dayOfMonth = ''] = day.split('-');
  return { day: String(Number(dayOfMonth)), month: String(Number(month)), year };
}

/**
 * What is wrong with a day of which `dayOf` makes none.
 * @param label of its fields: a page may have several days
 */
export function dayProblem({ day, month, year }: TypedDay, label: string, { form }: Catalogue): string {
  const parts = [day, month, year];
  if (parts.every((part) => part === '')) return form.dayMissing(label);
  const isReadable = /^[0-9]{1,2}$/.test(day) && monthOf(month) !== undefined && YEAR.test(year);
  return isReadable ? form.noSuchDay(label, parts.join(' ')) : form.dayForm(label);
}

/**
 * A month may be written out, or by its first three letters; a year of two digits is of this century.
 * @returns undefined: the calendar has no such day
 */
export function dayOf({ day, month, year }: TypedDay): IsoDate | undefined {
  if (!/^[0-9]{1,2}$/.test(day) || !YEAR.test(year)) return undefined;
  const number = monthOf(month);
  if (number === undefined) return undefined;
  const text = `${year.padStart(4, '20')}-${String(number).padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isIsoDate(text) ? text : undefined;
}

function monthOf(month: string): number | undefined {
  if (/^[0-9]{1,2}$/.test(month)) return Number(month);
  const word = month.toLowerCase();
  const index = word.length < 3 ? -1 : MONTHS.findIndex((name) => name === word || name.slice(0, 3) === word);
  return index < 0 ? undefined : index + 1;
}
