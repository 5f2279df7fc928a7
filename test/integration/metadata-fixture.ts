/**
 * A feeding system, played by the tests, in front of a complete gateway with its own consent database: authorities,
 * valid and invalid certificates, and the request. The connection to the consent database can be cut.
 */
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../src/config/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { migrateConsent, openConsentDatabase } from '../../src/roles/consent.js';
import { issueCa, issueCard, makeCrl } from '../../src/dev/sandbox/pki.js';
import type { CardOptions, CertificateAndKey } from '../../src/dev/sandbox/pki.js';
import { createTestDatabase } from '../support/database.js';
import { startTestGateway } from '../support/gateway.js';
import type { Reply, TestGateway } from '../support/gateway.js';
import { testPki } from '../support/people.js';
import { postSoap } from '../support/post.js';

export const SYSTEM = 'fse.regione.example.it';
export const OTHER_SYSTEM = 'sasn.example.it';
const NAMESPACE = 'urn:passerella:comunicazionemetadati:v1:tipi';
const DAY_MS = 86_400_000;
const log = createLogger('silent');

export interface Question {
  readonly identificativoAssistito: string;
  readonly dataProduzioneDocumento: string;
  readonly tipoDocumento: string;
  readonly statoCaricamento: string;
  readonly dataEventoClinico?: string;
  readonly prestazioneSSN?: string;
}

/** A past report of a person who never expressed a decision. */
export const QUESTION: Question = {
  identificativoAssistito: 'RSSMRA80A01H501U',
  dataProduzioneDocumento: '2019-03-01',
  tipoDocumento: 'REFERTO',
  statoCaricamento: 'PRIMO_CARICAMENTO',
};

export interface MetadataPlace {
  readonly gateway: TestGateway;
  readonly endpoint: string;
  /** Consent database as its owner, and its URL. */
  readonly consent: DataSource;
  readonly consentUrl: string;
  readonly feedingCa: CertificateAndKey;
  /** Settings of the feeding systems, for a gateway's configuration. */
  readonly settings: Partial<Config>;
  /** Adds the decisions of a person to the register, in order, in an ended window. */
  decide(subject: string, ...values: ('opposition' | 'revocation')[]): Promise<void>;
  /** Connects a toolkit to the service, as the system. */
  readonly identity: CertificateAndKey & { readonly serverCa: Buffer };
  block(mode: 'automatic' | 'on' | 'off'): Promise<void>;
  /** An agent that presents a certificate; several PEM blocks are a chain. */
  present(pair: CertificateAndKey): Agent;
  /** As the system, or with another agent. */
  ask(changes?: Partial<Question>, agent?: Agent): Promise<Reply>;
  /** Cuts or restores the gateway's connection to the consent database. */
  consentAway(away: boolean): void;
  file(name: string, text: string): string;
  close(): Promise<void>;
}

export const day = (count: number) => new Date(Date.now() + count * DAY_MS);

/** A certificate of a feeding system: not a card, hence without the cards' policy. */
export function issueSystem(ca: CertificateAndKey, options: Partial<CardOptions> = {}): Promise<CertificateAndKey> {
  return issueCard(ca, { commonName: SYSTEM, policies: [], notBefore: day(-1), notAfter: day(30), ...options });
}

export function metadataEnvelope(question: Question): string {
  const fields = Object.entries(question).map(([name, value]) => `<t:${name}>${String(value)}</t:${name}>`);
  return (
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="${NAMESPACE}">` +
    `<s:Body><t:comunicazioneMetadati>${fields.join('')}</t:comunicazioneMetadati></s:Body></s:Envelope>`
  );
}

export async function metadataPlace(revoked: readonly string[] = []): Promise<MetadataPlace> {
  const directory = mkdtempSync(join(tmpdir(), 'passerella-metadata-'));
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const database = await createTestDatabase('empty');
  await migrateConsent(database.ownerUrl, log);
  const limits = { poolSize: 4, statementTimeoutMs: 30_000, applicationName: 'test' };
  const consent = await openConsentDatabase({ url: database.ownerUrl, ...limits }, log);
  const [window] = await consent.query<{ id: string }[]>(
    `INSERT INTO consent.acquisition_window (opens_on, closes_on, created_at)
     VALUES ('2026-01-01', '2026-01-30', now()) RETURNING id`,
  );
  const door = await openDoor(database.ownerUrl);

  const feedingCa = await issueCa(undefined, {
    commonName: 'Feeding systems',
    notBefore: day(-400),
    notAfter: day(400),
  });
  const list = { number: 1, thisUpdate: day(-1), nextUpdate: day(7) };
  const entries = revoked.map((serialNumber) => ({ serialNumber, revokedAt: day(-1) }));
  const settings: Partial<Config> = {
    consentDatabaseUrl: door.url,
    feedingSystemAnchors: file('feeding.pem', feedingCa.certificate),
    feedingSystemRevocationList: file('feeding.crl', makeCrl(feedingCa, { revoked: entries, ...list })),
    feedingSystems: [`080:${SYSTEM}`, `SASN:${OTHER_SYSTEM}`],
  };
  const gateway = await startTestGateway(settings);
  const endpoint = gateway.endpoint.replace('TestSierologici', 'ComunicazioneMetadati');
  const serverCa = readFileSync((await testPki()).server.ca);
  const agents: Agent[] = [];
  const present = ({ certificate, key }: CertificateAndKey) => {
    const agent = new Agent({ ca: serverCa, cert: certificate, key, keepAlive: true, maxSockets: 16 });
    agents.push(agent);
    return agent;
  };
  const pair = await issueSystem(feedingCa);
  const system = present(pair);
  return {
    identity: { ...pair, serverCa },
    ...{ gateway, endpoint, consent, consentUrl: database.ownerUrl, feedingCa, settings, present, file },
    async decide(subject, ...values) {
      await consent.query(
        `INSERT INTO consent.decision (subject, ordinal, value, decided_at, entered_by, entered_role, channel, category,
                                       region, window_id, notice_acknowledged_at)
         SELECT $1, ordinal, value, now(), $1, 'cittadino', 'digital_identity', 2, '080', $2, now()
         FROM unnest($3::text[]) WITH ORDINALITY AS made (value, ordinal)`,
        [subject, window?.id, values],
      );
    },
    async block(mode) {
      await consent.query('UPDATE consent.block_setting SET mode = $1', [mode]);
    },
    ask(changes = {}, agent = system) {
      const question = { ...QUESTION, ...changes };
      return postSoap(endpoint, metadataEnvelope(question), agent);
    },
    consentAway: door.shut,
    async close() {
      for (const agent of agents) agent.destroy();
      await gateway.stop();
      await consent.destroy();
      door.end();
      await database.drop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** Forwards connections to the database, and can cut them. */
async function openDoor(url: string) {
  const to = new URL(url);
  const through = new Set<Socket>();
  let closed = false;
  const server = createServer((socket) => {
    if (closed) {
      socket.destroy();
      return;
    }
    const onward = connect(Number(to.port), to.hostname);
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      through.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        other.destroy();
        through.delete(one);
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const behind = new URL(url);
  behind.hostname = '127.0.0.1';
  behind.port = String(address.port);
  const cut = () => {
    for (const socket of through) socket.destroy();
  };
  return {
    url: behind.toString(),
    shut: (away: boolean) => {
      closed = away;
      if (away) cut();
    },
    end: () => {
      cut();
      server.close();
    },
  };
}
