/** A complete portal for a test file: the real composition on a separate database, and a browser simulated over TLS. */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { configSchema } from '../../src/config/index.js';
import type { Config } from '../../src/config/index.js';
import { openDatabase } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { allEntities } from '../../src/roles/entities.js';
import { portalSettings, startPortal } from '../../src/roles/portal.js';
import type { IdentityRole } from '../../src/dev/sandbox/people.js';
import type { CardRole, CertificateAndKey, DevelopmentPki } from '../../src/dev/sandbox/pki.js';
import { createTestDatabase } from './database.js';
import { capturingLogger, lineOf, refuseLeaks } from './gateway.js';
import { testPeople, testPki } from './people.js';

export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** Target of a redirect. */
  readonly location: string | undefined;
}

export interface Arrived extends PageAnswer {
  readonly at: string;
  /** The first answer. */
  readonly first: PageAnswer;
}

export type Fields = Readonly<Record<string, string>>;

/** Stores cookies like a browser; only `open` and `fill` follow redirects. */
export interface Visitor {
  get(path: string): Promise<PageAnswer>;
  /** A form of one of our own pages. */
  post(path: string, fields?: Fields): Promise<PageAnswer>;
  /** The page at which a browser arrives; `at` is its address. */
  open(path: string): Promise<Arrived>;
  /** Sends a form: the page at which a browser arrives. */
  fill(path: string, fields?: Fields): Promise<Arrived>;
  /** @param body unchanged; undefined: none */
  send(method: string, path: string, headers: Fields, body?: string | Buffer): Promise<PageAnswer>;
  /** The session's token; undefined: the visitor has none. */
  token(): string | undefined;
  setToken(token: string | undefined): void;
  /** All cookies, by name. */
  readonly cookies: Map<string, string>;
  /**
   * Opens a URL of the card host, on a separate connection.
   * @param card undefined: the browser presents none
   */
  present(address: string, card: CertificateAndKey | undefined, headers?: Fields): Promise<PageAnswer>;
}

export interface TestPortal {
  readonly url: string;
  readonly opsUrl: string;
  /** As the owner of the tables: to arrange and to inspect. */
  readonly db: DataSource;
  readonly databaseUrl: string;
  /** Every line logged up to now, as text, before any masking. */
  lines(): readonly string[];
  setNow(now: Date): void;
  now(): Date;
  /** URL of the card host. */
  readonly cardUrl: string;
  readonly pki: DevelopmentPki;
  /** Every line of the portal's log so far. */
  readonly logged: readonly Record<string, unknown>[];
  account(role: IdentityRole | 'aslOperator'): {
    codiceFiscale: string;
    userId: string;
    password: string;
    pincode: string;
  };
  card(role: CardRole): CertificateAndKey;
  visitor(): Visitor;
  /** Signed-in visitor. */
  signedIn(role: IdentityRole | 'aslOperator'): Promise<Visitor>;
  stop(): Promise<void>;
}

/** Forms that show in whose name they act. */
const OF_HOLDER = /\/conferma(?:\?|$)|\/sostituti\/nuovo(?:\?|$)/;

const COOKIE = '__Host-sessione';
const CARD_NAME = 'carta.localhost';

