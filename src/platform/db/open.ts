/**
 * Opens the pool of connections. Owns the settings of every connection: role, time limits, UTC, keep-alive.
 * The caller decides whether to wait for a database that is down (isDatabaseUnavailable).
 */
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { types } from 'node:util';
import 'reflect-metadata';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { Logger } from '../log.js';
import { codeOf } from '../error-code.js';
import { CONNECTION_CHECK, Sessions } from './cancel.js';
import { readDatabaseUrl } from './database-url.js';
import { isDatabaseUnavailable } from './errors.js';
import { silentTypeOrm } from './typeorm-log.js';

/** A class decorated as a TypeORM entity. */
export type EntityClass = new () => object;

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`, with the driver's parameters (`sslmode`, `sslrootcert`, …). */
  url: string;
  /** Role every connection acts as from its first statement; absent: the login itself. */
  role?: string;
  entities: readonly EntityClass[];
  /** Maximum of connections. */
  poolSize: number;
  /** A statement running longer is cancelled by the server, in ms; 0: never (bulk work of an operator). */
  statementTimeoutMs: number;
  /**
   * Prepared statements are planned once per connection, whatever their parameters: for those that only look things up
   * by key. By default the server plans one with arrays anew each time, which takes longer than running it.
   */
  plansOnce?: boolean;
  /** Shown in the server's pg_stat_activity. */
  applicationName: string;
  log: Logger;
}

/** Time limit for a server to accept a connection, ms. */
export const connectTimeoutMs = 10_000;
const idleInTransactionMs = 30_000;
const idleTimeoutMs = 30_000;
/** How long beyond the server's own limit a connection may be silent before it is closed here. */
const silenceMarginMs = 10_000;
/** SQLSTATEs after which the server closes the session: shutdown, crash, idle for too long. */
const lastWord = /^(57P0[1-5]|25P03)$/;

/** Closes at once and cancels what runs on its connections, so that no statement or lock outlives the program. */
class Database extends DataSource {
  readonly sessions = new Sessions();
  private closed: Promise<void> | undefined;

  /** May be called more than once. */
  override destroy(): Promise<void> {
    return (this.closed ??= super.destroy().then(() => this.sessions.ended()));
  }
}

/**
 * Opens a data source and tests it with one connection. It survives a restart of the database: broken connections are
 * dropped and the next statement makes new ones.
 *
 * Values arrive as the driver returns them, except `date`, which stays the text `YYYY-MM-DD` (the driver would make it
 * a midnight of the local time zone); `bigint` is text.
 *
 * @throws Error whose message says what is wrong and never holds the password; the driver's error is its cause, so
 *   that isDatabaseUnavailable distinguishes a database that is down from a wrong password or role
 */
export async function openDatabase(options: DatabaseOptions): Promise<DataSource> {
  const { url, startup, tls } = readDatabaseUrl(options.url);
  const db: Database = new Database({
    type: 'postgres',
    url,
    entities: [...options.entities],
    synchronize: false,
    logger: silentTypeOrm,
    installExtensions: false,
    poolSize: options.poolSize,
    connectTimeoutMS: connectTimeoutMs,
    applicationName: options.applicationName,
    // An idle connection broke. Without a listener Node would end the process.
    poolErrorHandler: (error: unknown) => {
      options.log.warn('database connection lost', { reason: reason(error) });
    },
    extra: {
      ...tls,
      options: [...startup, ...settings(options)].join(' '),
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      idleTimeoutMillis: idleTimeoutMs,
      types: { getTypeParser },
      onConnect: (client: unknown) => {
        watchOver(client, silenceLimit(options.statementTimeoutMs));
        if (client instanceof pg.Client) db.sessions.watch(client);
      },
    },
  });
  try {
    return await db.initialize();
  } catch (cause) {
    throw new Error(explain(cause, options.role), { cause });
  }
}

/**
 * Passed as options when the connection starts, not as statements after it: no connection ever acts as the login, and
 * RESET ROLE returns to the role.
 */
function settings(options: DatabaseOptions): string[] {
  const values: Record<string, string> = {
    statement_timeout: `${options.statementTimeoutMs}`,
    idle_in_transaction_session_timeout: `${idleInTransactionMs}`,
    TimeZone: 'UTC',
    ...CONNECTION_CHECK,
    ...(options.plansOnce === true ? { plan_cache_mode: 'force_generic_plan' } : {}),
    ...(options.role === undefined ? {} : { role: options.role }),
  };
  return Object.entries(values).map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`);
}

/** Longer than any connection is idle and any statement runs; no limit where statements may run for ever. */
function silenceLimit(statementTimeoutMs: number): number | undefined {
  return statementTimeoutMs > 0
    ? Math.max(statementTimeoutMs, idleInTransactionMs, idleTimeoutMs) + silenceMarginMs
    : undefined;
}

type TypeParserOf = typeof pg.types.getTypeParser;

function getTypeParser(oid: Parameters<TypeParserOf>[0], format?: Parameters<TypeParserOf>[1]): unknown {
  if (oid === pg.types.builtins.DATE) return (value: string): string => value;
  return pg.types.getTypeParser(oid, format);
}

/** The driver's types show neither its connection nor the socket, hence these checks. */
function connectionOf(client: unknown): unknown {
  return client instanceof pg.Client && 'connection' in client ? client.connection : undefined;
}

function socketOf(connection: unknown): Socket | undefined {
  const isThere = typeof connection === 'object' && connection !== null && 'stream' in connection;
  return isThere && connection.stream instanceof Socket ? connection.stream : undefined;
}

/** Handles two kinds of connection loss that the pool does not notice. */
function watchOver(client: unknown, silenceMs: number | undefined): void {
  const connection = connectionOf(client);
  if (!(client instanceof pg.Client) || !(connection instanceof EventEmitter)) return;
  // The server's last message to a session precedes the end of the connection: in between, the pool would give the
  // dying connection to the next statement. It does not give out an ending client.
  connection.on('errorMessage', (error: unknown) => {
    if (lastWord.test(codeOf(error) ?? '')) client.end().catch(() => undefined);
  });
  // After a peer has vanished, a sent query stays unanswered for a quarter of an hour, because keep-alive does not
  // probe while data is unacknowledged. The pool closes idle connections well before this.
  const socket = socketOf(connection);
  if (silenceMs !== undefined) {
    socket?.setTimeout(silenceMs, () => {
      socket.destroy(new Error('Connection terminated: the database has been silent for too long'));
    });
  }
}

/**
 * For statements that may take longer than any limit: the connection may be silent as long as the network allows.
 * @returns restores the limit
 */
export function allowSilence(client: unknown): () => void {
  const socket = socketOf(connectionOf(client));
  const limit = socket?.timeout ?? 0;
  socket?.setTimeout(0);
  return () => socket?.setTimeout(limit);
}

/** Why a connection failed, for an operator; never the password. @param role that it should act as, if any */
export function explain(cause: unknown, role?: string): string {
  const detail = reason(cause);
  if (isDatabaseUnavailable(cause)) return `the database cannot be reached: ${detail}`;
  if (role !== undefined && detail.includes('role')) {
    return (
      `the database refuses to let this login act as '${role}': ${detail}. ` +
      `Run the migrations first, then GRANT ${role} TO the login`
    );
  }
  return `the database refuses the connection: ${detail}`;
}

function reason(error: unknown): string {
  if (!types.isNativeError(error)) return 'unknown';
  // Several addresses were tried: the aggregate itself has no message.
  if (error.message === '' && 'errors' in error && Array.isArray(error.errors))
    return error.errors.map(reason).join('; ');
  return error.message;
}
