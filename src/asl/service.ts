/**
 * The ASLs' services (chapter 4): authorisation first, then the rules, then one transaction. The ASL is the account's and
 * never the caller's to name: nobody reaches another one's numbers. Knows neither pages nor HTTP.
 */
import type { Access, AccessLog } from '../audit/index.js';
import { isPermitted } from '../auth/index.js';
import type { Operation, Principal } from '../auth/index.js';
import { romeDate } from '../platform/clock.js';
import type { Clock, IsoDate } from '../platform/clock.js';
import type { Campaign } from '../screening/index.js';
import { ASL_REFUSALS } from './errors.js';
import type { AslRefusal } from './errors.js';
import { DailyMeaning, refusalsOf } from './model.js';
import type { AslStore, DailyNumber, DoctorNumber, Numbers, UnmatchedNumber } from './store.js';

/** Who calls, in which request. */
export interface AslCall {
  readonly principal: Principal;
  readonly requestId: string;
}

export interface AslOutcome {
  readonly transactionId: number;
  /** When the transaction ended (4.4.2); the access log has the instant of access. */
  readonly at: Date;
  /** Empty: done. Else every reason, the first of which gives the outcome. */
  readonly refusals: readonly AslRefusal[];
}

/** What was asked for, of the caller's ASL; without numbers when refused. */
export interface AslNumbers<Row> extends AslOutcome {
  readonly asl?: string;
  readonly numbers?: readonly Row[];
}

export interface AslService {
  /** 4.4.1: one row per doctor of the ASL, also of those with nobody. Recorded as a download (4.5). */
  doctorNumbers(call: AslCall): Promise<AslNumbers<DoctorNumber>>;
  /** 4.4.1, decision: those without a doctor, one row per file of the roster. Recorded as a download (4.5). */
  unmatchedNumbers(call: AslCall): Promise<AslNumbers<UnmatchedNumber>>;
  /**
   * 4.4.2: replaces an earlier number of the same day, which stays in the history.
   * @param daily `operator`: codice fiscale of who acts; `tests`: done by the ASL on that day
   */
  sendDaily(
    call: AslCall,
    daily: { readonly operator: string; readonly executedOn: IsoDate; readonly tests: number },
  ): Promise<AslOutcome>;
  /** What the ASL has sent, replaced numbers too; latest day first. */
  dailyNumbers(call: AslCall): Promise<AslNumbers<DailyNumber>>;
}

export interface AslOptions extends Campaign {
  readonly store: AslStore;
  readonly accessLog: AccessLog;
  readonly clock: Clock;
}

export function createAslService({ store, accessLog, clock, ...campaign }: AslOptions): AslService {
  function accessOf({ principal, requestId }: AslCall, operation: Operation): Access {
    const { userId, method, clientAddress } = principal;
    const nobody = { doctor: undefined, titular: undefined };
    return { at: clock.now(), operation, userId, ...nobody, method, clientAddress, requestId };
  }

  async function refuse(access: Access, [first, ...more]: readonly [AslRefusal, ...AslRefusal[]]): Promise<AslOutcome> {
    const transactionId = await accessLog.record(access, ASL_REFUSALS[first].code);
    return { transactionId, at: clock.now(), refusals: [first, ...more] };
  }

  /**
   * The policy, and the ASL that the account acts for. Whoever fails here learns nothing else.
   * @param operator whom the request says to act, where it says so
   */
  async function authorise(
    { principal }: AslCall,
    operation: Operation,
    operator?: string,
  ): Promise<{ asl: string } | AslRefusal> {
    if (!isPermitted(principal, operation)) return 'not-permitted';
    if (operator !== undefined && operator !== principal.codiceFiscale) return 'not-the-caller';
    const asl = await store.aslOf(principal.userId);
    return asl === undefined ? 'no-asl' : { asl };
  }

  /** An operation that reads numbers of the caller's ASL. */
  const reading =
    <Row>(operation: Operation, read: (access: Access, asl: string) => Promise<Numbers<Row>>) =>
    async (call: AslCall): Promise<AslNumbers<Row>> => {
      const access = accessOf(call, operation);
      const authorised = await authorise(call, operation);
      if (typeof authorised === 'string') return refuse(access, [authorised]);
      const { asl } = authorised;
      return { ...(await read(access, asl)), at: clock.now(), refusals: [], asl };
    };

  return {
    doctorNumbers: reading('asl-doctor-numbers', (access, asl) => store.doctorNumbers(access, asl)),
    unmatchedNumbers: reading('asl-unmatched-numbers', (access, asl) => store.unmatchedNumbers(access, asl)),
    dailyNumbers: reading('asl-daily-list', (access, asl) => store.dailyNumbers(access, asl)),

    async sendDaily(call, daily) {
      const access = accessOf(call, 'asl-daily-submission');
      const authorised = await authorise(call, 'asl-daily-submission', daily.operator);
      if (typeof authorised === 'string') return refuse(access, [authorised]);
      const meaning = new DailyMeaning(daily.executedOn, daily.tests, romeDate(access.at), campaign);
      const [first, ...more] = refusalsOf(meaning);
      if (first !== undefined) return refuse(access, [first, ...more]);
      const transactionId = await store.addDaily(access, authorised.asl, daily);
      return { transactionId, at: clock.now(), refusals: [] };
    },
  };
}
