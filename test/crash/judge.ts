/**
 * The judge of the crash suite: what the clients were told against what the tables hold. Pure: it is given evidence and
 * answers with objections, so that forged evidence can show that it is able to object.
 */

/** One answer that a client read to its end. */
export interface Answer {
  readonly transactionId: string;
  readonly outcome: string;
  readonly person: string;
  readonly day: string;
  /** With `DUPLICATE`: the transaction that the answer says came first. */
  readonly original?: string | undefined;
  /** How many times this very submission had been sent before, without an answer. */
  readonly unansweredBefore: number;
}

/** A row of screening.test_submission. */
export interface SubmissionRow {
  readonly transactionId: string;
  readonly person: string;
  readonly day: string;
  readonly cancelled: boolean;
}

/** A row of audit.access_log of a submission. */
export interface LogRow {
  readonly transactionId: string;
  readonly outcome: string;
}

export interface Evidence {
  /** Every answer since the beginning; nothing is under way any more. */
  readonly answers: readonly Answer[];
  readonly submissions: readonly SubmissionRow[];
  readonly log: readonly LogRow[];
}

export const ACCEPTED = '0000';
export const DUPLICATE = '2005';

const pairOf = (fact: { readonly person: string; readonly day: string }): string => `${fact.person}/${fact.day}`;

/** @returns every objection; none: nothing was lost, nothing was entered twice, and the log says the same */
export function objectionsTo({ answers, submissions, log }: Evidence): string[] {
  const objections: string[] = [];
  const submissionById = indexed(submissions, (row) => row.transactionId, 'submission', objections);
  const submissionByPair = indexed(submissions, pairOf, 'active test of a person and day', objections);
  const logById = indexed(log, (row) => row.transactionId, 'access-log row', objections);
  const answerById = indexed(answers, (answer) => answer.transactionId, 'answered transaction', objections);

  for (const answer of answers) {
    const { transactionId, outcome, original } = answer;
    if (logById.get(transactionId)?.outcome !== outcome) {
      objections.push(`transaction ${transactionId}, answered ${outcome}: the access log says otherwise or nothing`);
    }
    const told = outcome === ACCEPTED ? transactionId : original;
    const row = told === undefined ? undefined : submissionById.get(told);
    if (outcome === ACCEPTED) {
      if (row === undefined) objections.push(`transaction ${transactionId} was acknowledged and is lost`);
    } else if (outcome !== DUPLICATE) {
      objections.push(`transaction ${transactionId}: an outcome ${outcome} that nothing explains`);
    } else if (answer.unansweredBefore === 0) {
      objections.push(`transaction ${transactionId}: a duplicate of what was never sent before`);
    } else if (row === undefined) {
      objections.push(`transaction ${transactionId}: the duplicate's original ${String(original)} is not there`);
    }
    if (row !== undefined && (pairOf(row) !== pairOf(answer) || row.cancelled)) {
      objections.push(`transaction ${transactionId}: its row is of another person or day, or cancelled`);
    }
  }

  const known = new Set(answers.map(pairOf));
  for (const row of submissions) {
    const { transactionId } = row;
    if (logById.get(transactionId)?.outcome !== ACCEPTED) {
      objections.push(`submission ${transactionId} has no access-log row with outcome ${ACCEPTED}`);
    }
    if (!known.has(pairOf(row))) objections.push(`submission ${transactionId} is nobody's: no client was told of it`);
    if (submissionByPair.get(pairOf(row)) !== row) continue; // objected to already
    const answer = answerById.get(transactionId);
    if (answer !== undefined && answer.outcome !== ACCEPTED) {
      objections.push(`submission ${transactionId} was entered and answered ${answer.outcome}`);
    }
  }
  for (const { transactionId, outcome } of log) {
    if (outcome === ACCEPTED && !submissionById.has(transactionId)) {
      objections.push(`the access log says that transaction ${transactionId} was done: there is no submission`);
    }
  }
  return objections;
}

/** By key; a second fact of one key is an objection. */
export function indexed<Fact>(
  facts: readonly Fact[],
  keyOf: (fact: Fact) => string,
  what: string,
  objections: string[],
): Map<string, Fact> {
  const index = new Map<string, Fact>();
  for (const fact of facts) {
    const key = keyOf(fact);
    if (index.has(key)) objections.push(`${what} ${masked(key)} is there twice`);
    else index.set(key, fact);
  }
  return index;
}

/** A pair's key begins with a codice fiscale, which is printed nowhere, not even an invented one. */
function masked(key: string): string {
  const slash = key.indexOf('/');
  return slash < 0 ? key : `…${key.slice(slash)}`;
}
