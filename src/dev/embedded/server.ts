/**
 * The server process of a cluster: detection, start, shutdown. A server outlives a killed parent and is found again by
 * PostgreSQL's postmaster.pid. PostgreSQL's own lock protects the data: of two servers started on one cluster the
 * second gives up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, realpath, rename } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../../platform/log.js';
import {
  type Cluster,
  type ClusterSettings,
  owner,
  readSettings,
  serverEnv,
  spawnFailure,
  writeSettings,
} from './cluster.js';
import { codeOf } from '../../platform/error-code.js';
import { EmbeddedPostgresError } from './failure.js';
import { isAlive } from './lease.js';
import { SQLSTATE } from '../../platform/db/index.js';

/** `test` trades safety against a crash of the machine for speed. */
export type Tuning = 'durable' | 'test';

export interface RunningServer {
  pid: number;
  port: number;
  password: string;
  /** Absent for a server that another process started. */
  process?: ServerProcess;
}

export interface ServerProcess {
  child: ChildProcess;
  /** Resolves when the process has ended. Does not keep this process alive. */
  exited: Promise<void>;
}

/** Longest time without any answer, not even that it is starting. */
const silenceLimitMs = 30_000;
/** Replaying the log after a crash may take long, but not for ever. */
const recoveryLimitMs = 600_000;
const stopLimitMs = 60_000;
const pollMs = 20;

/** @throws EmbeddedPostgresError when none runs and none can be started */
export async function ensureRunning(cluster: Cluster, tuning: Tuning, log: Logger): Promise<RunningServer> {
  const settings = await readSettings(cluster);
  const began = performance.now();
  let launched: ServerProcess | undefined;
  for (;;) {
    const state = await probe(cluster, settings);
    if (state.kind === 'answers') {
      const ours = launched?.child.pid === state.pid ? launched : undefined;
      if (settings.port !== state.port) await writeSettings(cluster.path, { ...settings, port: state.port });
      log.info(ours ? 'embedded database started' : 'embedded database was running: reused', { port: state.port });
      return { pid: state.pid, port: state.port, password: settings.password, ...(ours && { process: ours }) };
    }
    if (launched === undefined && state.kind === 'absent') {
      launched = await launch(cluster, await freePort(settings.port), tuning);
    } else if (launched && (launched.child.exitCode !== null || launched.child.signalCode !== null)) {
      await checkWorthAnotherTry(cluster);
      launched = undefined;
    }
    const waited = performance.now() - began;
    if (waited > (state.kind === 'starting' ? recoveryLimitMs : silenceLimitMs)) {
      throw new EmbeddedPostgresError(
        `the database server of ${cluster.path} does not answer: ${await lastWords(cluster)}. ` +
          `If no PostgreSQL runs on it (see the process number in data/postmaster.pid), remove data/postmaster.pid`,
      );
    }
    await pause(launched ? pollMs : pollMs * 5);
  }
}

/** Fast shutdown: ends sessions, writes everything. @returns when the server has ended */
export async function shutDown(cluster: Cluster, server: RunningServer, log: Logger): Promise<void> {
  const began = performance.now();
  const isThere = async (): Promise<boolean> =>
    isAlive(server.pid) && (await readPostmaster(cluster))?.pid === server.pid;
  if (await isThere()) process.kill(server.pid, 'SIGINT');
  while (await isThere()) {
    if (performance.now() - began > stopLimitMs) {
      throw new EmbeddedPostgresError(`the database server (process ${server.pid}) does not shut down`);
    }
    await pause(pollMs);
  }
  server.process?.child.ref();
  await server.process?.exited;
  log.info('embedded database stopped');
}

type State =
  | { kind: 'absent' }
  | { kind: 'silent' } // a process, but no answer
  | { kind: 'starting' } // it reports that it is starting or stopping
  | { kind: 'answers'; pid: number; port: number };

async function probe(cluster: Cluster, settings: ClusterSettings): Promise<State> {
  const postmaster = await readPostmaster(cluster);
  if (postmaster === undefined || !isAlive(postmaster.pid)) return { kind: 'absent' };
  const { pid, port } = postmaster;
  if (port === undefined) return { kind: 'silent' };
  const client = new pg.Client({ ...address(port, settings.password), connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // it may disconnect during the check
  try {
    await client.connect();
    const { rows } = await client.query<{ at: string }>("SELECT current_setting('data_directory') AS at");
    const same = (await realpath(rows[0]?.at ?? '')) === cluster.data;
    return same ? { kind: 'answers', pid, port } : { kind: 'silent' };
  } catch (error) {
    if (codeOf(error) === SQLSTATE.invalidPassword) {
      throw new EmbeddedPostgresError(
        `the password in ${cluster.path}/settings.json is not the database's: restore both together`,
      );
    }
    return { kind: codeOf(error) === SQLSTATE.cannotConnectNow ? 'starting' : 'silent' };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Address and user for connections to the server. */
export function address(
  port: number,
  password: string,
): { host: string; port: number; user: string; password: string; database: string } {
  return { host: '127.0.0.1', port, user: owner, password, database: 'postgres' };
}

/** postmaster.pid: process id, data directory, start, port, … one per line, written gradually at the start. */
async function readPostmaster(cluster: Cluster): Promise<{ pid: number; port: number | undefined } | undefined> {
  const text = await readFile(join(cluster.data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const port = Number(lines[3]);
  return { pid, port: Number.isInteger(port) && port > 0 ? port : undefined };
}

async function launch(cluster: Cluster, port: number, tuning: Tuning): Promise<ServerProcess> {
  const logFile = join(cluster.path, 'server.log');
  await rename(logFile, `${logFile}.1`).catch(() => undefined);
  const output = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(cluster.binaries.postgres, ['-D', cluster.data, ...parameters(port, tuning)], {
      cwd: '/',
      env: serverEnv,
      stdio: ['ignore', output.fd, output.fd],
      detached: true, // a session of its own: the terminal's Ctrl-C goes to the application, which then stops it
      ...cluster.account,
    });
    const exited = new Promise<void>((resolve) =>
      child.once('exit', () => {
        resolve();
      }),
    );
    await once(child, 'spawn');
    child.unref();
    return { child, exited };
  } catch (error) {
    throw spawnFailure(error) ?? error;
  } finally {
    await output.close();
  }
}

function parameters(port: number, tuning: Tuning): string[] {
  const values = {
    port: `${port}`,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Statements and the values in their errors are application data, which must not be logged (6.7).
    log_min_messages: 'fatal',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...(tuning === 'test' && {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      autovacuum: 'off',
      max_connections: '300',
    }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The wished port if it is free, so that recorded addresses stay valid; otherwise any free one. */
async function freePort(wished: number): Promise<number> {
  for (const port of [wished, 0]) {
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      const bound = server.address();
      if (bound !== null && typeof bound === 'object') return bound.port;
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
    } finally {
      server.close();
    }
  }
  throw new EmbeddedPostgresError('no free port for the database');
}

/**
 * Repeats a start that lost against another start, a dying predecessor or a port just taken; all other failures are
 * final.
 */
async function checkWorthAnotherTry(cluster: Cluster): Promise<void> {
  const words = await lastWords(cluster);
  if (/lock file|shared memory block|Address already in use|could not create any TCP\/IP sockets/.test(words)) return;
  throw new EmbeddedPostgresError(
    `the database server does not start: ${words}. If its files are damaged, restore ${cluster.data} from a back-up`,
  );
}

async function lastWords(cluster: Cluster): Promise<string> {
  const text = await readFile(join(cluster.path, 'server.log'), 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-4).join(' | ');
}
