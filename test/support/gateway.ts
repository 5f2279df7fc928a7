/**
 * A complete gateway for a test file: the real composition on a separate database, real TLS with real certificates, a
 * movable clock, and its log. Stopping it fails if the log contained an identifier.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { constants, publicEncrypt } from 'node:crypto';
import winston from 'winston';
import { testSierologici } from '../../generated/TestSierologici.js';
import { configSchema } from '../../src/config/index.js';
import type { Config } from '../../src/config/index.js';
import { openDatabase } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import type { Logger } from '../../src/platform/log.js';
import { allEntities } from '../../src/roles/entities.js';
import { startGateway } from '../../src/roles/gateway.js';
import { gatewaySettings } from '../../src/roles/settings.js';
import type { IdentityRole } from '../../src/dev/sandbox/people.js';
import { CARD_ROLES } from '../../src/dev/sandbox/pki.js';
import type { CardRole, DevelopmentPki } from '../../src/dev/sandbox/pki.js';
import { createTestDatabase } from './database.js';
import { testPeople, testPki } from './people.js';

export const NAMESPACE = testSierologici.namespace;
const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The credentials of a post: a card (PEM pair), user id and password for Basic, or nothing. */
export interface Credentials {
  readonly certificate?: string;
  readonly key?: string;
  readonly basic?: string;
  readonly agent?: Agent;
}

export interface TestGateway {
  readonly endpoint: string;
  readonly opsUrl: string;
  readonly pki: DevelopmentPki;
  /** As the owner of the tables: to arrange and to inspect. */
  readonly db: DataSource;
  readonly databaseUrl: string;
  /** Every logged line, as objects, before any masking. */
  readonly logged: readonly Record<string, unknown>[];
  /** Moves the gateway's clock. */
  setNow(now: Date): void;
  now(): Date;
  /** The sandbox's identity in a role. */
  account(role: IdentityRole): { codiceFiscale: string; userId: string; password: string; pincode: string };
  card(role: CardRole): Credentials;
  basic(role: IdentityRole): Credentials;
  /** The pinCode header block of a pincode, encrypted with the published certificate. */
  pinCode(pincode: string): string;
  /** Posts bytes unchanged. */
  post(body: string | Buffer, credentials?: Credentials, headers?: Record<string, string>): Promise<Reply>;
  /** Posts an operation: body content, with optional header blocks. */
  call(
    operation: string,
    fields: Record<string, string>,
    credentials?: Credentials,
    headerBlocks?: string,
  ): Promise<Reply>;
  stop(): Promise<void>;
}

/** How often the gateway checks its TLS files, so that no test waits for production's 5 s. */
const TLS_POLL_MS = 50;

