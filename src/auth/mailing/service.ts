/**
 * Sends mails to account holders. The queue stores account and purpose: the token of a link is generated when its mail
 * is sent. After a crash between sending and recording, the mail is sent again, with a new link that invalidates the
 * previous one.
 */
import type { AccessLog } from '../../audit/index.js';
import { DAY_MS } from '../../platform/clock.js';
import type { Clock } from '../../platform/clock.js';
import type { DataSource } from '../../platform/db/index.js';
import type { Logger } from '../../platform/log.js';
import { MailFailure, composeMail, openSubmission } from '../../platform/mail/index.js';
import type { Submission, SubmissionServer } from '../../platform/mail/index.js';
import { newMessageId } from '../../platform/message-id.js';
import { DONE } from '../../platform/outcome.js';
import type { Call } from '../call.js';
import { operationsOf } from '../operation.js';
import { hashOf, newToken } from '../token.js';
import { createMailStore } from './store.js';
import type { ClaimedMail } from './store.js';
import { textOf } from './texts.js';

export interface AccountMailServer {
  readonly submission: SubmissionServer;
  /** The sender's address. */
  readonly from: string;
}

export interface AccountMail {
  /**
   * Sends due mails. Every mail that is sent or given up is an operation.
   * @param signal stops between two mails
   * @returns one line for the operator
   */
  send(call: Call, signal?: AbortSignal): Promise<string>;
}

export interface AccountMailOptions {
  /** The TS database, as the worker. */
  readonly db: DataSource;
  readonly accessLog: AccessLog;
  readonly mail: AccountMailServer;
  /** URL of the portal, without a trailing slash. */
  readonly portalUrl: string;
  readonly clock: Clock;
  readonly log: Logger;
}

export type MailRefusal = 'no-email' | 'account-suspended' | 'mail-late' | 'mail-refused';

interface Attempt {
  readonly claimed: ClaimedMail;
  readonly token: string;
  readonly submission: Submission;
  /** When it was claimed: the database created its link with the same instant, if any. */
  readonly claimedAt: Date;
}

const EXCHANGE_MS = 60_000;
/** A mail that could not be sent for this long is no longer useful; auth.claim_mail creates no link for it. */
const GIVEN_UP_MS = DAY_MS;

export function createAccountMail(options: AccountMailOptions): AccountMail {
  const { db, accessLog, mail, portalUrl, clock, log } = options;
  const store = createMailStore(db);
  const operation = operationsOf<MailRefusal>({ accessLog, clock, outcomeOf: mailOutcome });

  /** @throws MailFailure if another attempt may succeed */
  const sendOne = operation(
    'account-mail',
    async (_call, { claimed, token, submission, claimedAt }: Attempt, access) => {
      const { id, recipient, isSuspended, purpose, queuedAt, userId } = claimed;
      const finish = async (refusal?: MailRefusal) => ({
        transactionId: await store.finish(access, id, refusal ?? DONE.code, clock.now()),
        refusals: refusal === undefined ? [] : [refusal],
      });
      if (claimedAt.getTime() - queuedAt.getTime() > GIVEN_UP_MS) return finish('mail-late');
      if (recipient === null) return finish('no-email');
      if (isSuspended) return finish('account-suspended');
      const { subject, text } = textOf(purpose, { portalUrl, token, userId });
      const messageId = newMessageId(mail.from); // not with the queued mail: another attempt has another link
      const message = await composeMail({
        messageId,
        date: clock.now(),
        from: mail.from,
        to: recipient,
        subject,
        text,
      });
      try {
        await submission.send(mail.from, recipient, message, EXCHANGE_MS);
      } catch (error) {
        if (!(error instanceof MailFailure) || error.kind !== 'permanent') throw error;
        return finish('mail-refused');
      }
      return finish();
    },
    ({ claimed }) => ({ subjectKind: 'account', account: claimed.userId }),
  );

  /** A separate connection for each mail: a recipient whose server defers us delays no other mail. */
  async function attempt(call: Call, id: string): Promise<string | undefined> {
    const submission = await openSubmission(mail.submission);
    try {
      const token = newToken();
      const claimedAt = clock.now();
      const claimed = await store.claim(id, hashOf(token), claimedAt);
      if (claimed === undefined) return undefined;
      const { refusals } = await sendOne(call, { claimed, token, submission, claimedAt });
      return refusals[0] ?? 'sent';
    } catch (error) {
      if (!(error instanceof MailFailure)) throw error;
      // The log gets the code only: a server's reply may contain an address.
      log.warn('account mail: a mail was not sent', { code: error.code });
      return 'postponed';
    } finally {
      submission.close();
    }
  }

  return {
    async send(call, signal) {
      const counts = new Map<string, number>();
      const said = (): string =>
        [...counts].map(([word, number]) => `${word} ${number}`).join(', ') || 'nothing to send';
      for (const id of await store.due(clock.now())) {
        if (signal?.aborted === true) break;
        try {
          const word = await attempt(call, id);
          if (word !== undefined) counts.set(word, (counts.get(word) ?? 0) + 1);
        } catch (error) {
          if (!(error instanceof MailFailure)) throw error;
          log.warn('account mail: the mail server cannot be used', { code: error.code });
          return `${said()}, the mail server cannot be used (${error.code})`;
        }
      }
      return said();
    },
  };
}

function mailOutcome(refusal: MailRefusal | 'not-permitted'): string {
  return refusal === 'not-permitted' ? '1001' : refusal;
}
