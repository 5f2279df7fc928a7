/**
 * The lease of one job while it runs in this process: a heartbeat that extends it, and the signal to the job when it is
 * lost. A lease that could not be extended in time is lost too: another worker may have the job by then.
 */
import { performance } from 'node:perf_hooks';
import type { JobRun } from './kind.js';
import type { Claimed, JobStore } from './store.js';

/** Thrown into a job whose lease is gone. */
class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  constructor() {
    super('the lease of the job is lost');
  }
}

/** Reason of an interruption: the job returns to the queue, and the attempt does not count. */
class WorkerStopping extends Error {
  override readonly name = 'WorkerStopping';

  constructor() {
    super('the worker is stopping');
  }
}

/** Heartbeats per lease: two may fail without harm. */
const BEATS = 4;
/** Here the lease ends earlier than in the database, which counts from the execution of the statement. */
const SHARE_HERE = 0.9;

export class JobLease {
  private readonly ending = new AbortController();
  private readonly heart: NodeJS.Timeout;
  private expiry: NodeJS.Timeout;
  private state: 'held' | 'lost' | 'released' = 'held';

  constructor(
    private readonly job: Claimed,
    private readonly store: JobStore,
    private readonly leaseMs: number,
    /** By `performance.now`, before the claim was sent: its answer may have been late. */
    claimedAt: number,
  ) {
    this.expiry = this.expireLater(claimedAt);
    this.heart = setInterval(() => {
      this.prolong().catch(() => undefined); // the database is unavailable: the next heartbeat may succeed, or the lease expires
    }, leaseMs / BEATS);
  }

  get isLost(): boolean {
    return this.state === 'lost';
  }

  /** Interrupts the job because the process stops. */
  get isInterrupted(): boolean {
    return this.ending.signal.reason instanceof WorkerStopping;
  }

  interrupt(): void {
    this.ending.abort(new WorkerStopping());
  }

  /** The work has ended: its outcome is written before this lease ends, or not at all. */
  stopBeating(): void {
    clearInterval(this.heart);
  }

  /** Ends the heartbeat; in the database the lease ends with the settlement. */
  release(): void {
    if (this.isHeld()) this.state = 'released';
    this.stopBeating();
    clearTimeout(this.expiry);
  }

  /** The lease is lost: the outcome no longer counts. */
  lose(): void {
    if (this.isHeld()) this.state = 'lost';
    this.release();
    if (this.isLost) this.ending.abort(new LeaseLost());
  }

  /** The context in which the job runs. */
  run(): JobRun {
    const { id, subject } = this.job;
    return {
      id,
      subject: subject ?? undefined,
      signal: this.ending.signal,
      progress: async (done, total) => {
        await this.prolong({ done, total });
        if (this.isLost) throw new LeaseLost();
      },
    };
  }

  private async prolong(progress?: { readonly done: number; readonly total: number }): Promise<void> {
    if (!this.isHeld()) return;
    const expiry = this.expireLater(performance.now()); // counted from before the statement is sent
    let isKept;
    try {
      isKept = await this.store.keep(this.job, this.leaseMs, progress);
    } catch (error) {
      clearTimeout(expiry);
      throw error;
    }
    clearTimeout(this.expiry);
    this.expiry = expiry;
    if (!isKept) this.lose();
    if (!this.isHeld()) clearTimeout(expiry); // released meanwhile
  }

  private isHeld(): boolean {
    return this.state === 'held';
  }

  private expireLater(from: number): NodeJS.Timeout {
    const end = from + this.leaseMs * SHARE_HERE;
    return setTimeout(
      () => {
        this.lose();
      },
      Math.max(0, end - performance.now()),
    );
  }
}
