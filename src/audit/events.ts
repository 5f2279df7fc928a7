/** Rows of the access log that no operation writes: the word in their column `operation`, and the outcomes. */

interface Event {
  readonly meaning: string;
  readonly outcomes: readonly string[];
}

export const EVENTS = {
  'account-create': { meaning: 'an account was made', outcomes: ['changed'] },
  'account-assign': { meaning: 'an operator acts for another ASL', outcomes: ['changed'] },
  'account-reset': { meaning: 'an account got a new password and pincode', outcomes: ['changed'] },
  'account-suspend': { meaning: 'an account was suspended', outcomes: ['changed'] },
  'account-restore': { meaning: 'a suspended account was restored', outcomes: ['changed'] },
  'account-unlock': { meaning: 'failed sign-ins of an account were forgotten', outcomes: ['changed'] },
  'account-remove': { meaning: 'an account was deleted', outcomes: ['changed'] },
  'roster-withdraw': { meaning: 'an intake of school staff was withdrawn', outcomes: ['changed'] },
  'opposition-import': { meaning: 'decisions of the first term were imported', outcomes: ['begun', 'imported'] },
} as const satisfies Readonly<Record<string, Event>>;

export type EventName = keyof typeof EVENTS;
