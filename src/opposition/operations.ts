/** Operations on the register of consents: their log rows are in the register's own access log [O-4]. */
import { accessLogIn } from '../audit/index.js';
import { operationsOf } from '../auth/index.js';
import type { Clock } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';
import { BLOCK_REFUSALS } from './block/outcomes.js';

/** The outcome in the access log: the response code if there is one (docs/esiti.md), else the word. */
export function registerOutcome(refusal: string): string {
  return refusal === 'not-permitted' ? BLOCK_REFUSALS[refusal].code : refusal;
}

/** @param tables the consent database, or the transaction of the operation */
export function registerOperations<Refusal extends string>(tables: Queryable, clock: Clock) {
  return operationsOf<Refusal>({ accessLog: accessLogIn(tables), clock, outcomeOf: registerOutcome });
}
