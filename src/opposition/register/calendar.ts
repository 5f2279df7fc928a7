/** Terms of the opposition in calendar days: coming of age, the thirty days that follow an event. */
import { addDays, isIsoDate } from '../../platform/clock.js';
import type { IsoDate } from '../../platform/clock.js';

/** "Entro 30 giorni" (chapter 6): the day of the event is not counted, the thirtieth after it is the last one. */
export const LATE_TERM_DAYS = 30;

const MAJORITY_YEARS = 18;

/**
 * The day on which a person comes of age. Who was born on 29 February does on 28 February of a year that has no 29th:
 * a term that ends on a day that the month lacks ends on its last day (art. 2963 of the civil code).
 */
export function majorityDay(birthDate: IsoDate): IsoDate {
  const year = String(Number(birthDate.slice(0, 4)) + MAJORITY_YEARS).padStart(4, '0');
  const anniversary = `${year}${birthDate.slice(4)}`;
  return isIsoDate(anniversary) ? anniversary : `${year}-02-28`;
}

/** Whether a day lies within the thirty days after an event, the day of the event and the thirtieth included. */
export function isWithinLateTerm(event: IsoDate, day: IsoDate): boolean {
  return event <= day && day <= addDays(event, LATE_TERM_DAYS);
}
