/**
 * Runs the jobs of one process: keeps the schedules, claims what is due, holds the lease, writes the outcome. Any
 * number of processes may run at once. Does not know what a job does.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { types } from 'node:util';
import { backoffMs } from '../backoff.js';
import type { BackoffPolicy } from '../backoff.js';
import type { Clock } from '../clock.js';
import { isDatabaseUnavailable } from '../db/index.js';
import type { DataSource } from '../db/index.js';
import type { Logger } from '../log.js';
import type { JobKind } from './kind.js';
import { JobLease } from './lease.js';
import { nextSlot } from './schedule.js';
import { createJobStore } from './store.js';
import type { Claimed, Outcome } from './store.js';

export interface JobRunnerOptions {
  /** The TS database, as the worker. */
  readonly db: DataSource;
  readonly kinds: readonly JobKind[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Non-default times and numbers, for tests. */
  readonly policy?: Partial<JobPolicy>;
  /** From 0 to less than 1: spreads retries. */
  readonly random?: () => number;
}

export interface JobPolicy {
  /** Interval between two searches for due jobs, ms. */
  readonly pollMs: number;
  /** How long a killed worker's jobs wait for another worker, ms; heartbeats are four times as frequent. */
  readonly leaseMs: number;
  /** Jobs at once in this process. */
  readonly concurrency: number;
  /** How long a stopping process waits for its jobs, ms. */
  readonly graceMs: number;
  readonly retry: BackoffPolicy;
}

export interface JobRunner {
  /** Runs what is due until stopped, despite failures of jobs and database. */
  start(): void;
  /** Starts nothing new, interrupts the running jobs and returns unfinished ones to the queue. */
  stop(): Promise<void>;
}

/** The lease is below a minute, so that another worker takes over within a minute. Decision 0040. */
const DEFAULT_JOB_POLICY: JobPolicy = {
  pollMs: 2_000,
  leaseMs: 45_000,
  concurrency: 4,
  graceMs: 15_000,
  retry: { firstMs: 30_000, longestMs: 3_600_000 },
};

