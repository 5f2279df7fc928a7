/** The embedded server: every way to start, stop and kill it; with real processes and real files. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, realpath, rm, stat, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { isDatabaseUnavailable, openDatabase } from '../../src/platform/db/index.js';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../src/dev/embedded/index.js';
import { createLogger } from '../../src/platform/log.js';

const log = createLogger('silent');
const floor = new URL('../../src/', import.meta.url).href;
let dataDirectory: string;
let started: EmbeddedPostgres[];

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'passerella-embedded-'));
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((server) => server.stop()));
  const cluster = await realpath(join(dataDirectory, 'cluster')).catch(() => dataDirectory);
  await rm(dirname(cluster), { recursive: true, force: true, maxRetries: 5 });
  await rm(dataDirectory, { recursive: true, force: true });
}, 60_000);

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDirectory, log, tuning: 'test', ...options });
  started.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

/** A separate program that starts the server and waits to be killed. */
function startElsewhere(): ChildProcess {
  const program = `
    import { startEmbeddedPostgres } from '${floor}dev/embedded/index.js';
    import { createLogger } from '${floor}platform/log.js';
    const options = { dataDirectory: ${JSON.stringify(dataDirectory)}, log: createLogger('silent'), tuning: 'test' };
    process.stdout.write((await startEmbeddedPostgres(options)).ownerUrl);
    setInterval(() => {}, 60_000);`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function postmaster(): Promise<number> {
  return Number((await readFile(join(dataDirectory, 'cluster/data/postmaster.pid'), 'utf8')).split('\n')[0]);
}

test('keeps data, address and login across a stop', async () => {
  const first = await start();
  await query(first.ownerUrl, "CREATE TABLE kept AS SELECT 'è' AS word");
  await first.stop();
  await expect(query(first.ownerUrl, 'SELECT')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

  const second = await start();
  expect(second.ownerUrl).toBe(first.ownerUrl);
  expect(await query(second.ownerUrl, 'TABLE kept')).toEqual([['è']]);
}, 60_000);

test('uses UTF-8, the same sort order on every machine, UTC, and the loopback address only', async () => {
  const { ownerUrl } = await start();
  const locale = 'SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale FROM pg_database';
  expect(await query(ownerUrl, `${locale} WHERE datname = current_database()`)).toEqual([['UTF8', 'b', 'C.UTF-8']]);
  expect(await query(ownerUrl, 'SHOW timezone')).toEqual([['UTC']]);
  expect(await query(ownerUrl, 'SHOW listen_addresses')).toEqual([['127.0.0.1']]);
  expect(await query(ownerUrl, 'SHOW unix_socket_directories')).toEqual([['']]);
}, 60_000);

test('requires the password from everybody; only its owner can read it', async () => {
  const { ownerUrl } = await start();
  const guess = new URL(ownerUrl);
  guess.password = 'guess';
  await expect(query(guess.href, 'SELECT')).rejects.toMatchObject({ code: '28P01' });
  expect((await stat(join(dataDirectory, 'cluster/settings.json'))).mode & 0o777).toBe(0o600);
  expect(await query(ownerUrl, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules')).toEqual([['scram-sha-256']]);
}, 60_000);

test('the server of a killed parent is found again, and finally stopped', async () => {
  const parent = startElsewhere();
  const [url] = (await once(parent.stdout ?? parent, 'data')) as [Buffer];
  await query(url.toString(), 'CREATE TABLE acknowledged AS SELECT 1 AS one');
  const orphan = await postmaster();
  await kill(parent);

  const server = await start();
  expect(await postmaster()).toBe(orphan);
  expect(server.ownerUrl).toBe(url.toString());
  expect(await query(server.ownerUrl, 'TABLE acknowledged')).toEqual([[1]]);
  await server.stop();
  await expect(query(server.ownerUrl, 'SELECT')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
}, 60_000);

test('a first start that was killed is repeated from the beginning', async () => {
  const changes = watch(dataDirectory);
  const parent = startElsewhere();
  for await (const { filename } of changes) if (filename?.startsWith('cluster.new-')) break;
  await kill(parent);
  expect(await readdir(dataDirectory)).not.toContain('cluster');

  const { ownerUrl } = await start();
  expect(await query(ownerUrl, 'SELECT 1')).toEqual([[1]]);
  expect(await readdir(dataDirectory)).toEqual(['cluster']);
}, 60_000);

test('two concurrent first starts share one cluster, and the last one to exit stops the server', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  expect(other.ownerUrl).toBe(one.ownerUrl);
  await one.stop();
  expect(await query(other.ownerUrl, 'SELECT 1')).toEqual([[1]]);
  await other.stop();
  await expect(query(other.ownerUrl, 'SELECT')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
}, 60_000);

test('a server that dies is restarted, and an open data source finds it without being reopened', async () => {
  const recorded = createLogger('info');
  for (const output of recorded.transports) output.silent = true;
  let starts = 0;
  const restarted = new Promise<void>((resolve) => {
    recorded.on('data', ({ message }: { message: string }) => {
      if (message === 'embedded database started' && ++starts === 2) resolve();
    });
  });
  const { ownerUrl } = await start({ log: recorded, tuning: 'durable' });
  const db = await open(ownerUrl);
  try {
    await db.query('CREATE TABLE committed AS SELECT 1 AS one');
    const inTransaction = db.transaction(async (manager) => {
      await manager.query('INSERT INTO committed VALUES (2)');
      const lost = manager.query('SELECT pg_sleep(60)');
      process.kill(await postmaster(), 'SIGKILL');
      await lost;
    });
    expect(isDatabaseUnavailable(await failureOf(inTransaction))).toBe(true);
    expect(isDatabaseUnavailable(await failureOf(db.query('SELECT 1')))).toBe(true);
    await restarted;
    expect(await db.query('TABLE committed')).toEqual([{ one: 1 }]);
  } finally {
    await db.destroy();
  }
}, 60_000);

test('a data source survives a stop and a start; opening one in between reports that the database is down', async () => {
  const first = await start();
  const db = await open(first.ownerUrl);
  try {
    const interrupted = db.query('SELECT pg_sleep(60)');
    const [failure] = await Promise.all([failureOf(interrupted), first.stop()]);
    expect(isDatabaseUnavailable(failure)).toBe(true);
    const refused = await failureOf(open(first.ownerUrl));
    expect(isDatabaseUnavailable(refused)).toBe(true);
    expect(refused).toMatchObject({ message: expect.stringContaining('the database cannot be reached') });
    await start();
    expect(await db.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  } finally {
    await db.destroy();
  }
}, 60_000);

test('files of another PostgreSQL version, or incomplete ones, are refused with the remedy', async () => {
  await (await start()).stop();
  const version = join(dataDirectory, 'cluster/data/PG_VERSION');
  await writeFile(version, '19\n');
  await expect(start()).rejects.toThrow(/written by PostgreSQL 19, this release brings 18.*dump the database/);
  await rm(version);
  await expect(start()).rejects.toThrow(/not a whole database cluster: restore it from a back-up/);
}, 60_000);

function open(url: string): ReturnType<typeof openDatabase> {
  const limits = { poolSize: 2, statementTimeoutMs: 0 };
  return openDatabase({ url, ...limits, entities: [], applicationName: 'test', log });
}

/** The error that the promise rejects with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );
}
