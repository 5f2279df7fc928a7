/**
 * The doctors' lists after an intake: corrected, withdrawn and repeated files [R-9], persons who need no test any more
 * [R-10], the end of the campaign [R-7]. Through the commands, as operators enter them.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import { openDatabase, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createRetention, retentionRules } from '../../src/retention/index.js';
import { runAdmin } from '../../src/roles/admin.js';
import { createIntakes, createRosterDesk } from '../../src/roster/index.js';
import { LOCK } from '../../src/roster/intake.js';
import { readFigures } from '../../src/statistics/figures.js';
import { callOfJob, operatorCall } from '../support/calls.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/post.js';
import { DOCTOR, fillRegistry, fixturePerson, listedPersons } from './roster-fixture.js';

const log = createLogger('silent');
let folder: string;
let database: TestDatabase;
let owner: DataSource;
let worker: DataSource;
let now: Date;
const clock = { now: () => now };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerella-corrections-'));
  database = await createTestDatabase();
  const common = {
    url: database.ownerUrl,
    entities: [],
    poolSize: 4,
    statementTimeoutMs: 0,
    applicationName: 'test',
    log,
  };
  owner = await openDatabase(common);
  worker = await openDatabase({ ...common, role: workerRole });
  await fillRegistry(owner, 60);
  now = new Date('2020-09-02T10:00:00Z');
});

afterEach(async () => {
  await worker.destroy();
  await owner.destroy();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** In care with a doctor: may be listed. */
const LISTABLE = [1, 2, 6, 7, 8, 9, 11].map((index) => fixturePerson(index).identifier);
const [A = '', B = '', C = '', D = ''] = LISTABLE;
const WITHOUT_DOCTOR = fixturePerson(25).identifier;
const sorted = (...persons: string[]): string[] => persons.toSorted();

async function typed(...words: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const config = configSchema.parse({ databaseUrl: database.ownerUrl });
  const code = await runAdmin(words, config, clock, log, (line) => lines.push(line));
  return { code, text: lines.join('\n') };
}

async function fileOf(name: string, ...persons: string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `codice_fiscale\n${persons.join('\n')}\n`);
  return path;
}

const intake = (path: string, ...words: string[]) =>
  typed('roster-intake', path, '--rejects', join(folder, 'rejects.csv'), ...words);

/** Takes in a file of these persons. @returns its number */
async function taken(name: string, ...persons: string[]): Promise<string> {
  const { code, text } = await intake(await fileOf(name, ...persons), '--apply');
  expect(code).toBe(0);
  return /^Published as intake (\d+)/m.exec(text)?.[1] ?? '';
}

const state = async (id: string) => (await createIntakes(worker).result(id))?.intake;

