/**
 * Refusals that anybody can cause, in a log that nobody can empty [T-60] [S-3]: what a stranger sends must not fill it. In each
 * minute the first of a kind from a network has a row of its own, at once; the further ones are counted, and leave one row
 * with their number when the minute is over. What is counted is in memory: a crash loses a minute of it at most.
 * Refuses to know why somebody is refused.
 */
import { networkOf } from '../platform/address.js';
import type { Clock } from '../platform/clock.js';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import { ACCESS_ARRAYS, ACCESS_COLUMNS, NEXT_TRANSACTION_ID, accessArrays } from './access-log.js';
import type { Access, AccessLog } from './access-log.js';

export interface RefusalLog {
  /**
   * @param isIdentified an attempt on a known account: each has its own row, as far as the minute's rows reach
   * @returns when its row is written, or at once when it is counted
   */
  refused(access: Access, outcome: string, isIdentified: boolean): Promise<void>;
  /** Writes what is counted; happens by itself at the end of a minute. */
  flush(): Promise<void>;
}

const MINUTE_MS = 60_000;
/** Rows of their own in a minute, and rows with a number: 8 a second at most, 150 MB a day, whoever sends what. */
const MAX_ROWS = 256;
const MAX_COUNTED = 256;

interface Counted {
  readonly access: Access;
  readonly outcome: string;
  times: number;
}

export function createRefusalLog(db: DataSource, accessLog: AccessLog, clock: Clock, log: Logger): RefusalLog {
  let minute = 0;
  let rows = 0;
  const seen = new Set<string>();
  let counted = new Map<string, Counted>();
  let timer: NodeJS.Timeout | undefined;
  let written = Promise.resolve();
  const insert = statement(
    db,
    'audit.refusals',
    `INSERT INTO audit.access_log (transaction_id, ${ACCESS_COLUMNS}, outcome, times)
     SELECT ${NEXT_TRANSACTION_ID}, refusal.* FROM unnest(${ACCESS_ARRAYS}, $9::text[], $10::integer[]) AS refusal`,
  );

  /** @param access of the first of them: its request and its instant stand for all */
  function count(access: Access, outcome: string, times: number): void {
    const { operation, method } = access;
    const keyOf = (network: string) => [network, operation, method, outcome].join(' ');
    let from = { ...access, userId: undefined, clientAddress: networkOf(access.clientAddress) };
    if (!counted.has(keyOf(from.clientAddress)) && counted.size >= MAX_COUNTED) from = { ...from, clientAddress: '' };
    const key = keyOf(from.clientAddress);
    const known = counted.get(key);
    if (known === undefined) counted.set(key, { access: from, outcome, times });
    else known.times += times;
  }

  async function write(): Promise<void> {
    const all = [...counted.values()];
    if (all.length === 0) return;
    counted = new Map();
    try {
      await insert([
        ...accessArrays(all.map(({ access }) => access)),
        all.map(({ outcome }) => outcome),
        all.map(({ times }) => times),
      ]);
    } catch (error) {
      // With the next minute's, then.
      for (const { access, outcome, times } of all) count(access, outcome, times);
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
      rows = 0;
      seen.clear();
      await flush();
    }
    schedule();
  }

  return {
    async refused(access, outcome, isIdentified) {
      await turnMinute();
      const kind = [networkOf(access.clientAddress), access.operation, access.method, outcome].join(' ');
      if (rows >= MAX_ROWS || (!isIdentified && seen.has(kind))) {
        count(access, outcome, 1);
        return;
      }
      rows++;
      if (!isIdentified) seen.add(kind);
      await accessLog.record(access, outcome);
    },
    flush,
  };
}
