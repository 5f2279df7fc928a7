/** Calls without an entrance: tests of a service choose the caller. */
import { randomUUID } from 'node:crypto';
import { Call } from '../../src/auth/call.js';
import type { Arrival } from '../../src/auth/call.js';
import type { Caller } from '../../src/auth/caller.js';
import type { AdmittedAccess } from '../../src/auth/index.js';

export function callBy<Who extends Caller>(caller: Who, at: Date, arrival: Partial<Arrival> = {}): Call<Who> {
  return new Call(caller, { requestId: randomUUID(), at, clientAddress: '192.0.2.7', ...arrival });
}

/** A call of the operator of the machine, not on behalf of an account. */
export const operatorCall = (at: Date) =>
  callBy({ kind: 'operator', method: 'admin', machine: { databaseLogin: 'tests', systemUser: 'tests' } }, at);

/** A call of a job's run. */
export const callOfJob = (at: Date) => callBy({ kind: 'job', method: 'job', job: 'tests' }, at);

/** For code that requires the access of an operation without reading it. */
export const admitted = {} as AdmittedAccess;
