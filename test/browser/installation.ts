/**
 * The complete service for a browser: portal and gateway of the sandbox in this process, with a database and a clock
 * controlled by the suite.
 */
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import winston from 'winston';
import { configSchema } from '../../src/config/index.js';
import { startEmbeddedPostgres } from '../../src/dev/embedded/index.js';
import { startSandbox } from '../../src/dev/roles/sandbox.js';
import { openDatabase } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { sandboxShape } from '../crash/sandbox-process.js';
import type { Sandbox, SandboxIdentity } from '../crash/sandbox-process.js';

export interface Installation {
  readonly sandbox: Sandbox;
  /** URL of the portal. */
  readonly portal: string;
  /** Folder of the mails that the worker sent. */
  readonly mail: string;
  /** As the owner of the tables: to arrange and to inspect. */
  readonly db: DataSource;
  /** Every line logged by portal and gateway, as text, before masking. */
  readonly logged: readonly string[];
  readonly identity: (role: string) => SandboxIdentity;
  now(): Date;
  /** Advances the clock of portal and gateway, ms. */
  pass(ms: number): void;
  /** Stops the database permanently. */
  stopDatabase(): Promise<void>;
  stop(): Promise<void>;
}

export async function startInstallation(): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'passerella-browser-'));
  await chmod(folder, 0o711); // the database's own user needs access
  const quiet = createLogger('silent');
  const cluster = await startEmbeddedPostgres({ dataDirectory: join(folder, 'postgres'), log: quiet, tuning: 'test' });
  const consentDatabaseUrl = await registerIn(cluster.ownerUrl);
  let offset = 0;
  const clock = { now: () => new Date(Date.now() + offset) };
  const logged: string[] = [];
  const config = configSchema.parse({
    ...{ databaseUrl: cluster.ownerUrl, consentDatabaseUrl, sandboxDatabase: true },
    ...{ dataDirectory: folder, certificateDirectory: join(folder, 'certs') },
    ...{ soapPort: 0, portalPort: 0, cardPort: 0, opsPort: 0, shutdownSeconds: 1 },
  });
  const running = await startSandbox(config, clock, capturing(logged), () => undefined);
  const sandbox = sandboxShape.parse(JSON.parse(await readFile(join(folder, 'sandbox.json'), 'utf8')));
  const connection = {
    url: cluster.ownerUrl,
    poolSize: 2,
    statementTimeoutMs: 30_000,
    applicationName: 'browser suite',
  };
  const db = await openDatabase({ ...connection, entities: [], log: quiet });
  const stopDatabase = once(async () => {
    await db.destroy();
    await cluster.stop();
  });
  return {
    ...{ sandbox, portal: sandbox.portal, mail: sandbox.mail, db, logged, stopDatabase },
    identity(role) {
      const found = sandbox.identities.find((identity) => identity.role === role);
      if (found === undefined) throw new Error(`the sandbox has no ${role}`);
      return found;
    },
    now: () => clock.now(),
    pass(ms) {
      offset += ms;
    },
    async stop() {
      await running.stop();
      await stopDatabase();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Makes the database of the register of consents. @returns its URL */
async function registerIn(clusterUrl: string): Promise<string> {
  const limits = { poolSize: 1, statementTimeoutMs: 30_000, applicationName: 'browser suite' };
  const db = await openDatabase({ url: clusterUrl, entities: [], log: createLogger('silent'), ...limits });
  await db.query('CREATE DATABASE passerella_consent');
  await db.destroy();
  const url = new URL(clusterUrl);
  url.pathname = '/passerella_consent';
  return url.toString();
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= act());
}

function capturing(lines: string[]): winston.Logger {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const capture = winston.format((entry) => {
    lines.push(Object.values(entry).map(textOf).join(' '));
    return entry;
  });
  return winston.createLogger({ format: capture(), transports: [new winston.transports.Stream({ stream: nowhere })] });
}

function textOf(value: unknown): string {
  if (value instanceof Error) return `${value.message} ${value.stack ?? ''} ${textOf(value.cause)}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
