/** The recently read lists: turning the pages of a list is not another access to it [T-60]. */
import type { Session } from '../../../auth/index.js';
import type { Clock } from '../../../platform/clock.js';
import type { TestedPerson } from '../../../screening/index.js';

/** A list is read again after this long, ms: it may have changed. */
const KEEP_MS = 5 * 60_000;
/** Maximum of persons in all lists together: some 20 MB. */
const MOST_PERSONS = 50_000;

export interface ListMemory {
  keep(session: Session, titular: string, persons: readonly TestedPerson[]): void;
  /** Drops earlier lists after a change. */
  forget(session: Session, titular: string): void;
  /** @returns undefined: not read recently in this session */
  recall(session: Session, titular: string): readonly TestedPerson[] | undefined;
}

export function createListMemory(clock: Clock): ListMemory {
  const lists = new Map<string, { readonly persons: readonly TestedPerson[]; readonly until: number }>();
  let held = 0;
  const keyOf = ({ token }: Session, titular: string): string => `${token} ${titular}`;

  function forget(key: string): void {
    held -= lists.get(key)?.persons.length ?? 0;
    lists.delete(key);
  }

  return {
    keep(session, titular, persons) {
      const key = keyOf(session, titular);
      forget(key);
      const now = clock.now().getTime();
      for (const [oldest, { until }] of lists) {
        if (until > now && held + persons.length <= MOST_PERSONS) break;
        forget(oldest);
      }
      if (persons.length > MOST_PERSONS) return;
      lists.set(key, { persons, until: now + KEEP_MS });
      held += persons.length;
    },
    forget: (session, titular) => {
      forget(keyOf(session, titular));
    },
    recall(session, titular) {
      const key = keyOf(session, titular);
      const found = lists.get(key);
      if (found === undefined || found.until > clock.now().getTime()) return found?.persons;
      forget(key);
      return undefined;
    },
  };
}
