/** Reasons for refusing an operation on a job. */
export type JobRefusal = 'not-permitted' | 'unknown-kind' | 'not-exhausted' | 'not-waiting';

/** The outcome in the access log: the response code if there is one (docs/esiti.md), else the word. */
export function jobOutcome(refusal: JobRefusal): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}
