/**
 * [R-1]-[R-4] [R-6] Files of the three layouts, valid and invalid, as the worker's role; results compared with an
 * independent count.
 */
import { mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { rosterIntake } from '../../src/admin/roster-intake.js';
import { rosterResults } from '../../src/admin/roster-results.js';
import type { AdminCommand } from '../../src/admin/command.js';
import { runCommand } from '../../src/admin/run.js';
import { createMachineEntrance } from '../../src/auth/index.js';
import { firstDayKept, openDatabase, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createIntakes, createRosterDesk, resultCsv, rosterRetention } from '../../src/roster/index.js';
import type { IntakeOutcome, IntakeRequest, RosterDeskOptions } from '../../src/roster/index.js';
import { callOfJob } from '../support/calls.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { expectationOf, fillRegistry, fixturePerson, listedPersons, stranger } from './roster-fixture.js';

const log = createLogger('silent');
const PERSONS = 400;
let folder: string;
let database: TestDatabase;
let owner: DataSource;
let worker: DataSource;
let now: Date;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerella-intake-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  database = await createTestDatabase();
  const common = { url: database.ownerUrl, entities: [], poolSize: 3, statementTimeoutMs: 0, applicationName: 'test' };
  owner = await openDatabase({ ...common, log });
  worker = await openDatabase({ ...common, role: workerRole, log });
  await fillRegistry(owner, PERSONS);
  now = new Date('2020-09-01T22:30:00Z'); // the 2nd in Rome
});

afterEach(async () => {
  await worker.destroy();
  await owner.destroy();
  await database.drop();
});

const rejectPath = (): string => join(folder, 'rejects.csv');
const identifiers = (...persons: number[]): string[] => persons.map((index) => fixturePerson(index).identifier);

async function take(
  content: string | Buffer,
  options: Partial<IntakeRequest & RosterDeskOptions> = {},
  name = 'file.csv',
): Promise<IntakeOutcome> {
  const source = join(folder, name);
  await writeFile(source, content);
  return taken({ source, rejectPath: rejectPath(), ...options });
}

/** By the operation, as a job calls it. @throws why it was refused */
async function taken({
  db = worker,
  maxBytes = 10_000_000,
  ...request
}: IntakeRequest & Partial<RosterDeskOptions>): Promise<IntakeOutcome> {
  const desk = createRosterDesk({ db, clock: { now: () => now }, log, maxBytes });
  const { outcome, failure } = await desk.intake(callOfJob(now), request);
  if (outcome === undefined) throw failure ?? new Error('refused without a reason');
  return outcome;
}

const stateFile = (...lines: string[]): string => `codice_fiscale\n${lines.join('\n')}\n`;

async function rejects(): Promise<string[]> {
  const [header, ...lines] = (await readFile(rejectPath(), 'utf8')).trimEnd().split('\n');
  expect(header).toBe('riga;colonna;motivo;valore');
  return lines;
}

/** Every row that an intake may leave. */
async function traces(): Promise<unknown> {
  const [row] = await owner.query<unknown[]>(
    `SELECT (SELECT count(*)::int FROM roster.intake WHERE state = 'published') AS published,
            (SELECT count(*)::int FROM roster.result) AS results, (SELECT count(*)::int FROM roster.reject) AS rejects,
            (SELECT count(*)::int FROM roster.listed_person) AS listed`,
  );
  return row;
}

const NOTHING = { published: 0, results: 0, rejects: 0, listed: 0 };

