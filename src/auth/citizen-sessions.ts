/**
 * Sessions of persons in the matter of their own data [O-1]: by digital identity, or in the free area. They have no
 * account, and no session keeps what they choose [O-4]. One ends after fifteen minutes without a page, and after eight
 * hours in any case.
 */
import type { AccessLog, RefusalLog } from '../audit/index.js';
import type { DataSource } from '../platform/db/index.js';
import { DONE } from '../platform/outcome.js';
import { Call } from './call.js';
import type { Arrival } from './call.js';
import type { Citizen, FreeAreaHolder, IdentityMethod } from './caller.js';
import { citizenCall } from './citizen.js';
import { CITIZEN_IDLE_MS, createCitizenSessionStore } from './citizen-session-store.js';
import type { AcknowledgedNotice, StoredCitizenSession } from './citizen-session-store.js';
import { accessOf, accessOfNobody } from './operation.js';
import { PASSAGE_REFUSED } from './passage.js';
import { createPassageStore } from './passage-store.js';
import { ABSOLUTE_MS } from './session-store.js';
import { hashOf, isToken, newToken } from './token.js';

interface OwnSession<Who extends Citizen | FreeAreaHolder> {
  readonly kind: Who['kind'];
  /** What the browser's cookie holds. */
  readonly token: string;
  /** Random id of the session, for what was done in it. */
  readonly visit: string;
  readonly call: Call<Who>;
  readonly acknowledged: AcknowledgedNotice | undefined;
  /** When it ends, without a further page. */
  readonly endsAt: Date;
}
/** Of a person by digital identity. */
export type CitizenSession = OwnSession<Citizen>;
/** Of whoever knows the data of a health card, or of an STP code. */
export type FreeAreaSession = OwnSession<FreeAreaHolder>;

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
  /** @param call of the entrance, which has written its row into the register's log @returns the token */
  beginInFreeArea(call: Call<FreeAreaHolder>): Promise<string>;
  /** @returns undefined: the token is of no session, or of one that is over */
  resume(token: string, arrival: Arrival): Promise<CitizenSession | FreeAreaSession | undefined>;
  /** Notes that the privacy notice was acknowledged now, in place of an earlier acknowledgement. */
  acknowledge(
    session: CitizenSession | FreeAreaSession,
    notice: Pick<AcknowledgedNotice, 'version' | 'language'>,
  ): Promise<void>;
  end(session: CitizenSession | FreeAreaSession): Promise<void>;
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
    identity: Pick<StoredCitizenSession, 'subject' | 'method'>,
    cardEndsAt: Date | undefined,
    at: Date,
  ): Promise<string> {
    const token = newToken();
    await store.add(token, identity, cardEndsAt, at);
    return token;
  }

  async function beginAs(
    { codiceFiscale, method }: Omit<Citizen, 'kind'>,
    cardEndsAt: Date | undefined,
    arrival: Arrival,
  ): Promise<string> {
    const token = await begin({ subject: codiceFiscale, method }, cardEndsAt, arrival.at);
    await accessLog.record(accessOf(citizenCall({ codiceFiscale, method }, arrival), 'session-begin'), DONE.code);
    return token;
  }

  return {
    begin: (identity, arrival) => beginAs(identity, undefined, arrival),
    async beginByPassage(ticket, arrival) {
      const passed =
        ticket !== undefined && isToken(ticket) ? await passages.take(hashOf(ticket), arrival.at) : undefined;
      if (passed !== undefined) return beginAs(passed, passed.card?.endsAt, arrival);
      await refusals.refused(accessOfNobody(arrival, 'session-begin', undefined), PASSAGE_REFUSED, false);
      return undefined;
    },
    // [O-4] This log says nothing of the free area, where there is only one thing to do.
    beginInFreeArea: ({ caller, at }) => begin(caller, undefined, at),

    async resume(token, arrival) {
      if (!isToken(token)) return undefined;
      const found = await store.find(token, arrival.at);
      if (found === undefined) return undefined;
      const { startedAt, lastSeenAt, subject, method, visit, acknowledged } = found;
      const end = Math.min(startedAt.getTime() + ABSOLUTE_MS, lastSeenAt.getTime() + CITIZEN_IDLE_MS);
      const common = { token, visit, acknowledged, endsAt: new Date(end) };
      if (method === 'health-card' || method === 'stp') {
        return { ...common, kind: 'free_area', call: new Call({ kind: 'free_area', subject, method }, arrival) };
      }
      return { ...common, kind: 'citizen', call: citizenCall({ codiceFiscale: subject, method }, arrival) };
    },

    acknowledge: ({ token, call: { at } }, { version, language }) =>
      store.acknowledge(token, { version, language, at }),

    async end({ token, call }) {
      const isOver = await store.end(token);
      if (isOver && call.caller.kind === 'citizen') await accessLog.record(accessOf(call, 'session-end'), DONE.code);
    },
    async refused(method, outcome, arrival) {
      await refusals.refused(accessOfNobody(arrival, 'session-begin', method), outcome, false);
    },
  };
}
