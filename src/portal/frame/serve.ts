/** The steps of a request, from arrival to the page, in the same order for every page. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { Arrival, CitizenSession, CitizenSessions, FreeAreaSession } from '../../auth/index.js';
import type { OperationName, Session, Sessions } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import { holdBack } from '../../platform/http/index.js';
import { newRequestId } from '../../platform/ids/index.js';
import type { Logger } from '../../platform/log.js';
import { it } from '../texts/index.js';
import type { Assets } from './assets.js';
import { IDENTITY_COOKIE, SESSION_COOKIE, TICKET_COOKIE, cookieFor, cookieIn, identityCookie } from './cookie.js';
import { deviceOf } from './device.js';
import { errorPage } from './error-page.js';
import { Form, PROVIDER_FORM_BYTES, VisitAborted, formOf, readForm } from './form.js';
import { NOT_KEPT, SECRET_ADDRESS, SECURITY_HEADERS } from './headers.js';
import { documentOf } from './layout.js';
import type { Menu } from './layout.js';
import { NOT_SENT } from './not-sent.js';
import { isFromElsewhere, isOwnForm } from './origin.js';
import { PageError, redirect } from './page.js';
import type { Page, Reply, SignedInVisit, Visit } from './page.js';

export interface ServeOptions {
  readonly sessions: Sessions;
  readonly citizens: CitizenSessions;
  readonly assets: Assets;
  /** The links of a role's pages. */
  readonly menu: Menu;
  /** The portal's origin in the browser, e.g. `https://servizi.example.it`. */
  readonly origin: string;
  readonly accessibilityDeclarationUrl: string | undefined;
  /** Network address of the caller. */
  readonly addressOf: (request: Request) => string;
  /** Largest number of concurrent requests; a further one is answered 503. */
  readonly maxInFlight: number;
  /** Whether an error means that the database is temporarily unavailable or overloaded. */
  readonly isPassing: (error: unknown) => boolean;
  /** Whether an error means that the register of consents is unavailable: its page says so. */
  readonly isRegisterAway: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called with every finished request. */
  readonly observe: (visit: Answered) => void;
}

export interface Answered {
  /** The page's path with its parameters' names; undefined: no such page. */
  readonly path: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** The sign-in page; `ritorno` names the page to return to. */
const SIGN_IN = '/accesso';
const CHOOSE_CAPACITY = '/accesso/profilo';
const CITIZEN_SIGN_IN = '/accesso/spid';
const FREE_AREA = '/libera/opposizione';

/** The holder of the browser's session: an account, a citizen, a holder in the free area, or nobody. */
interface Holders {
  session: Session | undefined;
  citizen: CitizenSession | undefined;
  freeArea: FreeAreaSession | undefined;
}

/** The results of a visit's steps. */
interface Seen extends Holders {
  readonly gone: AbortSignal;
  /** When the request was complete, in the process's own time, ms. */
  whole: number;
  /** A form was not submitted because its session had ended: the page reports this. */
  isNotSent: boolean;
}

const NOBODY: Holders = { session: undefined, citizen: undefined, freeArea: undefined };

/** The browser deletes the pages of an ended session. */
const FORGOTTEN = { 'Clear-Site-Data': '"cache"' } as const;

/** The content to send. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
  readonly beatMs?: number | undefined;
}

export function createServe(options: ServeOptions): {
  readonly serve: (page: Page | PageError, request: Request, response: Response) => Promise<void>;
  readonly inWork: () => number;
} {
  const { sessions, citizens, clock, log, origin } = options;
  let inFlight = 0;

  /** From a complete request to its answer. */
  async function answerTo(page: Page, form: Form, request: Request, arrival: Arrival, seen: Seen): Promise<Reply> {
    if (page.isDeparture === true && isFromElsewhere(request.headers)) return redirect(CITIZEN_SIGN_IN);
    const { session, citizen, freeArea } = Object.assign(seen, await holdersOf(page, request, arrival));
    if (page.access === 'citizen') {
      if (citizen === undefined) return redirect(signInAt(CITIZEN_SIGN_IN, request));
    } else if (page.access === 'free-area') {
      if (freeArea === undefined) return redirect(signInAt(FREE_AREA, request));
    } else if (page.access !== 'anybody') {
      if (session === undefined) return redirect(signInFor(page, request));
      if (page.access !== 'signed-in') {
        if (session.call === undefined) return redirect(CHOOSE_CAPACITY);
        if (!(await sessions.admits(session.call, page.access))) throw new PageError(403);
      }
    }
    const visit: Visit = {
      ...{ arrival, session, citizen, freeArea, form, texts: it, gone: seen.gone },
      identityCode: cookieIn(request.headers.cookie, IDENTITY_COOKIE),
      params: request.params as Record<string, string>,
      query: formOf(new URLSearchParams(queryOf(request))),
      device: deviceOf(request.headers['user-agent']),
      ticket: cookieIn(request.headers.cookie, TICKET_COOKIE),
    };
    try {
      const reply = await ask(page, request.method === 'POST' ? 'post' : 'get', visit, sessions);
      if (reply.kind === 'page') await tellNotSent(visit, request, seen);
      return reply;
    } catch (error) {
      const isRecorded = error instanceof PageError && error.outcome !== undefined && session?.call !== undefined;
      if (isRecorded && isOfOperation(page)) {
        await sessions.refused(session.call, page.access, error.outcome);
      }
      throw error;
    }
  }

