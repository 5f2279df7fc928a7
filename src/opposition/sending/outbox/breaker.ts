/**
 * Circuit breaker of one region: after several failures in a row it pauses sending, then allows one probe. A region
 * that is down thus costs one attempt per pause, not one per notification. Independent of what is sent and what counts
 * as a failure: a lane has one breaker for transport, and one with short pauses for answers that may mean an outage
 * (lane.ts).
 */
import { backoffMs } from '../../../platform/backoff.js';
import type { BackoffPolicy } from '../../../platform/backoff.js';

export interface BreakerPolicy extends BackoffPolicy {
  /** Failures in a row that open the breaker. */
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

  /** `probing`: the pause is over, one exchange may test whether the region is back. */
  phase(now: Date): 'closed' | 'open' | 'probing' {
    if (this.openUntil === undefined) return 'closed';
    return now < this.openUntil ? 'open' : 'probing';
  }

  /** Resets the count of failures. */
  answered(): void {
    this.failuresInARow = 0;
    this.openings = 0;
    this.openUntil = undefined;
  }

  /** @returns whether this failure opened the breaker, or reopened it after a probe */
  failed(now: Date): boolean {
    const phase = this.phase(now);
    if (phase === 'open') return false; // was in progress when the breaker opened
    this.failuresInARow++;
    if (phase === 'closed' && this.failuresInARow < this.policy.failures) return false;
    this.openings++;
    this.openUntil = new Date(now.getTime() + backoffMs(this.openings, this.policy, this.random));
    return true;
  }
}
