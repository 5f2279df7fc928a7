/** The nightly run of retention, as a job. */
import type { JobKind } from '../platform/jobs/index.js';
import type { RetentionService } from './service.js';

export const RETENTION_JOB = 'retention';

/** Soon after midnight in Rome: a day that was the last of a term is over, and the next one has hardly begun. */
const SCHEDULE = '20 0 * * *';

export function retentionJob(retention: RetentionService): JobKind {
  return {
    name: RETENTION_JOB,
    schedule: SCHEDULE,
    maxAttempts: 10,
    async run({ signal, progress }) {
      const deleted = await retention.purge(signal, progress);
      const some = deleted.filter(({ rows }) => rows > 0).map(({ rule, rows }) => `${rule.name} ${rows}`);
      return some.length === 0 ? 'nothing past its term' : `deleted: ${some.join(', ')}`;
    },
  };
}
