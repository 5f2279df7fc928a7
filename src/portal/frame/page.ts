/** A page: its path, its access, and its answers. Pages are data; portal.ts lists them all. */
import type { ComponentChildren } from 'preact';
import type { AccountHolder, Arrival, Call, CitizenSession, FreeAreaSession } from '../../auth/index.js';
import type { OperationName, Session } from '../../auth/index.js';
import type { Catalogue } from '../texts/index.js';
import type { Form } from './form.js';

/** One request of a browser. */
export interface Visit {
  readonly arrival: Arrival;
  readonly texts: Catalogue;
  readonly session: Session | undefined;
  /** For a person acting on their own data: never together with `session`. */
  readonly citizen: CitizenSession | undefined;
  /** For a caller who gave the data of a card or STP code: never together with the other two. */
  readonly freeArea: FreeAreaSession | undefined;
  /** The browser's cookie during a sign-in at an identity provider. */
  readonly identityCode: string | undefined;
  /** Aborted when the browser has closed the request before its answer. */
  readonly gone: AbortSignal;
  /** Values of the path's parameters. */
  readonly params: Readonly<Record<string, string>>;
  /** Values after the `?`. */
  readonly query: Form;
  /** Fields of the submitted form; empty for GET. */
  readonly form: Form;
  /** Browser and system in plain words. */
  readonly device: string;
  /** The cookie of a sign-in by card that this browser started. */
  readonly ticket: string | undefined;
}
export interface SignedInVisit extends Visit {
  readonly session: Session;
  /**
   * Fields that the session stores for a page: the URL never contains input, and Back and reload restore it. Never used
   * for a citizen's choice [O-4].
   */
  readonly kept: (path: string) => Form;
  /**
   * @param fields undefined: deletes them
   * @param token the session's new one, if this visit has renewed it
   */
  readonly keep: (path: string, fields: Readonly<Record<string, string>> | undefined, token?: string) => Promise<void>;
}
export interface ActingVisit extends SignedInVisit {
  readonly call: Call<AccountHolder>;
}

export interface CitizenVisit extends Visit {
  readonly citizen: CitizenSession;
}
export interface FreeAreaVisit extends Visit {
  readonly freeArea: FreeAreaSession;
}

type Answer<V extends Visit> = (visit: V) => Reply | Promise<Reply>;
export interface Answers<V extends Visit> {
  /** Shows and changes nothing. */
  readonly get?: Answer<V>;
  readonly post?: Answer<V>;
}

/** A page with its access; the visit of its answers has what the access requires. */
interface PageFor<Access, V extends Visit> extends Answers<V> {
  readonly path: string;
  readonly access: Access;
  /** Accepts forms from other sites, and long ones: an identity provider has the browser submit them. */
  readonly isForProviders?: true;
  /**
   * Its GET starts a sign-in at an identity provider: only our own pages link to it, and HEAD, by which programs check
   * links, is refused.
   */
  readonly isDeparture?: true;
  /** Its URL contains a token: no answer lets the browser send it to other pages. */
  readonly hasSecretPath?: true;
}

/** By access: everybody, the holders of a session of each kind, or the callers that an operation's policy admits. */
export type Page =
  | PageFor<'anybody', Visit>
  | PageFor<'signed-in', SignedInVisit>
  | PageFor<'citizen', CitizenVisit>
  | PageFor<'free-area', FreeAreaVisit>
  | PageFor<OperationName, ActingVisit>;

export function forAnybody(path: string, answers: Answers<Visit>): Page {
  return { path, access: 'anybody', ...answers };
}

/** Its GET redirects to an identity provider. */
export function forDeparture(path: string, answers: Pick<Answers<Visit>, 'get'>): Page {
  return { path, access: 'anybody', isDeparture: true, ...answers };
}

/** Its POST is the answer of an identity provider: it takes effect only if this browser requested it. */
export function forProviders(path: string, answers: Answers<Visit>): Page {
  return { path, access: 'anybody', isForProviders: true, ...answers };
}

/** For persons acting on their own data with digital identity. */
export function forCitizen(path: string, answers: Answers<CitizenVisit>): Page {
  return { path, access: 'citizen', ...answers };
}

/** For holders in the free area. */
export function forFreeArea(path: string, answers: Answers<FreeAreaVisit>): Page {
  return { path, access: 'free-area', ...answers };
}

export function forSignedIn(path: string, answers: Answers<SignedInVisit>): Page {
  return { path, access: 'signed-in', ...answers };
}

/** @param operation called by the page, or by the form it shows: the policy decides who may open it */
export function forOperation(operation: OperationName, path: string, answers: Answers<ActingVisit>): Page {
  return { path, access: operation, ...answers };
}

export interface PageReply {
  readonly kind: 'page';
  /** HTTP status; absent: 200. */
  readonly status?: number;
  /** The answer is sent at a multiple of this time in ms after the complete form. Absent: at once. */
  readonly beatMs?: number | undefined;
  /** After how many seconds the visitor may try again. */
  readonly retryAfter?: number | undefined;
  /** Subject of the page, first in the browser's title. */
  readonly title: string;
  readonly body: ComponentChildren;
}
export interface RedirectReply {
  readonly kind: 'redirect';
  /** One of our own paths, or a URL at the card host. */
  readonly to: string;
  /** The session's new token; null: the browser's session has ended. */
  readonly token?: string | null | undefined;
  /** The cookie of a sign-in by card; null: deletes it. */
  readonly ticket?: string | null | undefined;
  /** As in a page. */
  readonly beatMs?: number | undefined;
}
/** Redirects to an identity provider. The browser's session has ended. */
export interface AwayReply {
  readonly kind: 'away';
  readonly to: string;
  readonly identityCode: string;
}
export interface FileReply {
  readonly kind: 'file';
  /** undefined: the browser shows it instead of saving it. */
  readonly name: string | undefined;
  readonly type: string;
  readonly bytes: Buffer;
}
export type Reply = PageReply | RedirectReply | AwayReply | FileReply;

export function show(
  title: string,
  body: ComponentChildren,
  more: Pick<PageReply, 'status' | 'beatMs' | 'retryAfter'> = {},
): PageReply {
  return { kind: 'page', title, body, ...more };
}

export function redirect(
  to: string,
  token?: string | null,
  more: Pick<RedirectReply, 'ticket' | 'beatMs'> = {},
): RedirectReply {
  return { kind: 'redirect', to, token, ...more };
}

export function away(to: string, identityCode: string): AwayReply {
  return { kind: 'away', to, identityCode };
}

export function shownFile(type: string, bytes: Buffer): FileReply {
  return { kind: 'file', name: undefined, type, bytes };
}

/** Ends a request with a page that explains the problem. */
export class PageError extends Error {
  constructor(
    readonly status: 400 | 403 | 404 | 405 | 413 | 415 | 500 | 503,
    readonly headers: Readonly<Record<string, string>> = {},
    /** Outcome of the refusal in the access log; undefined: the operation has written its row, or there is none. */
    readonly outcome?: string,
  ) {
    super(`page error ${status}`);
    this.name = 'PageError';
  }
}
