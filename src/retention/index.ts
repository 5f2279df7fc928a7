/** What other folders may import from retention. */
export { CONSENT_RETENTION_JOB, retentionJob } from './job.js';
export { createRetentionDesk } from './desk.js';
export type { RetentionDesk } from './desk.js';
export { retentionRules } from './rules.js';
export type { Rules } from './rules.js';
export { RetentionIncomplete, createRetention } from './service.js';
export type { Deleted, RetentionService, RuleReport } from './service.js';
