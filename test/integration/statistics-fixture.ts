/**
 * The environment for sending statistics: a database with persons, the sandbox's provider of certified mail over real
 * TLS, a movable clock. The service has the worker's role.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import winston from 'winston';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { openDatabase, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import type { MailServer } from '../../src/platform/mail/index.js';
import { CATCHER_PASSWORD, CATCHER_USER, startMailCatcher } from '../../src/dev/sandbox/mail-catcher.js';
import type { CaughtFate, MailCatcher } from '../../src/dev/sandbox/mail-catcher.js';
import { createStatisticsDesk } from '../../src/statistics/index.js';
import { createDeliveryService } from '../../src/statistics/sending/index.js';
import type { ShownDelivery } from '../../src/statistics/index.js';
import type { CertifiedMail } from '../../src/statistics/sending/index.js';
import { callOfJob, operatorCall } from '../support/calls.js';
import { createTestDatabase } from '../support/database.js';
import { testPki } from '../support/people.js';

export const RECIPIENT = 'commissario@pec.governo.example';
const log = createLogger('silent');

/** The service, called by a job. */
export interface Sender {
  prepare(request: string): Promise<{ id: string; isNew: boolean }>;
  advance(signal?: AbortSignal): Promise<string>;
}

/** The desk, called by the operator of the machine. */
interface Desk {
  list(limit: number): Promise<readonly ShownDelivery[]>;
  find(id: string): Promise<ShownDelivery | undefined>;
  /** @returns how many mails are queued again */
  resend(id: string): Promise<number>;
}

export interface StatisticsPlace {
  readonly ownerUrl: string;
  readonly owner: DataSource;
  readonly catcher: MailCatcher;
  readonly mail: CertifiedMail;
  readonly service: Sender;
  readonly desk: Desk;
  readonly clock: { now(): Date };
  /** The alarms in the operator's log. */
  readonly alarms: readonly string[];
  pass(minutes: number): void;
  /** Sets how messages are handled from now on. */
  fate: CaughtFate;
  /** Whether the mailbox can be searched by a header; initially yes. */
  searchesHeaders: boolean;
  /** Called when a message was read to its end and is not answered yet. */
  onMessage: (() => void) | undefined;
  /** A service with other settings. */
  serviceWith(changes: Partial<CertifiedMail>): Sender;
  /** The messages that the provider accepted, parsed. */
  messages(): Promise<readonly Email[]>;
  /** The states of the archive's and the password's mail of the latest delivery. */
  states(): Promise<readonly (string | undefined)[]>;
  close(): Promise<void>;
}

export async function statisticsPlace(): Promise<StatisticsPlace> {
  const pki = await testPki();
  const database = await createTestDatabase('peopled');
  const options = { url: database.ownerUrl, entities: [], poolSize: 4, statementTimeoutMs: 30_000, log };
  const owner = await openDatabase({ ...options, applicationName: 'test owner' });
  const db = await openDatabase({ ...options, role: workerRole, applicationName: 'test worker' });
  const directory = await mkdtemp(join(tmpdir(), 'statistics-'));
  const alarms: string[] = [];
  const heard = loggerOf(alarms);
  let now = new Date('2026-11-22T09:15:00.123Z');
  const clock = { now: () => now };
  const catcher = await startMailCatcher({
    ...{ directory, clock, log },
    tls: {
      certificate: await readFile(pki.server.certificate, 'utf8'),
      key: await readFile(pki.server.key, 'utf8'),
    },
    fateOf: () => {
      place.onMessage?.();
      return place.fate;
    },
    searchesHeaders: () => place.searchesHeaders,
  });
  const server: Omit<MailServer, 'port'> = {
    ...{ host: '127.0.0.1', security: 'tls', user: CATCHER_USER, password: CATCHER_PASSWORD },
    anchors: await readFile(pki.server.ca, 'utf8'),
    timeoutMs: 5_000,
  };
  const mail: CertifiedMail = {
    submission: { ...server, port: catcher.smtpPort },
    mailbox: { ...server, port: catcher.imapPort, folder: 'INBOX' },
    ...{ from: CATCHER_USER, recipient: RECIPIENT },
  };
  const serviceWith = (changes: Partial<CertifiedMail>): Sender => {
    const service = createDeliveryService({
      db,
      ...{ clock, log: heard, mail: { ...mail, ...changes } },
    });
    return {
      async prepare(request) {
        const { id = '', isNew = false } = await service.prepare(callOfJob(now), { request });
        return { id, isNew };
      },
      advance: (signal) => service.advance(callOfJob(now), signal),
    };
  };
  const operations = createStatisticsDesk(owner, clock);
  const desk: Desk = {
    list: async (limit) => (await operations.list(operatorCall(now), { limit })).deliveries ?? [],
    find: async (id) => (await operations.show(operatorCall(now), { id })).delivery,
    resend: (id) =>
      owner.transaction(
        async (tables) =>
          (await createStatisticsDesk(tables, clock).resend(operatorCall(now), { id })).mails?.length ?? 0,
      ),
  };
  const place: StatisticsPlace = {
    ...{ ownerUrl: database.ownerUrl, owner, catcher, mail, desk, clock, alarms, serviceWith },
    service: serviceWith({}),
    fate: 'avvenuta-consegna',
    searchesHeaders: true,
    onMessage: undefined,
    pass(minutes) {
      now = new Date(now.getTime() + minutes * 60_000);
    },
    messages: () => Promise.all(catcher.caught.map(async ({ file }) => PostalMime.parse(await readFile(file)))),
    async states() {
      const [latest] = await desk.list(1);
      return ['archive', 'password'].map((part) => latest?.mails.find((mail) => mail.part === part)?.state);
    },
    async close() {
      await catcher.stop();
      await Promise.all([db.destroy(), owner.destroy()]);
      await database.drop();
      await rm(directory, { recursive: true });
    },
  };
  return place;
}

function loggerOf(alarms: string[]): winston.Logger {
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      alarms.push(line.toString());
      done();
    },
  });
  return winston.createLogger({ level: 'error', transports: [new winston.transports.Stream({ stream })] });
}
