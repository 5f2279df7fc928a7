/**
 * Sends statistics by certified mail [C-2]: prepares a delivery, then advances each open one, step by step, as far as
 * possible now. Every mail is recorded before it is sent, so that a crash at any line leaves either nothing sent, or a
 * mail whose receipts show its result; such a mail is never resent automatically.
 */
import { createAccessLog } from '../../audit/index.js';
import { operationsOf } from '../../auth/index.js';
import type { Call, Operation } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import type { DataSource } from '../../platform/db/index.js';
import type { Logger } from '../../platform/log.js';
import { MailFailure, composeMail, openSubmission, readMailbox } from '../../platform/mail/index.js';
import type { Mailbox, MailboxServer, Submission, SubmissionServer } from '../../platform/mail/index.js';
import { newMessageId } from '../../platform/message-id.js';
import { encryptedZip, generatePassword } from '../../platform/zip/index.js';
import { statisticsOutcome } from '../errors.js';
import type { SendingRefusal } from '../errors.js';
import { readFigures } from '../figures.js';
import { filesOf } from '../files.js';
import { archiveName, mailOf } from '../mails.js';
import type { Contents } from '../mails.js';
import {
  DELIVERY_TERM_MS,
  FOR_THE_OPERATOR,
  MAIL_STATES,
  RECEIPT_TERM_MS,
  SENDING_TERM_MS,
  arrivedStates,
  isGivenUp,
  pauseAfter,
  stateBy,
} from '../model.js';
import type { MailState } from '../model.js';
import { receiptsOf } from '../receipts.js';
import { createDeliveryStore } from '../store.js';
import type { DeliveryStore, MailKey } from '../store.js';

export interface CertifiedMail {
  readonly submission: SubmissionServer;
  /**
   * Server of the mailbox with the receipts; undefined: none are read, and a mail counts as arrived once the server
   * accepted it.
   */
  readonly mailbox: MailboxServer | undefined;
  /** Address of the sender, and of the Commissioner's office. */
  readonly from: string;
  readonly recipient: string;
}

export interface DeliveryService {
  /**
   * Stores the current figures, encrypted, in a new delivery. Sends nothing yet.
   * @param request repeated with the same value, as after a crash, prepares nothing new
   */
  readonly prepare: Operation<
    { readonly request: string },
    SendingRefusal,
    { readonly id: string; readonly isNew: boolean }
  >;
  /**
   * Sends due mails, reads receipts, queues the password after the archive. Every sent mail is an operation.
   * @param call of the job's run
   * @param signal stops between two mails
   * @returns one line for the operator: number of mails of unfinished deliveries by state, and failures
   */
  advance(call: Call, signal?: AbortSignal): Promise<string>;
}

