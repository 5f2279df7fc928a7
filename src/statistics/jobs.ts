/**
 * The worker's scheduled jobs of statistics: preparing by the operator's schedule, sending and reading every few
 * minutes.
 */
import { jobCall } from '../auth/index.js';
import type { Clock } from '../platform/clock.js';
import type { JobKind } from '../platform/jobs/index.js';
import type { DeliveryService } from './sending/service.js';

/** Enqueue it for an unscheduled delivery. */
export const PREPARE_JOB = 'statistics.prepare';
export const DELIVER_JOB = 'statistics.deliver';

const EVERY_FIVE_MINUTES = '*/5 * * * *';

/** @param schedule cron expression in Europe/Rome for new statistics; undefined: only on request */
export function statisticsJobs(
  service: DeliveryService,
  schedule: string | undefined,
  clock: Clock,
): readonly JobKind[] {
  return [
    {
      name: PREPARE_JOB,
      ...(schedule === undefined ? {} : { schedule }),
      maxAttempts: 10,
      async run({ id }) {
        const { id: delivery = '', isNew = false } = await service.prepare(jobCall(PREPARE_JOB, clock), {
          request: id,
        });
        return `delivery ${delivery} ${isNew ? 'prepared' : 'was prepared before'}`;
      },
    },
    {
      name: DELIVER_JOB,
      schedule: EVERY_FIVE_MINUTES,
      // Failed mails are queued again one by one; the next round follows a failed one.
      maxAttempts: 2,
      run: ({ signal }) => service.advance(jobCall(DELIVER_JOB, clock), signal),
    },
  ];
}