describe('state schools (2.4.1)', () => {
  const everybody = Array.from({ length: PERSONS }, (_, index) => index);

  test('validated, with and without doctor by region and ASL; on the lists only persons in care with a doctor', async () => {
    const unknown = [stranger(1), stranger(2)];
    const outcome = await take(stateFile(...identifiers(...everybody), ...unknown));
    const expected = expectationOf(everybody);
    expect(outcome).toMatchObject({ outcome: 'published', rows: expected.rows });
    expect(outcome.intake).toMatchObject({
      ...{ layout: 'statali', state: 'published', accepted: PERSONS + 2, rejected: 0 },
      ...{ validated: expected.validated, notInCare: expected.notInCare, newlyListed: expected.listed.length },
    });
    expect(expected.listed.length).toBeGreaterThan(100);
    expect(await listedPersons(owner)).toEqual(expected.listed);
    expect(await rejects()).toEqual([]);
  });

  test('the database keeps nothing about persons it does not list', async () => {
    const gone = identifiers(...everybody).filter((one) => !expectationOf(everybody).listed.includes(one));
    await take(stateFile(...identifiers(...everybody), stranger(1)));
    const tables = await owner.query<{ name: string }[]>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'registry')`,
    );
    expect(tables.map(({ name }) => name)).toContain('roster.intake');
    for (const { name } of tables) {
      const found = await owner.query<unknown[]>(`SELECT FROM ${name} t WHERE t::text ~ any($1)`, [
        [stranger(1), ...gone],
      ]);
      expect([name, found]).toEqual([name, []]);
    }
  });

  test('a listed person keeps the date, whichever file lists the person again', async () => {
    await take(stateFile(...identifiers(1, 2)));
    now = new Date('2020-10-01T10:00:00Z');
    const outcome = await take(stateFile(...identifiers(2, 6)));
    expect(outcome.intake).toMatchObject({ validated: 2, newlyListed: 1 });
    const dates = await owner.query<unknown[]>(
      'SELECT person, listed_on FROM roster.listed_person ORDER BY listed_on, person',
    );
    expect(dates).toEqual([
      { person: identifiers(1)[0], listed_on: '2020-09-02' },
      { person: identifiers(2)[0], listed_on: '2020-09-02' },
      { person: identifiers(6)[0], listed_on: '2020-10-01' },
    ]);
  });

  test('a person who occurs twice in a file counts once; a bad line is reported, masked, and does not affect others', async () => {
    const [one = '', two = ''] = identifiers(1, 2);
    const bad = `${one.slice(0, 15)}${one.endsWith('A') ? 'B' : 'A'}`;
    const lines = [one, bad, two, one, 'STP1202010000001', '', one.toLowerCase(), `${two};x`, one.slice(0, 9)];
    const outcome = await take(stateFile(...lines));
    expect(outcome.intake).toMatchObject({ accepted: 2, rejected: 6, validated: 2, newlyListed: 2 });
    const invalid = '"codice fiscale non valido (forma o carattere di controllo)"';
    expect(await rejects()).toEqual([
      `3;"codice_fiscale";${invalid};"AAAAAA99A99A999A"`,
      '5;"codice_fiscale";"codice fiscale già presente in una riga precedente del file (riga 2)";""',
      `6;"codice_fiscale";${invalid};"AAA9999999999999"`,
      '8;"codice_fiscale";"codice fiscale con lettere minuscole: scriverlo in maiuscolo";"AAAAAA99A99A999A"',
      '9;"";"numero di colonne errato: 2 invece di 1";""',
      `10;"codice_fiscale";${invalid};"AAAAAA99A"`,
    ]);
  });

  test.each<[string, (text: string) => Buffer]>([
    ['a byte order mark', (text) => Buffer.from(`\ufeff${text}`)],
    ['gzip', (text) => gzipSync(text)],
    ['Windows line ends', (text) => Buffer.from(text.replaceAll('\n', '\r\n'))],
    ['no line end at the end', (text) => Buffer.from(text.trimEnd())],
    ['carriage returns only', (text) => Buffer.from(text.replaceAll('\n', '\r'))],
    ['a separator line', (text) => Buffer.from(`sep=;\r\n${text}`)],
    ['a header in capitals', (text) => Buffer.from(text.replace('codice_fiscale', ' CODICE_FISCALE '))],
  ])('with %s', async (_what, encode) => {
    const outcome = await take(encode(stateFile(...identifiers(1, 2))));
    expect(outcome.intake).toMatchObject({ accepted: 2, rejected: 0, newlyListed: 2 });
  });

  test.each([true, false])(
    'no valid line: refused as a whole, the report gives the reasons (rehearsed: %s)',
    async (dryRun) => {
      const lines = [...identifiers(1, 2).map((one) => one.toLowerCase()), 'x'];
      await expect(take(stateFile(...lines), { dryRun })).rejects.toMatchObject({
        problem: 'nothing_valid',
        message:
          'no line of the file is valid; 2 of 3 for the same reason: «codice fiscale con lettere minuscole: scriverlo in maiuscolo»',
      });
      expect((await rejects()).map((line) => line.split(';')[0])).toEqual(['2', '3', '4']);
      expect(await traces()).toEqual(NOTHING);
      const rows = await owner.query<unknown[]>('SELECT state, refusal FROM roster.intake');
      expect(rows).toEqual(dryRun ? [] : [{ state: 'refused', refusal: 'nothing_valid' }]);
      expect((await take(stateFile(...lines, ...identifiers(1)))).intake).toMatchObject({ accepted: 1, rejected: 3 });
    },
  );

  test('the refusal of a file and its access-log row are one transaction', async () => {
    const rows = `SELECT i.state, l.outcome FROM roster.intake i LEFT JOIN audit.access_log l ON l.operation = 'roster-intake'`;
    await owner.query('REVOKE INSERT ON audit.access_log FROM passerella_worker');
    await owner.query(`DO $$ BEGIN EXECUTE (
      SELECT format('REVOKE INSERT (%s) ON audit.access_log FROM passerella_worker', string_agg(attname, ', '))
      FROM pg_attribute WHERE attrelid = 'audit.access_log'::regclass AND attnum > 0); END $$`);
    await expect(take(stateFile('x'))).rejects.toMatchObject({ code: '42501' });
    expect(await owner.query(rows)).toEqual([{ state: 'running', outcome: null }]);
    await owner.query('GRANT INSERT ON audit.access_log TO passerella_worker');
    await expect(take(stateFile('x'))).rejects.toMatchObject({ problem: 'nothing_valid' });
    expect(await owner.query(rows)).toEqual([{ state: 'refused', outcome: 'nothing_valid' }]);
  });

  test('a file with only a header is refused too', async () => {
    await expect(take('codice_fiscale\n')).rejects.toMatchObject({ problem: 'nothing_valid' });
  });

  test('no match: an empty result, published', async () => {
    const outcome = await take(stateFile(stranger(1)));
    expect(outcome).toMatchObject({ outcome: 'published', rows: [], intake: { accepted: 1, validated: 0 } });
    expect(resultCsv(outcome)).toBe(
      'codici_fiscali_validati;regione;asl;soggetti_con_medico;soggetti_senza_medico\n0;;;;\n',
    );
  });
});

describe('paritarie (2.4.2)', () => {
  const header = 'regione;provincia;totale_personale';

  test('a province counts for the ASL with most of its municipalities, with the footnote if others share it', async () => {
    const outcome = await take(`${header}\n120;RM;1200\nLazio;latina;30\n030;MI;7\n042;TN;0\n`);
    expect(outcome.rows).toEqual([
      { region: '030', asl: '030321', withDoctor: 0, withoutDoctor: 0, paritarie: 7, attributed: false, tied: false },
      { region: '042', asl: '042101', withDoctor: 0, withoutDoctor: 0, paritarie: 0, attributed: false, tied: false },
      { region: '120', asl: '120202', withDoctor: 0, withoutDoctor: 0, paritarie: 1230, attributed: true, tied: false },
    ]);
    expect(outcome.intake).toMatchObject({ layout: 'paritarie', validated: 1237, newlyListed: 0 });
    expect(resultCsv(outcome).split('\n').slice(2)).toEqual([
      '1237;042;042101;0;',
      '1237;120;120202;1230;provincia attribuita alla ASL con il maggior numero di comuni nel suo territorio (2.4.2)',
      '',
    ]);
    expect(await traces()).toEqual({ published: 1, results: 3, rejects: 0, listed: 0 });
  });

  test('of several ASLs with equally many municipalities the lowest code counts, and the result states it', async () => {
    await owner.query(`INSERT INTO registry.municipality VALUES ('B002', 'G', 'LT', '120201')`);
    const outcome = await take(`${header}\n120;LT;30\n120;RM;5\n`);
    expect(outcome.rows).toMatchObject([
      { asl: '120201', paritarie: 30, attributed: true, tied: true },
      { asl: '120202', paritarie: 5, attributed: true, tied: false },
    ]);
    expect(resultCsv(outcome).split('\n')[1]).toMatch(
      /;"[^"]*\(2\.4\.2\); a parità di comuni, a quella con il codice minore"$/, // a field with a semicolon
    );
    expect(resultCsv(outcome).split('\n')[2]).toMatch(/\(2\.4\.2\)$/);
  });

  test('in ISO-8859-1, with commas, columns in another order; every kind of bad line', async () => {
    const lines = [
      'totale_personale,provincia,regione',
      '10,RM,120',
      '5,RM,120',
      '5,MI,120',
      '5,XX,120',
      '5,VT,120',
      '5,RM,Forlì',
      '-1,LT,120',
      '12345678,LT,120',
      ',LT,120',
    ];
    const outcome = await take(Buffer.from(lines.join('\n'), 'latin1'));
    expect(outcome.intake).toMatchObject({ accepted: 1, rejected: 8, validated: 10 });
    expect(await rejects()).toEqual([
      '3;"provincia";"provincia già presente in una riga precedente del file (riga 2)";""',
      '4;"provincia";"provincia di un’altra regione";"MI"',
      '5;"provincia";"provincia sconosciuta: ammesse sigla (LT, MI, RM, TN, VT) o denominazione";"XX"',
      '6;"provincia";"provincia senza comuni nel registro: nessuna ASL a cui attribuirla";"VT"',
      '7;"regione";"regione sconosciuta: ammessi codice o denominazione (030 Lombardia, 042 P.A. Trento, 120 Lazio)";"AAAAA"',
      '8;"totale_personale";"numero non intero o non compreso tra 0 e 9999999";"#9"',
      '9;"totale_personale";"numero non intero o non compreso tra 0 e 9999999";"99999999"',
      '10;"totale_personale";"valore obbligatorio assente";""',
    ]);
  });
});

describe('Trento and Bolzano (2.4.3)', () => {
  test('state staff as in 2.4.1; staff of paritarie are counted and not stored', async () => {
    const isState = (index: number): boolean => index % 3 !== 0;
    const persons = Array.from({ length: 200 }, (_, index) => index);
    const lines = persons.map(
      (index) => `${fixturePerson(index).identifier};${isState(index) ? 'STATALE' : 'PARITARIA'}`,
    );
    const outcome = await take(`codice_fiscale;tipologia\n${lines.join('\n')}\n${stranger(1)};privata\n`);
    const expected = expectationOf(persons, isState);
    expect(outcome.rows).toEqual(expected.rows);
    expect(expected.rows.every(({ paritarie }) => paritarie > 0)).toBe(true);
    expect(outcome.intake).toMatchObject({ layout: 'trento_bolzano', rejected: 1, validated: expected.validated });
    expect(await listedPersons(owner)).toEqual(expected.listed);
    expect(await rejects()).toEqual(['202;"tipologia";"valore sconosciuto: ammessi STATALE, PARITARIA";"AAAAAAA"']);
  });

  test.each(['as written', 'in reverse'])(
    '[R-8] a person in both counts is in both results and is listed, lines %s',
    async (order) => {
      // In care with a doctor; in care without one; deceased.
      const persons = identifiers(1, 25, 3);
      const lines = persons.flatMap((person) => [`${person};PARITARIA`, `${person};STATALE`]);
      if (order === 'in reverse') lines.reverse();
      const again = `${persons[0] ?? ''};STATALE`;
      const outcome = await take(`codice_fiscale;tipologia\n${lines.join('\n')}\n${again}\n`);
      expect(outcome.intake).toMatchObject({ accepted: 6, rejected: 1, validated: 3, notInCare: 1, newlyListed: 1 });
      const both = { paritarie: 1, attributed: false, tied: false };
      const [one, other] = [fixturePerson(1), fixturePerson(25)];
      expect(one.asl).toBe(other.asl);
      expect(outcome.rows).toEqual([
        { region: one.asl.slice(0, 3), asl: one.asl, withDoctor: 1, withoutDoctor: 1, ...both, paritarie: 2 },
      ]);
      expect(await listedPersons(owner)).toEqual([persons[0]]);
      expect(await rejects()).toEqual([
        '8;"codice_fiscale";"codice fiscale già presente, con la stessa tipologia, in una riga precedente del file ' +
          `(riga ${order === 'in reverse' ? 6 : 3})";""`,
      ]);
    },
  );
});

