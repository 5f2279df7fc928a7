/**
 * The card host: a separate host name, at which the browser is asked for a certificate. It has one URL, which verifies
 * the card and redirects the browser to the portal: with a code, or to the page that explains the error. It creates no
 * session and has no pages: texts are shown by the portal.
 */
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { SignInError, isMark } from '../../../auth/index.js';
import type { Arrival } from '../../../auth/index.js';
import type { Clock } from '../../../platform/clock.js';
import { newRequestId } from '../../../platform/ids/index.js';
import type { Logger } from '../../../platform/log.js';
import type { Answered } from '../../frame/serve.js';
import { CARD_HOST_PATH, RESULT, START, pathOfRefusal, refusalOf } from './paths.js';
import type { CardRefusal } from './paths.js';

export interface CardHostOptions {
  /** URL of the portal. */
  readonly portal: string;
  readonly addressOf: (request: IncomingMessage) => string;
  /**
   * Verifies the card of a request.
   * @returns the code to redirect back with
   * @throws SignInError after it was recorded
   */
  readonly present: (request: IncomingMessage, mark: string, arrival: Arrival) => Promise<string>;
  /** Maximum of concurrent cards; a further one must retry later. */
  readonly maxInFlight: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly observe: (visit: Answered) => void;
}

/** The URL contains a code: it must not appear in Referer or caches. The next visit makes a new handshake. */
const HEADERS = {
  'Cache-Control': 'no-store',
  Connection: 'close',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000',
  'X-Content-Type-Options': 'nosniff',
} as const;

export function cardHost(options: CardHostOptions): RequestHandler {
  const { portal, clock, log } = options;
  let inFlight = 0;

  /** The target of the redirect. */
  async function wayBack(request: IncomingMessage, mark: string, arrival: Arrival): Promise<string> {
    if (inFlight >= options.maxInFlight) return pathOfRefusal('riprova');
    inFlight++;
    try {
      const code = await options.present(request, mark, arrival);
      return `${RESULT}?${new URLSearchParams({ codice: code }).toString()}`;
    } catch (error) {
      let refusal: CardRefusal = 'riprova';
      if (error instanceof SignInError) refusal = refusalOf(error.code);
      else log.error('card page failed', { requestId: arrival.requestId, error });
      return pathOfRefusal(refusal);
    } finally {
      inFlight--;
    }
  }

  return async (request, response) => {
    const started = performance.now();
    const requestId = newRequestId();
    const [pathname, query] = request.originalUrl.split('?', 2);
    const isPage = request.method === 'GET' && pathname === CARD_HOST_PATH;
    response.set({ ...HEADERS, 'X-Request-Id': requestId });
    if (isPage) {
      const mark = new URLSearchParams(query).get('biglietto') ?? '';
      const arrival = { requestId, at: clock.now(), clientAddress: options.addressOf(request) };
      // A visitor without a ticket, e.g. from a bookmark, gets one first.
      const path = isMark(mark) ? await wayBack(request, mark, arrival) : START;
      response
        .status(303)
        .set('Location', portal + path)
        .end();
    } else {
      response.status(404).type('text/plain').send(`Non trovato. Si accede da ${portal}/accesso\n`);
    }
    const seconds = (performance.now() - started) / 1000;
    const path = isPage ? CARD_HOST_PATH : undefined;
    options.observe({ path, status: response.statusCode, seconds });
    const { method } = request;
    log.info('page', { requestId, page: path, method, status: response.statusCode, ms: Math.round(seconds * 1000) });
  };
}