  /** The URL reports it before a sign-in, the session once after it. */
  async function tellNotSent(
    { session, citizen, freeArea, query }: Visit,
    request: Request,
    seen: Seen,
  ): Promise<void> {
    const isNobody = (session ?? citizen ?? freeArea) === undefined;
    seen.isNotSent = isNobody ? query.has(NOT_SENT) : session?.kept[NOT_SENT] !== undefined;
    const isRead = seen.isNotSent && request.method === 'GET';
    if (isRead && session?.call !== undefined) await sessions.keep(session, NOT_SENT, undefined);
  }

  /** Public pages are available without a session, and while the database is unavailable. */
  async function holdersOf(page: Page, request: Request, arrival: Arrival): Promise<Holders> {
    const token = cookieIn(request.headers.cookie, SESSION_COOKIE);
    if (token === undefined) return NOBODY;
    try {
      const session = await sessions.resume(token, arrival);
      const own = session === undefined ? await citizens.resume(token, arrival) : undefined;
      const isCitizen = own !== undefined && isOfCitizen(own);
      return { session, citizen: isCitizen ? own : undefined, freeArea: isCitizen ? undefined : own };
    } catch (error) {
      if (page.access === 'anybody' && options.isPassing(error)) return NOBODY;
      throw error;
    }
  }

  /** Only a complete request occupies a slot: slow uploads of forms take none from others. */
  async function inPlace<Result>(work: () => Promise<Result>): Promise<Result> {
    if (inFlight >= options.maxInFlight) throw new PageError(503, { 'Retry-After': '5' });
    inFlight++;
    try {
      return await work();
    } finally {
      inFlight--;
    }
  }

  async function serve(page: Page | PageError, request: Request, response: Response): Promise<void> {
    const started = performance.now();
    const requestId = newRequestId();
    const arrival = { requestId, at: clock.now(), clientAddress: options.addressOf(request) };
    const gone = goneWith(response);
    const seen: Seen = { ...NOBODY, gone, whole: started, isNotSent: false };
    let answer: Answer;
    try {
      if (page instanceof PageError) throw page;
      refuseMethod(page, request);
      const isForeign = request.method === 'POST' && page.isForProviders !== true;
      if (isForeign && !isOwnForm(request.headers, origin)) throw new PageError(403);
      const limit = page.isForProviders === true ? PROVIDER_FORM_BYTES : undefined;
      const form = request.method === 'POST' ? await readForm(request, limit) : new Form();
      seen.whole = performance.now();
      answer = await inPlace(async () => {
        const reply = await answerTo(page, form, request, arrival, seen);
        return answerOf(reply, request, seen);
      });
    } catch (error) {
      if (error instanceof VisitAborted) return;
      const { status, headers } = error instanceof PageError ? error : unforeseen(error, requestId);
      const words = status === 503 && options.isRegisterAway(error) ? it.opposition.away : undefined;
      const said = answerOf(errorPage(status, requestId, it, seen.session, words), request, seen);
      answer = { ...said, headers: { ...said.headers, ...headers } };
    }
    if (answer.beatMs !== undefined) {
      holdBack(response);
      await pause(answer.beatMs - ((performance.now() - seen.whole) % answer.beatMs));
    }
    if (response.destroyed) return;
    const { status } = answer;
    const secrecy = !(page instanceof PageError) && page.hasSecretPath === true ? SECRET_ADDRESS : {};
    const common = { ...SECURITY_HEADERS, ...NOT_KEPT, ...secrecy, 'X-Request-Id': requestId };
    response.status(status).set({ ...common, ...answer.headers });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
    const seconds = (performance.now() - started) / 1000;
    const path = page instanceof PageError ? undefined : page.path;
    options.observe({ path, status, seconds });
    log.info('page', { requestId, page: path, method: request.method, status, ms: Math.round(seconds * 1000) });
  }

