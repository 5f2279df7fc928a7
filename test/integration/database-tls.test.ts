/** TLS to a real PostgreSQL: what its URL requests, under the policy of all our connections [S-1]. */
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrate, openDatabase, sqlMigration } from '../../src/platform/db/index.js';
import { startEmbeddedPostgres } from '../../src/dev/embedded/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import type { EmbeddedPostgres } from '../../src/dev/embedded/index.js';
import { createLogger } from '../../src/platform/log.js';
import { testPki } from '../support/people.js';

const log = createLogger('silent');
let directory: string;
let server: EmbeddedPostgres;
let plain: DataSource;
let anchors: string;

const open = (url: string): Promise<DataSource> =>
  openDatabase({ url, entities: [], poolSize: 1, statementTimeoutMs: 5_000, applicationName: 'test', log });
const withTls = (parameters: string): string => `${server.ownerUrl}?${parameters}`;

async function setting(name: string, value: string): Promise<void> {
  await plain.query(`ALTER SYSTEM SET ${name} = '${value}'`);
  await plain.query('SELECT pg_reload_conf()');
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'passerella-database-tls-'));
  server = await startEmbeddedPostgres({ dataDirectory: directory, log, tuning: 'test' });
  plain = await open(server.ownerUrl);
  const pki = await testPki();
  anchors = pki.server.ca;
  for (const [name, file] of [
    ['server.crt', pki.server.certificate],
    ['server.key', pki.server.key],
  ] as const) {
    // By the server's user: PostgreSQL requires to own its key, unreadable for others.
    const text = (await readFile(file, 'utf8')).replaceAll('\n', '|');
    await plain.query(
      `COPY (SELECT '${text}') TO PROGRAM 'umask 077; tr "|" "\\n" > ${name}' WITH (FORMAT csv, QUOTE '~')`,
    );
  }
  await setting('ssl', 'on');
}, 60_000);

afterAll(async () => {
  await plain.destroy();
  await server.stop();
  const cluster = await realpath(join(directory, 'cluster'));
  await rm(dirname(cluster), { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
}, 60_000);

test('a statement that runs when its database is closed is cancelled over TLS too', async () => {
  const db = await open(withTls(`sslmode=verify-full&sslrootcert=${anchors}`));
  await db.query('SET client_connection_check_interval = 0'); // only a cancel request ends it
  const cut = db.query('SELECT pg_sleep(600)').catch((error: unknown) => error);
  const running = `SELECT FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(600)'`;
  while ((await plain.query<unknown[]>(running)).length === 0);
  await db.destroy();
  expect(await cut).toMatchObject({ driverError: { message: 'Connection terminated' } });
  while ((await plain.query<unknown[]>(running)).length > 0);
});

async function agreed(url: string): Promise<unknown> {
  const db = await open(url);
  try {
    const [row] = await db.query<{ ssl: boolean; version: string | null; memory: string }[]>(
      `SELECT ssl, version, current_setting('work_mem') AS memory FROM pg_stat_ssl WHERE pid = pg_backend_pid()`,
    );
    return row;
  } finally {
    await db.destroy();
  }
}

test('a connection is encrypted and its server verified if the URL requests it, whatever its other parameters', async () => {
  const verified = withTls(`sslmode=verify-full&sslrootcert=${anchors}`);
  expect(await agreed(`${verified}&options=-c%20work_mem%3D8MB`)).toEqual({
    ssl: true,
    version: 'TLSv1.3',
    memory: '8MB',
  });
  expect(await agreed(`${verified}&sslnegotiation=direct`)).toMatchObject({ ssl: true });
  expect(await agreed(server.ownerUrl)).toMatchObject({ ssl: false });
  await expect(open(withTls('sslmode=verify-full'))).rejects.toThrow('certificate');
  await migrate(verified, [sqlMigration('CreateOne1700000000001', 'CREATE TABLE one ()')], log);
  expect(await plain.query('SELECT FROM one')).toEqual([]);
});

test('a server without a curve of the policy is refused', async () => {
  const verified = withTls(`sslmode=verify-full&sslrootcert=${anchors}`);
  await setting('ssl_groups', 'secp521r1');
  await expect(open(verified)).rejects.toThrow(/handshake failure/);
  await expect(migrate(verified, [], log)).rejects.toThrow(/handshake failure/);
  await setting('ssl_groups', 'prime256v1');
  expect(await agreed(verified)).toMatchObject({ ssl: true });
});
