/** A portal with SPID and CIE, the development providers, and a browser's redirects between them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from '../../src/config/index.js';
import { startDevelopmentProviders } from '../../src/dev/identity/server.js';
import type { DevelopmentProviders } from '../../src/dev/identity/server.js';
import { SANDBOX_ORGANISATION, ensureIdentityPki } from '../../src/dev/sandbox/identity-pki.js';
import type { IdentityPki } from '../../src/dev/sandbox/identity-pki.js';
import { markAsSandbox, openDatabase } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createTestDatabase } from './database.js';
import { testPki } from './people.js';
import { OWN_FORM, startTestPortal } from './portal.js';
import type { PageAnswer, TestPortal, Visitor } from './portal.js';

export type SchemeName = 'spid' | 'cie';

/** The person used by the official checker. */
export const CODICE_FISCALE = 'GDASDV00A01H501J';

/** Of the providers that nobody runs. */
export const PROVIDERS_ORIGIN = 'https://gestori.example';

/** The form that the provider has the browser submit. */
export interface Provided {
  readonly SAMLResponse: string;
  readonly RelayState: string;
}

/** A browser that stores both kinds of cookies. */
export interface Browser {
  readonly visitor: Visitor;
  code: string | undefined;
}

export interface IdentityPortal {
  readonly portal: TestPortal;
  readonly providers: DevelopmentProviders;
  readonly pki: IdentityPki;
  /** The files named by the configuration. */
  readonly directory: string;
  browser(): Browser;
  /** Starts a sign-in at a provider. @returns the URL with the request */
  leave(one: Browser, scheme?: SchemeName): Promise<string>;
  /** @param outcome a button of the provider's page */
  provided(address: string, outcome?: string, codiceFiscale?: string): Promise<Provided>;
  /** Like a browser: from the provider's site, with the cookie that is not restricted to our site. */
  comeBack(one: Browser, fields: Provided, scheme?: SchemeName): Promise<PageAnswer>;
  /** Starts, signs in at the provider, returns. @returns the portal's answer */
  identified(one: Browser, scheme?: SchemeName, codiceFiscale?: string): Promise<PageAnswer>;
  /** A citizen. */
  signedIn(scheme?: SchemeName, codiceFiscale?: string): Promise<Browser>;
  stop(): Promise<void>;
}

const IDENTITY_PKI = fileURLToPath(new URL('../../test-identity-pki', import.meta.url));

/** Settings of a portal with SPID and CIE whose providers nobody runs: for tests of pages that end at the departure. */
export async function identitySettings(): Promise<Partial<Config>> {
  const { settings } = await ensureIdentityPki({
    ...{ directory: IDENTITY_PKI, origin: 'https://localhost', providersOrigin: PROVIDERS_ORIGIN, now: new Date() },
  });
  return { ...settings, ...SANDBOX_ORGANISATION };
}

export async function startIdentityPortal(overrides: Partial<Config> = {}): Promise<IdentityPortal> {
  const directory = mkdtempSync(join(tmpdir(), 'identity-'));
  const { server } = await testPki();
  const tls = { cert: readFileSync(server.certificate), key: readFileSync(server.key) };
  const agent = new Agent({ ca: readFileSync(server.ca) });
  const database = await createTestDatabase();
  const db = await openDatabase({
    ...{ url: database.ownerUrl, entities: [], poolSize: 2, statementTimeoutMs: 30_000 },
    ...{ applicationName: 'test', log: createLogger('silent') },
  });
  await markAsSandbox(db);
  const people = [{ codiceFiscale: CODICE_FISCALE, title: 'Persona di prova' }];
  // Behind the portal's clock, which some tests move.
  let now = () => new Date();
  const clock = { now: () => now() };
  const providers = await startDevelopmentProviders({ port: 0, people, clock, tls, db });
  const pki = await ensureIdentityPki({
    ...{ directory, origin: 'https://localhost', providersOrigin: providers.origin, now: new Date() },
  });
  const portal = await startTestPortal({ ...pki.settings, ...SANDBOX_ORGANISATION, ...overrides });
  now = () => portal.now();
  const nobody = portal.visitor();
  const metadata = { spid: (await nobody.get('/metadata')).text, cie: (await nobody.get('/metadata/cie')).text };
  providers.serve(metadata, pki.providers);

  function ask(url: string, form?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
      httpsRequest(url, { agent, method: form === undefined ? 'GET' : 'POST', headers }, (answer) => {
        let text = '';
        answer
          .on('data', (piece) => (text += String(piece)))
          .on('end', () => {
            resolve(text);
          });
      })
        .on('error', reject)
        .end(form);
    });
  }

  const identity: IdentityPortal = {
    ...{ portal, providers, pki, directory },
    browser: () => ({ visitor: portal.visitor(), code: undefined }),

    async leave(one, scheme = 'spid') {
      const list = await one.visitor.get('/accesso/spid');
      const href =
        scheme === 'cie'
          ? '/accesso/cie/avvio'
          : (/\/accesso\/spid\/avvio\?gestore=[0-9a-f]{16}/.exec(list.text)?.[0] ?? '');
      const cookie = one.code === undefined ? {} : { Cookie: `__Host-identita=${one.code}` };
      const answer = await one.visitor.send('GET', href, cookie);
      const set = answer.headers['set-cookie']?.[0] ?? '';
      const code = /^__Host-identita=([\w-]{43}); Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=None$/.exec(
        set,
      )?.[1];
      if (answer.status !== 302 || code === undefined) throw new Error(`nobody left: ${answer.status} ${set}`);
      one.code = code;
      return answer.location ?? '';
    },

    async provided(address, outcome = 'accedi', codiceFiscale = CODICE_FISCALE) {
      const page = await ask(address);
      const ticket = /name="ticket" value="([0-9a-f]+)"/.exec(page)?.[1] ?? '';
      const scheme = address.includes('/cie/') ? 'cie' : 'spid';
      const form = new URLSearchParams({ ticket, esito: outcome, persona: codiceFiscale }).toString();
      const answer = await ask(`${providers.origin}/${scheme}/risposta`, form);
      const value = (name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(answer)?.[1] ?? '';
      return { SAMLResponse: value('SAMLResponse'), RelayState: value('RelayState') };
    },

    comeBack(one, fields, scheme = 'spid') {
      // The session's cookie is SameSite=Lax: browsers withhold it from a form of another site.
      const cookie = { Cookie: one.code === undefined ? '' : `__Host-identita=${one.code}` };
      const headers = { ...OWN_FORM, 'Sec-Fetch-Site': 'cross-site', Origin: providers.origin, ...cookie };
      const form = new URLSearchParams({ ...fields }).toString();
      return one.visitor.send('POST', `/accesso/${scheme}/risposta`, headers, form);
    },

    async identified(one, scheme = 'spid', codiceFiscale = CODICE_FISCALE) {
      const address = await identity.leave(one, scheme);
      return identity.comeBack(one, await identity.provided(address, 'accedi', codiceFiscale), scheme);
    },

    async signedIn(scheme = 'spid', codiceFiscale = CODICE_FISCALE) {
      const one = identity.browser();
      const { status, location = '' } = await identity.identified(one, scheme, codiceFiscale);
      if (status !== 303 || location !== '/cittadino') throw new Error(`no citizen came in: ${status} ${location}`);
      return one;
    },

    async stop() {
      agent.destroy();
      await portal.stop();
      await providers.stop();
      await db.destroy();
      await database.drop();
      rmSync(directory, { recursive: true });
    },
  };
  return identity;
}