describe('the same file [R-6]', () => {
  test('twice is one intake, with the result and the report of the first', async () => {
    const first = await take(stateFile(...identifiers(1, 2), 'x'));
    await owner.query('DELETE FROM roster.listed_person');
    await rm(rejectPath());
    const again = await take(stateFile(...identifiers(1, 2), 'x'), {}, 'another-name.csv');
    expect(again).toEqual({ ...first, outcome: 'already', transactionId: again.transactionId });
    expect(await listedPersons(owner)).toEqual([]);
    expect(await rejects()).toHaveLength(1);
  });

  test('concurrently is one intake', async () => {
    const content = stateFile(...identifiers(1, 2, 6));
    const outcomes = await Promise.all([take(content, {}, 'one.csv'), take(content, {}, 'other.csv')]);
    expect(outcomes.map(({ outcome }) => outcome).toSorted()).toEqual(['already', 'published']);
    expect(await traces()).toMatchObject({ published: 1, listed: 3 });
  });

  test('while another intake holds the lock, nothing happens', async () => {
    const other = owner.createQueryRunner();
    await other.query('SELECT pg_advisory_lock(7277115014)');
    try {
      await expect(take(stateFile(...identifiers(1)), { waitMs: 50 })).rejects.toMatchObject({ problem: 'busy' });
    } finally {
      await other.release();
    }
    expect(await traces()).toEqual(NOTHING);
  });
});

