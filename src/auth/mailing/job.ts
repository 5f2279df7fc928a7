/** The job that sends queued mails: every minute, because people wait for their links. */
import type { Clock } from '../../platform/clock.js';
import type { JobKind } from '../../platform/jobs/index.js';
import { jobCall } from '../job.js';
import type { AccountMail } from './service.js';

const ACCOUNT_MAIL_JOB = 'account.mail';

export function accountMailJob(service: AccountMail, clock: Clock): JobKind {
  return {
    name: ACCOUNT_MAIL_JOB,
    schedule: '* * * * *',
    // A failed mail is retried by itself; the next round follows a failed one.
    maxAttempts: 2,
    run: ({ signal }) => service.send(jobCall(ACCOUNT_MAIL_JOB, clock), signal),
  };
}
