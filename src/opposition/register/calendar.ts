/**
 * Days and terms of the opposition: coming of age, the thirty days that follow an event. Calendar days only; which day
 * it is in Rome is platform/clock's affair.
 */
import type { IsoDate } from '../../platform/clock.js';

/** "Entro 30 giorni" (chapter 6): the day of the event is not counted, the thirtieth after it is the last one. */
export const LATE_TERM_DAYS = 30;

const MAJORITY_YEARS = 18;
const DAY_MS = 86_400_000;

export function addDays(day: IsoDate, days: number): IsoDate {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/**
 * The day on which a person comes of age. Who was born on 29 February does on 28 February of a year that has no 29th:
 * a term that ends on a day that the month lacks ends on its last day (art. 2963 of the civil code).
 */
export function majorityDay(birthDate: IsoDate): IsoDate {
  const year = String(Number(birthDate.slice(0, 4)) + MAJORITY_YEARS).padStart(4, '0');
  const anniversary = `${year}${birthDate.slice(4)}`;
  const isDay = new Date(`${anniversary}T00:00:00Z`).toISOString().startsWith(anniversary);
  return isDay ? anniversary : `${year}-02-28`;
}

/** Whether a day lies within the thirty days after an event, the day of the event and the thirtieth included. */
export function isWithinLateTerm(event: IsoDate, day: IsoDate): boolean {
  return event <= day && day <= addDays(event, LATE_TERM_DAYS);
}
