/** Mails to account holders, for the worker only: importing this loads the mail library. */
export { accountMailJob } from './job.js';
export { createAccountMail } from './service.js';
export type { AccountMailServer } from './service.js';
