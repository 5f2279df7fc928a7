/** The steps of a visit, from the request to the page: every page takes them in this order. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Request, Response } from 'express';
import type { Arrival, Session, Sessions } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import { holdBack } from '../../platform/http/index.js';
import { newRequestId } from '../../platform/ids/index.js';
import type { Logger } from '../../platform/log.js';
import { it } from '../texts/index.js';
import type { Assets } from './assets.js';
import { cookieFor, tokenIn } from './cookie.js';
import { deviceOf } from './device.js';
import { errorPage } from './error-page.js';
import { Form, formOf, readForm } from './form.js';
import { NOT_KEPT, SECURITY_HEADERS } from './headers.js';
import { documentOf } from './layout.js';
import type { Menu } from './layout.js';
import { isOwnForm } from './origin.js';
import { PageError, redirect } from './page.js';
import type { Page, Reply, SignedInVisit, Visit } from './page.js';

export interface ServeOptions {
  readonly sessions: Sessions;
  readonly assets: Assets;
  /** The links of a role's pages. */
  readonly menu: Menu;
  /** Of the portal in the browser, e.g. `https://servizi.example.it`. */
  readonly origin: string;
  readonly accessibilityDeclarationUrl: string | undefined;
  /** Network address of the caller. */
  readonly addressOf: (request: Request) => string;
  /** Visits in work at once; one more is answered 503. */
  readonly maxInFlight: number;
  /** Whether an error says that the database is away or too busy: it may work in a moment. */
  readonly isPassing: (error: unknown) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
  /** Receives every visit that has ended. */
  readonly observe: (visit: Answered) => void;
}

export interface Answered {
  /** The page's path with its parameters' names; undefined: there is no such page. */
  readonly path: string | undefined;
  readonly status: number;
  readonly seconds: number;
}

/** Where somebody signs in who has to; with `ritorno` he comes back. */
const SIGN_IN = '/accesso';
const CHOOSE_CAPACITY = '/accesso/profilo';

/** One visit in progress: what its steps have found out. */
interface Progress {
  session: Session | undefined;
  /** When the whole request was there, in the process's own time, ms. */
  whole: number;
}

