/** Counts of the sender's work per region, for metrics and the operator. No personal data. */

export const SENDING_OUTCOMES = ['sent', 'parked', 'exhausted', 'retried', 'unreachable', 'certificate'] as const;
/** `unreachable` counts transport failures, each of which is also a `retried` or an `exhausted`. */
export type SendingOutcome = (typeof SENDING_OUTCOMES)[number];

export interface RegionFigures {
  readonly region: string;
  /** State of the transport breaker. */
  readonly phase: 'closed' | 'open' | 'probing';
  /** The region answers, but only with what may be an outage: it is tried only now and then. */
  readonly isSlowed: boolean;
  readonly isPaused: boolean;
  readonly counts: Readonly<Record<SendingOutcome, number>>;
}

export class Counts {
  private readonly values: Record<SendingOutcome, number> = {
    sent: 0,
    parked: 0,
    exhausted: 0,
    retried: 0,
    unreachable: 0,
    certificate: 0,
  };

  add(outcome: SendingOutcome): void {
    this.values[outcome]++;
  }

  snapshot(): Readonly<Record<SendingOutcome, number>> {
    return { ...this.values };
  }
}
