/** [G-2] [G-4] The answers of the registry, as the gateway's role. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openDatabase, runtimeRole } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { aslOfProvince, RegistryAnaLookup, registryEntities } from '../../src/registry/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { codiceFiscale, fillReferences } from './registry-fixture.js';

const log = createLogger('silent');
/**
 * In the order in which they become known: a chain reported from its end, one from its beginning, one that reverted.
 */
const FORMER = [
  [codiceFiscale(11), codiceFiscale(12)],
  [codiceFiscale(10), codiceFiscale(11)],
  [codiceFiscale(20), codiceFiscale(21)],
  [codiceFiscale(21), codiceFiscale(22)],
  [codiceFiscale(30), codiceFiscale(31)],
  [codiceFiscale(31), codiceFiscale(30)],
] as const;
let database: TestDatabase;
let db: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  const common = { url: database.ownerUrl, poolSize: 1, statementTimeoutMs: 5000, applicationName: 'test', log };
  const owner = await openDatabase({ ...common, entities: [] });
  await fillReferences(owner);
  await owner.query(`INSERT INTO registry.asl VALUES ('120202', '120', 'Roma 2')`);
  await owner.query(`INSERT INTO registry.province VALUES ('RM', '120', 'Roma'), ('LT', '120', 'Latina')`);
  await owner.query(`INSERT INTO registry.municipality VALUES
    ('H501', 'A', 'RM', '120201'), ('A001', 'B', 'RM', '120202'), ('A002', 'C', 'RM', '120202'),
    ('B001', 'D', 'LT', '120202'), ('B002', 'E', 'LT', '120201')`);
  await owner.query(
    `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, status, care_since,
       updated_on, sasn)
     VALUES ($1, 'A', 'B', '1980-01-01', '120', '120201', 'in_care', '2026-11-01', '2026-11-02', false),
            ($2, 'A', 'B', '1980-01-01', '120', '120202', 'deceased', '2015-01-01', '2026-11-02', false),
            ($3, 'A', 'B', '1980-01-01', '120', '120201', 'in_care', '2015-01-01', '2026-11-02', true)`,
    [codiceFiscale(1), codiceFiscale(2), codiceFiscale(4)],
  );
  for (const [former, current] of FORMER) {
    await owner.query(
      `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, status,
         care_since, updated_on)
       VALUES ($1, 'A', 'B', '1980-01-01', '120', '120202', 'in_care', '2015-01-01', '2026-11-02') ON CONFLICT DO NOTHING`,
      [current],
    );
    await owner.query('INSERT INTO registry.former_identifier (former, current) VALUES ($1, $2)', [former, current]);
  }
  await owner.query(
    `UPDATE registry.person SET status = 'ended' WHERE identifier IN (SELECT former FROM registry.former_identifier)`,
  );
  await owner.destroy();
  db = await openDatabase({ ...common, role: runtimeRole, entities: registryEntities });
});

afterAll(async () => {
  await db.destroy();
  await database.drop();
});

test('a person in care', async () => {
  expect(await new RegistryAnaLookup(db).find(codiceFiscale(1))).toEqual({
    identifiers: [codiceFiscale(1)],
    inCare: true,
    status: 'in_care',
    region: '120',
    asl: '120201',
    reactivatedOn: '2026-11-01',
    birthDate: '1980-01-01',
  });
});

test('the regions of care of a batch: only of persons in care now', async () => {
  const asked = [1, 2, 3, 4].map(codiceFiscale);
  expect(await new RegistryAnaLookup(db).regionsOfCare(asked)).toEqual(
    new Map([
      [codiceFiscale(1), '120'],
      [codiceFiscale(4), 'SASN'],
    ]),
  );
  expect(await new RegistryAnaLookup(db).regionsOfCare([])).toEqual(new Map());
});

test('a person in the care of the service of seafarers and airmen has no region’s FSE', async () => {
  expect(await new RegistryAnaLookup(db).find(codiceFiscale(4))).toMatchObject({ region: 'SASN', asl: '120201' });
});

test('a person who was in care', async () => {
  expect(await new RegistryAnaLookup(db).find(codiceFiscale(2))).toMatchObject({ inCare: false, status: 'deceased' });
});

test.each([codiceFiscale(3), codiceFiscale(1).toLowerCase(), '', "' OR '1'='1"])(
  'no person has %j',
  async (identifier) => {
    expect(await new RegistryAnaLookup(db).find(identifier)).toBeUndefined();
  },
);

test('a province counts for the ASL that has most of its municipalities (2.4.2), the lower code if equal', async () => {
  expect(await aslOfProvince(db, 'RM')).toBe('120202');
  expect(await aslOfProvince(db, 'LT')).toBe('120201');
  expect(await aslOfProvince(db, 'MI')).toBeUndefined();
});

test('the gateway can read neither runs nor staging tables', async () => {
  await expect(db.query('SELECT * FROM registry_import.run')).rejects.toThrow(/permission denied/);
});

test('[G-5] a person is found by every identifier, the present one listed first', async () => {
  const ana = new RegistryAnaLookup(db);
  for (const [present, ...former] of [
    [12, 10, 11],
    [22, 20, 21],
    [30, 31],
  ]) {
    const all = [present ?? 0, ...former.toSorted((a, b) => a - b)].map(codiceFiscale);
    for (const asked of all) {
      const found = await ana.find(asked);
      expect(found?.identifiers[0]).toBe(all[0]);
      expect(found?.identifiers.toSorted()).toEqual(all.toSorted());
      expect((await ana.identifiersOf([asked])).get(asked)).toEqual(found?.identifiers);
      expect((await ana.regionsOfCare([asked])).get(asked)).toBe('120');
    }
  }
  expect(await ana.identifiersOf([codiceFiscale(1), codiceFiscale(999)])).toEqual(new Map());
});
