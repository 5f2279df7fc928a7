/** Days and times for people, in Rome's time. */
import type { IsoDate } from '../../platform/clock.js';

const MONTH = new Intl.DateTimeFormat('it-IT', { timeZone: 'UTC', month: 'long' });
const MONTHS = Array.from({ length: 12 }, (_, month) => MONTH.format(Date.UTC(2020, month)));
const TIME = new Intl.DateTimeFormat('it-IT', { timeZone: 'Europe/Rome', hour: '2-digit', minute: '2-digit' });
const INSTANT = new Intl.DateTimeFormat('it-IT', {
  timeZone: 'Europe/Rome',
  dateStyle: 'long',
  timeStyle: 'short',
});

/** `7 settembre 2020`. Composed here: a list has hundreds of days, and Intl takes ten times as long for each. */
export function dayInWords(day: IsoDate): string {
  const [year = '', month, dayOfMonth] = day.split('-');
  return `${Number(dayOfMonth)} ${MONTHS[Number(month) - 1] ?? ''} ${year}`;
}

const WEEKDAY = new Intl.DateTimeFormat('it-IT', { timeZone: 'UTC', weekday: 'long' });

/** `giovedì 17 dicembre 2026` */
export function dayWithWeekday(day: IsoDate): string {
  return `${WEEKDAY.format(new Date(`${day}T00:00:00Z`))} ${dayInWords(day)}`;
}

/** `09:05` */
export function timeInWords(at: Date): string {
  return TIME.format(at);
}

/** `7 settembre 2020 alle ore 09:05` */
export function instantInWords(at: Date): string {
  return INSTANT.format(at);
}
