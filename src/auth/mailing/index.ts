/** Mails to holders of accounts, for the worker only: whoever imports this loads the library of mail. */
export { ACCOUNT_MAIL_JOB, accountMailJob } from './job.js';
export { createAccountMail } from './service.js';
export type { AccountMail, AccountMailServer } from './service.js';
