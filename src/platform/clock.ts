/** Time is given, never taken: everything that needs the present asks a Clock, so that tests can move it. */
export interface Clock {
  /** The present instant. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** A calendar day as `YYYY-MM-DD`. */
export type IsoDate = string;

const romeDay = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Rome', dateStyle: 'short' });

/** The calendar day in Europe/Rome at an instant: the day that counts for every rule of the specifications. */
export function romeDate(instant: Date): IsoDate {
  return romeDay.format(instant);
}
