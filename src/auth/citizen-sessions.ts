/**
 * Sessions of persons in the matter of their own data [O-1]: they have no account, and no session keeps what they do [O-4].
 * One ends after fifteen minutes without a page, and after eight hours in any case.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { AccessLog, RefusalLog } from '../audit/index.js';
import type { DataSource } from '../platform/db/index.js';
import { DONE } from '../platform/outcome.js';
import type { Arrival, Call } from './call.js';
import type { Citizen } from './caller.js';
import { citizenCall } from './citizen.js';
import { CITIZEN_IDLE_MS, createCitizenSessionStore } from './citizen-session-store.js';
import { accessOf, accessOfNobody } from './operation.js';
import { ABSOLUTE_MS } from './session-store.js';

export interface CitizenSession {
  /** What the browser's cookie holds. */
  readonly token: string;
  readonly call: Call<Citizen>;
  /** When it ends, without a further page. */
  readonly endsAt: Date;
}

export interface CitizenSessions {
  /** @returns the token */
  begin(identity: Omit<Citizen, 'kind'>, arrival: Arrival): Promise<string>;
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

const TOKEN = /^[A-Za-z0-9_-]{43}$/;
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

export function createCitizenSessions({ db, accessLog, refusals }: CitizenSessionsOptions): CitizenSessions {
  const store = createCitizenSessionStore(db);
  return {
    async begin(identity, arrival) {
      const token = randomBytes(32).toString('base64url');
      await store.add(hashOf(token), identity, arrival.at);
      await accessLog.record(accessOf(citizenCall(identity, arrival), 'session-begin'), DONE.code);
      return token;
    },
    async resume(token, arrival) {
      if (!TOKEN.test(token)) return undefined;
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
