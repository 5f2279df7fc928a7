/**
 * Upload of a file of school staff by a ministry user, as the worker's role: what is stored, what is not, and its
 * processing by the job of the exchange folder.
 */
import { mkdtemp, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AccountHolder } from '../../src/auth/index.js';
import { openDatabase, workerRole } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { createIntakes, createRosterDesk, createUploadDesk, exchangeFolderJob } from '../../src/roster/index.js';
import type { UploadDesk } from '../../src/roster/index.js';
import { callBy, operatorCall } from '../support/calls.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { expectationOf, fillRegistry, fixturePerson, listedPersons } from './roster-fixture.js';

const log = createLogger('silent');
const now = new Date('2026-11-29T10:00:00.000Z');
const clock = { now: () => now };
const MAX_BYTES = 2_000;

let database: TestDatabase;
let owner: DataSource;
let worker: DataSource;
let directory: string;
let desk: UploadDesk;

beforeEach(async () => {
  database = await createTestDatabase();
  const open = (role: string | undefined) =>
    openDatabase({
      ...{
        url: database.ownerUrl,
        entities: [],
        poolSize: 4,
        statementTimeoutMs: 30_000,
        log,
        applicationName: 'test',
      },
      ...(role !== undefined && { role }),
    });
  [owner, worker] = [await open(undefined), await open(workerRole)];
  await fillRegistry(owner, 60);
  directory = await mkdtemp(join(tmpdir(), 'upload-'));
  desk = createUploadDesk({ db: worker, clock, directory, maxBytes: MAX_BYTES });
});

afterEach(async () => {
  await Promise.all([worker.destroy(), owner.destroy()]);
  await database.drop();
  await rm(directory, { recursive: true });
});

const uploader = (userId = 'MIN01', method: 'password' | 'spid' | 'card' = 'password') =>
  callBy<AccountHolder>(
    { kind: 'account', userId, codiceFiscale: 'PROVAX00X00X000Y', capacity: { role: 'ministry_uploader' }, method },
    now,
  );

const content = (...persons: number[]): string =>
  `codice_fiscale\n${persons.map((index) => fixturePerson(index).identifier).join('\n')}\n`;

const stream = (text: string | Buffer): AsyncIterable<Uint8Array> => Readable.from([Buffer.from(text)]);

const upload = (text: string | Buffer, fileName = 'staff.csv', call = uploader()) =>
  desk.upload(call, { content: stream(text), fileName });

const look = () =>
  exchangeFolderJob({ directory, db: worker, clock, log, maxBytes: MAX_BYTES }).run({
    ...{ id: 'job', subject: undefined, signal: new AbortController().signal, progress: () => Promise.resolve() },
  });

/** Files of a folder inside the exchange folder; none if it does not exist. */
const filesIn = (name: string): Promise<string[]> => readdir(join(directory, name)).catch(() => []);

const intakes = () => owner.query<Record<string, unknown>[]>('SELECT * FROM roster.intake ORDER BY id');

const rows = async () =>
  (
    await owner.query<{ row: string }[]>(
      `SELECT concat_ws(' ', outcome, caller, method, user_id, subject_kind) AS row FROM audit.access_log
       WHERE operation = 'roster-upload' ORDER BY transaction_id`,
    )
  ).map(({ row }) => row);

/** Nothing on the disk, nothing in the database, one row in the log. */
async function expectNothingKept(outcome: string): Promise<void> {
  for (const name of ['uploads', 'work', 'in', 'results', 'refused']) expect(await filesIn(name)).toEqual([]);
  expect(await intakes()).toEqual([]);
  expect(await rows()).toEqual([`${outcome} ministry_uploader password MIN01 file`]);
}

test('[R-5] the folder’s job takes in an uploaded file, and its intake names the uploader', async () => {
  const answer = await upload(content(1, 2, 6));
  expect(answer).toMatchObject({ refusals: [], isNew: true });
  expect(await filesIn('uploads')).toEqual([]);
  expect((await stat(join(directory, 'uploads'))).mode & 0o777).toBe(0o700);
  expect(await intakes()).toMatchObject([
    { id: answer.intake, state: 'running', uploaded_by: 'MIN01', layout: 'statali' },
  ]);
  expect(await look()).toBe('1 published, 0 already, 0 refused, 0 waiting');
  expect(await intakes()).toMatchObject([{ id: answer.intake, state: 'published', uploaded_by: 'MIN01' }]);
  expect(await listedPersons(owner)).toEqual(expectationOf([1, 2, 6]).listed);
  expect(await filesIn('work')).toEqual([]);
  expect(await rows()).toEqual(['received ministry_uploader password MIN01 file']);
});

