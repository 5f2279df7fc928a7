/**
 * The search of the access log [S-3], 6.8. Each search adds a row to the searched log: who searched, the reason and the
 * filters. A codice fiscale in a filter therefore stays in the TS database, which already has it, and no data of the
 * register reach that database [O-4].
 */
import { accessLogIn, recordIn } from '../audit/index.js';
import { Refused, operationsOf } from '../auth/index.js';
import type { Entry, Operation } from '../auth/index.js';
import type { Clock } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';
import { DONE } from '../platform/outcome.js';
import { searchOutcome } from './errors.js';
import type { SearchRefusal } from './errors.js';
import { PAGE_ROWS, placeText, refusalsOf } from './model.js';
import type { LogName, LogSearch } from './model.js';
import { readLog } from './store.js';
import type { FoundRow } from './store.js';

export interface LogPage {
  /** Newest first. */
  readonly found: readonly FoundRow[];
  /** The `after` of the next page; undefined: no more pages. */
  readonly next: string | undefined;
}

export interface LogDesk {
  /** One page. Each page is a transaction with its own log row, including the number of rows shown. */
  readonly search: Operation<LogSearch, SearchRefusal, LogPage>;
}

/** @param tables the database of the log, as its owner */
export function createLogDesk(tables: Queryable, log: LogName, clock: Clock): LogDesk {
  const operation = operationsOf<SearchRefusal>({
    ...{ accessLog: accessLogIn(tables), clock, outcomeOf: searchOutcome },
  });
  // Malformed filters are not logged: their length is unlimited.
  const about = (search: LogSearch): Entry => (refusalsOf(search, log).length === 0 ? { search } : {});
  return {
    search: operation(
      'log-search',
      async (_call, search: LogSearch, access) => {
        const [first, ...others] = refusalsOf(search, log);
        if (first !== undefined) return new Refused([first, ...others]);
        const { rows = PAGE_ROWS.usual } = search;
        const [...found] = await readLog(tables, access, search, rows + 1);
        const hasMore = found.length > rows;
        if (hasMore) found.pop();
        const last = found.at(-1);
        const next = hasMore && last !== undefined ? placeText(last) : undefined;
        return { transactionId: await recordIn(tables, access, DONE.code, found.length), found, next };
      },
      about,
    ),
  };
}
