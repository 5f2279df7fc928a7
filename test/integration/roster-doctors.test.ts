/**
 * The numbers of an ASL's doctors are counted from the doctors stored with the roster's persons (decision 0099):
 * they must agree with the registry, whatever changes either of them, and despite concurrent changes.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aslTies, createAslService } from '../../src/asl/index.js';
import { createAccessLog } from '../../src/audit/index.js';
import { addAccount } from '../../src/auth/account-store.js';
import { configSchema } from '../../src/config/index.js';
import { openDatabase, portalRole, workerRole } from '../../src/platform/db/index.js';
import type { DataSource, Queryable } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createRetention, retentionRules } from '../../src/retention/index.js';
import { runAdmin } from '../../src/roles/admin.js';
import { DOCTORS_LOCK } from '../../src/roster/migrations.js';
import { admitted, callBy } from '../support/calls.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/post.js';
import { DOCTOR, fillRegistry, fixturePerson } from './roster-fixture.js';
import { codiceFiscale } from './registry-fixture.js';

const log = createLogger('silent');
const ASL = '120201';
/** Another doctor of the ASL. */
const OTHER = codiceFiscale(2);
const NOW = new Date('2020-09-02T10:00:00Z');
const clock = { now: () => NOW };
const OPERATOR = { userId: 'OPASL01', codiceFiscale: 'PROVAX00X00X100Y' };

let folder: string;
let database: TestDatabase;
let owner: DataSource;
let worker: DataSource;
let portal: DataSource;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerella-roster-doctors-'));
  database = await createTestDatabase();
  const open = (role?: string): Promise<DataSource> =>
    openDatabase({
      ...{ url: database.ownerUrl, ...(role && { role }), entities: [], poolSize: 4, log },
      ...{ statementTimeoutMs: 30_000, plansOnce: true, applicationName: 'test' },
    });
  [owner, worker, portal] = await Promise.all([open(), open(workerRole), open(portalRole)]);
  await fillRegistry(owner, 60);
  await owner.query(`INSERT INTO registry.doctor VALUES ($1, 'VERDI', 'LUCA', '${ASL}')`, [OTHER]);
  await addAccount(owner, { ...OPERATOR, role: 'asl_operator', secretHash: '-', createdAt: NOW });
  await aslTies(owner).assignAsl(OPERATOR.userId, ASL, admitted);
});

afterEach(async () => {
  await Promise.all([owner, worker, portal].map((db) => db.destroy()));
  await database.drop();
  await rm(folder, { recursive: true });
});

/** In care with a doctor: may be listed. */
const LISTABLE = [1, 2, 6, 7, 8, 9, 11].map((index) => fixturePerson(index).identifier);
const [A = '', B = '', C = '', D = ''] = LISTABLE;

async function typed(...words: string[]): Promise<string> {
  const lines: string[] = [];
  const config = configSchema.parse({ databaseUrl: database.ownerUrl });
  const code = await runAdmin(words, config, clock, log, (line) => lines.push(line));
  if (code !== 0) throw new Error(`${words.join(' ')}: ${lines.join('\n')}`);
  return lines.join('\n');
}

/** Takes in a file of these persons. @returns the intake's number */
async function taken(name: string, persons: readonly string[], ...words: string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `codice_fiscale\n${persons.join('\n')}\n`);
  const said = await typed('roster-intake', path, '--rejects', join(folder, 'rejects.csv'), '--apply', ...words);
  return /^Published as intake (\d+)/m.exec(said)?.[1] ?? '';
}

/** Persons of each doctor, as an operator of the ASL sees them. */
async function numbers(db: Queryable = portal): Promise<Record<string, number>> {
  const service = createAslService({ db, accessLog: createAccessLog(portal), clock, campaignStart: '2020-08-24' });
  const capacity = { role: 'asl_operator' } as const;
  const { numbers: found = [] } = await service.doctorNumbers(
    callBy({ kind: 'account', ...OPERATOR, capacity, method: 'password' }, NOW),
  );
  return Object.fromEntries(found.map(({ doctor, persons }) => [doctor, persons]));
}

/** The same from the registry. */
async function registryNumbers(): Promise<Record<string, number>> {
  const rows = await owner.query<{ doctor: string; persons: number }[]>(
    `SELECT d.codice_fiscale AS doctor, count(l.person)::integer AS persons
     FROM registry.doctor d LEFT JOIN (registry.person p JOIN roster.listed_person l ON l.person = p.identifier)
       ON p.doctor = d.codice_fiscale AND p.status = 'in_care'
     WHERE d.asl_code = $1 GROUP BY 1`,
    [ASL],
  );
  return Object.fromEntries(rows.map(({ doctor, persons }) => [doctor, persons]));
}

async function expectNumbers(ofDoctor: number, ofOther: number): Promise<void> {
  expect(await numbers()).toEqual({ [DOCTOR]: ofDoctor, [OTHER]: ofOther });
  expect(await registryNumbers()).toEqual({ [DOCTOR]: ofDoctor, [OTHER]: ofOther });
}

const change = (assignment: string, ...persons: string[]): Promise<unknown> =>
  owner.query(`UPDATE registry.person SET ${assignment} WHERE identifier = ANY ($1)`, [persons]);

