/**
 * The sender of notifications [N-1..N-4]: one lane per region, each with its own loop, and housekeeping. Owns start and
 * stop. Independent of the protocol.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../../platform/clock.js';
import { isDatabaseUnavailable } from '../../../platform/db/index.js';
import type { DataSource } from '../../../platform/db/index.js';
import type { Logger } from '../../../platform/log.js';
import type { RegionClient, RegionConnection } from '../region.js';
import type { RegionFigures } from './figures.js';
import { RegionLane } from './lane.js';
import type { LanePolicy } from './lane.js';
import { Settlements } from './settlements.js';
import { createOutboxStore } from './store.js';
import type { OutboxStore } from './store.js';

export interface SenderOptions {
  /** The consent database, as the register's role. */
  readonly db: DataSource;
  /** How long a silent region holds up the block [B-2]. */
  readonly blockWaitDays: number;
  readonly connect: (region: RegionConnection) => RegionClient;
  readonly policy: LanePolicy;
  readonly clock: Clock;
  /** From 0 to less than 1; adds jitter to retries. */
  readonly random: () => number;
  readonly log: Logger;
}

export interface Sender {
  /** Sends until stopped, despite failures of regions and database. */
  start(): void;
  /** Starts no exchange, waits for those in progress, writes their outcomes. */
  stop(): Promise<void>;
  /**
   * Sends everything due now, once, and resolves when the outcomes are written; for a sender that is not started.
   * @throws the database's error
   */
  round(): Promise<void>;
  figures(): readonly RegionFigures[];
  /** Notifications of each region that wait or are stuck, by state. */
  readonly depths: OutboxStore['depths'];
}

/** Longest delay before a late expression is seen. */
const IDLE_MS = 1_000;
/** Longest delay before an operator's change is seen: pause, resume, address, concurrency. */
const REFRESH_MS = 2_000;

/** Retry and breaker values for a national service; decisions 0022 and 0073 give the reasons. */
export const DEFAULT_LANE_POLICY: Omit<LanePolicy, 'timeoutMs'> = {
  retry: { attempts: 25, firstMs: 30_000, longestMs: 6 * 3_600_000 },
  breaker: { failures: 5, firstMs: 15_000, longestMs: 300_000 },
  pace: { failures: 20, firstMs: 2_000, longestMs: 10_000 },
};

export function createSender(options: SenderOptions): Sender {
  const { db, blockWaitDays, connect, policy, clock, random, log } = options;
  const store = createOutboxStore(db, blockWaitDays);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal); // every waiting lane listens to it
  const wait = async (ms: number): Promise<void> => {
    await pause(ms, undefined, { signal: stopping.signal }).catch(() => undefined); // stopping ends every wait
  };
  const settlements = new Settlements(store, log);
  const lanes = new Map<string, RegionLane>();
  const running = new Map<string, Promise<void>>();
  let housekeeping: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    const regions = await store.regions();
    for (const region of regions) {
      const lane = lanes.get(region.code);
      if (lane !== undefined) lane.update(region);
      else
        lanes.set(
          region.code,
          new RegionLane(region, { store, settlements, connect, policy, clock, random, wait, log }),
        );
    }
  }

  async function tidy(): Promise<void> {
    for (const window of await store.completeWindows(clock.now())) {
      log.info('every notification of a window is settled', { window });
    }
  }

  /** Logs every failure and retries: a worker that ended by itself would go unnoticed. */
  async function forEver(what: string, everyMs: number, work: () => Promise<void>): Promise<void> {
    let isKnown = false;
    while (!stopping.signal.aborted) {
      try {
        await work();
        isKnown = false;
      } catch (error) {
        const level = isDatabaseUnavailable(error) ? 'warn' : 'error';
        if (!isKnown) log.log(level, `${what}: failed, trying again`, { error });
        isKnown = true;
      }
      await wait(everyMs);
    }
  }

  return {
    start() {
      housekeeping ??= forEver('housekeeping of the sender', REFRESH_MS, async () => {
        await refresh();
        for (const [code, lane] of lanes) {
          if (!running.has(code))
            running.set(
              code,
              forEver(`sending to region ${code}`, IDLE_MS, () => lane.round()),
            );
        }
        await tidy();
      });
    },
    async stop() {
      stopping.abort();
      settlements.hurry();
      for (const lane of lanes.values()) lane.stop();
      await housekeeping;
      await Promise.all(running.values());
      await settlements.written();
      for (const lane of lanes.values()) lane.disconnect();
    },
    async round() {
      await refresh();
      await Promise.all([...lanes.values()].map((lane) => lane.round()));
      await settlements.written();
      await tidy();
    },
    figures: () => [...lanes.values()].map((lane) => lane.figures()),
    depths: () => store.depths(),
  };
}
