/**
 * Development identity providers for SPID and CIE, on a separate origin: synthetic people, and a button for each
 * possible answer of a provider. They verify our requests as strictly as a real one. Only a sandbox starts them.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TlsOptions } from 'node:tls';
import { CIE, SPID } from '../../auth/saml/index.js';
import type { SamlScheme, SigningIdentity } from '../../auth/saml/index.js';
import type { Clock } from '../../platform/clock.js';
import { createHttpsServer, defaultListenerLimits, listen } from '../../platform/http/index.js';
import { isSandbox } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import { anomalyStatus, goodParts, responseXml } from './message.js';
import type { ResponseParts } from './message.js';
import { OUTCOMES, answerPage, choicePage, errorPage } from './pages.js';
import type { Outcome, Person } from './pages.js';
import { acceptRequest } from './request.js';
import type { AcceptedRequest } from './request.js';

export interface DevelopmentProviders {
  readonly origin: string;
  /** From when on requests can be judged: the service's metadata, as the portal serves them. */
  serve(
    metadata: Readonly<Record<'spid' | 'cie', string>>,
    keys: Readonly<Record<'spid' | 'cie', SigningIdentity>>,
  ): void;
  stop(): Promise<void>;
}

export interface ProvidersOptions {
  /** Must be marked as a sandbox's. */
  readonly db: DataSource;
  readonly tls: TlsOptions;
  readonly port: number;
  readonly people: readonly Person[];
  readonly clock: Clock;
}

const MAX_FORM = 4_096;
const MAX_WAITING = 1_000;

/** @throws Error where the database is no sandbox's */
export async function startDevelopmentProviders(options: ProvidersOptions): Promise<DevelopmentProviders> {
  const { db, tls, port, people, clock } = options;
  if (!(await isSandbox(db))) throw new Error('development identity providers start in a sandbox only');
  const waiting = new Map<string, { readonly scheme: SamlScheme; readonly request: AcceptedRequest }>();
  let known: Parameters<DevelopmentProviders['serve']> | undefined;

  const server = createHttpsServer(tls, (request, response) => {
    answer(request)
      .then(({ status, html }) => {
        send(response, status, html);
      })
      .catch((error: unknown) => {
        send(response, 403, errorPage(error instanceof Error ? error.message : 'error'));
      });
  });
  const listener = await listen(server, { host: '127.0.0.1', port }, defaultListenerLimits);
  const origin = `https://localhost:${listener.port}`;

  async function answer(request: IncomingMessage): Promise<{ status: number; html: string }> {
    const url = new URL(request.url ?? '/', origin);
    const scheme = [SPID, CIE].find(({ name }) => url.pathname.startsWith(`/${name}/`));
    if (scheme === undefined || known === undefined) return { status: 404, html: errorPage('no such page') };
    const [metadata, keys] = known;
    const singleSignOn = `${origin}/${scheme.name}/accesso`;
    if (request.method === 'GET' && `${origin}${url.pathname}` === singleSignOn) {
      const query = url.search.slice(1);
      const accepted = acceptRequest(query, metadata[scheme.name], singleSignOn, clock.now());
      if (waiting.size >= MAX_WAITING) waiting.clear();
      const ticket = randomBytes(16).toString('hex');
      waiting.set(ticket, { scheme, request: accepted });
      return { status: 200, html: choicePage(scheme.title, `/${scheme.name}/risposta`, ticket, people) };
    }
    if (request.method !== 'POST') return { status: 404, html: errorPage('no such page') };
    const form = new URLSearchParams(await bodyOf(request));
    const found = waiting.get(form.get('ticket') ?? '');
    const outcome = OUTCOMES.find(({ id }) => id === form.get('esito'));
    if (found?.scheme !== scheme || outcome === undefined) throw new Error('ask again from the service');
    const xml = responseOf(found.request, scheme, outcome, form.get('persona') ?? '', keys[scheme.name]);
    return { status: 200, html: answerPage(found.request, Buffer.from(xml).toString('base64')) };
  }

  function responseOf(
    { id, issuer, assertionConsumer }: AcceptedRequest,
    scheme: SamlScheme,
    outcome: Outcome,
    codiceFiscale: string,
    key: SigningIdentity,
  ): string {
    const now = clock.now();
    const facts = {
      ...{ provider: `${origin}/${scheme.name}`, audience: issuer, assertionConsumer, requestId: id },
      issuedAt: now,
      notOnOrAfter: new Date(now.getTime() + 5 * 60_000),
      level: `https://www.spid.gov.it/SpidL${outcome.level ?? 2}`,
      attributes: {
        // CIE sends four in any case.
        ...(outcome.id === 'altri-dati' ? { name: 'Nome', familyName: 'Di Prova', email: 'persona@example.it' } : {}),
        ...(scheme === CIE ? { name: 'Nome', familyName: 'Di Prova', dateOfBirth: '1980-01-01' } : {}),
        ...(outcome.id === 'senza-codice' ? { spidCode: 'PROVA-001' } : { fiscalNumber: `TINIT-${codiceFiscale}` }),
      },
      serial: randomBytes(12).toString('hex'),
    };
    const parts: ResponseParts = { ...goodParts(facts), ...outcome.change?.(facts) };
    if (outcome.anomaly === undefined) return responseXml(parts, key);
    return responseXml({ ...parts, status: anomalyStatus(outcome.anomaly), hasAssertion: false }, key);
  }

  return {
    origin,
    serve(...what) {
      known = what;
    },
    stop: () => listener.close(0),
  };
}

function send(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }).end(html);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request) {
    body += String(piece);
    if (body.length > MAX_FORM) throw new Error('too much');
  }
  return body;
}
