/**
 * The exchange folder and its job: which files are taken and when, what appears, what is left after a crash at each
 * step.
 */
import {
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openDatabase, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import type { JobRun } from '../../src/platform/jobs/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createIntakes, createRosterDesk, exchangeFolderJob, rosterRetention } from '../../src/roster/index.js';
import { operatorCall } from '../support/calls.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { expectationOf, fillRegistry, fixturePerson, listedPersons } from './roster-fixture.js';

const log = createLogger('silent');
const NOW = new Date('2020-09-01T10:00:00Z');
/** The time at which the last byte of a file was written: eleven seconds ago. */
const WRITTEN = new Date('2020-09-01T09:59:49Z');
const LABEL = '20200901T095949000Z';
let directory: string;
let database: TestDatabase;
let owner: DataSource;
let worker: DataSource;
let now: Date;
let maxBytes: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'passerella-exchange-'));
  database = await createTestDatabase();
  const common = { url: database.ownerUrl, entities: [], poolSize: 3, statementTimeoutMs: 0, applicationName: 'test' };
  owner = await openDatabase({ ...common, log });
  worker = await openDatabase({ ...common, role: workerRole, log });
  await fillRegistry(owner, 100);
  now = NOW;
  maxBytes = 10_000_000;
});

afterEach(async () => {
  await worker.destroy();
  await owner.destroy();
  await database.drop();
  await rm(directory, { recursive: true });
});

const place = (...names: string[]): string => join(directory, ...names);
const content = (...persons: number[]): string =>
  `codice_fiscale\n${persons.map((index) => fixturePerson(index).identifier).join('\n')}\n`;

async function deliver(name: string, text: string | Buffer, written = WRITTEN): Promise<void> {
  await mkdir(place('in'), { recursive: true });
  await writeFile(place('in', name), text);
  await utimes(place('in', name), written, written);
}

function look(run: Partial<JobRun> = {}): Promise<string> {
  const usual = {
    id: 'job',
    subject: undefined,
    signal: new AbortController().signal,
    progress: () => Promise.resolve(),
  };
  const clock = { now: () => now };
  return exchangeFolderJob({ directory, db: worker, clock, log, maxBytes }).run({ ...usual, ...run });
}

/** Every file of the folder. */
async function files(): Promise<string[]> {
  const found: string[] = [];
  for (const name of ['in', 'work', 'results', 'refused']) {
    for (const file of await readdir(place(name))) found.push(`${name}/${file}`);
  }
  return found.sort();
}

const RESULTS = [`results/${LABEL}-staff.csv.risultato.csv`, `results/${LABEL}-staff.csv.scarti.csv`];

test('a file becomes a result and a reject report, and is deleted', async () => {
  await deliver('staff.csv', `${content(1, 2, 6)}x\n`);
  expect(await look()).toBe('1 published, 0 already, 0 refused, 0 waiting');
  expect(await files()).toEqual(RESULTS);
  expect(await readFile(place(RESULTS[0] ?? ''), 'utf8')).toBe(
    'codici_fiscali_validati;regione;asl;soggetti_con_medico;soggetti_senza_medico\n3;042;042101;1;0\n3;120;120201;2;0\n',
  );
  expect(await readFile(place(RESULTS[1] ?? ''), 'utf8')).toContain('\n5;"codice_fiscale";"codice fiscale non valido');
  expect((await stat(place(RESULTS[0] ?? ''))).mode & 0o777).toBe(0o640);
  expect(await listedPersons(owner)).toEqual(expectationOf([1, 2, 6]).listed);
  expect(await look()).toBe('0 published, 0 already, 0 refused, 0 waiting');
});

