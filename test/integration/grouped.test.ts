/** Calls that share a statement do not share errors. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { grouped, openDatabase } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

let database: TestDatabase;
let db: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  db = await openDatabase({
    ...{ url: database.ownerUrl, entities: [], poolSize: 2, statementTimeoutMs: 0 },
    ...{ applicationName: 'test', log: createLogger('silent') },
  });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

test('an item that the database cannot store fails alone, a failing statement fails them all', async () => {
  let table = 'pg_class';
  const next = grouped(async (days: readonly string[]) => {
    const rows = await db.query<{ next: string }[]>(
      `SELECT (day + 1)::text AS next FROM unnest($1::text[]::date[]) AS day, (SELECT FROM ${table} LIMIT 1) AS one`,
      [days],
    );
    return rows.map((row) => row.next);
  });
  const together = (days: readonly string[]) => Promise.allSettled(days.map((day) => next(day)));
  const days = ['2020-02-28', '0000-01-01', '2020-12-31'];
  expect(await together(days)).toMatchObject([
    { status: 'fulfilled', value: '2020-02-29' },
    { status: 'rejected', reason: { code: '22008' } },
    { status: 'fulfilled', value: '2021-01-01' },
  ]);
  table = 'nothing_of_this_name';
  expect(await together(days)).toMatchObject(days.map(() => ({ status: 'rejected', reason: { code: '42P01' } })));
});
