/** Time limits of the opposition in calendar days: coming of age, and the thirty days that follow an event. */
import { addDays, isIsoDate } from '../../platform/clock.js';
import type { IsoDate } from '../../platform/clock.js';

/** "Entro 30 giorni" (chapter 6): excludes the day of the event, includes the thirtieth day after it. */
const LATE_TERM_DAYS = 30;

const MAJORITY_YEARS = 18;

/**
 * The day on which a person comes of age. For a birth on 29 February: 28 February, if the year has no 29th. A term that
 * ends on a day that the month lacks ends on its last day (art. 2963 of the civil code).
 */
export function majorityDay(birthDate: IsoDate): IsoDate {
  const year = String(Number(birthDate.slice(0, 4)) + MAJORITY_YEARS).padStart(4, '0');
  const anniversary = `${year}${birthDate.slice(4)}`;
  return isIsoDate(anniversary) ? anniversary : `${year}-02-28`;
}

/** Whether a day is within thirty days of an event, both ends included. */
export function isWithinLateTerm(event: IsoDate, day: IsoDate): boolean {
  return event <= day && day <= addDays(event, LATE_TERM_DAYS);
}