export function createServe(options: ServeOptions): {
  readonly serve: (page: Page | PageError, request: Request, response: Response) => Promise<void>;
  readonly inWork: () => number;
} {
  const { sessions, clock, log, origin } = options;
  let inFlight = 0;

  async function answerTo(
    page: Page | PageError,
    request: Request,
    response: Response,
    arrival: Arrival,
    progress: Progress,
  ): Promise<Reply> {
    if (page instanceof PageError) throw page;
    refuseMethod(page, request);
    if (request.method === 'POST' && !isOwnForm(request.headers, origin)) throw new PageError(403);
    const token = tokenIn(request.headers.cookie);
    const session = token === undefined ? undefined : await sessionOf(token, page, request, arrival);
    progress.session = session;
    if (page.access !== 'anybody') {
      if (session === undefined) return redirect(signInFor(page, request), token === undefined ? undefined : null);
      if (page.access !== 'signed-in' && session.call === undefined) return redirect(CHOOSE_CAPACITY);
    }
    if (session?.call !== undefined && page.access !== 'anybody' && page.access !== 'signed-in') {
      if (!(await sessions.admits(session.call, page.access))) throw new PageError(403);
    }
    const visit: Visit = {
      ...{ arrival, session, texts: it },
      params: request.params as Record<string, string>,
      query: formOf(new URLSearchParams(queryOf(request))),
      form: request.method === 'POST' ? await readForm(request, response) : new Form(),
      device: deviceOf(request.headers['user-agent']),
    };
    progress.whole = performance.now();
    return ask(page, request.method === 'POST' ? 'post' : 'get', visit, sessions);
  }

  /** What anybody may read is shown to nobody in particular while the database is away. */
  async function sessionOf(
    token: string,
    page: Page,
    request: Request,
    arrival: Arrival,
  ): Promise<Session | undefined> {
    try {
      return await sessions.resume(token, arrival);
    } catch (error) {
      if (page.access === 'anybody' && request.method !== 'POST' && options.isPassing(error)) return undefined;
      throw error;
    }
  }

  async function serve(page: Page | PageError, request: Request, response: Response): Promise<void> {
    const started = performance.now();
    const requestId = newRequestId();
    const arrival = { requestId, at: clock.now(), clientAddress: options.addressOf(request) };
    const progress: Progress = { session: undefined, whole: started };
    let reply: Reply;
    let headers: Readonly<Record<string, string>> = {};
    const isTooMany = inFlight >= options.maxInFlight;
    inFlight++;
    try {
      if (isTooMany) throw new PageError(503, { 'Retry-After': '5' });
      reply = await answerTo(page, request, response, arrival, progress);
    } catch (error) {
      const failure = error instanceof PageError ? error : unforeseen(error, requestId);
      reply = errorPage(failure.status, requestId, it);
      headers = failure.headers;
    } finally {
      inFlight--;
    }
    if (response.destroyed) return;
    if (reply.kind === 'page' && reply.beatMs !== undefined) {
      holdBack(response);
      await pause(reply.beatMs - ((performance.now() - progress.whole) % reply.beatMs));
    }
    const status = send(reply, headers, request, response, progress.session, requestId);
    const seconds = (performance.now() - started) / 1000;
    const path = page instanceof PageError ? undefined : page.path;
    options.observe({ path, status, seconds });
    log.info('page', { requestId, page: path, method: request.method, status, ms: Math.round(seconds * 1000) });
  }

  function unforeseen(error: unknown, requestId: string): PageError {
    log.error('page failed', { requestId, error });
    return options.isPassing(error) ? new PageError(503, { 'Retry-After': '30' }) : new PageError(500);
  }

  /** @returns the status */
  function send(
    reply: Reply,
    headers: Readonly<Record<string, string>>,
    request: Request,
    response: Response,
    session: Session | undefined,
    requestId: string,
  ): number {
    response.set({ ...SECURITY_HEADERS, ...NOT_KEPT, ...headers, 'X-Request-Id': requestId });
    if (reply.kind === 'redirect') {
      if (reply.token !== undefined) response.set('Set-Cookie', cookieFor(reply.token));
      if (reply.token === null) response.set('Clear-Site-Data', '"cache"');
      response.status(303).set('Location', reply.to).end();
      return 303;
    }
    if (reply.kind === 'file') {
      response.status(200).set({
        'Content-Type': reply.type,
        'Content-Disposition': `attachment; filename="${reply.name}"`,
      });
      response.end(request.method === 'HEAD' ? undefined : reply.bytes);
      return 200;
    }
    const status = reply.status ?? 200;
    const html = documentOf(reply, { ...options, texts: it, session, path: request.path });
    response.status(status).set('Content-Type', 'text/html; charset=utf-8');
    response.end(request.method === 'HEAD' ? undefined : html);
    return status;
  }

  return { serve, inWork: () => inFlight };
}

function refuseMethod(page: Page, request: Request): void {
  const allowed = [...(page.get === undefined ? [] : ['GET', 'HEAD']), ...(page.post === undefined ? [] : ['POST'])];
  if (!allowed.includes(request.method)) throw new PageError(405, { Allow: allowed.join(', ') });
}

/** An act is never sent again by itself: after signing in the page is shown anew. */
function signInFor(page: Page, request: Request): string {
  if (page.get === undefined) return SIGN_IN;
  return `${SIGN_IN}?${new URLSearchParams({ ritorno: request.path }).toString()}`;
}

function queryOf(request: Request): string {
  const at = request.originalUrl.indexOf('?');
  return at < 0 ? '' : request.originalUrl.slice(at + 1);
}

/** The steps before have made sure of what the page's access promises of the visit. */
function ask(page: Page, method: 'get' | 'post', visit: Visit, sessions: Sessions): Reply | Promise<Reply> {
  const { session } = visit;
  const missing = (): never => {
    throw new Error('a page without its handler, or a visit without its session');
  };
  if (page.access === 'anybody') return (page[method] ?? missing)(visit);
  if (session === undefined) return missing();
  const signedIn: SignedInVisit = {
    ...{ ...visit, session },
    kept: (path) => formOf(Object.entries(session.kept[path] ?? {})),
    keep: (path, fields) => sessions.keep(session, path, fields),
  };
  if (page.access === 'signed-in') return (page[method] ?? missing)(signedIn);
  const { call } = session;
  return call === undefined ? missing() : (page[method] ?? missing)({ ...signedIn, call });
}
