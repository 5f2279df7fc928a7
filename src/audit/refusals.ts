/**
 * Limits the rows of refusals that anybody can cause: nobody may delete access-log rows early [T-60] [S-3], so
 * strangers must not be able to fill the log. In each minute the first refusal of a kind from a network gets its own
 * row immediately; further ones are counted, and one row with their number is written when the minute ends. Attempts on
 * accounts have a separate quota, which strangers cannot use up. The counts are in memory: a crash loses at most those
 * of one minute. Does not know the reasons for refusals.
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
   * @param isIdentified an attempt on a known account: each gets its own row while the minute's quota lasts; counted
   * ones keep the user id
   * @returns when the row is written; at once when the refusal is only counted
   */
  refused(access: Access, outcome: string, isIdentified: boolean): Promise<void>;
  /** Writes the rows of the counts; runs automatically at the end of each minute. */
  flush(): Promise<void>;
}

const MINUTE_MS = 60_000;
/**
 * Limits per minute, separately for strangers and for attempts on accounts: single rows, and counts by network; for
 * accounts as many counts by account only. All together at most 22 rows a second, 400 MB a day.
 */
const MAX_ROWS = 256;
const MAX_COUNTED = 256;

interface Counted {
  readonly access: Access;
  readonly outcome: string;
  readonly isIdentified: boolean;
  times: number;
}

/** The refusals in a minute, of strangers or of attempts on accounts. */
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

  /** @param access of the first refusal: its request and instant represent all of them */
  function count(access: Access, outcome: string, times: number, isIdentified: boolean): void {
    const { counted } = isIdentified ? tallies.accounts : tallies.strangers;
    const userId = isIdentified ? access.userId : undefined;
    const clientAddress = networkOf(access.clientAddress);
    // From the most detailed key to the least detailed, which always fits.
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
      // Write them with the next minute's.
      for (const { access, outcome, times, isIdentified } of all) count(access, outcome, times, isIdentified);
      schedule();
      const refusals = all.reduce((sum, { times }) => sum + times, 0);
      log.error('cannot write counted refusals to the access log: trying again in the next minute', {
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