/** @param takesCards whether it has a card host */
export async function startTestPortal(overrides: Partial<Config> = {}, takesCards = true): Promise<TestPortal> {
  const database = await createTestDatabase('peopled');
  const pki = await testPki();
  let offset = 0;
  const clock = { now: () => new Date(Date.now() + offset) };
  const logged: Record<string, unknown>[] = [];
  const config = configSchema.parse({
    ...{ databaseUrl: database.ownerUrl, portalHost: '127.0.0.1', portalPort: 0, opsPort: 0 },
    ...{ tlsCertificate: pki.server.certificate, tlsKey: pki.server.key, portalUrl: 'https://localhost' },
    ...{ cardAnchors: pki.cns.ca, cardRevocationList: pki.cns.crl, cardUrl: `https://${CARD_NAME}` },
    ...{ cardHost: '127.0.0.1', cardPort: 0 },
    ...overrides,
  });
  // The port is known only after it listens: the origin of its own pages is determined then.
  const read = portalSettings(config);
  const card = takesCards ? read.card : undefined;
  const settings = { ...read, card, config: { ...config, portalUrl: overrides.portalUrl, cardUrl: undefined } };
  const portal = await startPortal(settings, clock, capturingLogger(logged));
  const db = await openDatabase({
    ...{ url: database.ownerUrl, entities: allEntities, poolSize: 4, statementTimeoutMs: 30_000 },
    ...{ applicationName: 'test', log: createLogger('silent') },
  });
  const agent = new Agent({ ca: readFileSync(pki.server.ca), keepAlive: true, maxSockets: 512 });
  /** Tokens, passwords and pincodes of the visitors. */
  const secrets = new Set<string>();
  const account: TestPortal['account'] = (role) => {
    if (role === 'aslOperator') return testPeople.aslOperator;
    const { codiceFiscale } = testPeople.identities[role];
    const found = testPeople.accounts.find((candidate) => candidate.codiceFiscale === codiceFiscale);
    if (found === undefined) throw new Error(`no account for ${role}`);
    return found;
  };

  /** @param holder codice fiscale of who is signed in, as forms that do something have it */
  function visitor(holder?: string): Visitor {
    const cookies = new Map<string, string>();
    const send: Visitor['send'] = async (method, path, headers, body) => {
      for (const value of cookies.values()) secrets.add(value);
      const held = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const cookie: Fields = held === '' ? {} : { Cookie: held };
      const answer = await ask(agent, portal.url + path, method, { ...cookie, ...headers }, body);
      const set = answer.headers['set-cookie'];
      for (const line of Array.isArray(set) ? set : []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      return answer;
    };
    const get: Visitor['get'] = (path) => send('GET', path, {});
    const post: Visitor['post'] = (path, fields = {}) => {
      const shown: Fields = holder !== undefined && OF_HOLDER.test(path) ? { operatore: holder } : {};
      return send('POST', path, OWN_FORM, new URLSearchParams({ ...shown, ...fields }).toString());
    };
    async function follow(path: string, first: PageAnswer): Promise<Arrived> {
      let [at, answer] = [path, first];
      while (answer.location?.startsWith('/') === true) {
        at = answer.location;
        answer = await get(at.replace(/#.*/, ''));
      }
      return { ...answer, at, first };
    }
    return {
      ...{ send, get, post },
      open: async (path) => follow(path, await get(path)),
      fill: async (path, fields) => follow(path, await post(path, fields)),
      cookies,
      token: () => cookies.get(COOKIE),
      setToken(other) {
        if (other === undefined) cookies.delete(COOKIE);
        else cookies.set(COOKIE, other);
      },
      async present(address, card, headers = {}) {
        const { port, pathname, search } = new URL(address);
        const tls = { ca: readFileSync(pki.server.ca), servername: CARD_NAME, cert: card?.certificate, key: card?.key };
        const once = new Agent({ ...tls, keepAlive: false });
        try {
          const host = { Host: `${CARD_NAME}:${port}`, ...headers };
          return await ask(once, `https://127.0.0.1:${port}${pathname}${search}`, 'GET', host);
        } finally {
          once.destroy();
        }
      },
    };
  }

  return {
    ...{ url: portal.url, opsUrl: `http://127.0.0.1:${portal.opsPort}`, db, databaseUrl: database.ownerUrl, account },
    ...{ cardUrl: portal.cardUrl ?? '', pki, logged },
    card: (role) => ({
      certificate: readFileSync(pki.cards[role].certificate, 'utf8'),
      key: readFileSync(pki.cards[role].key, 'utf8'),
    }),
    lines: () => logged.map(lineOf),
    setNow(now) {
      offset = now.getTime() - Date.now();
    },
    now: () => clock.now(),
    visitor: () => visitor(),
    async signedIn(role) {
      const { codiceFiscale, userId, password, pincode } = account(role);
      const somebody = visitor(codiceFiscale);
      secrets.add(password).add(pincode);
      const { status, text } = await somebody.post('/accesso', { utente: userId, password, pincode });
      if (status !== 303) throw new Error(`nobody signed in: ${status} ${text}`);
      return somebody;
    },
    async stop() {
      agent.destroy();
      await portal.stop();
      const people = await db.query<{ name: string }[]>(
        `SELECT surname AS name FROM registry.person WHERE surname ~ '^\\w{4,}$' UNION SELECT given_name FROM registry.person
         WHERE given_name ~ '^\\w{4,}$'`,
      );
      await db.destroy();
      await database.drop();
      refuseLeaks(logged, [...secrets, ...people.map(({ name }) => name)]);
    },
  };
}

/** A browser's header fields for a form of the same site. */
export const OWN_FORM: Fields = {
  'Content-Type': 'application/x-www-form-urlencoded',
  'Sec-Fetch-Site': 'same-origin',
};

function ask(agent: Agent, url: string, method: string, headers: Fields, body?: string | Buffer): Promise<PageAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const { statusCode: status = 0, headers: answered } = incoming;
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status, headers: answered, text, location: answered.location });
        })
        .on('error', reject);
    });
    outgoing.on('error', reject).end(body);
  });
}

/** The text of a page's first element of a name, without tags. */
export function shownIn(answer: PageAnswer, element: string): string | undefined {
  const inside = new RegExp(`<${element}(?:\\s[^>]*)?>(.*?)</${element}>`, 's').exec(answer.text)?.[1];
  return inside?.replace(/<[^>]*>/g, '').trim();
}
