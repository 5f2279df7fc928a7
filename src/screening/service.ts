/**
 * The doctors' operations (chapter 3): first authorisation, then the rules, then one transaction. Knows neither SOAP
 * nor HTTP; SOAP and the portal call the same functions.
 */
import type { AccessLog } from '../audit/index.js';
import { Refused, operationsOf, subjectKindOf } from '../auth/index.js';
import type { Call, CallOf, Entry, Operation, Outcome as OutcomeOf } from '../auth/index.js';
import { romeDate } from '../platform/clock.js';
import type { Clock, IsoDate } from '../platform/clock.js';
import type { DataSource } from '../platform/db/index.js';
import { REFUSALS } from './errors.js';
import type { RefusalCode } from './errors.js';
import { IntervalMeaning, SubmissionMeaning, refusalsOf } from './model.js';
import type { Campaign } from './model.js';
import { createScreeningStore } from './store.js';
import { substitutionOf } from './substitution-store.js';
import type { ReceivedSubstitution } from './substitution-store.js';
import type { CheckedTest, ListedPerson, ListedTest, Receipt, TestedPerson } from './store.js';

/** The parties of a call: `doctor` acts, `titular` owns the list; equal unless a substitute acts (3.3.1). */
export interface OnBehalf {
  readonly doctor: string;
  readonly titular: string;
}

/** [T-20] with `duplicate-test`: the test that was submitted before. */
interface Original {
  readonly original?: number | undefined;
}
export type Outcome = OutcomeOf<RefusalCode> & Original;

type DoctorOperation<Request, Data extends object = object> = Operation<OnBehalf & Request, RefusalCode, Data>;

export interface ScreeningService {
  /** [T-10] 3.4.1 */
  readonly patientList: DoctorOperation<object, { persons: readonly ListedPerson[] }>;
  /** [T-10] The same, each with the last day of a test that the doctor may see. */
  readonly patientListWithTests: DoctorOperation<object, { persons: readonly TestedPerson[] }>;
  /** [T-20] 3.4.2 */
  readonly submitTest: DoctorOperation<{ person: string; executedOn: IsoDate }, Original>;
  /**
   * Checks tests of one day by the rules of `submitTest`, and adds the names of the persons on the titular's list. Enters
   * nothing, and discloses nothing that the list and a submission do not.
   * @param persons of the request: at least one
   */
  readonly checkTests: DoctorOperation<
    { persons: readonly string[]; executedOn: IsoDate },
    { tests: readonly CheckedTest[] }
  >;
  /** [T-30] 3.4.3: `transactionId` is the submission's. */
  readonly cancelTest: DoctorOperation<{ person: string; transactionId: number }>;
  /** [T-40] 3.4.4: by execution date, both ends included. */
  readonly testList: DoctorOperation<{ from: IsoDate; to: IsoDate }, { tests: readonly ListedTest[] }>;
  /**
   * The substitution by which a doctor acts or has acted for a titular; undefined: the doctor received no substitution
   * with this id that has begun. Each operation checks whether it is in force.
   */
  readonly substitutionOf: (call: Call, id: string) => Promise<ReceivedSubstitution | undefined>;
  /** Tests by their transaction ids, cancelled or not, if the doctor may see them. Refused if there are none. */
  readonly receipts: DoctorOperation<{ tests: readonly number[] }, { tests: readonly Receipt[] }>;
}

export interface ScreeningOptions extends Campaign {
  readonly db: DataSource;
  readonly accessLog: AccessLog;
  readonly clock: Clock;
}

/** The four operations have the same callers. */
type DoctorCall = CallOf<'patient-list'>;

/** What the log row contains about a request: the parties, and the kind of the person's identifier if any. */
const parties = (request: OnBehalf): Entry => request;
const partiesAndPerson = (request: OnBehalf & { person: string }): Entry => {
  const { doctor, titular, person } = request;
  return { doctor, titular, subjectKind: subjectKindOf(person) };
};
/** Several persons have no one kind. */
const partiesAndPersons = ({ doctor, titular, persons }: OnBehalf & { persons: readonly string[] }): Entry => {
  const [person, ...others] = persons;
  const subjectKind = person === undefined || others.length > 0 ? undefined : subjectKindOf(person);
  return { doctor, titular, subjectKind };
};

