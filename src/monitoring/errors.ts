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

/** The outcome in the access log: the code of the answers (docs/esiti.md) where there is one, else the word. */
export function searchOutcome(refusal: SearchRefusal): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}