test('[R-6] the same file twice, even concurrently, is one intake; a third upload gets this answer', async () => {
  const [one, two] = await Promise.all([upload(content(1, 2)), upload(content(1, 2), 'other.csv')]);
  expect(one.intake).toBe(two.intake);
  await look();
  expect(await intakes()).toMatchObject([{ state: 'published' }]);
  expect(await upload(content(1, 2))).toMatchObject({ refusals: [], intake: one.intake, isNew: false });
  expect(await filesIn('uploads')).toEqual([]);
  expect(await filesIn('work')).toEqual([]);
  expect((await rows()).at(-1)).toMatch(/^already /);
});

test('[R-9] uploading a withdrawn file again does not take it in again', async () => {
  const { intake = '' } = await upload(content(1));
  await look();
  const roster = createRosterDesk({ db: owner, clock, log, maxBytes: MAX_BYTES });
  await roster.withdrawIntake(operatorCall(now), { id: intake, dryRun: false });
  expect((await upload(content(1))).refusals).toEqual(['withdrawn']);
  expect(await filesIn('work')).toEqual([]);
});

describe('nothing is stored of', () => {
  test.each([
    ['no bytes', '', 'staff.csv', 'empty'],
    ['more bytes than the largest file', 'x'.repeat(MAX_BYTES + 1), 'staff.csv', 'too_large'],
    ['another header', 'nome;cognome\n', 'staff.csv', 'wrong_header'],
    ['a workbook', Buffer.from('PK\u0003\u0004[Content_Types].xml', 'latin1'), 'staff.csv', 'spreadsheet'],
    ['a binary', Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3, 4, 5, 6, 7, 0]), 'staff.csv', 'binary'],
    ['UTF-16', Buffer.from('\ufeffcodice_fiscale\n', 'utf16le'), 'staff.csv', 'utf16'],
    ['plain text under a name of gzip', content(1), 'staff.csv.gz', 'not_gzip'],
    ['half of a gzip', gzipSync(content(1)).subarray(0, 12), 'staff.csv.gz', 'gzip_broken'],
  ])('%s', async (_what, text, name, refusal) => {
    expect((await upload(text, name)).refusals).toEqual([refusal]);
    await expectNothingKept(refusal);
  });

  test('a connection that breaks near the end', async () => {
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(content(1, 2, 6));
      await Promise.resolve();
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    }
    expect((await desk.upload(uploader(), { content: cut(), fileName: 'staff.csv' })).refusals).toEqual(['cut-off']);
    await expectNothingKept('cut-off');
  });

  test('a file that is too large: the rest is not read', async () => {
    let isEnded = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield Buffer.alloc(500, 'x');
          await Promise.resolve();
        }
      } finally {
        isEnded = true;
      }
    }
    const { refusals } = await desk.upload(uploader(), { content: endless(), fileName: 'staff.csv' });
    expect({ refusals, isEnded }).toEqual({ refusals: ['too_large'], isEnded: true });
    await expectNothingKept('too_large');
  });

  test('an upload beyond the permitted number', async () => {
    const waiting: (() => void)[] = [];
    const slow = () =>
      (async function* (): AsyncGenerator<Uint8Array> {
        await new Promise<void>((resolve) => waiting.push(resolve));
        yield Buffer.from(content(1));
      })();
    const begun = [1, 2, 3, 4].map(() => desk.upload(uploader(), { content: slow(), fileName: 'staff.csv' }));
    expect((await upload(content(2))).refusals).toEqual(['busy']);
    while (waiting.length < begun.length) await new Promise(setImmediate);
    for (const goOn of waiting) goOn();
    for (const { refusals } of await Promise.all(begun)) expect(refusals).toEqual([]);
    expect((await upload(content(2))).refusals).toEqual([]);
  });

  test('refuses another capacity, or a sign-in method not for ministry users', async () => {
    const doctor: AccountHolder = {
      ...{ kind: 'account', userId: 'DOC01', codiceFiscale: 'PROVAX00X00X000Y', method: 'password' },
      capacity: { role: 'doctor' },
    };
    for (const call of [callBy(doctor, now), uploader('MIN01', 'card'), operatorCall(now)])
      expect((await upload(content(1), 'staff.csv', call as ReturnType<typeof uploader>)).refusals).toEqual([
        'not-permitted',
      ]);
    expect(await readdir(directory)).toEqual([]);
    expect(await intakes()).toEqual([]);
    expect((await rows()).map((row) => row.split(' ').slice(0, 2).join(' '))).toEqual([
      '1001 doctor',
      '1001 ministry_uploader',
      '1001 operator',
    ]);
  });
});

