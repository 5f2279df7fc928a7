/**
 * The worker role: sends what is in the outbox, and tells the operator's tools how it goes. Works on the consent database
 * only; starts whole or not at all, ends when the exchanges under way are done.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSecureContext } from 'node:tls';
import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError, REQUIRED_BY_WORKER, environmentName } from '../config/index.js';
import type { Config } from '../config/index.js';
import { consentRole } from '../opposition/index.js';
import {
  DEFAULT_LANE_POLICY,
  createOutboxStore,
  createRegionClient,
  createSender,
} from '../opposition/outbox/index.js';
import type { OutboxStore, Sender, SenderOptions } from '../opposition/outbox/index.js';
import type { Clock } from '../platform/clock.js';
import { isDatabaseUnavailable } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { bareExpress, defaultListenerLimits, expressPrototypes, listen } from '../platform/http/index.js';
import type { Logger } from '../platform/log.js';
import { openConsentDatabase, pendingConsentMigrations } from './consent.js';
import { notificationMetrics } from './worker-metrics.js';

export interface RunningWorker {
  readonly opsPort: number;
  /** Lets the exchanges under way end, records their outcomes, closes the database. */
  stop(): Promise<void>;
}

/** A database that is starting up together with us gets this long. */
const DATABASE_PATIENCE_MS = 60_000;
const DATABASE_RETRY_MS = 1_000;
const STATEMENT_TIMEOUT_MS = 30_000;

interface WorkerSettings {
  readonly databaseUrl: string;
  readonly identity: { readonly certificate: string; readonly key: string };
}

/** @throws ConfigError listing every missing setting and unusable file */
function settingsOf(config: Config): WorkerSettings {
  const problems: string[] = REQUIRED_BY_WORKER.filter((key) => config[key] === undefined).map(
    (key) => `${key} (${environmentName(key)}): required`,
  );
  const read = (file: string | undefined): string => {
    if (file === undefined) return '';
    try {
      return readFileSync(file, 'utf8');
    } catch {
      problems.push(`${file}: cannot be read`);
      return '';
    }
  };
  const identity = { certificate: read(config.notificationCertificate), key: read(config.notificationKey) };
  if (problems.length === 0) {
    try {
      createSecureContext({ cert: identity.certificate, key: identity.key });
    } catch {
      problems.push('notificationCertificate, notificationKey: not a certificate and its key');
    }
  }
  if (problems.length > 0 || config.consentDatabaseUrl === undefined) {
    throw new ConfigError(`configuration:\n  ${problems.join('\n  ')}`);
  }
  return { databaseUrl: config.consentDatabaseUrl, identity };
}

/**
 * @param tuning other rules for retries than the default's, for tests and benchmarks
 * @throws ConfigError; Error when the port is taken, the database stays away, or its tables are not of this release
 */
export async function startWorker(
  config: Config,
  clock: Clock,
  log: Logger,
  tuning: Partial<Pick<SenderOptions, 'policy' | 'random'>> = {},
): Promise<RunningWorker> {
  const { databaseUrl, identity } = settingsOf(config);
  const timeoutMs = config.notificationTimeoutSeconds * 1000;
  const db = await openPatiently(databaseUrl, config.consentDatabasePoolSize, log);
  try {
    const pending = await pendingConsentMigrations(db);
    if (pending.length > 0) {
      throw new Error(
        `the consent database lacks ${pending.length} migration(s): run «npm run admin -- migrate» first`,
      );
    }
    const store = createOutboxStore(db);
    const sender = createSender({
      store,
      connect: (region) => createRegionClient(region, identity, { timeoutMs, clock }),
      policy: tuning.policy ?? { ...DEFAULT_LANE_POLICY, timeoutMs },
      clock,
      random: tuning.random ?? Math.random,
      log,
    });
    const state = { closing: false };
    const ops = operatorPages(db, store, sender, state);
    const listener = await listen(
      createServer(expressPrototypes(ops), ops),
      { host: config.opsHost, port: config.opsPort },
      defaultListenerLimits,
    );
    sender.start();
    log.info('worker ready', { opsPort: listener.port });
    return {
      opsPort: listener.port,
      async stop() {
        state.closing = true;
        await sender.stop();
        await listener.close(0);
        await db.destroy();
        log.info('worker stopped');
      },
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

async function openPatiently(url: string, poolSize: number, log: Logger): Promise<DataSource> {
  const connection = {
    ...({ url, role: consentRole, poolSize } as const),
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    applicationName: 'passerella worker',
  };
  for (let waited = 0; ; waited += DATABASE_RETRY_MS) {
    try {
      return await openConsentDatabase(connection, log);
    } catch (error) {
      if (!isDatabaseUnavailable(error) || waited >= DATABASE_PATIENCE_MS) throw error;
      if (waited === 0) log.warn('the consent database is not there yet: waiting', { error });
      await pause(DATABASE_RETRY_MS);
    }
  }
}

/** For the operator's tools: alive, ready, and how the sending goes. */
function operatorPages(
  db: DataSource,
  store: OutboxStore,
  sender: Sender,
  state: { readonly closing: boolean },
): ReturnType<typeof bareExpress> {
  const app = bareExpress();
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    const database = await db.query('SELECT 1').then(
      () => 'ok',
      () => 'unavailable',
    );
    const ready = database === 'ok' && !state.closing;
    response
      .status(ready ? 200 : 503)
      .json({ status: ready ? 'ready' : 'not ready', database, closing: state.closing });
  });
  app.get('/metrics', async (_request, response) => {
    const depths = await store.depths().catch(() => undefined); // what the worker itself knows is told all the same
    response.type('text/plain; version=0.0.4').send(notificationMetrics(sender.figures(), depths));
  });
  return app;
}