describe('the numbers follow', () => {
  test('files: taken in, corrected, withdrawn; and removed persons', async () => {
    const first = await taken('first.csv', [A, B, C]);
    await expectNumbers(3, 0);
    await change(`doctor = '${OTHER}'`, D);
    const second = await taken('second.csv', [C, D]);
    await expectNumbers(3, 1);
    await taken('corrected.csv', [A], '--replaces', first);
    await expectNumbers(2, 1);
    await typed('roster-withdraw', '--person', A, '--apply');
    await expectNumbers(1, 1);
    await typed('roster-withdraw', '--intake', second, '--apply');
    await expectNumbers(0, 0);
  });

  test('the registry: another doctor, none, no longer in care, in care again; and the nightly job', async () => {
    await taken('staff.csv', LISTABLE);
    await change(`doctor = '${OTHER}'`, A, B, C);
    await expectNumbers(4, 3);
    await change(`status = 'deceased'`, A);
    await change('doctor = NULL', B);
    await expectNumbers(4, 1);
    await change(`status = 'in_care', doctor = '${DOCTOR}'`, A);
    await expectNumbers(5, 1);
    await createRetention({ db: worker, rules: retentionRules({}), clock }).purge();
    await expectNumbers(5, 1);
    await change(`doctor = '${OTHER}'`, B); // removed from the lists in the night
    await expectNumbers(5, 1);
  });

  test('an import of persons', async () => {
    await taken('staff.csv', [A, B, C]);
    const header = 'identificativo;cognome;nome;data_nascita;regione;asl;medico;stato;data_assistenza';
    const line = (person: string, doctor: string, status: string): string =>
      `${person};ROSSI;ANNA;1980-01-01;120;120201;${doctor};${status};2015-01-01;;;;\n`;
    await writeFile(
      join(folder, 'persons.csv'),
      `${header};numero_tessera;scadenza_tessera;regione_stp;data_rilascio_stp\n` +
        line(A, OTHER, 'ASSISTITO') +
        line(B, DOCTOR, 'EMIGRATO'),
    );
    const rejects = ['--rejects', join(folder, 'rejects.csv')];
    await typed('registry-import', 'persons', join(folder, 'persons.csv'), ...rejects, '--apply');
    await expectNumbers(1, 1);
  });

  test('a caller who lists persons without their doctors, like the previous release', async () => {
    await change(`status = 'ended'`, C);
    await worker.query(`INSERT INTO roster.listed_person (person, listed_on) SELECT unnest($1::text[]), '2020-09-01'`, [
      [A, B, C],
    ]);
    await expectNumbers(2, 0);
  });
});

describe('concurrently', () => {
  /** Whether a session waits for an advisory lock. */
  const waits = async (lock: number): Promise<boolean> =>
    (
      await owner.query<unknown[]>(
        `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND (classid::bigint << 32) | objid::bigint = $1`,
        [lock],
      )
    ).length > 0;

  test('a doctor changes, and before the commit a file lists the person', async () => {
    let intake: Promise<string> | undefined;
    await owner.transaction(async (tables) => {
      await tables.query(`UPDATE registry.person SET doctor = $1 WHERE identifier = $2`, [OTHER, A]);
      intake = taken('staff.csv', [A, B]);
      await eventually('the intake waits', () => waits(DOCTORS_LOCK));
    });
    await intake;
    await expectNumbers(1, 1);
  });

  test('a file lists a person, and before the commit the person’s doctor changes', async () => {
    await owner.query(`CREATE FUNCTION roster.hold() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END $$`);
    await owner.query('CREATE TRIGGER hold AFTER INSERT ON roster.listing EXECUTE FUNCTION roster.hold()');
    let intake: Promise<string> | undefined;
    let changed: Promise<unknown> | undefined;
    await owner.transaction(async (tables) => {
      await tables.query('SELECT pg_advisory_xact_lock(1)');
      intake = taken('staff.csv', [A, B]);
      await eventually('the intake has listed its persons', () => waits(1));
      let isDone = false;
      changed = change(`doctor = '${OTHER}'`, A).then(() => (isDone = true));
      await eventually('the change waits, or is done', async () => isDone || (await waits(DOCTORS_LOCK)));
    });
    await Promise.all([intake, changed]);
    await expectNumbers(1, 1);
  });
});

test('the persons of an ASL in the registry are not read', async () => {
  await owner.query(
    `INSERT INTO registry.doctor SELECT 'MEDICO' || i, 'ROSSI', 'ANNA', $1 FROM generate_series(0, 499) AS i`,
    [ASL],
  );
  await owner.query(
    `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, doctor, status,
                                  care_since, updated_on)
     SELECT '8' || lpad(i::text, 10, '0'), 'ROSSI', 'ANNA', '1980-01-01', '120', $1, 'MEDICO' || i % 500, 'in_care',
            '2015-01-01', '2015-01-01'
     FROM generate_series(1, 20000) AS i`,
    [ASL],
  );
  await owner.query(
    `INSERT INTO roster.listed_person
     SELECT identifier, '2020-09-01', doctor FROM registry.person WHERE length(identifier) = 11`,
  );
  await owner.query('ANALYZE');
  let plan = '';
  const explaining: Queryable = {
    async query<Result>(sql: string, parameters?: unknown[]): Promise<Result> {
      const rows = await portal.query<{ 'QUERY PLAN': string }[]>(`EXPLAIN ${sql}`, parameters);
      plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      return portal.query(sql, parameters);
    },
  };
  expect(await numbers(explaining)).toMatchObject({ MEDICO0: 40, MEDICO499: 40, [OTHER]: 0 });
  expect(plan).toMatch(/(?:using|on) listed_person_doctor/);
  expect(plan).not.toMatch(/\bperson p\b|Seq Scan on listed_person/);
});
