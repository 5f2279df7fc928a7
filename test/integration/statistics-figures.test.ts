/** [C-1] The figures, computed by the database and independently; the operator's commands on them. */
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import { openDatabase, runtimeRole, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { runAdmin } from '../../src/roles/admin.js';
import { readFigures } from '../../src/statistics/figures.js';
import type { AslFigures } from '../../src/statistics/index.js';
import { testPeople } from '../support/people.js';
import { statisticsPlace } from './statistics-fixture.js';
import type { StatisticsPlace } from './statistics-fixture.js';

let place: StatisticsPlace;
let directory: string;
const { doctor, secondDoctor } = testPeople.identities;
const log = createLogger('silent');

beforeAll(async () => {
  place = await statisticsPlace();
  directory = await mkdtemp(join(tmpdir(), 'figures-'));
});
afterAll(async () => {
  await place.close();
  await rm(directory, { recursive: true });
});

async function asRole<Result>(role: string, use: (db: DataSource) => Promise<Result>): Promise<Result> {
  const options = { url: place.ownerUrl, entities: [], poolSize: 2, statementTimeoutMs: 30_000, log };
  const db = await openDatabase({ ...options, role, applicationName: 'test' });
  try {
    return await use(db);
  } finally {
    await db.destroy();
  }
}

const readAsls = async (): Promise<ReadonlyMap<string, AslFigures>> => {
  const { asls } = await asRole(workerRole, (db) => readFigures(db));
  return new Map(asls.map((asl) => [asl.aslCode, asl]));
};

/** Computed from the synthetic persons. */
function kitsOf(aslCode: string): number {
  const doctors = new Map(testPeople.doctors.map((one) => [one.codiceFiscale, one.aslCode]));
  const listed = new Set(testPeople.listedPersons.map(({ person }) => person));
  return testPeople.persons.filter(
    ({ identifier, doctor: own, status }) =>
      listed.has(identifier) && status === 'in_care' && own !== null && doctors.get(own) === aslCode,
  ).length;
}

let transaction = 900_000;

async function submit(titular: string, persons: readonly string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const person of persons) {
    ids.push(++transaction);
    await place.owner.query(
      `INSERT INTO screening.test_submission (transaction_id, person, titular, doctor, executed_on, communicated_at)
       VALUES ($1, $2, $3, $3, '2026-11-01', '2026-11-01T10:00:00Z')`,
      [transaction, person, titular],
    );
  }
  return ids;
}

function personsOf(titular: string, count: number): string[] {
  return testPeople.persons
    .filter(({ doctor: own }) => own === titular)
    .slice(0, count)
    .map(({ identifier }) => identifier);
}

describe('the figures', () => {
  test('have every ASL, with kits that match the doctors’ lists', async () => {
    const asls = await readAsls();
    expect([...asls.keys()].sort()).toEqual(testPeople.asls.map(({ code }) => code).sort());
    for (const { aslCode, doctorKits, doctorTests, aslTests } of asls.values()) {
      expect([aslCode, doctorKits]).toEqual([aslCode, kitsOf(aslCode)]);
      expect([doctorTests, aslTests]).toEqual([0, 0]);
    }
    expect(kitsOf(doctor.aslCode)).toBeGreaterThan(0);
  });

  test('count tests for the ASL of the titular doctor, cancelled ones not', async () => {
    const [, cancelled = 0] = await submit(doctor.codiceFiscale, personsOf(doctor.codiceFiscale, 5));
    await submit(secondDoctor.codiceFiscale, personsOf(secondDoctor.codiceFiscale, 2));
    await place.owner.query(
      `WITH cancellation AS (
         INSERT INTO screening.test_cancellation (transaction_id, submission, doctor, cancelled_at)
         VALUES ($1, $2, $3, '2026-11-02T10:00:00Z') RETURNING transaction_id
       ) UPDATE screening.test_submission SET cancelled_by = $1 WHERE transaction_id = $2`,
      [++transaction, cancelled, doctor.codiceFiscale],
    );
    const asls = await readAsls();
    expect(asls.get(doctor.aslCode)?.doctorTests).toBe(4);
    expect(asls.get(secondDoctor.aslCode)?.doctorTests).toBe(2);
  });

  test('take the last number of an ASL for each day', async () => {
    for (const [id, day, tests] of [
      [1, '2026-11-01', 100],
      [2, '2026-11-01', 7],
      [3, '2026-11-02', 5],
    ]) {
      await place.owner.query(
        `INSERT INTO asl.daily_count (transaction_id, asl_code, executed_on, tests, operator, communicated_at)
         VALUES ($1, $2, $3, $4, 'OPERATORE', '2026-11-03T10:00:00Z')`,
        [id, doctor.aslCode, day, tests],
      );
    }
    expect((await readAsls()).get(doctor.aslCode)?.aslTests).toBe(12);
  });

  test('contain the results of published files of the roster, and of no others', async () => {
    const intake = async (sha: string, published: string | null): Promise<void> => {
      await place.owner.query(
        `WITH made AS (
           INSERT INTO roster.intake (layout, sha256, file_name, state, total_bytes, validated, started_at, published_at)
           VALUES ('statali', $1, 'a.csv', CASE WHEN $2::timestamptz IS NULL THEN 'running' ELSE 'published' END, 1, 9,
                   '2026-11-01T10:00:00Z', $2) RETURNING id)
         INSERT INTO roster.result (intake_id, region_code, asl_code, with_doctor, without_doctor, paritarie, attributed)
         SELECT id, left($3, 3), $3, 6, 3, 0, false FROM made`,
        [sha.repeat(64), published, doctor.aslCode],
      );
    };
    await intake('a', '2026-11-01T11:00:00Z');
    await intake('b', null);
    const { intakes } = await asRole(workerRole, (db) => readFigures(db));
    expect(intakes).toHaveLength(1);
    expect(intakes[0]).toMatchObject({ layout: 'statali', validated: 9, withDoctor: 6, withoutDoctor: 3 });
    expect(new Date(intakes[0]?.publishedAt ?? '')).toEqual(new Date('2026-11-01T11:00:00Z'));
  });
});