export interface DeliveryServiceOptions {
  /** The TS database, as the worker. */
  readonly db: DataSource;
  readonly mail: CertifiedMail;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Sending {
  readonly claimed: Contents & MailKey;
  readonly submission: Submission;
}
interface Sent {
  readonly transactionId: number;
  readonly refusals?: readonly SendingRefusal[];
  /** Why it was not sent, for the operator. */
  readonly failure?: string;
}

const NO_RECEIPT = 'the provider gave no receipt of delivery in time';
/** Well below SENDING_TERM_MS, after which a mail that is still being sent counts as abandoned. */
const EXCHANGE_MS = 5 * 60_000;

export function createDeliveryService(options: DeliveryServiceOptions): DeliveryService {
  const { db, mail, clock, log } = options;
  const store = createDeliveryStore(db);
  const accessLog = createAccessLog(db);
  const operation = operationsOf<SendingRefusal>({ accessLog, clock, outcomeOf: statisticsOutcome });
  const { mailbox, from, recipient } = mail;
  const arrived = arrivedStates(mailbox !== undefined);

  async function readReceipts(box: Mailbox): Promise<void> {
    for (const awaited of await store.awaited()) {
      const receipts = await receiptsOf(box, awaited);
      if (receipts.length === 0) continue;
      const state = stateBy(
        receipts.map(({ kind }) => kind),
        awaited.state,
      );
      await store.record(awaited, receipts, state);
      if (state !== awaited.state && state !== undefined && FOR_THE_OPERATOR.includes(state)) alarm(state, 1);
    }
  }

  /**
   * @returns why the receipts could not be read
   * @throws errors that are not the mailbox's: the database's
   */
  async function lookForReceipts(): Promise<string | undefined> {
    if (mailbox === undefined || (await store.awaited()).length === 0) return undefined;
    try {
      await readMailbox(mailbox, readReceipts);
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      return told(error, 'the mailbox of receipts cannot be read');
    }
    // Only after reading: while the mailbox cannot be read, the receipts may be in it.
    alarm('undelivered', await store.overdue(before(RECEIPT_TERM_MS), NO_RECEIPT));
    return undefined;
  }

  async function sendDue(call: Call, signal: AbortSignal | undefined): Promise<string | undefined> {
    // The password of an archive sent in this round, without receipts, follows in the next iteration.
    for (let due = await store.due(clock.now()); due.length > 0; due = await store.due(clock.now())) {
      if (signal?.aborted === true) return undefined;
      const failure = await sendAll(call, due, signal);
      if (failure !== undefined) return failure;
      await store.release(arrived, clock.now());
    }
    return undefined;
  }

  async function sendAll(
    call: Call,
    due: readonly MailKey[],
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    let submission: Submission;
    try {
      submission = await openSubmission(mail.submission);
    } catch (error) {
      for (const key of due) {
        const attempts = key.attempts + 1;
        const state = isGivenUp(attempts) ? 'refused' : 'queued';
        await store.unreachable(key, state, laterThan(attempts), wordsOf(error));
        if (state === 'refused') alarm(state, 1);
      }
      return told(error, 'the mail server cannot be used');
    }
    try {
      for (const key of due) {
        if (signal?.aborted === true) return undefined;
        const failure = await sendOne(call, key, submission);
        if (failure !== undefined) return failure;
      }
    } finally {
      submission.close();
    }
    return undefined;
  }

  async function sendOne(call: Call, key: MailKey, submission: Submission): Promise<string | undefined> {
    const claimed = await store.claim(key, clock.now());
    if (claimed === undefined) return undefined;
    const { refusals, failure } = await send(call, { claimed, submission });
    if (refusals.length === 0) log.info('statistics: mail sent', { delivery: claimed.deliveryId, part: claimed.part });
    return failure;
  }

  const send = operation(
    'delivery-send',
    async (_call, { claimed, submission }: Sending, access): Promise<Sent> => {
      try {
        const message = await composeMail(mailOf(claimed, from));
        await submission.send(from, claimed.recipient, message, EXCHANGE_MS);
      } catch (error) {
        const failure = told(error, 'a mail was not sent');
        const words = wordsOf(error);
        const kind = error instanceof MailFailure ? error.kind : 'transient';
        if (kind === 'uncertain')
          return {
            transactionId: await store.uncertain(access, claimed, words),
            failure,
            refusals: ['mail-uncertain'],
          };
        if (kind === 'permanent' || isGivenUp(claimed.attempts)) {
          const transactionId = await store.refused(access, claimed, words);
          alarm('refused', 1);
          return { transactionId, failure, refusals: ['mail-refused'] };
        }
        const transactionId = await store.postponed(access, claimed, laterThan(claimed.attempts), words);
        return { transactionId, failure, refusals: ['mail-postponed'] };
      }
      return { transactionId: await store.sent(access, claimed, clock.now()) };
    },
    () => ({ subjectKind: 'delivery' }),
  );

  const before = (ms: number): Date => new Date(clock.now().getTime() - ms);
  const laterThan = (attempts: number): Date => new Date(clock.now().getTime() + pauseAfter(attempts));

  function alarm(state: MailState, mails: number): void {
    if (mails > 0) log.error('ALARM statistics: a mail waits for the operator', { state, mails });
  }

  /** The log gets only the code: a server's text may hold an address. */
  function told(error: unknown, what: string): string {
    const code = error instanceof MailFailure ? error.code : undefined;
    log.warn(`statistics: ${what}`, code === undefined ? { error } : { code });
    return `${what} (${code ?? 'see the log'})`;
  }

  return {
    prepare: operation('delivery-prepare', async (_call, { request }: { request: string }, access) => {
      const known = await store.find(request);
      if (known !== undefined)
        return { transactionId: await accessLog.record(access, 'already'), id: known, isNew: false };
      const takenAt = clock.now();
      const password = generatePassword();
      const entries = filesOf(await readFigures(db), takenAt).map(({ name, content }) => ({
        name,
        content: Buffer.from(content, 'utf8'),
      }));
      return store.create(access, {
        ...{ request, takenAt, recipient, password },
        fileName: archiveName(takenAt),
        archive: await encryptedZip(entries, password, takenAt),
        messageIds: { archive: newMessageId(from), password: newMessageId(from) },
      });
    }),
    async advance(call, signal) {
      alarm('uncertain', await store.orphaned(before(SENDING_TERM_MS)));
      const failures = [await lookForReceipts()];
      await store.release(arrived, clock.now());
      failures.push(await sendDue(call, signal));
      await store.finish(arrived, before(DELIVERY_TERM_MS), clock.now());
      return summary(await store.states(), failures);
    },
  };
}

function wordsOf(error: unknown): string {
  return error instanceof MailFailure ? error.message : 'internal error: see the log';
}

function summary(
  states: Awaited<ReturnType<DeliveryStore['states']>>,
  failures: readonly (string | undefined)[],
): string {
  const counts = MAIL_STATES.flatMap((state) => (states[state] === undefined ? [] : [`${state} ${states[state]}`]));
  const isStuck = FOR_THE_OPERATOR.some((state) => states[state] !== undefined);
  const notes = failures.filter((failure) => failure !== undefined);
  if (isStuck) notes.push('operator action required: statistics-deliveries');
  return [counts.length === 0 ? 'nothing open' : counts.join(', '), ...notes].join('; ');
}