export function createScreeningService({ db, accessLog, clock, ...campaign }: ScreeningOptions): ScreeningService {
  const store = createScreeningStore(db);
  const operation = operationsOf<RefusalCode>({
    ...{ accessLog, clock },
    outcomeOf: (refusal) => REFUSALS[refusal].code,
  });

  /**
   * [T-3] A caller who fails here gets no other information. A substitute may list and cancel their own entries without
   * time limit (3.3.1, last sentence) [T-4].
   */
  async function authorise(
    { caller, at }: DoctorCall,
    request: OnBehalf,
    term: 'today' | 'begun',
  ): Promise<Refused<RefusalCode> | undefined> {
    if (request.doctor !== caller.codiceFiscale) return new Refused(['not-the-caller']);
    if (request.titular === request.doctor) return undefined;
    return (await store.hasSubstitution(request, romeDate(at), term)) ? undefined : new Refused(['no-substitution']);
  }

  /** The rules of a test that need no database. */
  const brokenRules = ({ at }: DoctorCall, person: string, executedOn: IsoDate): readonly RefusalCode[] =>
    refusalsOf(new SubmissionMeaning(person, executedOn, romeDate(at), campaign));

  return {
    patientList: operation(
      'patient-list',
      async (call, request: OnBehalf, access) => (await authorise(call, request, 'today')) ?? store.patientList(access),
      parties,
    ),

    patientListWithTests: operation(
      'patient-list',
      async (call, request: OnBehalf, access) =>
        (await authorise(call, request, 'today')) ?? store.patientListWithTests(access),
      parties,
    ),

    submitTest: operation(
      'test-submission',
      async (call, request: OnBehalf & { person: string; executedOn: IsoDate }, access) => {
        const refused = await authorise(call, request, 'today');
        if (refused !== undefined) return refused;
        return store.submit(access, request, brokenRules(call, request.person, request.executedOn));
      },
      partiesAndPerson,
    ),

    checkTests: operation(
      'test-check',
      async (call, request: OnBehalf & { persons: readonly string[]; executedOn: IsoDate }, access) => {
        const refused = await authorise(call, request, 'today');
        if (refused !== undefined) return refused;
        const { persons, executedOn } = request;
        const tests = persons.map((person) => ({ person, refusals: brokenRules(call, person, executedOn) }));
        return store.check(access, { ...request, tests });
      },
      partiesAndPersons,
    ),

    cancelTest: operation(
      'test-cancellation',
      async (call, request: OnBehalf & { person: string; transactionId: number }, access) =>
        (await authorise(call, request, 'begun')) ?? store.cancel(access, request),
      partiesAndPerson,
    ),

    testList: operation(
      'test-list',
      async (call, request: OnBehalf & { from: IsoDate; to: IsoDate }, access) => {
        const refused = await authorise(call, request, 'begun');
        if (refused !== undefined) return refused;
        const [first, ...more] = refusalsOf(new IntervalMeaning(request.from, request.to));
        if (first !== undefined) return new Refused([first, ...more]);
        return store.testList(access, request.from, request.to);
      },
      parties,
    ),

    substitutionOf: ({ caller, at }, id) =>
      caller.kind === 'account'
        ? substitutionOf(db, id, caller.codiceFiscale, romeDate(at))
        : Promise.resolve(undefined),

    receipts: operation(
      'test-receipt',
      async (call, request: OnBehalf & { tests: readonly number[] }, access) => {
        const refused = await authorise(call, request, 'begun');
        if (refused !== undefined) return refused;
        return (await store.receipts(access, request)) ?? new Refused(['unknown-transaction']);
      },
      parties,
    ),
  };
}
