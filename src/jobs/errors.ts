/** Why an operation on a job is refused. */
export type JobRefusal = 'not-permitted' | 'unknown-kind' | 'not-exhausted' | 'not-waiting';

/** The outcome in the access log: the code of the answers (docs/esiti.md) where there is one, else the word. */
export function jobOutcome(refusal: JobRefusal): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}
