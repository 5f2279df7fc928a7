/**
 * The operator's listener of gateway and worker: liveness, readiness and metrics of the process. Plain HTTP, for the
 * operator's own network.
 */
import { readFileSync } from 'node:fs';
import type { Express } from 'express';
import type { Config } from '../config/index.js';
import { poolFigures } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { bareExpress, createHttpServer, defaultListenerLimits, listen } from '../platform/http/index.js';
import { Gauge, processMetrics } from '../platform/metrics.js';
import type { Registry } from '../platform/metrics.js';
import { shared } from './patience.js';

export interface WatchedDatabase {
  /** Its name in `/readyz` and in the metrics. */
  readonly name: 'database' | 'consentDatabase';
  /** undefined until it is open. */
  readonly db: () => DataSource | undefined;
  /** Whether readiness requires it. */
  readonly isNeeded: boolean;
}

export interface OperatorListener {
  readonly port: number;
  /** Roles add their own metrics to it. */
  readonly metrics: Registry;
  /** From now on `/readyz` answers 503. */
  beginClosing(): void;
  close(): Promise<void>;
}

/**
 * How long `/readyz` waits for a database: a load balancer waits for the response, and an optional database must not
 * delay it.
 */
const PATIENCE_MS = { needed: 3_000, other: 1_000 };

/** @throws Error when the port is in use */
export async function openOperatorListener(
  { opsHost: host, opsPort: port }: Pick<Config, 'opsHost' | 'opsPort'>,
  databases: readonly WatchedDatabase[],
): Promise<OperatorListener> {
  const { registry: metrics, stop } = processMetrics(releaseOf());
  addPools(metrics, databases);
  const state = { closing: false };
  const server = createHttpServer(operatorPages(databases, metrics, state));
  const listener = await listen(server, { host, port }, defaultListenerLimits);
  return {
    port: listener.port,
    metrics,
    beginClosing() {
      state.closing = true;
    },
    async close() {
      await listener.close(0);
      stop();
    },
  };
}

function operatorPages(
  databases: readonly WatchedDatabase[],
  metrics: Registry,
  state: { readonly closing: boolean },
): Express {
  const app = bareExpress();
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  const asks = databases.map(stateOf);
  app.get('/readyz', async (_request, response) => {
    const answers = await Promise.all(asks.map((ask) => ask()));
    const ready = databases.every(({ isNeeded }, at) => !isNeeded || answers[at] === 'ok') && !state.closing;
    response.status(ready ? 200 : 503).json({
      status: ready ? 'ready' : 'not ready',
      ...Object.fromEntries(databases.map(({ name }, at) => [name, answers[at]])),
      closing: state.closing,
    });
  });
  // Concurrent scrapes share one reading: many scrapes cost one reading at a time.
  let reading: Promise<string> | undefined;
  app.get('/metrics', async (_request, response) => {
    reading ??= metrics.metrics().finally(() => {
      reading = undefined;
    });
    response.type(metrics.contentType).send(await reading);
  });
  return app;
}

function stateOf({ db, isNeeded }: WatchedDatabase): () => Promise<'ok' | 'unavailable'> {
  const ask = shared(isNeeded ? PATIENCE_MS.needed : PATIENCE_MS.other, async () => {
    const opened = db();
    await opened?.query('SELECT 1');
    return opened !== undefined;
  });
  return async () => ((await ask()) === true ? 'ok' : 'unavailable');
}

function addPools(metrics: Registry, databases: readonly WatchedDatabase[]): void {
  new Gauge({
    ...{ name: 'passerella_database_connections', registers: [metrics], labelNames: ['database', 'state'] },
    help: 'Connections of a pool, by state; waiting: requests that wait for a connection.',
    collect() {
      for (const { name: database, db } of databases) {
        const opened = db();
        const figures = opened && poolFigures(opened);
        if (figures === undefined) continue;
        this.set({ database, state: 'busy' }, figures.open - figures.idle);
        this.set({ database, state: 'idle' }, figures.idle);
        this.set({ database, state: 'waiting' }, figures.waiting);
      }
    },
  });
}

function releaseOf(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