export async function startTestGateway(overrides: Partial<Config> = {}): Promise<TestGateway> {
  const database = await createTestDatabase('peopled');
  const quiet = createLogger('silent');
  const pki = await testPki();
  let offset = 0;
  const clock = { now: () => new Date(Date.now() + offset) };
  const logged: Record<string, unknown>[] = [];
  const log = capturingLogger(logged);
  const config = configSchema.parse({
    databaseUrl: database.ownerUrl,
    soapHost: '127.0.0.1',
    soapPort: 0,
    opsPort: 0,
    tlsCertificate: pki.server.certificate,
    tlsKey: pki.server.key,
    cardAnchors: pki.cns.ca,
    cardRevocationList: pki.cns.crl,
    pincodeKey: pki.pincode.key,
    ...overrides,
  });
  const settings = gatewaySettings(config);
  const gateway = await startGateway({ ...settings, tls: { ...settings.tls, pollMs: TLS_POLL_MS } }, clock, log);
  const db = await openDatabase({
    url: database.ownerUrl,
    entities: allEntities,
    poolSize: 4,
    statementTimeoutMs: 30_000,
    applicationName: 'test',
    log: quiet,
  });
  const ca = readFileSync(pki.server.ca);
  const pincodeKey = readFileSync(pki.pincode.certificate);
  const agents: Agent[] = [];
  const agentOf = (credentials: Credentials): Agent => {
    const { certificate: cert, key } = credentials;
    const agent = new Agent({
      ca,
      keepAlive: true,
      maxSockets: 64,
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
    agents.push(agent);
    return agent;
  };
  const anonymous: Credentials = { agent: agentOf({}) };
  const cards = new Map(
    CARD_ROLES.map((role) => {
      const pair = {
        certificate: readFileSync(pki.cards[role].certificate, 'utf8'),
        key: readFileSync(pki.cards[role].key, 'utf8'),
      };
      return [role, { ...pair, agent: agentOf(pair) }];
    }),
  );
  const account = (role: IdentityRole) => {
    const { codiceFiscale } = testPeople.identities[role];
    const found = testPeople.accounts.find((candidate) => candidate.codiceFiscale === codiceFiscale);
    if (found === undefined) throw new Error(`no account for ${role}`);
    return found;
  };

  const post: TestGateway['post'] = (body, credentials = anonymous, headers = {}) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        gateway.endpoint,
        {
          method: 'POST',
          agent: credentials.agent ?? agentOf(credentials),
          headers: {
            'Content-Type': 'text/xml; charset=utf-8',
            ...(credentials.basic === undefined
              ? {}
              : { Authorization: `Basic ${Buffer.from(credentials.basic).toString('base64')}` }),
            ...headers,
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('end', () => {
              resolve({
                status: incoming.statusCode ?? 0,
                headers: incoming.headers,
                text: Buffer.concat(chunks).toString('utf8'),
              });
            })
            .on('error', reject);
        },
      );
      outgoing.on('error', reject).end(body);
    });

  return {
    endpoint: gateway.endpoint,
    opsUrl: `http://127.0.0.1:${gateway.opsPort}`,
    pki,
    db,
    databaseUrl: database.ownerUrl,
    logged,
    setNow(now) {
      offset = now.getTime() - Date.now();
    },
    now: () => clock.now(),
    account,
    card: (role) => cards.get(role) ?? {},
    basic: (role) => ({
      basic: `${account(role).userId}:${account(role).password}`,
      agent: anonymous.agent ?? agentOf({}),
    }),
    pinCode(pincode) {
      const encrypted = publicEncrypt({ key: pincodeKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(pincode));
      return `<t:pinCode>${encrypted.toString('base64')}</t:pinCode>`;
    },
    post,
    call: (operation, fields, credentials, headerBlocks = '') =>
      post(envelope(operation, fields, headerBlocks), credentials),
    async stop() {
      for (const agent of agents) agent.destroy();
      await gateway.stop();
      await db.destroy();
      await database.drop();
      refuseLeaks(logged);
    },
  };
}

/** A SOAP 1.1 envelope around an operation, fields in the order given. */
export function envelope(operation: string, fields: Record<string, string>, headerBlocks = ''): string {
  const inside = Object.entries(fields)
    .map(([name, value]) => `<t:${name}>${value}</t:${name}>`)
    .join('');
  const header = headerBlocks === '' ? '' : `<s:Header>${headerBlocks}</s:Header>`;
  return (
    `<s:Envelope xmlns:s="${SOAP_11}" xmlns:t="${NAMESPACE}">${header}` +
    `<s:Body><t:${operation}>${inside}</t:${operation}></s:Body></s:Envelope>`
  );
}

/** The text of the first element with a name, whatever its prefix; undefined if there is none. */
export function textOf(reply: Reply, name: string): string | undefined {
  return new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)</`).exec(reply.text)?.[1];
}

/** The texts of all elements with a name. */
export function textsOf(reply: Reply, name: string): string[] {
  return [...reply.text.matchAll(new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)</`, 'g'))].map(
    (match) => match[1] ?? '',
  );
}

/** Stores every line as an object, before any masking. */
export function capturingLogger(lines: Record<string, unknown>[]): Logger {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const capture = winston.format((entry) => {
    lines.push({ ...entry });
    return entry;
  });
  return winston.createLogger({ format: capture(), transports: [new winston.transports.Stream({ stream: nowhere })] });
}

const IDENTIFIER =
  /[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]|sandbox-\w+/i;

/** A line of the log, as text, with the texts of its errors. */
export function lineOf(line: Record<string, unknown>): string {
  const text = (value: unknown): string => {
    if (value instanceof Error) return `${value.message} ${value.stack ?? ''} ${text(value.cause)}`;
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  };
  return Object.values(line).map(text).join(' ');
}

/**
 * @param further words that no line may contain, such as names and secrets of the callers
 * @throws Error if a line contains an identifier or secret [S-7]
 */
export function refuseLeaks(lines: readonly Record<string, unknown>[], further: readonly string[] = []): void {
  const unfit = new Set(further);
  for (const line of lines) {
    const text = lineOf(line);
    const found = IDENTIFIER.exec(text) ?? text.split(/[^\p{L}\p{N}_-]+/u).filter((word) => unfit.has(word));
    if (found.length > 0)
      throw new Error(
        `the log holds application data [S-7]: ${found[0]} in ${JSON.stringify(line['message'] ?? line)}`,
      );
  }
}

/** The contracts' samples, seen from the compiled tests. */
export const SAMPLES_DIRECTORY = join(fileURLToPath(new URL('../../../samples', import.meta.url)));
