/**
 * Starts the bundled PostgreSQL, for installations without their own. Owns the order of the steps, independent of the
 * database's content.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../../platform/log.js';
import { openCluster, owner } from './cluster.js';
import { codeOf } from '../../platform/error-code.js';
import { isAlive, takeLease } from './lease.js';
import { address, ensureRunning, type RunningServer, shutDown, type Tuning } from './server.js';
import { SQLSTATE } from '../../platform/db/index.js';

export interface EmbeddedPostgresOptions {
  /** Holds all data, which the next start finds again. */
  dataDirectory: string;
  log: Logger;
  /** `durable` (the default): nothing acknowledged is lost. `test`: fast, lost when the machine stops. */
  tuning?: Tuning;
}

export interface EmbeddedPostgres {
  /** URL of the owner (superuser of this cluster) of the database `passerella`. */
  ownerUrl: string;
  port: number;
  /**
   * Called when the application has drained. Shuts the server down, unless another process uses it.
   * @throws EmbeddedPostgresError when it does not shut down within a minute
   */
  stop(): Promise<void>;
}

const database = 'passerella';
const restartPauseMs = 1_000;
/** Interval for checking a server that another process started. */
const watchPollMs = 500;

/**
 * Starts the embedded server of a data directory, or joins the running one: left by a killed parent, or used by the
 * gateway while an admin command runs. Creates everything at the first start. Restarts a server that dies.
 *
 * @throws EmbeddedPostgresError whose message tells the operator what to do
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDirectory, log, tuning = 'durable' } = options;
  const cluster = await openCluster(dataDirectory, tuning === 'durable', log);
  const lease = await takeLease(cluster.path);
  let stopping = false;
  const isStopping = (): boolean => stopping; // changes during awaits
  let server: RunningServer;
  try {
    server = await ensureRunning(cluster, tuning, log);
    await ensureDatabase(server);
  } catch (error) {
    await lease.release();
    throw error;
  }
  const watch = async (watched: RunningServer): Promise<void> => {
    await ended(watched);
    while (!isStopping()) {
      log.error('the embedded database ended unexpectedly: starting it again');
      await pause(restartPauseMs, undefined, { ref: false });
      try {
        server = await ensureRunning(cluster, tuning, log);
        if (isStopping()) await shutDown(cluster, server, log); // stop was requested while it was starting
        break;
      } catch (error) {
        log.error('the embedded database does not start', { reason: error instanceof Error ? error.message : '' });
      }
    }
    if (server !== watched) void watch(server);
  };
  void watch(server);

  return {
    ownerUrl: `postgres://${owner}:${server.password}@127.0.0.1:${server.port}/${database}`,
    port: server.port,
    stop: async () => {
      if (stopping) return;
      stopping = true;
      if (await lease.release()) await shutDown(cluster, server, log);
      else log.info('embedded database left running: another process uses it');
    },
  };
}

/** Resolves when the server has ended: our own child reports it, one left by a killed parent is polled. */
async function ended(server: RunningServer): Promise<void> {
  if (server.process) return server.process.exited;
  while (isAlive(server.pid)) await pause(watchPollMs, undefined, { ref: false });
}

async function ensureDatabase(server: RunningServer): Promise<void> {
  const client = new pg.Client(address(server.port, server.password));
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
    await client.query('REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC'); // as in install.md
  } catch (error) {
    // Another start has created it at the same moment.
    const code = codeOf(error);
    if (code !== SQLSTATE.duplicateDatabase && code !== SQLSTATE.uniqueViolation) throw error;
  } finally {
    await client.end();
  }
}
