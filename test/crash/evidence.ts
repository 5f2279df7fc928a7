/**
 * What the crash suite's judge is given: what the clients were answered, what the tables hold, what the service lists.
 */

/** How a caller signed in, as the access log has it. */
export type Method = 'card' | 'password';

/** One answer that a client read to its end. */
interface Told {
  readonly transactionId: string;
  readonly outcome: string;
  readonly method: Method;
  /** How many times this very message had been sent before, without an answer. */
  readonly unansweredBefore: number;
}

export interface SubmissionAnswer extends Told {
  readonly person: string;
  readonly day: string;
  /** With `DUPLICATE`: the transaction that the answer says came first. */
  readonly original?: string | undefined;
}

export interface CancellationAnswer extends Told {
  /** The transaction that was to be cancelled. */
  readonly submission: string;
}

/** A row of screening.test_submission. */
export interface SubmissionRow {
  readonly transactionId: string;
  readonly person: string;
  readonly day: string;
  /** The cancellation's transaction; null: the test stands. */
  readonly cancelledBy: string | null;
}

/** A row of screening.test_cancellation. */
export interface CancellationRow {
  readonly transactionId: string;
  readonly submission: string;
}

export const SUBMISSION = 'test-submission';
export const CANCELLATION = 'test-cancellation';

/** A row of audit.access_log of one of the two operations. */
export interface LogRow {
  readonly transactionId: string;
  readonly operation: string;
  readonly outcome: string;
  readonly method: string | null;
}

export interface Evidence {
  /** Every answer since the beginning; nothing is under way any more. */
  readonly answers: readonly SubmissionAnswer[];
  readonly cancellationAnswers: readonly CancellationAnswer[];
  readonly submissions: readonly SubmissionRow[];
  readonly cancellations: readonly CancellationRow[];
  readonly log: readonly LogRow[];
  /** Transactions of the tests that the service lists, asked after the last answer. */
  readonly listed: readonly string[];
}

export const ACCEPTED = '0000';
export const DUPLICATE = '2005';
export const ALREADY_CANCELLED = '3002';
