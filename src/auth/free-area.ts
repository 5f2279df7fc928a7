/**
 * The entrance of the free area (2.1) [O-1]: whoever knows the data of a health card, or of an STP code, acts for its
 * holder. Whether a person is known or not, and whichever datum is wrong, answer and work are the same. Does not know
 * where the data are kept.
 */
import type { AccessLog, RefusalLog } from '../audit/index.js';
import type { IsoDate } from '../platform/clock.js';
import { networkOf } from '../platform/address.js';
import { Call } from './call.js';
import type { Arrival } from './call.js';
import type { FreeAreaHolder } from './caller.js';
import { accessOf, accessOfNobody } from './operation.js';

/** The data that a person types, as typed. */
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
      /** That issued it: three digits. */
      readonly region: string;
      readonly issuedOn: IsoDate;
    };

/** Guesses at the data of one person, and from one network: no account is there to count them against. */
export interface GuessCounter {
  /** Counts an attempt before it is judged, so that attempts in parallel count too. @returns false: a lock holds */
  claim(subject: string, network: string, at: Date): Promise<boolean>;
  /** The claimed attempt was right. */
  succeeded(subject: string, network: string): Promise<void>;
}

export interface FreeAreaOptions {
  /** Whether one person has all of these data: one look, whoever is known. */
  readonly isTrue: (claim: FreeAreaClaim) => Promise<boolean>;
  readonly guesses: GuessCounter;
  readonly accessLog: AccessLog;
  readonly refusals: RefusalLog;
}

/** @returns undefined: the data are not those of one person, or there were too many guesses; nobody may say which */
export type FreeAreaEntrance = (claim: FreeAreaClaim, arrival: Arrival) => Promise<Call<FreeAreaHolder> | undefined>;

const OPERATION = 'free-area-enter';

export function createFreeAreaEntrance(options: FreeAreaOptions): FreeAreaEntrance {
  const { isTrue, guesses, accessLog, refusals } = options;
  return async (claim, arrival) => {
    const { method, subject } = claim;
    const network = networkOf(arrival.clientAddress);
    const isOpen = await guesses.claim(subject, network, arrival.at);
    // Looked at also while a lock holds: the answer then takes as long.
    const isHolder = await isTrue(claim);
    if (!isOpen || !isHolder) {
      const access = accessOfNobody(arrival, OPERATION, method);
      await refusals.refused(access, isOpen ? 'no-match' : 'locked', false);
      return undefined;
    }
    await guesses.succeeded(subject, network);
    const call = new Call({ kind: 'free_area', subject, method } as const, arrival);
    await accessLog.record(accessOf(call, OPERATION), 'entered');
    return call;
  };
}
