/** Why a search of the access log is refused. */
export type SearchRefusal =
  | 'not-permitted'
  | 'reason-form'
  | 'reason-names-person'
  | 'interval-form'
  | 'interval-reversed'
  | 'interval-too-long'
  | 'person-form'
  | 'person-elsewhere'
  | 'unknown-operation'
  | 'unknown-caller'
  | 'filter-form'
  | 'page-form';

/** The outcome in the access log: the code of the answer (docs/esiti.md) if it has one, otherwise the word. */
export function searchOutcome(refusal: SearchRefusal): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}
