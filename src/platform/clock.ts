/** The source of the present time, so that tests can move it. */
export interface Clock {
  /** The present instant. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A calendar day as `YYYY-MM-DD`. */
export type IsoDate = string;

/**
 * Whether a text is a day of the calendar. A text that `Date` rejects, or reads as another day (30 February), is not.
 */
export function isIsoDate(text: string): text is IsoDate {
  // PostgreSQL has no year 0.
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) return false;
  const instant = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(text);
}

const romeFields = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Rome',
  dateStyle: 'short',
  timeStyle: 'medium',
});

const QUARTER_MS = 15 * 60_000;
let offsetQuarter = Number.NaN;
let offsetMs = 0;

/** Offset of Rome's time from UTC. Offsets change only at quarter hours: one look-up serves a whole quarter. */
function romeOffset(instant: Date): number {
  const quarter = Math.floor(instant.getTime() / QUARTER_MS);
  if (quarter !== offsetQuarter) {
    const local = Date.parse(`${romeFields.format(instant).replace(' ', 'T')}Z`);
    offsetMs = local - Math.floor(instant.getTime() / 1000) * 1000;
    offsetQuarter = quarter;
  }
  return offsetMs;
}

/** The calendar day in Europe/Rome at an instant: the day that counts for every rule of the specifications. */
export function romeDate(instant: Date): IsoDate {
  return romeDateTime(instant).slice(0, 10);
}

let secondDone = Number.NaN;
let upToSecond = '';
let offsetText = '';

/** An instant as xs:dateTime in Rome's time, with milliseconds and offset: `2020-09-01T10:15:30.123+02:00`. */
export function romeDateTime(instant: Date): string {
  const time = instant.getTime();
  const second = Math.floor(time / 1000);
  // Formatting a date is slow, and many instants fall into one second.
  if (second !== secondDone) {
    const offset = romeOffset(instant);
    const minutes = Math.abs(offset) / 60_000;
    const two = (value: number) => String(value).padStart(2, '0');
    upToSecond = new Date(time + offset).toISOString().slice(0, -'000Z'.length);
    offsetText = `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
    secondDone = second;
  }
  return `${upToSecond}${String(time - second * 1000).padStart(3, '0')}${offsetText}`;
}

/** Length of a calendar day, without regard to daylight saving time in Rome. */
export const DAY_MS = 86_400_000;

/** The calendar day so many days later; earlier when `days` is negative. */
export function addDays(day: IsoDate, days: number): IsoDate {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days from one calendar day to another; negative when `to` is earlier. */
export function daysBetween(from: IsoDate, to: IsoDate): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}
