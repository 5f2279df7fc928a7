/**
 * Circuit breaker of one region: after a run of failures nothing is sent for a while, then one probe. A region that is down
 * so costs one attempt per pause, not one per notification. Does not know what is sent and what a failure is: a lane has
 * one for transport, and one of short pauses for answers that may mean an outage (lane.ts).
 */
import { backoffMs } from '../../../platform/backoff.js';
import type { BackoffPolicy } from '../../../platform/backoff.js';

export interface BreakerPolicy extends BackoffPolicy {
  /** Failures in a row that open it. */
  readonly failures: number;
}

export class Breaker {
  private failuresInARow = 0;
  private openings = 0;
  private openUntil: Date | undefined;

  constructor(
    private readonly policy: BreakerPolicy,
    private readonly random: () => number,
  ) {}

  /** `probing`: the pause is over, one exchange may show whether the region is back. */
  phase(now: Date): 'closed' | 'open' | 'probing' {
    if (this.openUntil === undefined) return 'closed';
    return now < this.openUntil ? 'open' : 'probing';
  }

  /** The run of failures is over. */
  answered(): void {
    this.failuresInARow = 0;
    this.openings = 0;
    this.openUntil = undefined;
  }

  /** @returns whether this failure opened it, or opened it again after a probe */
  failed(now: Date): boolean {
    const phase = this.phase(now);
    if (phase === 'open') return false; // one of those that were under way when it opened
    this.failuresInARow++;
    if (phase === 'closed' && this.failuresInARow < this.policy.failures) return false;
    this.openings++;
    this.openUntil = new Date(now.getTime() + backoffMs(this.openings, this.policy, this.random));
    return true;
  }
}
