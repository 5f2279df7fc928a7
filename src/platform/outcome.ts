/**
 * The outcome of a transaction, for people, in Italian. Each feature has its table; a published code keeps its meaning,
 * which is the same in all tables.
 */
export interface OutcomeText {
  /** Four digits of the wire. */
  readonly code: string;
  readonly text: string;
  /** Wire name of the element concerned; undefined when more than one is. */
  readonly field?: string;
  /** What the caller can do. */
  readonly remedy: string;
}

/** The refusals of a feature. */
export type OutcomeTable<Refusal extends string> = Readonly<Record<Refusal, OutcomeText>>;

/** The outcome of a successful transaction. */
export const DONE: OutcomeText = {
  code: '0000',
  text: 'Operazione eseguita.',
  remedy: 'Nulla: l’operazione è registrata.',
};

/** The outcome of a transaction: that of its first refusal, or `done`. */
export function outcomeOf<Refusal extends string>(
  [first]: readonly Refusal[],
  table: OutcomeTable<Refusal>,
  done = DONE,
): OutcomeText {
  return first === undefined ? done : table[first];
}