describe('an invalid file', () => {
  const utf16 = Buffer.from(`\ufeff${stateFile(...identifiers(1))}`, 'utf16le');
  const gzip = gzipSync(stateFile(...identifiers(...Array.from({ length: PERSONS }, (_, index) => index))));
  test.each<[string, Buffer, Partial<IntakeRequest & RosterDeskOptions>]>([
    ['wrong_header', Buffer.from('identificativo\nX\n'), {}],
    ['wrong_header', Buffer.from(`${identifiers(1)[0] ?? ''}\n${identifiers(2)[0] ?? ''}\n`), {}],
    ['wrong_header', Buffer.from('codice_fiscale|tipologia\nX|STATALE\n'), {}],
    ['wrong_header', Buffer.from('codice_fiscale;codice_fiscale\n'), {}],
    ['wrong_header', Buffer.from('codice_fiscale;cognome\n'), {}],
    ['utf16', utf16, {}],
    ['binary', Buffer.alloc(4_000, 'ab\0c'), {}],
    ['empty', Buffer.alloc(0), {}],
    ['empty', gzipSync(''), {}],
    ['gzip_broken', gzip.subarray(0, gzip.length - 40), {}],
    ['too_large', Buffer.from(stateFile(...identifiers(1, 2, 3))), { maxBytes: 30 }],
    ['too_large', gzipSync(Buffer.alloc(5_000_000, 'x\n')), { maxBytes: 100_000 }],
    ['too_many_rejects', Buffer.from(stateFile('x', ...identifiers(1), 'x', 'x')), { maxRejected: 2 }],
    ['too_many_rejects', Buffer.from(stateFile(...identifiers(1, 1, 1, 1))), { maxRejected: 2 }],
  ])('%s', async (problem, content, options) => {
    await expect(take(content, options)).rejects.toMatchObject({ problem });
    expect(await traces()).toEqual(NOTHING);
  });

  test('of 5 GB is refused before it is read', async () => {
    const source = join(folder, 'large.csv');
    await writeFile(source, stateFile(...identifiers(1)));
    await truncate(source, 5 * 1024 ** 3);
    await expect(taken({ source, rejectPath: rejectPath(), maxBytes: 512 * 1024 ** 2 })).rejects.toMatchObject({
      problem: 'too_large',
    });
    await rm(source);
  });

  test('is reported as refused if its layout is known, and may be sent again', async () => {
    const whole = stateFile(...identifiers(1, 2, 6), 'x', 'y');
    await expect(take(whole, { maxRejected: 1 })).rejects.toMatchObject({ problem: 'too_many_rejects' });
    const desk = createIntakes(worker);
    expect(await desk.latest()).toMatchObject([{ state: 'refused', refusal: 'too_many_rejects' }]);
    expect(await traces()).toEqual(NOTHING);
    expect(await take(whole)).toMatchObject({ outcome: 'published' });
    expect(await desk.latest()).toMatchObject([{ state: 'published', refusal: null }]);
  });

  test.each(['file.csv', 'file.csv.gz'])(
    'of repetitions only is refused before it is read to its end, and writes no reject: %s',
    async (name) => {
      const one = `${identifiers(1)[0] ?? ''}\n`;
      const whole = Buffer.from(`codice_fiscale\n${one.repeat(300_000)}`);
      let seen = 0;
      const refused = take(
        name.endsWith('.gz') ? gzipSync(whole) : whole,
        { maxRejected: 1_000, onProgress: (read, total) => void (seen = read / total) },
        name,
      );
      await expect(refused).rejects.toMatchObject({ problem: 'too_many_rejects' });
      if (!name.endsWith('.gz')) expect(seen).toBeLessThan(0.2);
      // What a transaction wrote and rolled back still occupies the disk.
      expect(await owner.query(`SELECT pg_relation_size('roster.reject')::int AS bytes`)).toEqual([{ bytes: 0 }]);
      expect(await traces()).toEqual(NOTHING);
    },
  );

  test('changes while it is read: no trace of it remains', async () => {
    const content = stateFile(...identifiers(...Array.from({ length: PERSONS }, (_, index) => index)));
    const source = join(folder, 'file.csv');
    const onProgress = (): Promise<void> => writeFile(source, 'x\n', { flag: 'a' });
    await expect(take(content, { onProgress })).rejects.toMatchObject({ problem: 'changed_while_read' });
    expect(await createIntakes(worker).latest()).toEqual([]);
    expect(await traces()).toEqual(NOTHING);
  });
});