describe('a corrected file [R-9]', () => {
  test('replaces the previous one: persons in no other file are removed, and the results show it', async () => {
    const first = await taken('first.csv', A, B, C);
    const other = await taken('other.csv', C, D);
    const corrected = await fileOf('corrected.csv', A);
    const dry = await intake(corrected, '--replaces', first);
    expect(dry.text).toContain(`replacing intake ${first}: 1 removed from the lists`);
    expect(await listedPersons(owner)).toEqual(sorted(A, B, C, D));

    const done = await intake(corrected, '--replaces', first, '--apply');
    expect(done.code).toBe(0);
    const [, id = ''] = /^Published as intake (\d+)/m.exec(done.text) ?? [];
    expect(done.text).toContain(
      'codici_fiscali_validati;regione;asl;soggetti_con_medico;soggetti_senza_medico;sostituisce',
    );
    expect(done.text).toMatch(new RegExp(`;${first}$`, 'm'));
    expect(await listedPersons(owner)).toEqual(sorted(A, C, D));
    expect(await state(first)).toMatchObject({ state: 'replaced', replacedBy: id });
    expect(await state(id)).toMatchObject({ state: 'published', replaces: [first], delisted: 1, newlyListed: 0 });
    const figures = await readFigures(worker);
    // By intake and ASL.
    const told = new Map(figures.intakes.map(({ intake: number, replaces }) => [String(number), replaces]));
    expect([...told]).toEqual([
      [other, ''],
      [id, first],
    ]);
    const { text } = await typed('roster-results');
    expect(text).toMatch(new RegExp(`^${first} .*replaced by ${id}:`, 'm'));
    expect(text).toMatch(new RegExp(`^${id} .*replacing ${first}: 1 removed from the lists$`, 'm'));

    // Repeated, as after a crash between the commit and the answer.
    expect((await intake(corrected, '--replaces', first, '--apply')).text).toContain(
      `as intake ${id}: nothing was done`,
    );
    // Sending the previous file again does not restore it.
    expect(await intake(await fileOf('first.csv', A, B, C), '--apply')).toEqual({
      ...{ code: 1, text: expect.stringContaining('another one has replaced it') },
    });
    expect(await listedPersons(owner)).toEqual(sorted(A, C, D));
  });

  test('that was taken in as an additional file: the previous one is withdrawn afterwards', async () => {
    const first = await taken('first.csv', A, B);
    const second = await taken('second.csv', A, C);
    const rehearsed = await typed('roster-withdraw', '--intake', first, '--replaced-by', second);
    expect(rehearsed.text).toMatch(/would be replaced by intake \d+: 1 persons are removed/);
    expect(await listedPersons(owner)).toEqual(sorted(A, B, C));
    expect((await typed('roster-withdraw', '--intake', first, '--replaced-by', second, '--apply')).code).toBe(0);
    expect(await listedPersons(owner)).toEqual(sorted(A, C));
    expect(await state(second)).toMatchObject({ replaces: [first] });
  });

  test('refuses intakes that cannot be replaced, or cannot replace', async () => {
    const first = await taken('first.csv', A);
    const totals = join(folder, 'totals.csv');
    await writeFile(totals, 'regione;provincia;totale_personale\n120;RM;1\n');
    expect((await intake(totals, '--replaces', first, '--apply')).text).toContain('of different layouts');
    const other = await fileOf('other.csv', B);
    expect((await intake(other, '--replaces', '999', '--apply')).text).toContain(
      'there is no such intake, or it is no longer published',
    );
    expect((await intake(other, '--replaces', '0x1', '--apply')).code).toBe(2);
    const second = await taken('other.csv', B);
    expect((await intake(other, '--replaces', first, '--apply')).text).toContain(
      'roster-withdraw --intake N --replaced-by M',
    );
    for (const words of [[first, '--replaced-by', first], [first, '--replaced-by', '999'], ['999']])
      expect((await typed('roster-withdraw', '--intake', ...words, '--apply')).code).toBe(1);
    expect((await typed('roster-withdraw', '--intake', first, '--person', A)).code).toBe(2);
    expect((await typed('roster-withdraw')).code).toBe(2);
    expect([(await state(first))?.state, (await state(second))?.state]).toEqual(['published', 'published']);
    expect(await listedPersons(owner)).toEqual(sorted(A, B));
  });

  test('interrupted before publication, leaves the previous one published', async () => {
    const first = await taken('first.csv', A, B);
    const options = {
      source: await fileOf('first.csv', A, B),
      rejectPath: join(folder, 'rejects.csv'),
    };
    const onProgress = (): Promise<void> => Promise.reject(new Error('interrupted'));
    const desk = createRosterDesk({ db: worker, clock, log, maxBytes: 10_000 });
    const interrupted = desk.intake(callOfJob(clock.now()), { ...options, again: true, onProgress });
    await expect(interrupted).rejects.toThrow('interrupted');
    expect(await state(first)).toMatchObject({ state: 'published' });
    expect((await intake(options.source, '--again', '--apply')).code).toBe(0);
    expect((await createIntakes(worker).latest()).map((one) => one.state)).toEqual(['published', 'replaced']);
  });
});

