/**
 * Scheduled and queued work on the TS database, in one mechanism. Features export kinds of jobs as data; the worker
 * role passes them to a runner. Knows no feature.
 */
export { createJobQueue } from './queue.js';
export type { JobQueue, JobRow, KindFigures } from './queue.js';
export type { JobKind, JobRun } from './kind.js';
export { createJobRunner } from './runner.js';
export type { JobPolicy, JobRunner } from './runner.js';
export { jobsRetention } from './retention.js';
export { jobsMigrations } from './migrations.js';
