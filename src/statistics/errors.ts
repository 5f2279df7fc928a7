/** Reasons for refusing an operation on statistics. */
export type StatisticsRefusal =
  | 'not-permitted'
  /** No worker of this database has sent certified mail recently: a statistic would wait for ever. */
  | 'nobody-sends'
  | 'unknown-delivery'
  /** None of its mails waits for an operator. */
  | 'delivery-under-way'
  /** Its password has been deleted. */
  | 'delivery-ended';

/** Why a mail was not sent: the state that operators see. */
export type SendingRefusal = 'not-permitted' | 'mail-uncertain' | 'mail-refused' | 'mail-postponed';

/** The outcome in the access log: the response code if there is one (docs/esiti.md), else the word. */
export function statisticsOutcome(refusal: StatisticsRefusal | SendingRefusal): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}
