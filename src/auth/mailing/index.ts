/** Mails to account holders, for the worker only: importing this loads the mail library. */
export { ACCOUNT_MAIL_JOB, accountMailJob } from './job.js';
export { createAccountMail } from './service.js';
export type { AccountMail, AccountMailServer } from './service.js';
