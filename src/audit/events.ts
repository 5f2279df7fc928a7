/** Rows of the access log that no operation writes: the word in their column `operation`, and the outcomes. */

interface Event {
  readonly meaning: string;
  readonly outcomes: readonly string[];
}

export const EVENTS = {
  'roster-withdraw': { meaning: 'an intake of school staff was withdrawn', outcomes: ['changed'] },
} as const satisfies Readonly<Record<string, Event>>;

export type EventName = keyof typeof EVENTS;
