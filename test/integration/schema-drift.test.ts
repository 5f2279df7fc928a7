/** The entities and the tables created by the hand-written migrations: relevant differences. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openDatabase } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { allEntities } from '../../src/roles/entities.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

/**
 * The tables intentionally contain more than the entities: rules are in the database, which resolves races, and
 * entities only read rows. What TypeORM would remove of these is therefore no drift:
 */
const RULES_OF_THE_TABLES = [
  /^ALTER TABLE \S+ DROP CONSTRAINT /, // foreign keys, checks, unique keys under their own names
  /^DROP INDEX /, // partial and look-up indexes
  /^ALTER TABLE \S+ ADD CONSTRAINT "UQ_[0-9a-f]+" UNIQUE /, // the same unique key under TypeORM's name
];

let database: TestDatabase;
let db: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  const limits = { poolSize: 2, statementTimeoutMs: 0, applicationName: 'test', log: createLogger('silent') };
  db = await openDatabase({ url: database.ownerUrl, entities: allEntities, ...limits });
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

/** What TypeORM would do to make the tables match the entities. */
async function changes(): Promise<string[]> {
  const { upQueries } = await db.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

const drift = async () => (await changes()).filter((sql) => !RULES_OF_THE_TABLES.some((rule) => rule.test(sql)));

test('entities and tables have the same tables, columns, types, keys and nullability', async () => {
  expect(await drift()).toEqual([]);
});

test('the builder does read these tables: it would drop the rules that entities lack', async () => {
  expect((await changes()).length).toBeGreaterThan(0);
  expect(db.entityMetadatas).toHaveLength(allEntities.length);
});

test('what an entity declares unique is unique in the table', async () => {
  const expected = db.entityMetadatas.flatMap((entity) =>
    entity.uniques.map((unique) => ({ table: entity.tablePath, columns: unique.columns.map((c) => c.databaseName) })),
  );
  expect(expected.length).toBeGreaterThan(0);
  const kept = await db.query<unknown[]>(`
    SELECT i.indrelid::regclass::text AS "table", array_agg(a.attname::text ORDER BY a.attnum) AS columns
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indisunique AND NOT i.indisprimary AND i.indpred IS NULL GROUP BY i.indexrelid, i.indrelid`);
  expect(kept).toEqual(expect.arrayContaining(expected));
});

/** Each as a migration could have done it without changing the entity. */
const CARELESS: readonly [what: string, sql: string, undo: string][] = [
  [
    'a column renamed',
    'ALTER TABLE registry.person RENAME COLUMN care_since TO in_care_since',
    'ALTER TABLE registry.person RENAME COLUMN in_care_since TO care_since',
  ],
  [
    'a column added',
    'ALTER TABLE audit.access_log ADD COLUMN seal text',
    'ALTER TABLE audit.access_log DROP COLUMN seal',
  ],
  [
    'another type',
    'ALTER TABLE auth.sign_in_attempt ALTER COLUMN failures TYPE bigint',
    'ALTER TABLE auth.sign_in_attempt ALTER COLUMN failures TYPE integer',
  ],
  [
    'another precision',
    'ALTER TABLE screening.test_cancellation ALTER COLUMN cancelled_at TYPE timestamptz(0)',
    'ALTER TABLE screening.test_cancellation ALTER COLUMN cancelled_at TYPE timestamptz(3)',
  ],
  [
    'nullability',
    'ALTER TABLE registry.doctor ALTER COLUMN surname DROP NOT NULL',
    'ALTER TABLE registry.doctor ALTER COLUMN surname SET NOT NULL',
  ],
  [
    'a default',
    'ALTER TABLE auth.account ALTER COLUMN credential_version SET DEFAULT 7',
    'ALTER TABLE auth.account ALTER COLUMN credential_version SET DEFAULT 1',
  ],
];

test.each(CARELESS)('drift is found: %s', async (_what, sql, undo) => {
  await db.query(sql);
  try {
    expect(await drift()).not.toEqual([]);
  } finally {
    await db.query(undo);
  }
  expect(await drift()).toEqual([]);
});