describe('interrupted', () => {
  const content = stateFile(...identifiers(1, 2, 6));

  test.each<[string, (cancel: AbortController) => Promise<void>]>([
    [
      'by its signal',
      (cancel) => {
        cancel.abort(new Error('interrupted'));
        return Promise.resolve();
      },
    ],
    ['by a lost lease', () => Promise.reject(new Error('interrupted'))],
    [
      'by the end of its connection',
      async () => {
        await owner.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'`,
        );
      },
    ],
  ])('%s: nothing of it remains, the same file starts over', async (_how, interrupt) => {
    const cancel = new AbortController();
    const onProgress = (): Promise<void> => interrupt(cancel);
    await expect(take(content, { onProgress, signal: cancel.signal })).rejects.toThrow();
    expect(await traces()).toEqual(NOTHING);
    expect(await createIntakes(worker).latest()).toMatchObject([{ state: 'running' }]);
    expect(await take(content)).toMatchObject({ outcome: 'published', intake: { newlyListed: 3 } });
  });

  test('by a full disk at the report: published, and reported by the next attempt', async () => {
    await symlink('/dev/full', `${rejectPath()}.part`);
    await expect(take(content)).rejects.toMatchObject({ code: 'ENOSPC' });
    await rm(`${rejectPath()}.part`);
    expect(await traces()).toMatchObject({ published: 1, listed: 3 });
    expect(await take(content)).toMatchObject({ outcome: 'already', intake: { newlyListed: 3 } });
    expect(await rejects()).toEqual([]);
  });
});

