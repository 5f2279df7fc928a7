/** The job that sends what waits: every minute, since somebody waits for his link. */
import type { Clock } from '../../platform/clock.js';
import type { JobKind } from '../../platform/jobs/index.js';
import { jobCall } from '../job.js';
import type { AccountMail } from './service.js';

export const ACCOUNT_MAIL_JOB = 'account.mail';

export function accountMailJob(service: AccountMail, clock: Clock): JobKind {
  return {
    name: ACCOUNT_MAIL_JOB,
    schedule: '* * * * *',
    // What fails is tried again mail by mail; a round that breaks is followed by the next one.
    maxAttempts: 2,
    run: ({ signal }) => service.send(jobCall(ACCOUNT_MAIL_JOB, clock), signal),
  };
}