test.each([
  ['../../etc/x.csv', '.._.._etc_x.csv'],
  ['a\r\nb\u202Ecsv.exe', 'a__b_csv.exe'],
  ['"><svg onload=1>.csv', '___svg_onload_1_.csv'],
  ['è'.repeat(300), '_'.repeat(100)],
  ['', ''],
])('a name of %j stays within the folder, harmless', async (given, kept) => {
  expect((await upload(content(1), given)).refusals).toEqual([]);
  expect(await filesIn('work')).toEqual([`20261129T100000000Z-${kept}`]);
  expect(await readdir(directory)).not.toContain('etc');
  await look();
  expect(await intakes()).toMatchObject([{ state: 'published', file_name: `20261129T100000000Z-${kept}` }]);
});

test('accepts gzip; refuses a bomb when it is read, and reports the reason to the uploader', async () => {
  const bomb = gzipSync(Buffer.concat([Buffer.from('codice_fiscale\n'), Buffer.alloc(200_000, '\n')]));
  const { refusals, intake = '' } = await upload(bomb, 'bomb.csv.gz');
  if (refusals.length === 0) {
    await look();
    const roster = createRosterDesk({ db: worker, clock, log, maxBytes: MAX_BYTES });
    const { result } = await roster.result(uploader(), { id: intake });
    expect(result?.intake).toMatchObject({ state: 'refused', refusal: 'too_large' });
  } else expect(refusals).toEqual(['too_large']);
  expect(await filesIn('work')).toEqual([]);
  expect((await upload(gzipSync(content(1)), 'good.csv.gz')).refusals).toEqual([]);
  expect(await look()).toBe('1 published, 0 already, 0 refused, 0 waiting');
});

test('an uploader sees only the uploader’s own files, even by number; the operator sees all', async () => {
  const mine = await upload(content(1));
  const foreign = await upload(content(2), 'staff.csv', uploader('MIN02'));
  await look();
  const roster = createRosterDesk({ db: worker, clock, log, maxBytes: MAX_BYTES });
  const idsOf = async (call: ReturnType<typeof uploader> | ReturnType<typeof operatorCall>) =>
    (await roster.list(call, {})).intakes?.map(({ id }) => id);
  expect(await idsOf(uploader())).toEqual([mine.intake]);
  expect(await idsOf(operatorCall(now))).toEqual([foreign.intake, mine.intake]);
  expect((await roster.result(uploader(), { id: mine.intake ?? '' })).result?.intake.uploadedBy).toBe('MIN01');
  for (const id of [foreign.intake ?? '', '999'])
    expect((await roster.result(uploader(), { id })).refusals).toEqual(['unknown-intake']);
});

describe('a killed process', () => {
  test('after the row, before the file is in place: the job takes it in', async () => {
    await upload(content(1));
    const [label = ''] = await filesIn('work');
    await rename(join(directory, 'work', label), join(directory, 'uploads', label));
    expect(await look()).toBe('1 published, 0 already, 0 refused, 0 waiting');
    expect(await intakes()).toMatchObject([{ state: 'published', uploaded_by: 'MIN01' }]);
  });

  test('before the row: nothing remains once no process writes the file any more', async () => {
    await upload(content(1));
    await look();
    const names = ['.20261129T100000000Z-half.csv', '20261129T100000000Z-whole.csv', '.20261129T100000000Z-fresh.csv'];
    for (const name of names) {
      await writeFile(join(directory, 'uploads', name), content(2));
      const written = new Date(now.getTime() - (name.includes('fresh') ? 60_000 : 2 * 3_600_000));
      await utimes(join(directory, 'uploads', name), written, written);
    }
    await look();
    expect(await filesIn('uploads')).toEqual(['.20261129T100000000Z-fresh.csv']);
    expect(await intakes()).toHaveLength(1);
  });

  test('with the database unavailable when the row is written: the file waits, and is uploaded again', async () => {
    await owner.query('ALTER TABLE roster.intake RENAME TO lost');
    await expect(upload(content(1))).rejects.toThrow();
    await owner.query('ALTER TABLE roster.lost RENAME TO intake');
    expect(await filesIn('uploads')).toHaveLength(1);
    expect(await upload(content(1))).toMatchObject({ refusals: [], isNew: true });
    expect(await look()).toBe('1 published, 0 already, 0 refused, 0 waiting');
    expect(await createIntakes(worker).latest()).toHaveLength(1);
  });

  test('and the disk lost the file: the same upload starts again', async () => {
    const first = await upload(content(1));
    for (const label of await filesIn('work')) await rm(join(directory, 'work', label));
    const again = await upload(content(1));
    expect(again).toMatchObject({ refusals: [], intake: first.intake, isNew: true });
    await look();
    expect(await intakes()).toMatchObject([{ state: 'published' }]);
    const [result = ''] = (await filesIn('results')).filter((name) => name.endsWith('.risultato.csv'));
    expect(await readFile(join(directory, 'results', result), 'utf8')).toContain(';042;042101;1;0');
  });
});