test('the gateway sees nothing of the deliveries', async () => {
  await expect(asRole(runtimeRole, (db) => db.query('SELECT 1 FROM statistics.delivery'))).rejects.toThrow(
    'permission denied',
  );
});

describe('the operator', () => {
  async function typed(...words: string[]): Promise<{ code: number; text: string }> {
    const lines: string[] = [];
    const config = configSchema.parse({ databaseUrl: place.ownerUrl });
    const code = await runAdmin(words, config, place.clock, log, (line) => lines.push(line));
    return { code, text: lines.join('\n') };
  }

  test('sees the figures and writes them to private files', async () => {
    const shown = await typed('statistics');
    expect(shown.code).toBe(0);
    expect(shown.text).toMatch(/^all +\d+ +\d+ +12$/m);
    const out = join(directory, 'new', 'place');
    expect((await typed('statistics', '--out', out)).code).toBe(0);
    const content = await readFile(join(out, 'statistiche_asl.csv'), 'utf8');
    expect(content).toContain(`;${doctor.aslCode};`);
    expect((await stat(join(out, 'statistiche_asl.csv'))).mode & 0o777).toBe(0o600);
  });

  test('never overwrites a file, and leaves no half-written one', async () => {
    const out = join(directory, 'new', 'place');
    await rm(join(out, 'statistiche_asl.csv'));
    const { code, text } = await typed('statistics', '--out', out);
    expect(code).toBe(1);
    expect(text).toContain('refused: the files cannot be written');
    expect(text).toContain('EEXIST');
    expect((await readdir(out)).sort()).toEqual(['personale_scolastico.csv', 'statistiche_regioni.csv']);
  });

  test('gets an immediate error if no worker sends certified mail', async () => {
    const { code, text } = await typed('statistics', '--send', '--apply');
    expect([code, text]).toEqual([1, expect.stringMatching(/^refused: no worker .*certifiedMailHost/)]);
    expect(await place.owner.query('SELECT FROM jobs.job')).toEqual([]);
    // The state left by a worker that once had certified mail.
    const past = new Date(place.clock.now().getTime() - 16 * 60_000);
    await place.owner.query(
      `INSERT INTO jobs.job (kind, state, slot, due_at, created_at, finished_at)
       VALUES ('statistics.deliver', 'done', $1, $1, $1, $1), ('statistics.deliver', 'queued', $2, $2, $1, NULL)`,
      [new Date(past.getTime() - 1), past],
    );
    expect((await typed('statistics', '--send', '--apply')).code).toBe(1);
    await place.owner.query('DELETE FROM jobs.job');
  });

  test('requests a delivery from the worker', async () => {
    // The state left by the schedule of a worker with certified mail.
    await place.owner.query(
      `INSERT INTO jobs.job (kind, state, due_at, created_at, finished_at) VALUES ('statistics.deliver', 'done', now(), now(), now())`,
    );
    expect((await typed('statistics', '--send', '--apply')).text).toMatch(/^requested: job [0-9a-f-]{36}/);
    const jobs = await place.owner.query<{ kind: string }[]>(`SELECT kind FROM jobs.job WHERE state = 'queued'`);
    expect(jobs).toEqual([{ kind: 'statistics.prepare' }]);
  });

  test('sees the progress of a delivery, and restarts it after it was returned', async () => {
    expect((await typed('statistics-deliveries')).text).toBe('no deliveries');
    place.fate = 'errore-consegna';
    const { id } = await place.service.prepare('one');
    await place.service.advance();
    expect((await typed('statistics-resend', id)).text).toContain('is in progress');
    await place.service.advance();
    expect((await typed('statistics-deliveries')).text).toContain('open       archive undelivered, password waiting');
    const details = await typed('statistics-deliveries', id);
    expect(details.text).toContain('receipt: undelivered');
    expect(details.text).toContain('AVVISO DI MANCATA CONSEGNA');

    expect((await typed('statistics-resend', id)).text).toContain('Nothing was changed');
    await place.service.advance();
    expect(place.catcher.caught).toHaveLength(1);
    place.fate = 'avvenuta-consegna';
    expect((await typed('statistics-resend', id, '--apply')).text).toContain('1 queued again');
    for (let round = 0; round < 3; round++) await place.service.advance();
    expect((await typed('statistics-deliveries')).text).toContain('done       archive delivered, password delivered');
    const { code, text } = await typed('statistics-resend', id, '--apply');
    expect([code, text]).toEqual([1, expect.stringContaining('its password is deleted')]);
    const [rows] = await place.owner.query<{ password: string | null }[]>('SELECT password FROM statistics.delivery');
    expect(rows?.password).toBeNull();
  });

  test.each([
    ['statistics', ['--out', 'x', '--send'], 2],
    ['statistics-deliveries', ['zero'], 2],
    ['statistics-deliveries', ['--limit', '0'], 2],
    ['statistics-deliveries', ['999'], 1],
    ['statistics-resend', [], 2],
    ['statistics-resend', ['1; DROP'], 2],
    ['statistics-resend', ['999'], 1],
  ])('mistypes and gets an error', async (command, args, expected) => {
    expect((await typed(command, ...args)).code).toBe(expected);
  });
});