/** @throws Error when two kinds have one name, or a schedule cannot be read */
export function createJobRunner({
  db,
  kinds,
  clock,
  log,
  random = Math.random,
  ...given
}: JobRunnerOptions): JobRunner {
  const policy = { ...DEFAULT_JOB_POLICY, ...given.policy };
  const kindOf = new Map(kinds.map((kind) => [kind.name, kind]));
  if (kindOf.size !== kinds.length) throw new Error('two kinds of jobs have the same name');
  for (const { schedule } of kinds) if (schedule !== undefined) nextSlot(schedule, clock.now());
  const store = createJobStore(db);
  const running = new Map<JobLease, Promise<void>>();
  let isStopping = false;
  /** Ends the wait between two turns. A new one for each turn: a long-lived signal would collect listeners. */
  let turn = new AbortController();
  let loop: Promise<void> | undefined;

  const hasToStop = (): boolean => isStopping;

  /**
   * Enqueues a slot that was missed while no worker ran, once; the schedule continues after its start. A future slot
   * moves when the operator changes the schedule, and is removed with it.
   */
  async function keepSchedules(): Promise<void> {
    for (const { kind, isQueued, waitingSlot, after } of await store.lastRuns([...kindOf.keys()])) {
      const schedule = kindOf.get(kind)?.schedule;
      const now = clock.now();
      if (!isQueued) {
        if (schedule !== undefined) await store.schedule(kind, nextSlot(schedule, after ?? now), now);
      } else if (waitingSlot !== null) {
        const slot = slotInstead(waitingSlot, schedule, after, now);
        if (slot?.getTime() !== waitingSlot.getTime()) await store.reschedule(kind, waitingSlot, slot);
      }
    }
  }

  async function work(): Promise<void> {
    await keepSchedules();
    for (const lost of await store.abandon(kinds, clock.now())) {
      log.error('ALARM a job was given up: its worker is gone and no attempt is left', lost);
    }
    const free = policy.concurrency - running.size;
    if (free <= 0) return;
    const claimedAt = performance.now();
    for (const job of await store.claim(kinds, free, clock.now(), policy.leaseMs)) {
      const lease = new JobLease(job, store, policy.leaseMs, claimedAt);
      const end = execute(job, lease).finally(() => {
        running.delete(lease);
        turn.abort(); // another job may be due, and the next slot of the schedule must be made
      });
      running.set(lease, end);
    }
  }

  async function execute(job: Claimed, lease: JobLease): Promise<void> {
    const about = { kind: job.kind, job: job.id, attempt: job.attempts };
    let outcome: Outcome;
    try {
      const result = await kindOf.get(job.kind)?.run(lease.run());
      if (result === undefined) throw new Error('no such kind of job');
      outcome = { state: 'done', result };
    } catch (error) {
      outcome = failed(job, lease, error);
      if (outcome.state === 'exhausted') log.error('ALARM a job was given up', { ...about, error });
      else if (outcome.state === 'queued') log.warn('a job failed and will be tried again', { ...about, error });
    }
    lease.stopBeating();
    try {
      if (!(await written(job, lease, outcome))) log.warn('a job lost its lease: its outcome does not count', about);
      else if (outcome.state === 'done') log.info('a job is done', { ...about, result: outcome.result });
    } finally {
      lease.release();
    }
  }

  function failed(job: Claimed, lease: JobLease, error: unknown): Outcome {
    const now = clock.now();
    if (lease.isInterrupted) return { state: 'untried', dueAt: now };
    if (job.attempts >= (kindOf.get(job.kind)?.maxAttempts ?? 1))
      return { state: 'exhausted', error: namedError(error) };
    const dueAt = new Date(now.getTime() + backoffMs(job.attempts, policy.retry, random));
    return { state: 'queued', dueAt, error: namedError(error) };
  }

  /**
   * Retries while the database is unavailable: as long as the lease lasts, no other worker repeats the work. When the
   * database refuses the outcome for good, the lease expires as well: another attempt follows, and at the end an alarm.
   */
  async function written(job: Claimed, lease: JobLease, outcome: Outcome): Promise<boolean> {
    while (!lease.isLost) {
      try {
        return await store.settle(job, outcome, clock.now());
      } catch (error) {
        if (!isDatabaseUnavailable(error)) log.error('the outcome of a job cannot be written', { job: job.id, error });
        await pause(Math.min(1_000, policy.pollMs));
      }
    }
    return false;
  }

  async function forEver(): Promise<void> {
    let isKnown = false;
    while (!hasToStop()) {
      turn = new AbortController();
      try {
        await work();
        isKnown = false;
      } catch (error) {
        const level = isDatabaseUnavailable(error) ? 'warn' : 'error';
        if (!isKnown) log.log(level, 'looking for jobs: failed, trying again', { error });
        isKnown = true;
        turn = new AbortController(); // a job that ended meanwhile must not cause an immediate retry
      }
      if (!hasToStop()) await pause(policy.pollMs, undefined, { signal: turn.signal }).catch(() => undefined);
    }
  }

  return {
    start() {
      loop ??= forEver();
    },
    async stop() {
      isStopping = true;
      turn.abort();
      await loop;
      for (const lease of running.keys()) lease.interrupt();
      const ended = Promise.all(running.values()).then(() => true);
      const grace = new AbortController();
      const late = pause(policy.graceMs, false, { signal: grace.signal }).catch(() => false);
      if (!(await Promise.race([ended, late]))) {
        log.warn('jobs do not end: left to another worker when their leases expire', { jobs: running.size });
        for (const lease of running.keys()) lease.lose();
      }
      grace.abort();
    },
  };
}

/** Where a waiting slot belongs by today's schedule, usually where it is. A due one stays: it may have been missed. */
function slotInstead(slot: Date, schedule: string | undefined, after: Date | null, now: Date): Date | undefined {
  if (schedule === undefined) return undefined;
  return slot <= now ? slot : nextSlot(schedule, after === null || after < now ? now : after);
}

/** Class and code only: the text of an error may quote data. */
function namedError(error: unknown): string {
  if (!types.isNativeError(error)) return 'unknown';
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${error.name}${code}`.slice(0, 200);
}