describe('a withdrawn or repeated file [R-9]', () => {
  test('withdrawn: its result is no longer reported, persons in no other file are removed', async () => {
    const first = await taken('first.csv', A, B);
    await taken('second.csv', B);
    expect((await typed('roster-withdraw', '--intake', first)).text).toContain('Nothing was changed');
    expect((await typed('roster-withdraw', '--intake', first, '--apply')).text).toContain('1 persons are removed');
    expect(await listedPersons(owner)).toEqual([B]);
    expect(await createIntakes(worker).published()).toHaveLength(1);
    expect((await typed('roster-withdraw', '--intake', first, '--apply')).code).toBe(1);
    const source = await fileOf('first.csv', A, B);
    expect((await intake(source, '--apply')).text).toContain('was withdrawn: --again takes it in again');
    expect((await intake(source, '--again', '--apply')).code).toBe(0);
    expect(await listedPersons(owner)).toEqual(sorted(A, B));
    expect(await state(first)).toMatchObject({ state: 'withdrawn', replacedBy: null });
  });

  test('repeated after the registry changed: newly matched persons are listed, the previous result is replaced', async () => {
    const first = await taken('staff.csv', A, WITHOUT_DOCTOR);
    await owner.query('UPDATE registry.person SET doctor = $2 WHERE identifier = $1', [WITHOUT_DOCTOR, DOCTOR]);
    const source = await fileOf('staff.csv', A, WITHOUT_DOCTOR);
    expect((await intake(source, '--apply')).text).toContain('nothing was done');
    expect((await intake(source, '--again', '--apply')).text).toContain(
      `replacing intake ${first}: 0 removed from the lists`,
    );
    expect(await listedPersons(owner)).toEqual(sorted(A, WITHOUT_DOCTOR));
    expect(await createIntakes(worker).published()).toHaveLength(1);
    expect((await intake(source, '--apply')).text).toContain('nothing was done'); // by its fingerprint, again
  });

  test('a person', async () => {
    await taken('staff.csv', A, B);
    expect((await typed('roster-withdraw', '--person', A)).text).toContain('Nothing was changed');
    expect(await listedPersons(owner)).toEqual(sorted(A, B));
    expect((await typed('roster-withdraw', '--person', A, '--apply')).code).toBe(0);
    expect(await listedPersons(owner)).toEqual([B]);
    expect((await typed('roster-withdraw', '--person', A, '--apply')).code).toBe(1);
    expect((await typed('roster-withdraw', '--person', 'AAAAAA00A00A000A', '--apply')).code).toBe(1);
  });

  test('each withdrawal and each refusal leaves one row in the access log, a rehearsal none', async () => {
    const first = await taken('first.csv', A, B);
    const second = await taken('second.csv', C);
    for (const words of [
      ['--intake', first, '--apply'],
      ['--person', C],
      ['--person', C, '--apply'],
      ['--intake', second],
    ])
      expect((await typed('roster-withdraw', ...words)).code).toBe(0);
    for (const words of [
      ['--intake', first],
      ['--person', A],
    ])
      expect((await typed('roster-withdraw', ...words, '--apply')).code).toBe(1);
    expect(
      await owner.query(
        `SELECT outcome, method, caller, affected::integer AS affected, at = $1 AS "isNow",
                database_login = session_user AS "isLogin", os_user IS NOT NULL AS "hasUser",
                (SELECT string_agg(outcome, ' ' ORDER BY transaction_id) FROM audit.access_log command
                 WHERE command.request_id = log.request_id) AS command
         FROM audit.access_log log WHERE operation = 'roster-withdraw' ORDER BY transaction_id`,
        [now],
      ),
    ).toEqual(
      [
        { outcome: 'changed', affected: 2, command: 'begun changed done' },
        { outcome: 'changed', affected: 1, command: 'begun changed done' },
        { outcome: 'not_published', affected: null, command: 'begun not_published refused' },
        { outcome: 'not-listed', affected: null, command: 'begun not-listed refused' },
      ].map((row) => ({ ...row, method: 'admin', caller: 'operator', isNow: true, isLogin: true, hasUser: true })),
    );
  });
});

