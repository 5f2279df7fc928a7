/** The entrance of the worker's jobs. */
import type { Clock } from '../platform/clock.js';
import { newRequestId } from '../platform/ids/index.js';
import { Call } from './call.js';
import type { JobCaller } from './caller.js';

/** The call of one run of a job. @param job its kind */
export function jobCall(job: string, clock: Clock): Call<JobCaller> {
  return new Call(
    { kind: 'job', method: 'job', job },
    { requestId: newRequestId(), at: clock.now(), clientAddress: '' },
  );
}
