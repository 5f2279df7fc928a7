/** What the sender did, per region: for metrics and the operator. Counts only: nothing of a person is in here. */

export const SENDING_OUTCOMES = ['sent', 'parked', 'exhausted', 'retried', 'unreachable', 'certificate'] as const;
/** `unreachable` counts transport failures, each of which is also a `retried` or an `exhausted`. */
export type SendingOutcome = (typeof SENDING_OUTCOMES)[number];

export interface RegionFigures {
  readonly region: string;
  /** Of transport. */
  readonly phase: 'closed' | 'open' | 'probing';
  /** It answers, and nothing but what may be an outage: it is asked now and then only. */
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
