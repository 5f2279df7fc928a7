/** What other folders may import from retention. */
export { CONSENT_RETENTION_JOB, RETENTION_JOB, retentionJob } from './job.js';
export { createRetentionDesk } from './desk.js';
export type { RetentionDesk } from './desk.js';
export { retentionRules } from './rules.js';
export type { Rules, Terms } from './rules.js';
export { RetentionIncomplete, createRetention } from './service.js';
export type { Deleted, RetentionOptions, RetentionService, RuleReport } from './service.js';