test('[S-3] each file leaves one row in the access log, in the transaction that publishes it; a refused one too', async () => {
  await deliver('staff.csv', content(1, 2));
  await look();
  await deliver('again.csv', content(1, 2));
  await deliver('bad.csv', 'x\n');
  await look();
  const rows = await owner.query<unknown[]>(
    `SELECT outcome, method, caller, subject_kind AS subject, affected::integer AS affected FROM audit.access_log
     WHERE operation = 'roster-intake' ORDER BY transaction_id`,
  );
  expect(rows).toEqual(
    [
      { outcome: 'published', affected: 2 },
      { outcome: 'already', affected: 0 },
      { outcome: 'wrong_header', affected: null },
    ].map((row) => ({ ...row, method: 'job', caller: 'job', subject: 'file' })),
  );
});

test('progress is reported by the job', async () => {
  await deliver('staff.csv', content(1));
  const shown: (readonly [number, number])[] = [];
  await look({ progress: (done, total) => Promise.resolve(void shown.push([done, total])) });
  expect(shown).toEqual([[32, 32]]);
});

describe('taken in', () => {
  test('not a file written in the last ten seconds; the complete file later', async () => {
    await deliver('staff.csv', content(1), new Date(NOW.getTime() - 9_999));
    expect(await look()).toBe('0 published, 0 already, 0 refused, 1 waiting');
    expect(await files()).toEqual(['in/staff.csv']);
    now = new Date(NOW.getTime() + 1);
    expect(await look()).toContain('1 published');
  });

  test('a file from an uploader whose clock is years ahead, ten seconds after it appeared', async () => {
    await deliver('staff.csv', content(1), new Date('2099-12-31T12:00:00Z'));
    now = new Date();
    expect(await look()).toContain('1 waiting');
    now = new Date(now.getTime() + 10_001);
    expect(await look()).toContain('1 published');
  });

  test('an upload under a temporary name only after it is renamed', async () => {
    for (const name of ['.staff.csv', 'staff.csv.part', 'staff.csv.filepart', 'staff.csv.TMP']) {
      await deliver(name, content(1));
    }
    expect(await look()).toBe('0 published, 0 already, 0 refused, 0 waiting');
    await rename(place('in', 'staff.csv.part'), place('in', 'staff.csv'));
    expect(await look()).toContain('1 published');
  });

  test('neither links nor folders', async () => {
    await mkdir(place('in', 'folder.csv'), { recursive: true });
    await writeFile(place('elsewhere'), content(1));
    await symlink(place('elsewhere'), place('in', 'link.csv'));
    expect(await look()).toBe('0 published, 0 already, 0 refused, 0 waiting');
    expect(await files()).toEqual(['in/folder.csv', 'in/link.csv']);
  });

  test('no link that replaced a file before it was claimed', async () => {
    await writeFile(place('elsewhere'), content(1));
    await mkdir(place('work'));
    await symlink(place('elsewhere'), place('work', `${LABEL}-staff.csv`));
    expect(await look()).toBe('0 published, 0 already, 0 refused, 0 waiting');
    expect(await files()).toEqual([]);
    expect(await readFile(place('elsewhere'), 'utf8')).toBe(content(1));
  });

  test('no file with a second name (hard link), through which it could still be changed', async () => {
    await deliver('staff.csv', content(1));
    await link(place('in', 'staff.csv'), place('in', '.keep'));
    expect(await look()).toBe('0 published, 0 already, 1 refused, 0 waiting');
    expect(await readFile(place('refused', `${LABEL}-staff.csv.txt`), 'utf8')).toContain('inviarne una copia');
    expect(await readdir(place('results'))).toEqual([]);
  });

  test('only the harmless part of a name is used', async () => {
    await deliver('à\n;"$(x).csv', content(1));
    await look();
    expect(await files()).toContain(`results/${LABEL}-______x_.csv.risultato.csv`);
  });

  test('many files, of every layout, one by one; the same bytes twice are one intake', async () => {
    await deliver('a.csv', content(1, 2));
    await deliver('b.csv.gz', gzipSync('regione;provincia;totale_personale\n030;MI;7\n'));
    await deliver('c.csv', `codice_fiscale;tipologia\n${fixturePerson(6).identifier};STATALE\n`);
    await deliver('d.csv', content(1, 2));
    expect(await look()).toBe('3 published, 1 already, 0 refused, 0 waiting');
    expect(await files()).toHaveLength(8);
    expect(await listedPersons(owner)).toEqual(expectationOf([1, 2, 6]).listed);
  });
});