test('nobody is removed from the lists while a running intake may list the person', async () => {
  await taken('staff.csv', A, B);
  await owner.query(`UPDATE registry.person SET doctor = NULL WHERE identifier = $1`, [A]);
  const intakeRuns = owner.createQueryRunner();
  try {
    await intakeRuns.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const desk = createRosterDesk({ db: owner, clock, log, maxBytes: 10_000 });
    const withdrawn = await desk.withdrawPerson(operatorCall(clock.now()), { person: B, dryRun: false, waitMs: 1 });
    expect(withdrawn.refusals).toEqual(['busy']);
    const departure = night();
    const waits = `SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()`;
    await eventually('the night waits', async () => (await owner.query<unknown[]>(waits)).length === 1);
    expect(await listedPersons(owner)).toEqual(sorted(A, B));
    await intakeRuns.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    await departure;
    expect(await listedPersons(owner)).toEqual([B]);
  } finally {
    await intakeRuns.release();
  }
});

const night = (terms: Parameters<typeof retentionRules>[0] = {}) =>
  createRetention({ db: worker, rules: retentionRules(terms), clock }).purge();

describe('persons who no longer need a test [R-10]', () => {
  test('are removed the same night: deceased, emigrated, no longer in care, without a doctor', async () => {
    await taken('staff.csv', ...LISTABLE);
    await night();
    expect(await listedPersons(owner)).toEqual(sorted(...LISTABLE));
    for (const [index, change] of [
      `status = 'deceased'`,
      `status = 'emigrated'`,
      `status = 'ended'`,
      'doctor = NULL',
    ].entries())
      await owner.query(`UPDATE registry.person SET ${change} WHERE identifier = $1`, [LISTABLE[index]]);
    const left = (await night()).find(({ rule }) => rule.name === 'roster.listed_person (usciti)');
    expect(left?.rows).toBe(4);
    expect(await listedPersons(owner)).toEqual(sorted(...LISTABLE.slice(4)));
    expect(await owner.query('SELECT FROM roster.past_kits')).toEqual([]);
  });

  test('are removed after an import of persons', async () => {
    await taken('staff.csv', A, B);
    const source = join(folder, 'persons.csv');
    const header = 'identificativo;cognome;nome;data_nascita;regione;asl;medico;stato;data_assistenza';
    await writeFile(
      source,
      `${header};numero_tessera;scadenza_tessera;regione_stp;data_rilascio_stp\n` +
        `${A};ROSSI;ANNA;1980-01-01;120;120201;${DOCTOR};DECEDUTO;2015-01-01;;;;\n`,
    );
    const imported = (...words: string[]) =>
      typed('registry-import', 'persons', source, '--rejects', join(folder, 'rejects.csv'), ...words);
    await imported();
    expect(await listedPersons(owner)).toEqual(sorted(A, B));
    expect((await imported('--apply')).text).toContain('Removed from the doctors’ lists of school staff: 1.');
    expect(await listedPersons(owner)).toEqual([B]);
    expect(
      await owner.query(
        `SELECT affected FROM audit.access_log WHERE operation = 'retention:roster.listed_person (usciti)'`,
      ),
    ).toEqual([{ affected: '1' }]);
  });
});

test('[R-7] lists stay for the days of grace, and the kits in the statistics after them', async () => {
  await taken('staff.csv', ...LISTABLE);
  const kits = async (): Promise<number> =>
    (await readFigures(worker)).asls.reduce((sum, { doctorKits }) => sum + doctorKits, 0);
  const terms = { campaignEnd: '2020-12-31', campaignGraceDays: 30 };
  expect(await kits()).toBe(LISTABLE.length);
  now = new Date('2021-01-30T22:59:00Z'); // of the 30th, the last day
  await night(terms);
  expect(await listedPersons(owner)).toHaveLength(LISTABLE.length);
  await owner.query(`UPDATE registry.person SET status = 'deceased' WHERE identifier = $1`, [A]);
  now = new Date('2021-01-30T23:20:00Z');
  await createRetention({ db: worker, rules: retentionRules(terms), clock, batch: 2 }).purge();
  expect(await listedPersons(owner)).toEqual([]);
  expect(await kits()).toBe(LISTABLE.length - 1); // the deceased was removed before
  now = new Date('2022-02-01T10:00:00Z');
  await night(terms);
  expect(await kits()).toBe(0);
});