describe('the commands', () => {
  async function command(which: AdminCommand, ...args: string[]): Promise<{ code: number; said: string }> {
    const lines: string[] = [];
    const code = await runCommand(
      which,
      args,
      {
        ...{ ownerDb: owner, clock: { now: () => now }, campaignStart: '2020-08-24', rosterFileBytes: 1_000_000, log },
        entrance: await createMachineEntrance(owner, { now: () => new Date() }),
        blockWaitDays: 7,
        retentionRules: { ts: [], consent: [] },
        out: (line) => void lines.push(line),
        migrate: () => Promise.resolve(),
        consentDb: () => Promise.reject(new Error('the roster has nothing to do with the register of consents')),
      },
      true,
    );
    return { code, said: lines.join('\n') };
  }

  test('a dry run shows the result and changes nothing; then it is applied, and the result can be read again', async () => {
    const source = join(folder, 'staff.csv');
    await writeFile(source, stateFile(...identifiers(1, 2, 6), 'x'));
    const dry = await command(rosterIntake, source, '--rejects', rejectPath());
    expect(dry).toMatchObject({
      code: 0,
      said: expect.stringContaining('Would publish: statali: 3 valid lines, 1 rejected'),
    });
    expect(dry.said).toContain('3;120;120201;2;0');
    expect(await rejects()).toHaveLength(1);
    expect(dry.said).toContain(`Rejected lines: ${rejectPath()}`);
    const clean = join(folder, 'clean.csv');
    await writeFile(clean, stateFile(...identifiers(1)));
    expect((await command(rosterIntake, clean, '--rejects', rejectPath())).said).toContain('No line was rejected.');
    await expect(rejects()).rejects.toMatchObject({ code: 'ENOENT' }); // no report that lists nothing
    await writeFile(clean, 'codice_fiscale\n');
    expect((await command(rosterIntake, clean, '--rejects', rejectPath())).said).toContain('no line of the file');
    await expect(rejects()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await traces()).toEqual(NOTHING);
    expect((await command(rosterResults)).said).toBe('no file was taken in');

    const done = await command(rosterIntake, source, '--rejects', rejectPath(), '--apply');
    expect(done).toMatchObject({ code: 0, said: expect.stringContaining('Published as intake') });
    const [intake] = await createIntakes(worker).latest();
    const listed = await command(rosterResults);
    expect(listed.said).toContain(
      `${intake?.id ?? ''}  2020-09-02T00:30:00  statali  staff.csv  published: 3 lines, 1 rejected`,
    );
    const told = await command(rosterResults, '--intake', intake?.id ?? '');
    expect(done.said).toContain(told.said);
    const csv = join(folder, 'result.csv');
    expect((await command(rosterResults, '--intake', intake?.id ?? '', '--csv', csv)).code).toBe(0);
    expect(await readFile(csv, 'utf8')).toBe(`${told.said}\n`);
    expect((await command(rosterResults, '--intake', intake?.id ?? '', '--csv', csv)).code).toBe(1);
  });

  test('refusals and wrong arguments', async () => {
    const source = join(folder, 'staff.csv');
    await writeFile(source, stateFile(...identifiers(1)));
    expect(await command(rosterIntake, source, '--apply', '--rejects', join(folder, 'none', 'rejects.csv'))).toEqual({
      ...{ code: 1, said: 'Nothing was changed: the folder of the reject report cannot be written.' },
    });
    expect(await traces()).toEqual(NOTHING);
    const none = await command(rosterIntake, join(folder, 'none.csv'), '--apply');
    expect(none).toEqual({ code: 1, said: 'Nothing was changed: there is no such file.' });
    expect((await command(rosterIntake)).code).toBe(2);
    expect((await command(rosterResults, '--intake', '7')).said).toBe('refused: there is no such intake');
    expect((await command(rosterResults, '--intake', 'x')).code).toBe(2);
  });
});