describe('refused', () => {
  test.each<[string, Buffer, string]>([
    ['a wrong header', Buffer.from('nome\nANNA\n'), 'La prima riga non è l’intestazione'],
    ['half a gzip', gzipSync(content(1, 2, 6)).subarray(0, 50), 'I dati gzip sono incompleti'],
    ['no byte', Buffer.alloc(0), 'Il file è vuoto'],
    ['too many bytes', Buffer.alloc(2_000, 'x\n'), 'supera la dimensione massima'],
  ])('%s: deleted, the reason stays; the other files are taken', async (_what, bytes, reason) => {
    maxBytes = 1_000;
    await deliver('bad.csv', bytes);
    await deliver('staff.csv', content(1));
    expect(await look()).toBe('1 published, 0 already, 1 refused, 0 waiting');
    expect(await files()).toEqual([`refused/${LABEL}-bad.csv.txt`, ...RESULTS]);
    expect(await readFile(place('refused', `${LABEL}-bad.csv.txt`), 'utf8')).toContain(reason);
  });

  test('a file without any valid line: the report is kept too, without identifiers', async () => {
    await deliver('bad.csv', content(1).toLowerCase());
    expect(await look()).toBe('0 published, 0 already, 1 refused, 0 waiting');
    const [report = '', page = '', ...more] = await files();
    expect([report, page, more]).toEqual([`refused/${LABEL}-bad.csv.scarti.csv`, `refused/${LABEL}-bad.csv.txt`, []]);
    expect(await readFile(place(page), 'utf8')).toContain('righe 1 su 1, codice fiscale con lettere minuscole');
    expect(await readFile(place(report), 'utf8')).toMatch(/\n2;"codice_fiscale";".*";"AAAAAA99A99A999A"\n$/);
  });
});

test('[R-10] a second refused file of the same name and time keeps the reason of the first', async () => {
  for (const text of ['x\n', '']) {
    await deliver('bad.csv', text);
    await look();
  }
  expect(await files()).toEqual([`refused/${LABEL}-2-bad.csv.txt`, `refused/${LABEL}-bad.csv.txt`]);
});

test('[R-10] killed between the reason and the deletion: refused again, with the same reason', async () => {
  await deliver('bad.csv', 'x\n');
  await look();
  const told = await readFile(place('refused', `${LABEL}-bad.csv.txt`), 'utf8');
  await writeFile(place('work', `${LABEL}-bad.csv`), 'x\n');
  expect(await look()).toBe('0 published, 0 already, 1 refused, 0 waiting');
  expect(await files()).toEqual([`refused/${LABEL}-bad.csv.txt`]);
  expect(await readFile(place('refused', `${LABEL}-bad.csv.txt`), 'utf8')).toBe(told);
});

test('[R-9] sending a withdrawn file again does not take it in again', async () => {
  await deliver('staff.csv', content(1));
  await look();
  const [intake] = await createIntakes(worker).latest();
  const clock = { now: () => now };
  const desk = createRosterDesk({ db: owner, clock, log, maxBytes });
  const withdrawal = { id: intake?.id ?? '', dryRun: false };
  expect(await desk.withdrawIntake(operatorCall(now), withdrawal)).toMatchObject({ refusals: [], left: 1 });
  await deliver('again.csv', content(1));
  expect(await look()).toBe('0 published, 0 already, 1 refused, 0 waiting');
  expect(await readFile(place('refused', `${LABEL}-again.csv.txt`), 'utf8')).toContain('in seguito ritirato');
  expect(await listedPersons(owner)).toEqual([]);
});

