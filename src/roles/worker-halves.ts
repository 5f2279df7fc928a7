/**
 * Opens the halves of the worker. A half starts as soon as its database is available, the other follows later.
 * Independent of both.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import type { Registry } from '../platform/metrics.js';
import type { WorkerHalf } from './worker-half.js';

export interface HalfPlan {
  /** Name of its database in `/readyz`. */
  readonly name: 'database' | 'consentDatabase';
  /** @throws Error when the database is unavailable, its tables are not of this release, or it is a sandbox's */
  readonly open: () => Promise<WorkerHalf>;
}

export interface WorkerHalves {
  /** By name; undefined: its database has not been available yet. */
  readonly opened: ReadonlyMap<HalfPlan['name'], WorkerHalf | undefined>;
  /** Starts the open halves, and each later one when it opens. */
  start(metrics: Registry): void;
  stop(): Promise<void>;
}

/** How long to wait for a database that starts at the same time. */
const DATABASE_PATIENCE_MS = 60_000;
const DATABASE_RETRY_MS = 1_000;

/**
 * Resolves when one half is open.
 * @throws Error when every database stays unavailable, or an available one does not fit this release
 */
export async function openHalves(plans: readonly HalfPlan[], log: Logger): Promise<WorkerHalves> {
  const opened = new Map<HalfPlan['name'], WorkerHalf | undefined>(plans.map(({ name }) => [name, undefined]));
  const stopping = new AbortController();
  let following: Promise<void> | undefined;

  const isAnyOpen = (): boolean => [...opened.values()].some((half) => half !== undefined);

  /**
   * Tries to open the remaining halves. @param then called for each that opens @returns errors of the others, by name
   */
  async function tryAll(then: (half: WorkerHalf) => void): Promise<ReadonlyMap<HalfPlan['name'], unknown>> {
    const failures = new Map<HalfPlan['name'], unknown>();
    const missing = plans.filter(({ name }) => opened.get(name) === undefined);
    await Promise.all(
      missing.map(async ({ name, open }) => {
        try {
          const half = await open();
          opened.set(name, half);
          then(half);
        } catch (error) {
          failures.set(name, error);
        }
      }),
    );
    return failures;
  }

  /** Logs problems of a late database and retries: the other half is already working. */
  async function follow(metrics: Registry): Promise<void> {
    const said = new Map<string, string>();
    while (!stopping.signal.aborted) {
      const failures = await tryAll((half) => {
        if (!stopping.signal.aborted) half.start(metrics);
      });
      if (failures.size === 0) return;
      for (const [name, error] of failures) {
        const reason = error instanceof Error ? error.message : '';
        if (said.get(name) === reason) continue;
        said.set(name, reason);
        const level = isDatabaseUnavailable(error) ? 'warn' : 'error';
        log.log(level, 'a half of the worker does not start: trying again', { [name]: reason, error });
      }
      await pause(DATABASE_RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await following;
    await Promise.all([...opened.values()].map(async (half) => half?.stop()));
  }

  for (let waited = 0; ; waited += DATABASE_RETRY_MS) {
    const failures = [...(await tryAll(() => undefined)).values()];
    const unfit = failures.filter((error) => !isDatabaseUnavailable(error));
    if (unfit.length > 0 || (!isAnyOpen() && waited >= DATABASE_PATIENCE_MS)) {
      await stop();
      throw unfit[0] ?? failures[0];
    }
    if (isAnyOpen()) break;
    if (waited === 0) log.warn('no database is available yet: waiting', { error: failures[0] });
    await pause(DATABASE_RETRY_MS);
  }
  return {
    opened,
    start(metrics) {
      for (const half of opened.values()) half?.start(metrics);
      following = follow(metrics);
    },
    stop,
  };
}