describe('retention [R-7]', () => {
  const rulesFor = (campaignEnd?: string, campaignGraceDays?: number) =>
    rosterRetention({ campaignEnd, campaignGraceDays, exchangeDirectory: undefined });

  test('twelve months, or the end of the campaign, as the worker', async () => {
    await take(stateFile(...identifiers(1, 2), 'x'));
    now = new Date('2020-12-01T10:00:00Z');
    await take(stateFile(...identifiers(6)));
    const due = async (today: string, end?: string, grace?: number): Promise<Record<string, number>> => {
      const rules = rulesFor(end, grace);
      const counts = await Promise.all(
        rules.map(async (rule) => [rule.name, (await rule.count(worker, today)).rows] as const),
      );
      return Object.fromEntries(counts);
    };
    expect(await due('2021-09-02')).toMatchObject({ 'roster.listed_person': 0, 'roster.intake': 0 });
    expect(await due('2021-09-03')).toMatchObject({ 'roster.listed_person': 2, 'roster.intake': 1 });
    expect(await due('2021-01-31', '2021-01-31')).toMatchObject({ 'roster.listed_person (campagna)': 0 });
    expect(await due('2021-02-01', '2021-01-31')).toMatchObject({ 'roster.listed_person (campagna)': 3 });
    expect(await due('2021-03-02', '2021-01-31', 30)).toMatchObject({ 'roster.listed_person (campagna)': 0 });
    expect(await due('2021-03-03', '2021-01-31', 30)).toMatchObject({ 'roster.listed_person (campagna)': 3 });
    expect(firstDayKept('2021-09-03', 12)).toBe('2020-09-03');

    for (const rule of rulesFor()) while ((await rule.purge(worker, '2021-09-03', 1)) > 0);
    expect(await traces()).toEqual({ published: 1, results: 1, rejects: 0, listed: 1 });
    for (const rule of rulesFor('2021-01-31')) while ((await rule.purge(worker, '2021-02-01', 1_000)) > 0);
    expect(await traces()).toMatchObject({ published: 1, listed: 0 });
  });
});

describe('the samples', () => {
  let peopled: TestDatabase;
  let db: DataSource;

  beforeAll(async () => {
    peopled = await createTestDatabase('peopled');
    const limits = { poolSize: 3, statementTimeoutMs: 0, applicationName: 'test', log };
    db = await openDatabase({ url: peopled.ownerUrl, role: workerRole, entities: [], ...limits });
    await db.query('DELETE FROM roster.listed_person');
  });

  afterAll(async () => {
    await db.destroy();
    await peopled.drop();
  });

  test.each([
    ['statali', { accepted: 49, rejected: 2, validated: 47, notInCare: 5, newlyListed: 38 }],
    ['paritarie', { accepted: 6, rejected: 1, validated: 28_993, notInCare: 0, newlyListed: 0 }],
    ['trento-bolzano', { accepted: 13, rejected: 1, validated: 12, notInCare: 0, newlyListed: 6 }],
  ])('%s.csv matches persons of the sandbox', async (name, counts) => {
    const sample = await readFile(new URL(`../../../samples/roster/${name}.csv`, import.meta.url));
    const outcome = await take(sample, { db });
    expect(outcome).toMatchObject({ outcome: 'published', intake: counts });
    expect(outcome.rows.length).toBeGreaterThan(1);
  });
});
