/** A process that stops, or is killed, during a statement: neither the statement nor its locks outlive it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '../../src/platform/clock.js';
import { BulkSession, openDatabase, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createJobQueue } from '../../src/platform/jobs/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { runProgram } from '../support/program.js';
import type { Program } from '../support/program.js';
import { fillRegistry, fixturePerson } from './roster-fixture.js';

const log = createLogger('silent');
const LOCK = 42;
let folder: string;
let database: TestDatabase;
let owner: DataSource;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerella-stopping-'));
  database = await createTestDatabase();
  owner = await open('test owner');
});

afterEach(async () => {
  await owner.destroy();
  await database.drop();
  await rm(folder, { recursive: true });
});

function open(applicationName: string, role?: string): Promise<DataSource> {
  const limits = { entities: [], poolSize: 3, statementTimeoutMs: 0, log };
  return openDatabase({ url: database.ownerUrl, applicationName, ...limits, ...(role === undefined ? {} : { role }) });
}

/** Polls until the condition is true: the test's own time limit makes it fail. */
async function until(condition: string): Promise<void> {
  for (;;) {
    const [row] = await owner.query<{ met: boolean }[]>(`SELECT (${condition}) AS met, pg_sleep(0.02)`);
    if (row?.met === true) return;
  }
}

const sessionsOf = (name: string, state: string): string =>
  `SELECT count(*) FROM pg_stat_activity
   WHERE datname = current_database() AND application_name = '${name}' AND ${state}`;
const isAsleep = `state = 'active' AND query LIKE '%pg_sleep(600)%'`;

/** The server itself does not watch the client: only a cancel request ends it. */
const UNWATCHED = 'SET client_connection_check_interval = 0';

test.each(['a closed database', 'an aborted session'])(
  '%s: the statement ends, and its lock is released',
  async (how) => {
    const db = await open('test stopped', workerRole);
    const stop = new AbortController();
    const cut = BulkSession.exclusively(
      db,
      LOCK,
      1_000,
      async (session) => {
        await session.run(UNWATCHED);
        await session.run('SELECT pg_sleep(600)');
      },
      stop.signal,
    ).catch((error: unknown) => error);
    await until(`(${sessionsOf('test stopped', isAsleep)}) = 1`);
    if (how === 'a closed database') await db.destroy();
    else stop.abort(new Error('stopped'));
    expect(await cut).toMatchObject({ message: how === 'a closed database' ? 'Connection terminated' : 'stopped' });
    expect(await BulkSession.exclusively(owner, LOCK, 30_000, () => Promise.resolve('free'))).toBe('free');
    await until(`(${sessionsOf('test stopped', 'true')}) = 0`);
    await db.destroy();
  },
);

test('a session that is aborted between two statements leaves no lock either, and the pool continues', async () => {
  const db = await open('test stopped');
  const stop = new AbortController();
  const cut = BulkSession.exclusively(
    db,
    LOCK,
    1_000,
    (session) => {
      stop.abort(new Error('stopped'));
      return session.run('SELECT 1');
    },
    stop.signal,
  );
  await expect(cut).rejects.toThrow('stopped');
  expect(await BulkSession.exclusively(db, LOCK, 30_000, () => Promise.resolve('free'))).toBe('free');
  await db.destroy();
});

interface Held {
  readonly program: Program;
  /** Releases the table for which the program waits. */
  readonly release: () => Promise<void>;
}

/** A worker, or an operator's command, that takes in a file and waits for a lock in the middle. */
async function heldUp(role: 'worker' | 'admin'): Promise<Held> {
  await fillRegistry(owner, 20);
  const content = `codice_fiscale\n${fixturePerson(1).identifier}\n`;
  await mkdir(join(folder, 'work'));
  const source = join(folder, role === 'worker' ? 'work/file.csv' : 'file.csv');
  await writeFile(source, content);
  const holder = owner.createQueryRunner();
  await holder.startTransaction();
  await holder.query('LOCK TABLE roster.listed_person IN ACCESS EXCLUSIVE MODE');
  // The worker's own schedule would start at the next full minute.
  if (role === 'worker') await createJobQueue(owner, systemClock).enqueue('roster.exchange-folder');
  const environment = { DATABASE_URL: database.ownerUrl, PASSERELLA_OPS_PORT: '0' };
  const program =
    role === 'worker'
      ? runProgram(['worker'], { ...environment, PASSERELLA_EXCHANGE_DIRECTORY: folder }, folder)
      : runProgram(['admin', 'roster-intake', source, '--apply'], environment, folder);
  return {
    program,
    release: async () => {
      await holder.rollbackTransaction();
      await holder.release();
    },
  };
}

const waits = `wait_event_type = 'Lock' AND wait_event = 'relation'`;

test.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)('%s to a command: no trace of it remains', async (signal) => {
  const { program, release } = await heldUp('admin');
  await until(`(${sessionsOf('passerella admin roster-intake', waits)}) = 1`);
  program.signal(signal);
  const { code, stdout } = await program.ended;
  if (signal === 'SIGKILL') expect(code).toBeNull();
  else expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringContaining('Stopped: ') });
  await until(`(${sessionsOf('passerella admin roster-intake', 'true')}) = 0`);
  await release();
  const rows = await owner.query<{ outcome: string }[]>(
    `SELECT outcome FROM audit.access_log WHERE operation = 'admin:roster-intake' ORDER BY transaction_id`,
  );
  expect(rows.map(({ outcome }) => outcome)).toEqual(signal === 'SIGKILL' ? ['begun'] : ['begun', 'interrupted']);
});

test.each(['SIGTERM', 'SIGKILL'] as const)('%s to the worker: no trace of it remains', async (signal) => {
  const { program, release } = await heldUp('worker');
  await until(`(${sessionsOf('passerella worker', waits)}) = 1`);
  program.signal(signal);
  expect((await program.ended).code).toBe(signal === 'SIGKILL' ? null : 0);
  await until(`(${sessionsOf('passerella worker', 'true')}) = 0`);
  await release();
});
