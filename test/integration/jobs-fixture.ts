/** A database with the jobs table, workers on it in this process, and a movable clock. */
import { openDatabase, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createJobQueue, createJobRunner } from '../../src/platform/jobs/index.js';
import type { JobKind, JobPolicy, JobQueue, JobRunner } from '../../src/platform/jobs/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createTestDatabase } from '../support/database.js';

export const log = createLogger('silent');

/** Short enough for a test; the lease is long enough for a busy machine. */
export const QUICK: Partial<JobPolicy> = { pollMs: 20, retry: { firstMs: 60_000, longestMs: 60_000 }, graceMs: 5_000 };

/** A promise that is resolved from outside. */
export function promised<Value>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((settle) => (resolve = settle));
  return { promise, resolve };
}

export interface JobsPlace {
  readonly ownerUrl: string;
  /** As the worker's role. */
  readonly db: DataSource;
  readonly queue: JobQueue;
  readonly clock: { now(): Date };
  setNow(instant: string): void;
  /** Starts a runner, which stops with the fixture. */
  runner(kinds: readonly JobKind[], policy?: Partial<JobPolicy>): JobRunner;
  /** Resolves when a statement's first row is true; polls until the test times out. */
  until(sql: string): Promise<void>;
  end(): Promise<void>;
}

export async function jobsPlace(start: string): Promise<JobsPlace> {
  const database = await createTestDatabase();
  const options = { url: database.ownerUrl, entities: [], poolSize: 8, statementTimeoutMs: 30_000, log };
  const db = await openDatabase({ ...options, role: workerRole, applicationName: 'test worker' });
  let now = new Date(start);
  const clock = { now: () => now };
  const runners: JobRunner[] = [];
  return {
    ownerUrl: database.ownerUrl,
    db,
    queue: createJobQueue(db, clock),
    clock,
    setNow(instant) {
      now = new Date(instant);
    },
    runner(kinds, policy = {}) {
      const runner = createJobRunner({ db, kinds, clock, log, policy: { ...QUICK, ...policy }, random: () => 0 });
      runners.push(runner);
      runner.start();
      return runner;
    },
    async until(sql) {
      for (;;) {
        const rows = await db.query<{ met: boolean }[]>(`SELECT (${sql}) AS met, pg_sleep(0.02)`);
        if (rows[0]?.met === true) return;
      }
    },
    async end() {
      await Promise.all(runners.map((runner) => runner.stop()));
      await db.destroy();
      await database.drop();
    },
  };
}
