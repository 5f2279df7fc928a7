/** The nightly retention jobs: one per database, so that neither waits for the other. */
import { jobCall } from '../auth/index.js';
import type { Clock } from '../platform/clock.js';
import type { JobKind } from '../platform/jobs/index.js';
import type { RetentionDesk } from './desk.js';

const RETENTION_JOB = 'retention';
/** For the register of consents [O-6]. */
export const CONSENT_RETENTION_JOB = 'consent-retention';

/** Soon after midnight in Rome: the last day of a term is over, and the next day has hardly begun. */
const SCHEDULE = '20 0 * * *';

export function retentionJob(retention: Pick<RetentionDesk, 'run'>, clock: Clock, name = RETENTION_JOB): JobKind {
  return {
    name,
    schedule: SCHEDULE,
    maxAttempts: 10,
    async run({ signal, progress }) {
      const { deleted = [] } = await retention.run(jobCall(name, clock), { signal, progress });
      const some = deleted.filter(({ rows }) => rows > 0).map(({ rule, rows }) => `${rule.name} ${rows}`);
      return some.length === 0 ? 'nothing past its term' : `deleted: ${some.join(', ')}`;
    },
  };
}
