/**
 * Refusals that anybody can cause, in a log that nobody can empty [T-60] [S-3]: what a stranger sends must not fill it. In each
 * minute the first of a kind from a network has a row of its own, at once; the further ones are counted, and leave one row
 * with their number when the minute is over. Attempts on accounts have a room of their own: strangers cannot fill it. What is
 * counted is in memory: a crash loses a minute of it at most.
 * Does not know why somebody is refused.
 */
import { networkOf } from '../platform/address.js';
import type { Clock } from '../platform/clock.js';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import {
  ACCESS_ARRAYS,
  ACCESS_COLUMNS,
  ACCESS_PARAMETER_COUNT,
  NEXT_TRANSACTION_ID,
  accessArrays,
} from './access-log.js';
import type { Access, AccessLog } from './access-log.js';

export interface RefusalLog {
  /**
   * @param isIdentified an attempt on a known account: each has its own row, as far as the minute's rows for such reach,
   *   and what is counted beyond keeps the user id
   * @returns when its row is written, or at once when it is counted
   */
  refused(access: Access, outcome: string, isIdentified: boolean): Promise<void>;
  /** Writes what is counted; happens by itself at the end of a minute. */
  flush(): Promise<void>;
}

const MINUTE_MS = 60_000;
/**
 * Rows of their own in a minute, and numbers by network, of strangers and of attempts on accounts each; beyond, as many numbers
 * by account alone. With them all 22 rows a second, 400 MB a day, whoever sends what.
 */
const MAX_ROWS = 256;
const MAX_COUNTED = 256;

interface Counted {
  readonly access: Access;
  readonly outcome: string;
  readonly isIdentified: boolean;
  times: number;
}

/** The refusals of a minute, of one of the two sorts. */
interface Tally {
  rows: number;
  counted: Map<string, Counted>;
}

const emptyTally = (): Tally => ({ rows: 0, counted: new Map() });

export function createRefusalLog(db: DataSource, accessLog: AccessLog, clock: Clock, log: Logger): RefusalLog {
  let minute = 0;
  const tallies = { strangers: emptyTally(), accounts: emptyTally() };
  const seen = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let written = Promise.resolve();
  const insert = statement(
    db,
    'audit.refusals',
    `INSERT INTO audit.access_log (transaction_id, ${ACCESS_COLUMNS}, outcome, times)
     SELECT ${NEXT_TRANSACTION_ID}, refusal.*
     FROM unnest(${ACCESS_ARRAYS}, $${ACCESS_PARAMETER_COUNT + 1}::text[], $${ACCESS_PARAMETER_COUNT + 2}::integer[]) AS refusal`,
  );

  /** @param access of the first of them: its request and its instant stand for all */
  function count(access: Access, outcome: string, times: number, isIdentified: boolean): void {
    const { counted } = isIdentified ? tallies.accounts : tallies.strangers;
    const userId = isIdentified ? access.userId : undefined;
    const clientAddress = networkOf(access.clientAddress);
    // From the most that can be said to the least, for which there is always room.
    const ways = [{ userId, clientAddress }, ...(isIdentified ? [{ userId, clientAddress: '' }] : [])];
    for (const [index, way] of [...ways, { userId: undefined, clientAddress: '' }].entries()) {
      const key = [way.clientAddress, access.operation, access.method, outcome, way.userId].join(' ');
      const known = counted.get(key);
      if (known !== undefined) {
        known.times += times;
        return;
      }
      if (index < ways.length && counted.size >= MAX_COUNTED * (index + 1)) continue;
      counted.set(key, { access: { ...access, ...way }, outcome, times, isIdentified });
      return;
    }
  }

  async function write(): Promise<void> {
    const all = Object.values(tallies).flatMap(({ counted }) => [...counted.values()]);
    if (all.length === 0) return;
    for (const tally of Object.values(tallies)) tally.counted = new Map();
    try {
      await insert([
        ...accessArrays(all.map(({ access }) => access)),
        all.map(({ outcome }) => outcome),
        all.map(({ times }) => times),
      ]);
    } catch (error) {
      // With the next minute's, then.
      for (const { access, outcome, times, isIdentified } of all) count(access, outcome, times, isIdentified);
      schedule();
      const refusals = all.reduce((sum, { times }) => sum + times, 0);
      log.error('counted refusals could not be written to the access log: they wait for the next minute', {
        refusals,
        error,
      });
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    written = written.then(write);
    return written;
  }

  function schedule(): void {
    timer ??= setTimeout(() => void flush(), MINUTE_MS - (clock.now().getTime() % MINUTE_MS)).unref();
  }

  async function turnMinute(): Promise<void> {
    const now = Math.floor(clock.now().getTime() / MINUTE_MS);
    if (now !== minute) {
      minute = now;
      for (const tally of Object.values(tallies)) tally.rows = 0;
      seen.clear();
      await flush();
    }
    schedule();
  }

  return {
    async refused(access, outcome, isIdentified) {
      await turnMinute();
      const kind = [networkOf(access.clientAddress), access.operation, access.method, outcome].join(' ');
      const tally = isIdentified ? tallies.accounts : tallies.strangers;
      if (tally.rows >= MAX_ROWS || (!isIdentified && seen.has(kind))) {
        count(access, outcome, 1, isIdentified);
        return;
      }
      tally.rows++;
      if (!isIdentified) seen.add(kind);
      await accessLog.record(access, outcome);
    },
    flush,
  };
}
