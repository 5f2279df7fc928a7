/** [G-3] An import killed at any point and repeated ends like one that was never interrupted. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openDatabase } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { importRegistry, type ImportResult } from '../../src/registry/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { fillReferences, personsDigest, writePersons } from './registry-fixture.js';

const child = fileURLToPath(new URL('./registry-import-child.js', import.meta.url));
const log = createLogger('silent');
let folder: string;
let source: string;
/** The result of an uninterrupted import of the file. */
let expected: { persons: unknown; rejects: string };

interface Place {
  database: TestDatabase;
  db: DataSource;
  rejectPath: string;
}

async function place(name: string): Promise<Place> {
  const database = await createTestDatabase();
  const url = database.ownerUrl;
  const db = await openDatabase({
    url,
    entities: [],
    poolSize: 3,
    statementTimeoutMs: 0,
    applicationName: 'test',
    log,
  });
  await fillReferences(db);
  return { database, db, rejectPath: join(folder, `${name}.scarti.csv`) };
}

async function leave({ database, db }: Place): Promise<void> {
  await db.destroy();
  await database.drop();
}

const NO_FORMER = { formerAdded: 0, formerMoved: 0 };

function importAgain({ db, rejectPath }: Place): Promise<ImportResult> {
  const clock = { now: (): Date => new Date('2026-11-21T11:00:00Z') };
  return importRegistry({
    source,
    kind: 'persons',
    ownerDb: db,
    clock,
    log,
    rejectPath,
    dryRun: false,
    batchPages: 16,
  });
}

async function killedAt({ database, rejectPath }: Place, phase: string, percent: number): Promise<void> {
  const args = [child, database.ownerUrl, source, rejectPath, phase, `${percent}`];
  const exit: readonly unknown[] = await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit');
  expect(exit).toEqual([null, 'SIGKILL']);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerella-resume-'));
  source = join(folder, 'persons.csv');
  await writePersons(source, 10_000);
  const calm = await place('calm');
  await importAgain(calm);
  expected = { persons: await personsDigest(calm.db), rejects: await readFile(calm.rejectPath, 'utf8') };
  await leave(calm);
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true });
});

test.each([
  ['load', 0, 0],
  ['load', 60, 0],
  ['load', 100, 0],
  ['merge', 1, 1],
  ['merge', 50, 2],
  ['merge', 100, 3],
])(
  'killed in phase %s at %i %%',
  async (phase, percent) => {
    const here = await place(`${phase}-${percent}`);
    await killedAt(here, phase, percent);
    const merged = await here.db.query<{ inserted: number }[]>('SELECT inserted::int FROM registry_import.run');
    // Killed while loading it leaves no run; while merging, a part, or all but the end.
    if (phase === 'load') expect(merged).toEqual([]);
    else expect(merged[0]?.inserted).toBeGreaterThan(0);

    const result = await importAgain(here);

    expect(result).toEqual({
      outcome: 'done',
      accepted: 9000,
      rejected: 1000,
      inserted: 9000,
      changed: 0,
      ...NO_FORMER,
    });
    expect(await personsDigest(here.db)).toEqual(expected.persons);
    expect(await readFile(here.rejectPath, 'utf8')).toBe(expected.rejects);
    expect(await stagingTables(here.db)).toEqual([]);
    await leave(here);
  },
  60_000,
);

test('killed twice, the second time while it resumes', async () => {
  const here = await place('twice');
  await killedAt(here, 'merge', 20);
  await killedAt(here, 'merge', 60);
  expect(await importAgain(here)).toMatchObject({ outcome: 'done', inserted: 9000 });
  expect(await personsDigest(here.db)).toEqual(expected.persons);
  await leave(here);
}, 60_000);

test('a crash of the server empties the staging table: the file is loaded again', async () => {
  const here = await place('crash');
  await killedAt(here, 'merge', 50);
  const [staging] = await stagingTables(here.db);
  await here.db.query(`TRUNCATE registry_import.${staging?.name ?? ''}`); // what recovery does to an UNLOGGED table
  expect(await importAgain(here)).toMatchObject({ outcome: 'done', accepted: 9000, rejected: 1000, inserted: 9000 });
  expect(await personsDigest(here.db)).toEqual(expected.persons);
  await leave(here);
}, 60_000);

function stagingTables(db: DataSource): Promise<{ name: string }[]> {
  return db.query<{ name: string }[]>(
    `SELECT relname AS name FROM pg_class WHERE relname LIKE 'staging%' AND relkind = 'r'`,
  );
}
