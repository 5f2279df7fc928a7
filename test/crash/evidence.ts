/**
 * The evidence for the crash suite's judge: the answers to the clients, the contents of the tables, the lists of the
 * service.
 */

/** A caller's sign-in method, as in the access log. */
export type Method = 'card' | 'password';

/** One complete answer to a client. */
interface Told {
  readonly transactionId: string;
  readonly outcome: string;
  readonly method: Method;
  /** How often this message had been sent before, without an answer. */
  readonly unansweredBefore: number;
}

export interface SubmissionAnswer extends Told {
  readonly person: string;
  readonly day: string;
  /** With `DUPLICATE`: the transaction that the answer names as the original. */
  readonly original?: string | undefined;
}

export interface CancellationAnswer extends Told {
  /** The transaction to cancel. */
  readonly submission: string;
}

/** A row of screening.test_submission. */
export interface SubmissionRow {
  readonly transactionId: string;
  readonly person: string;
  readonly day: string;
  /** The cancellation's transaction; null: the test is active. */
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
  /** Every answer since the beginning; none is pending. */
  readonly answers: readonly SubmissionAnswer[];
  readonly cancellationAnswers: readonly CancellationAnswer[];
  readonly submissions: readonly SubmissionRow[];
  readonly cancellations: readonly CancellationRow[];
  readonly log: readonly LogRow[];
  /** Transactions of the tests that the service lists, requested after the last answer. */
  readonly listed: readonly string[];
}

export const ACCEPTED = '0000';
export const DUPLICATE = '2005';
export const ALREADY_CANCELLED = '3002';
