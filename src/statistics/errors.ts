/** Why an operation on statistics is refused. */
export type StatisticsRefusal =
  | 'not-permitted'
  /** No worker of this database has sent certified mail lately: a statistic would wait for ever. */
  | 'nobody-sends'
  | 'unknown-delivery'
  /** Nothing of it waits for an operator. */
  | 'delivery-under-way'
  /** Its password is forgotten. */
  | 'delivery-ended';

/** Why a mail did not leave: as the operators see it in its state. */
export type SendingRefusal = 'not-permitted' | 'mail-uncertain' | 'mail-refused' | 'mail-postponed';

/** The outcome in the access log: the code of the answers (docs/esiti.md) where there is one, else the word. */
export function statisticsOutcome(refusal: StatisticsRefusal | SendingRefusal): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}
