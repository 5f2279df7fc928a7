/** Days and times for people, in Rome's time. */
import type { IsoDate } from '../../platform/clock.js';

const DAY = new Intl.DateTimeFormat('it-IT', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric' });
const TIME = new Intl.DateTimeFormat('it-IT', { timeZone: 'Europe/Rome', hour: '2-digit', minute: '2-digit' });
const INSTANT = new Intl.DateTimeFormat('it-IT', {
  timeZone: 'Europe/Rome',
  dateStyle: 'long',
  timeStyle: 'short',
});

/** `7 settembre 2020` */
export function dayInWords(day: IsoDate): string {
  return DAY.format(new Date(`${day}T00:00:00Z`));
}

/** `09:05` */
export function timeInWords(at: Date): string {
  return TIME.format(at);
}

/** `7 settembre 2020 alle ore 09:05` */
export function instantInWords(at: Date): string {
  return INSTANT.format(at);
}
