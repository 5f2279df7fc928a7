/**
 * The judge of the crash suite: compares the answers to the clients with the tables and the lists of the service. Pure:
 * it takes evidence and returns objections, so that forged evidence can show that it objects.
 */
import { ACCEPTED, ALREADY_CANCELLED, CANCELLATION, DUPLICATE, SUBMISSION } from './evidence.js';
import type { Evidence, LogRow, Method } from './evidence.js';

const pairOf = (fact: { readonly person: string; readonly day: string }): string => `${fact.person}/${fact.day}`;

/** @returns every objection; none: nothing was lost, nothing was stored twice, and log and list agree */
export function objectionsTo(evidence: Evidence): string[] {
  const objections: string[] = [];
  const log = indexed(evidence.log, (row) => row.transactionId, 'access-log row', objections);
  const told = [...evidence.answers, ...evidence.cancellationAnswers];
  indexed(told, (answer) => answer.transactionId, 'answered transaction', objections);
  judgeSubmissions(evidence, log, objections);
  judgeCancellations(evidence, log, objections);
  judgeList(evidence, objections);
  return objections;
}

type Log = ReadonlyMap<string, LogRow>;

/** Whether the log has this transaction, by this method if one is known. */
function isLogged(log: Log, transactionId: string, operation: string, outcome: string, method?: Method): boolean {
  const row = log.get(transactionId);
  return row?.operation === operation && row.outcome === outcome && (method === undefined || row.method === method);
}

function judgeSubmissions({ answers, submissions, log: rows }: Evidence, log: Log, objections: string[]): void {
  const submissionById = indexed(submissions, (row) => row.transactionId, 'submission', objections);
  const submissionByPair = indexed(submissions, pairOf, 'test of a person and day', objections);
  const answerById = new Map(answers.map((answer) => [answer.transactionId, answer]));

  for (const answer of answers) {
    const { transactionId, outcome, original, method } = answer;
    if (!isLogged(log, transactionId, SUBMISSION, outcome, method)) {
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
    } else if (!isLogged(log, row.transactionId, SUBMISSION, ACCEPTED, method)) {
      objections.push(`transaction ${transactionId}: the log has its original of another caller, or not at all`);
    }
    if (row !== undefined && pairOf(row) !== pairOf(answer)) {
      objections.push(`transaction ${transactionId}: its row is of another person or day`);
    }
  }

  const known = new Set(answers.map(pairOf));
  for (const row of submissions) {
    const { transactionId } = row;
    if (!isLogged(log, transactionId, SUBMISSION, ACCEPTED)) {
      objections.push(`submission ${transactionId} has no access-log row with outcome ${ACCEPTED}`);
    }
    if (!known.has(pairOf(row)))
      objections.push(`submission ${transactionId} belongs to nobody: no client got an answer with it`);
    if (submissionByPair.get(pairOf(row)) !== row) continue; // already reported
    const answer = answerById.get(transactionId);
    if (answer !== undefined && answer.outcome !== ACCEPTED) {
      objections.push(`submission ${transactionId} was entered and answered ${answer.outcome}`);
    }
  }
  for (const { transactionId, operation, outcome } of rows) {
    if (operation === SUBMISSION && outcome === ACCEPTED && !submissionById.has(transactionId)) {
      objections.push(`the access log says that transaction ${transactionId} was done: there is no submission`);
    }
  }
}

function judgeCancellations(evidence: Evidence, log: Log, objections: string[]): void {
  const { cancellationAnswers, submissions, cancellations } = evidence;
  const submissionById = new Map(submissions.map((row) => [row.transactionId, row]));
  const cancellationById = indexed(cancellations, (row) => row.transactionId, 'cancellation', objections);
  indexed(cancellations, (row) => row.submission, 'cancellation of submission', objections);

  for (const { transactionId, outcome, submission, method, unansweredBefore } of cancellationAnswers) {
    if (!isLogged(log, transactionId, CANCELLATION, outcome, method)) {
      objections.push(`cancellation ${transactionId}, answered ${outcome}: the access log says otherwise or nothing`);
    }
    const by = submissionById.get(submission)?.cancelledBy ?? undefined;
    if (outcome === ACCEPTED) {
      if (cancellationById.get(transactionId)?.submission !== submission || by !== transactionId) {
        objections.push(`cancellation ${transactionId} of ${submission} was acknowledged and is lost`);
      }
    } else if (outcome !== ALREADY_CANCELLED) {
      objections.push(`cancellation ${transactionId}: an outcome ${outcome} that nothing explains`);
    } else if (unansweredBefore === 0) {
      objections.push(`cancellation ${transactionId}: done already, what was never asked before`);
    } else if (by === undefined || !isLogged(log, by, CANCELLATION, ACCEPTED, method)) {
      objections.push(`cancellation ${transactionId}: ${submission} is not cancelled, or not by this caller`);
    }
  }

  const asked = new Set(cancellationAnswers.map(({ submission }) => submission));
  for (const { transactionId, submission } of cancellations) {
    if (!isLogged(log, transactionId, CANCELLATION, ACCEPTED)) {
      objections.push(`cancellation ${transactionId} has no access-log row with outcome ${ACCEPTED}`);
    }
    if (!asked.has(submission))
      objections.push(`cancellation ${transactionId} belongs to nobody: no client got an answer with it`);
    if (submissionById.get(submission)?.cancelledBy !== transactionId) {
      objections.push(`cancellation ${transactionId}: its submission ${submission} is not cancelled by it`);
    }
  }
  for (const { transactionId, cancelledBy } of submissions) {
    if (cancelledBy !== null && cancellationById.get(cancelledBy)?.submission !== transactionId) {
      objections.push(`submission ${transactionId} is cancelled by ${cancelledBy}, which is no cancellation of it`);
    }
  }
  for (const { transactionId, operation, outcome } of evidence.log) {
    if (operation === CANCELLATION && outcome === ACCEPTED && !cancellationById.has(transactionId)) {
      objections.push(`the access log says that transaction ${transactionId} was done: there is no cancellation`);
    }
  }
}

/** Every active test is listed, no cancelled one is. */
function judgeList({ submissions, listed }: Evidence, objections: string[]): void {
  const standing = new Set(
    submissions.filter(({ cancelledBy }) => cancelledBy === null).map(({ transactionId }) => transactionId),
  );
  const list = indexed(listed, (transactionId) => transactionId, 'listed test', objections);
  for (const transactionId of standing) {
    if (!list.has(transactionId)) objections.push(`submission ${transactionId} is not listed`);
  }
  for (const transactionId of listed) {
    if (!standing.has(transactionId)) objections.push(`test ${transactionId} is listed: it is cancelled, or is none`);
  }
}

/** By key; a second fact with the same key is an objection. */
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

/** A pair's key starts with a codice fiscale, which is never printed, not even an invented one. */
function masked(key: string): string {
  const slash = key.indexOf('/');
  return slash < 0 ? key : `…${key.slice(slash)}`;
}
