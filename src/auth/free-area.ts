/**
 * The entrance of the free area (2.1) [O-1]: a caller who knows the data of a health card, or of an STP code, acts for
 * its holder. Answer and work are the same whether or not the person is known, and whichever datum is wrong. Does not
 * know where the data are stored.
 */
import type { AccessLog, RefusalLog } from '../audit/index.js';
import type { IsoDate } from '../platform/clock.js';
import { networkOf } from '../platform/address.js';
import { Call } from './call.js';
import type { Arrival } from './call.js';
import type { FreeAreaHolder } from './caller.js';
import { accessOf, accessOfNobody } from './operation.js';

/** The data as typed by the caller. */
export type FreeAreaClaim =
  | {
      readonly method: 'health-card';
      /** Codice fiscale. */
      readonly subject: string;
      readonly cardNumber: string;
      readonly cardExpiry: IsoDate;
    }
  | {
      readonly method: 'stp';
      /** STP code. */
      readonly subject: string;
      /** The issuing region: three digits. */
      readonly region: string;
      readonly issuedOn: IsoDate;
    };

/** Limits guesses at one person's data and from one network: no account exists to count them against. */
export interface GuessCounter {
  /** Counts an attempt before it is verified, so that parallel attempts count too. @returns false: a lock is active */
  claim(subject: string, network: string, at: Date): Promise<boolean>;
  /** The counted attempt was correct. */
  succeeded(subject: string, network: string, at: Date): Promise<void>;
}

export interface FreeAreaOptions {
  /** Whether one person has all of these data: one look-up, whether or not the person is known. */
  readonly isTrue: (claim: FreeAreaClaim) => Promise<boolean>;
  readonly guesses: GuessCounter;
  readonly accessLog: AccessLog;
  readonly refusals: RefusalLog;
}

/**
 * @returns undefined: the data do not belong to one person, or there were too many guesses; the answer must not reveal
 *   which
 */
export type FreeAreaEntrance = (claim: FreeAreaClaim, arrival: Arrival) => Promise<Call<FreeAreaHolder> | undefined>;

const OPERATION = 'free-area-enter';

export function createFreeAreaEntrance(options: FreeAreaOptions): FreeAreaEntrance {
  const { isTrue, guesses, accessLog, refusals } = options;
  return async (claim, arrival) => {
    const { method, subject } = claim;
    const network = networkOf(arrival.clientAddress);
    const isOpen = await guesses.claim(subject, network, arrival.at);
    // The look-up runs even while a lock is active, so that the response takes as long.
    const isHolder = await isTrue(claim);
    if (!isOpen || !isHolder) {
      const access = accessOfNobody(arrival, OPERATION, method);
      await refusals.refused(access, isOpen ? 'no-match' : 'locked', false);
      return undefined;
    }
    await guesses.succeeded(subject, network, arrival.at);
    const call = new Call({ kind: 'free_area', subject, method } as const, arrival);
    await accessLog.record(accessOf(call, OPERATION), 'entered');
    return call;
  };
}
