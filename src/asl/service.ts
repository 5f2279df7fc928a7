/**
 * The ASLs' services (chapter 4): first authorisation, then the rules, then one transaction. The ASL comes from the
 * account, never from the request: nobody can access another ASL's numbers. Knows neither pages nor HTTP.
 */
import type { AccessLog } from '../audit/index.js';
import { Refused, operationsOf } from '../auth/index.js';
import type { AdmittedAccess, CallOf, Operation, Outcome } from '../auth/index.js';
import { romeDate } from '../platform/clock.js';
import type { Clock, IsoDate } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';
import type { Campaign } from '../screening/index.js';
import { ASL_REFUSALS } from './errors.js';
import type { AslRefusal } from './errors.js';
import { DailyMeaning, refusalsOf } from './model.js';
import { createAslStore } from './store.js';
import type { DailyNumber, DoctorNumber, Numbers, OwnAsl, UnmatchedNumber } from './store.js';

export type AslOutcome = Outcome<AslRefusal>;

/** Numbers of the caller's ASL. */
interface OwnNumbers<Row> {
  readonly asl: string;
  readonly name: string;
  readonly numbers: readonly Row[];
}
export type AslNumbers<Row> = AslOutcome & Partial<OwnNumbers<Row>>;
type Reading<Row> = Operation<void, AslRefusal, OwnNumbers<Row>>;

export interface AslService {
  /** 4.4.1: one row per doctor of the ASL, including those without persons. Recorded as a download (4.5). */
  readonly doctorNumbers: Reading<DoctorNumber>;
  /** 4.4.1, decision: those without a doctor, one row per file of the roster. Recorded as a download (4.5). */
  readonly unmatchedNumbers: Reading<UnmatchedNumber>;
  /** 4.4.2: replaces an earlier number of the same day, which stays in the history. */
  readonly sendDaily: Operation<Daily, AslRefusal>;
  /** Every rule of `sendDaily` that the day and the number break at this time. Reads and records nothing. */
  readonly checkDaily: (daily: Pick<Daily, 'executedOn' | 'tests'>, at: Date) => readonly AslRefusal[];
  /** The numbers that the ASL has submitted, including replaced ones; latest day first. */
  readonly dailyNumbers: Reading<DailyNumber>;
}

export interface Daily {
  /** Codice fiscale of the operator. */
  readonly operator: string;
  readonly executedOn: IsoDate;
  /** Number of tests that the ASL did on that day. */
  readonly tests: number;
  /** Id of a form (UUID): a form that is sent again is the same submission. */
  readonly request?: string;
}

export interface AslOptions extends Campaign {
  readonly db: Queryable;
  readonly accessLog: AccessLog;
  readonly clock: Clock;
}

/** All operations of the ASLs have the same callers. */
type AslCall = CallOf<'asl-daily-list'>;

export function createAslService({ db, accessLog, clock, ...campaign }: AslOptions): AslService {
  const store = createAslStore(db);
  const operation = operationsOf<AslRefusal>({
    ...{ accessLog, clock },
    outcomeOf: (refusal) => ASL_REFUSALS[refusal].code,
  });

  /** The ASL that the account acts for. A caller who fails here gets no other information. */
  const aslOf = async ({ caller }: AslCall): Promise<OwnAsl | Refused<AslRefusal>> =>
    (await store.aslOf(caller.userId)) ?? new Refused(['no-asl']);

  /** The work of an operation that reads numbers of the caller's ASL. */
  const reading =
    <Row>(read: (access: AdmittedAccess, asl: string) => Promise<Numbers<Row>>) =>
    async (call: AslCall, _request: unknown, access: AdmittedAccess) => {
      const own = await aslOf(call);
      if (own instanceof Refused) return own;
      const { asl, name } = own;
      return { ...(await read(access, asl)), asl, name };
    };

  const checkDaily: AslService['checkDaily'] = ({ executedOn, tests }, at) =>
    refusalsOf(new DailyMeaning(executedOn, tests, romeDate(at), campaign));

  return {
    checkDaily,
    doctorNumbers: operation(
      'asl-doctor-numbers',
      reading((access, asl) => store.doctorNumbers(access, asl)),
    ),
    unmatchedNumbers: operation(
      'asl-unmatched-numbers',
      reading((access, asl) => store.unmatchedNumbers(access, asl)),
    ),
    dailyNumbers: operation(
      'asl-daily-list',
      reading((access, asl) => store.dailyNumbers(access, asl)),
    ),

    sendDaily: operation('asl-daily-submission', async (call, daily: Daily, access) => {
      const own = await aslOf(call);
      if (daily.operator !== call.caller.codiceFiscale) return new Refused(['not-the-caller']);
      if (own instanceof Refused) return own;
      const [first, ...more] = checkDaily(daily, call.at);
      if (first !== undefined) return new Refused([first, ...more]);
      return { transactionId: await store.addDaily(access, own.asl, daily) };
    }),
  };
}