describe('after a crash or a failure', () => {
  test('a file that was claimed but not read is processed', async () => {
    await deliver('staff.csv', content(1));
    await mkdir(place('work'));
    await rename(place('in', 'staff.csv'), place('work', `${LABEL}-staff.csv`));
    expect(await look()).toContain('1 published');
    expect(await files()).toEqual(RESULTS);
  });

  test('a missing result of a published file is written under the same name, and listed once', async () => {
    await deliver('staff.csv', content(1, 2, 6));
    await look();
    const first = await readFile(place(RESULTS[0] ?? ''), 'utf8');
    for (const file of await files()) await rm(place(file));
    await writeFile(place('work', `${LABEL}-staff.csv`), content(1, 2, 6));
    await writeFile(place('results', `${LABEL}-staff.csv.risultato.csv.part`), 'half a');
    expect(await look()).toBe('0 published, 1 already, 0 refused, 0 waiting');
    expect(await files()).toEqual(RESULTS);
    expect(await readFile(place(RESULTS[0] ?? ''), 'utf8')).toBe(first);
    expect(await createIntakes(worker).latest()).toHaveLength(1);
  });

  test('a second one with the same name and time does not replace the first', async () => {
    await deliver('staff.csv', content(2));
    await mkdir(place('work'));
    await writeFile(place('work', `${LABEL}-staff.csv`), content(1));
    expect(await look()).toBe('2 published, 0 already, 0 refused, 0 waiting');
    await deliver('staff.csv', content(6));
    expect(await look()).toBe('1 published, 0 already, 0 refused, 0 waiting');
    const labels = ['', '2-', '3-'].map((number) => `results/${LABEL}-${number}staff.csv`);
    expect(await files()).toEqual(
      labels.flatMap((label) => [`${label}.risultato.csv`, `${label}.scarti.csv`]).toSorted(),
    );
    expect(await listedPersons(owner)).toEqual(expectationOf([1, 2, 6]).listed);
  });

  test('results that cannot be written: the file stays, the next one is tried, the job fails with a clear message', async () => {
    await deliver('first.csv', content(1));
    await deliver('staff.csv', content(2));
    const taken = place('results', `${LABEL}-first.csv.risultato.csv.part`);
    await mkdir(taken, { recursive: true });
    await expect(look()).rejects.toThrow('files of the exchange folder could not be taken in');
    expect(await readdir(place('work'))).toEqual([`${LABEL}-first.csv`]);
    expect(await files()).toEqual(expect.arrayContaining(RESULTS));
    await rm(taken, { recursive: true });
    expect(await look()).toBe('0 published, 1 already, 0 refused, 0 waiting');
    expect(await files()).toHaveLength(4);
  });

  test('full disk', async () => {
    await deliver('staff.csv', content(1));
    await mkdir(place('results'));
    await symlink('/dev/full', place('results', `${LABEL}-staff.csv.scarti.csv.part`));
    await expect(look()).rejects.toMatchObject({
      message: 'the disk of the exchange folder is full: the files wait in work/',
      code: 'ENOSPC',
    });
    await rm(place('results', `${LABEL}-staff.csv.scarti.csv.part`));
    expect(await look()).toContain('1 already');
  });

  test('database without room', async () => {
    await owner.query(`CREATE FUNCTION roster.full() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$`);
    await owner.query('CREATE TRIGGER f BEFORE INSERT ON roster.listed_person EXECUTE FUNCTION roster.full()');
    await deliver('staff.csv', content(1));
    await expect(look()).rejects.toMatchObject({
      message: 'the database has no room left: the files wait in work/',
      code: '53100',
    });
    await owner.query('DROP TRIGGER f ON roster.listed_person');
    expect(await look()).toContain('1 published');
  });

  test('stopped on request; the file waits', async () => {
    await deliver('staff.csv', content(1));
    const stopping = new AbortController();
    const progress = (): Promise<void> => {
      stopping.abort(new Error('the worker stops'));
      return Promise.resolve();
    };
    await expect(look({ signal: stopping.signal, progress })).rejects.toThrow('the worker stops');
    expect(await files()).toEqual([`work/${LABEL}-staff.csv`]);
    expect(await listedPersons(owner)).toEqual([]);
  });
});

