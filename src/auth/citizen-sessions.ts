/**
 * Sessions of persons in the matter of their own data [O-1]: they have no account, and no session keeps what they do [O-4].
 * One ends after fifteen minutes without a page, and after eight hours in any case.
 */
import type { AccessLog, RefusalLog } from '../audit/index.js';
import type { DataSource } from '../platform/db/index.js';
import { DONE } from '../platform/outcome.js';
import type { Arrival, Call } from './call.js';
import type { Citizen, IdentityMethod } from './caller.js';
import { citizenCall } from './citizen.js';
import { CITIZEN_IDLE_MS, createCitizenSessionStore } from './citizen-session-store.js';
import { accessOf, accessOfNobody } from './operation.js';
import { PASSAGE_REFUSED } from './passage.js';
import { createPassageStore } from './passage-store.js';
import { ABSOLUTE_MS } from './session-store.js';
import { hashOf, isToken, newToken } from './token.js';

export interface CitizenSession {
  /** What the browser's cookie holds. */
  readonly token: string;
  readonly call: Call<Citizen>;
  /** When it ends, without a further page. */
  readonly endsAt: Date;
}

export interface CitizenSessions {
  /** Of whom a provider has said who he is. @returns the token */
  begin(
    identity: { readonly codiceFiscale: string; readonly method: IdentityMethod },
    arrival: Arrival,
  ): Promise<string>;
  /**
   * For a person who was identified and has chosen to continue as a citizen.
   * @param ticket of this browser
   * @returns the token; undefined: no passage is pending; the refusal is recorded
   */
  beginByPassage(ticket: string | undefined, arrival: Arrival): Promise<string | undefined>;
  /** @returns undefined: the token is of no session, or of one that is over */
  resume(token: string, arrival: Arrival): Promise<CitizenSession | undefined>;
  end(session: CitizenSession): Promise<void>;
  /** Records that nobody came in. @param outcome as the access log has it */
  refused(method: Citizen['method'], outcome: string, arrival: Arrival): Promise<void>;
}

export interface CitizenSessionsOptions {
  readonly db: DataSource;
  readonly accessLog: AccessLog;
  readonly refusals: RefusalLog;
}

export function createCitizenSessions({ db, accessLog, refusals }: CitizenSessionsOptions): CitizenSessions {
  const store = createCitizenSessionStore(db);
  const passages = createPassageStore(db);

  async function begin(
    { codiceFiscale, method }: Omit<Citizen, 'kind'>,
    cardEndsAt: Date | undefined,
    arrival: Arrival,
  ): Promise<string> {
    const [token, identity] = [newToken(), { codiceFiscale, method }];
    await store.add(hashOf(token), identity, cardEndsAt, arrival.at);
    await accessLog.record(accessOf(citizenCall(identity, arrival), 'session-begin'), DONE.code);
    return token;
  }

  return {
    begin: (identity, arrival) => begin(identity, undefined, arrival),
    async beginByPassage(ticket, arrival) {
      const passed =
        ticket !== undefined && isToken(ticket) ? await passages.take(hashOf(ticket), arrival.at) : undefined;
      if (passed !== undefined) return begin(passed, passed.card?.endsAt, arrival);
      await refusals.refused(accessOfNobody(arrival, 'session-begin', undefined), PASSAGE_REFUSED, false);
      return undefined;
    },
    async resume(token, arrival) {
      if (!isToken(token)) return undefined;
      const found = await store.find(hashOf(token), arrival.at);
      if (found === undefined) return undefined;
      const { startedAt, lastSeenAt, ...identity } = found;
      const end = Math.min(startedAt.getTime() + ABSOLUTE_MS, lastSeenAt.getTime() + CITIZEN_IDLE_MS);
      return { token, call: citizenCall(identity, arrival), endsAt: new Date(end) };
    },
    async end({ token, call }) {
      if (await store.end(hashOf(token))) await accessLog.record(accessOf(call, 'session-end'), DONE.code);
    },
    async refused(method, outcome, arrival) {
      await refusals.refused(accessOfNobody(arrival, 'session-begin', method), outcome, false);
    },
  };
}
