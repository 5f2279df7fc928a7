/**
 * Sessions of persons acting on their own data [O-1]: by digital identity, or in the free area. They have no account,
 * and no session stores what they choose [O-4]. A session ends after fifteen minutes without a page, and after eight
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
  /** Random id of the session, to identify what was done in it. */
  readonly visit: string;
  readonly call: Call<Who>;
  readonly acknowledged: AcknowledgedNotice | undefined;
  /** When it ends unless a further page is opened. */
  readonly endsAt: Date;
}
/** For a person with digital identity. */
export type CitizenSession = OwnSession<Citizen>;
/** For a caller who knows the data of a health card, or of an STP code. */
export type FreeAreaSession = OwnSession<FreeAreaHolder>;

export interface CitizenSessions {
  /** For a person identified by a provider. @returns the token */
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
  /** @param call of the entrance, which has recorded it in the register's log @returns the token */
  beginInFreeArea(call: Call<FreeAreaHolder>): Promise<string>;
  /** @returns undefined: the token belongs to no session, or to one that has ended */
  resume(token: string, arrival: Arrival): Promise<CitizenSession | FreeAreaSession | undefined>;
  /** Records the acknowledgement of the privacy notice now, replacing an earlier one. */
  acknowledge(
    session: CitizenSession | FreeAreaSession,
    notice: Pick<AcknowledgedNotice, 'version' | 'language'>,
  ): Promise<void>;
  end(session: CitizenSession | FreeAreaSession): Promise<void>;
  /** Records a failed sign-in. @param outcome as in the access log */
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
    // [O-4] This log omits the free area, where only one act is possible.
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