  function unforeseen(error: unknown, requestId: string): PageError {
    log.error('page failed', { requestId, error });
    return options.isPassing(error) ? new PageError(503, { 'Retry-After': '30' }) : new PageError(500);
  }

  function answerOf(reply: Reply, request: Request, { session, citizen, freeArea, isNotSent }: Seen): Answer {
    if (reply.kind === 'away') {
      const held = (session ?? citizen ?? freeArea) !== undefined;
      const cookies = [identityCookie(reply.identityCode), ...(held ? [cookieFor(SESSION_COOKIE, null)] : [])];
      // Found: the official checker of SPID expects this status for a redirect.
      return { status: 302, headers: { Location: reply.to, 'Set-Cookie': cookies, ...(held ? FORGOTTEN : {}) } };
    }
    if (reply.kind === 'redirect') {
      const { to: Location, token, ticket, beatMs } = reply;
      const cookies = [
        ...(token === undefined ? [] : [cookieFor(SESSION_COOKIE, token)]),
        ...(ticket === undefined ? [] : [cookieFor(TICKET_COOKIE, ticket)]),
      ];
      const forgotten = token === null ? FORGOTTEN : {};
      return {
        ...{ status: 303, beatMs },
        headers: { Location, ...(cookies.length === 0 ? {} : { 'Set-Cookie': cookies }), ...forgotten },
      };
    }
    if (reply.kind === 'file') {
      const { type, name, bytes: body } = reply;
      const saved = name === undefined ? {} : { 'Content-Disposition': `attachment; filename="${name}"` };
      return { status: 200, headers: { 'Content-Type': type, ...saved }, body };
    }
    const holders = { session, citizen, freeArea };
    const body = documentOf(reply, { ...options, ...holders, texts: it, isNotSent, path: request.path });
    const { status = 200, beatMs, retryAfter } = reply;
    const later = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) };
    return { status, beatMs, headers: { 'Content-Type': 'text/html; charset=utf-8', ...later }, body };
  }

  return { serve, inWork: () => inFlight };
}

const isOfCitizen = (own: CitizenSession | FreeAreaSession): own is CitizenSession => own.kind === 'citizen';

function isOfOperation(page: Page): page is Page & { readonly access: OperationName } {
  return !['anybody', 'signed-in', 'citizen', 'free-area'].includes(page.access);
}

function refuseMethod(page: Page, request: Request): void {
  const read = page.get === undefined ? [] : page.isDeparture === true ? ['GET'] : ['GET', 'HEAD'];
  const allowed = [...read, ...(page.post === undefined ? [] : ['POST'])];
  if (!allowed.includes(request.method)) throw new PageError(405, { Allow: allowed.join(', ') });
}

/** A change is never repeated automatically: after signing in, the page is shown again. */
function signInFor(page: Page, request: Request): string {
  return signInAt(SIGN_IN, request, page.get === undefined ? {} : { ritorno: request.path });
}

function signInAt(path: string, { method }: Request, fields: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({ ...fields, ...(method === 'POST' ? { [NOT_SENT]: '1' } : {}) }).toString();
  return query === '' ? path : `${path}?${query}`;
}

/** Aborted when the connection closes before the answer is sent. */
function goneWith(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

function queryOf(request: Request): string {
  const at = request.originalUrl.indexOf('?');
  return at < 0 ? '' : request.originalUrl.slice(at + 1);
}

/** The earlier steps have established what the page's access type requires of the visit. */
function ask(page: Page, method: 'get' | 'post', visit: Visit, sessions: Sessions): Reply | Promise<Reply> {
  const { session, citizen, freeArea } = visit;
  const missing = (): never => {
    throw new Error('a page without its handler, or a visit without its session');
  };
  if (page.access === 'anybody') return (page[method] ?? missing)(visit);
  if (page.access === 'citizen')
    return citizen === undefined ? missing() : (page[method] ?? missing)({ ...visit, citizen });
  if (page.access === 'free-area')
    return freeArea === undefined ? missing() : (page[method] ?? missing)({ ...visit, freeArea });
  if (session === undefined) return missing();
  const signedIn: SignedInVisit = {
    ...{ ...visit, session },
    kept: (path) => formOf(Object.entries(session.kept[path] ?? {})),
    keep: (path, fields, token = session.token) => sessions.keep({ token }, path, fields),
  };
  if (page.access === 'signed-in') return (page[method] ?? missing)(signedIn);
  const { call } = session;
  return call === undefined ? missing() : (page[method] ?? missing)({ ...signedIn, call });
}
