/** Mail over TLS: submission by SMTP, reading by IMAP. Knows no domain, and nothing of certified mail. */
export { composeMail, type Mail } from './message.js';
export { MailFailure } from './failure.js';
export { readMailbox, type Mailbox, type MailboxServer } from './mailbox.js';
export { openSubmission, type Submission, type SubmissionServer } from './submission.js';
export type { MailServer } from './server.js';