test('retention of files: a month for reports of refused and unfinished files, twelve for results', async () => {
  await deliver('staff.csv', content(1));
  await deliver('bad.csv', 'x\n');
  await look();
  await deliver('staff.csv.part', content(2));
  const rules = rosterRetention({ campaignEnd: undefined, exchangeDirectory: directory }).slice(-2);
  const due = (today: string) => Promise.all(rules.map(async (rule) => (await rule.count(worker, today)).rows));
  // By the file system's clock, which is that of the machine.
  const today = new Date();
  const later = (days: number): string => new Date(today.getTime() + days * 86_400_000).toISOString().slice(0, 10);
  expect(await due(later(1))).toEqual([0, 0]);
  expect(await due(later(33))).toEqual([0, 2]);
  expect(await due(later(368))).toEqual([2, 2]);
  for (const rule of rules) {
    expect(await rule.purge(worker, later(33), 1)).toBe(rule === rules[0] ? 0 : 1);
    await rule.purge(worker, later(33), 10);
  }
  expect(await files()).toEqual(RESULTS);
});

test('retention of files: files in subfolders are deleted too, an unreadable folder is not treated as empty', async () => {
  await mkdir(place('in', 'old', 'staff'), { recursive: true });
  await writeFile(place('in', 'old', 'staff', 'staff.csv'), content(1));
  await writeFile(place('elsewhere.csv'), content(2));
  await symlink(directory, place('in', 'old', 'link'));
  const [, rule] = rosterRetention({ campaignEnd: undefined, exchangeDirectory: directory }).slice(-2);
  const inTwoMonths = new Date(Date.now() + 62 * 86_400_000).toISOString().slice(0, 10);
  expect((await rule?.count(worker, inTwoMonths))?.rows).toBe(2);
  expect(await rule?.purge(worker, inTwoMonths, 10)).toBe(2);
  expect(await readdir(place('in', 'old', 'staff'))).toEqual([]);
  expect(await readFile(place('elsewhere.csv'), 'utf8')).toBe(content(2));

  await writeFile(place('work'), '');
  await expect(rule?.count(worker, inTwoMonths)).rejects.toMatchObject({ code: 'ENOTDIR' });
});

describe('names that are not UTF-8, from an old client', () => {
  const inBytes = (name: string): Buffer => Buffer.from(`${place('in')}/${name}`, 'latin1');

  test('a file is taken in under the readable part of its name', async () => {
    await mkdir(place('in'), { recursive: true });
    await writeFile(inBytes('citt\u00e0.csv'), content(1));
    await utimes(inBytes('citt\u00e0.csv'), WRITTEN, WRITTEN);
    expect(await look()).toBe('1 published, 0 already, 0 refused, 0 waiting');
    expect(await files()).toContain(`results/${LABEL}-citt_.csv.risultato.csv`);
  });

  test('expired files with such names are deleted', async () => {
    await mkdir(inBytes('m\u00e0'), { recursive: true });
    for (const name of ['a.csv.part', 'm\u00e0/staff.csv', 'm\u00e0/citt\u00e0.csv', 'z.csv.part', 'citt\u00e0.part'])
      await writeFile(inBytes(name), content(1));
    const [, rule] = rosterRetention({ campaignEnd: undefined, exchangeDirectory: directory }).slice(-2);
    const inTwoMonths = new Date(Date.now() + 62 * 86_400_000).toISOString().slice(0, 10);
    expect((await rule?.count(worker, inTwoMonths))?.rows).toBe(5);
    expect(await rule?.purge(worker, inTwoMonths, 10)).toBe(5);
    expect((await rule?.count(worker, inTwoMonths))?.rows).toBe(0);
    expect(await readdir(place('in'))).toHaveLength(1);
  });
});

test('an unwritable folder is a failure, not an empty folder', async () => {
  await rm(directory, { recursive: true });
  await writeFile(directory, '');
  await expect(look()).rejects.toThrow();
});
