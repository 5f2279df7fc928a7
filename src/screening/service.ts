/**
 * The doctors' operations (chapter 3): authorisation first, then the rules, then one transaction. Knows neither SOAP nor
 * HTTP; the web application will call the same functions.
 */
import type { Access, AccessLog } from '../audit/index.js';
import { isPermitted } from '../auth/index.js';
import type { Operation, Principal } from '../auth/index.js';
import { romeDate } from '../platform/clock.js';
import type { Clock, IsoDate } from '../platform/clock.js';
import { outcomeCode } from './errors.js';
import type { RefusalCode } from './errors.js';
import { IntervalMeaning, SubmissionMeaning, refusalsOf } from './model.js';
import type { Campaign } from './model.js';
import type { ListedPerson, ListedTest, ScreeningStore } from './store.js';

/** Who calls, in which request. */
export interface DoctorCall {
  readonly principal: Principal;
  readonly requestId: string;
}

/** On behalf of whom: `doctor` acts, `titular` owns the list; equal unless a substitute acts (3.3.1). */
export interface OnBehalf {
  readonly doctor: string;
  readonly titular: string;
}

export interface Outcome {
  readonly transactionId: number;
  /** When the transaction ended [T-45]; the access log has the instant of access. */
  readonly at: Date;
  /** Empty: done. Else every reason, the first of which gives the outcome. */
  readonly refusals: readonly RefusalCode[];
  /** [T-20] the test already communicated, with `duplicate-test`. */
  readonly original?: number | undefined;
}

export interface ScreeningService {
  /** [T-10] 3.4.1 */
  patientList(call: DoctorCall, request: OnBehalf): Promise<Outcome & { persons?: readonly ListedPerson[] }>;
  /** [T-20] 3.4.2 */
  submitTest(call: DoctorCall, request: OnBehalf & { person: string; executedOn: IsoDate }): Promise<Outcome>;
  /** [T-30] 3.4.3: `transactionId` is the submission's. */
  cancelTest(call: DoctorCall, request: OnBehalf & { person: string; transactionId: number }): Promise<Outcome>;
  /** [T-40] 3.4.4: on the execution date, both ends included. */
  testList(
    call: DoctorCall,
    request: OnBehalf & { from: IsoDate; to: IsoDate },
  ): Promise<Outcome & { tests?: readonly ListedTest[] }>;
}

export interface ScreeningOptions extends Campaign {
  readonly store: ScreeningStore;
  readonly accessLog: AccessLog;
  readonly clock: Clock;
}

export function createScreeningService({ store, accessLog, clock, ...campaign }: ScreeningOptions): ScreeningService {
  /** 3.4: the answer tells the instant at which its transaction ended [T-45]: its statement is committed by now. */
  const ended = <Result extends object>(result: Result): Result & { at: Date } => ({ ...result, at: clock.now() });

  function accessOf(call: DoctorCall, operation: Operation, { doctor, titular }: OnBehalf): Access {
    const { userId, method, clientAddress } = call.principal;
    return { at: clock.now(), operation, userId, doctor, titular, method, clientAddress, requestId: call.requestId };
  }

  /**
   * [T-3] and the policy. Whoever fails here learns nothing else. Consulting and correcting what he entered himself has
   * no end for a substitute (3.3.1, last sentence) [T-4].
   */
  async function authorise(
    call: DoctorCall,
    operation: Operation,
    request: OnBehalf,
    today: IsoDate,
  ): Promise<RefusalCode[]> {
    if (!isPermitted(call.principal, operation)) return ['not-permitted'];
    if (request.doctor !== call.principal.codiceFiscale) return ['not-the-caller'];
    if (request.titular === request.doctor) return [];
    const term = operation === 'test-cancellation' || operation === 'test-list' ? 'begun' : 'today';
    return (await store.hasSubstitution(request, today, term)) ? [] : ['no-substitution'];
  }

  async function refuse(access: Access, refusals: readonly RefusalCode[]): Promise<Outcome> {
    return ended({ transactionId: await accessLog.record(access, outcomeCode(refusals)), refusals });
  }

  return {
    async patientList(call, request) {
      const access = accessOf(call, 'patient-list', request);
      const refusals = await authorise(call, 'patient-list', request, romeDate(access.at));
      if (refusals.length > 0) return refuse(access, refusals);
      const { transactionId, persons } = await store.patientList(access);
      return ended({ transactionId, refusals: [], persons });
    },

    async submitTest(call, request) {
      const access = accessOf(call, 'test-submission', request);
      const today = romeDate(access.at);
      const refusals = await authorise(call, 'test-submission', request, today);
      if (refusals.length > 0) return refuse(access, refusals);
      const meaning = new SubmissionMeaning(request.person, request.executedOn, today, campaign);
      return ended(await store.submit(access, request, refusalsOf(meaning)));
    },

    async cancelTest(call, request) {
      const access = accessOf(call, 'test-cancellation', request);
      const refusals = await authorise(call, 'test-cancellation', request, romeDate(access.at));
      if (refusals.length > 0) return refuse(access, refusals);
      return ended(await store.cancel(access, request));
    },

    async testList(call, request) {
      const access = accessOf(call, 'test-list', request);
      const refusals = await authorise(call, 'test-list', request, romeDate(access.at));
      if (refusals.length === 0) refusals.push(...refusalsOf(new IntervalMeaning(request.from, request.to)));
      if (refusals.length > 0) return refuse(access, refusals);
      const { transactionId, tests } = await store.testList(access, request.from, request.to);
      return ended({ transactionId, refusals: [], tests });
    },
  };
}
