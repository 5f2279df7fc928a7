/** The operator's view of jobs and retention: the worker with the TS database alone, its pages, the commands. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/index.js';
import { openDatabase } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createLogger } from '../../src/platform/log.js';
import { retentionRules } from '../../src/retention/index.js';
import { runAdmin } from '../../src/roles/admin.js';
import { startWorker } from '../../src/roles/worker.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';

const log = createLogger('silent');

let database: TestDatabase;
let owner: DataSource;
let now: Date;
const clock = { now: () => now };

beforeEach(async () => {
  now = new Date('2022-03-02T09:00:00Z');
  database = await createTestDatabase();
  owner = await openDatabase({
    ...{ url: database.ownerUrl, entities: [], poolSize: 2, statementTimeoutMs: 30_000, log },
    applicationName: 'test owner',
  });
});

afterEach(async () => {
  await owner.destroy();
  await database.drop();
});

async function admin(line: string, settings: Record<string, unknown> = {}): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const config = configSchema.parse({ databaseUrl: database.ownerUrl, ...settings });
  const code = await runAdmin(line.split(' '), config, clock, log, (text) => lines.push(text));
  return { code, text: lines.join('\n') };
}

const worker = (databaseUrl = database.ownerUrl) =>
  startWorker(configSchema.parse({ databaseUrl, opsPort: 0 }), clock, log, { jobs: { pollMs: 20 } });

/** Waits until `jobs` prints a matching line. */
async function listed(pattern: RegExp): Promise<string> {
  for (;;) {
    const { text } = await admin('jobs');
    if (pattern.test(text)) return text;
  }
}

const access = (at: string) =>
  owner.query(
    `INSERT INTO audit.access_log (transaction_id, at, operation, outcome, request_id, written_at)
     VALUES (nextval('audit.transaction_id'), $1::timestamptz, 'patient-list', '0000', gen_random_uuid(), $1::timestamptz)`,
    [at],
  );

test('a production login that is a member of the worker’s role runs jobs; the operator lists and controls them', async () => {
  const login = `login_${randomBytes(6).toString('hex')}`;
  await owner.query(`CREATE ROLE ${login} LOGIN PASSWORD 'test' IN ROLE passerella_worker`);
  const url = new URL(database.ownerUrl);
  url.username = login;
  url.password = 'test';
  expect((await admin('jobs')).text).toMatch(/^no jobs/);
  expect(await admin('jobs list')).toEqual(await admin('jobs'));
  expect(await admin('jobs run retention --apply')).toMatchObject({ code: 1 });
  await access('2021-01-01T10:00:00Z');
  const running = await worker(url.toString());
  try {
    const ops = `http://127.0.0.1:${running.opsPort}`;
    expect(await (await fetch(`${ops}/readyz`)).json()).toEqual({ status: 'ready', database: 'ok', closing: false });
    await listed(/^\S+ {2}retention +queued +due 2022-03-03T00:20:00$/m);
    const run = await admin('jobs run retention --apply');
    expect(run).toMatchObject({ code: 0, text: expect.stringMatching(/will run as soon as|is running already/) });
    await listed(/retention +done +2022-03-02T10:00:00 {2}deleted: audit.access_log 1$/m);
    expect(await owner.query(`SELECT outcome, caller FROM audit.access_log WHERE operation = 'retention-run'`)).toEqual(
      [{ outcome: 'changed', caller: 'job' }],
    );
    const text = await listed(/^\S+ {2}retention +queued/m); // created at the runner's next look
    const [, next = ''] = /^(\S+) {2}retention +queued/m.exec(text) ?? [];
    expect(await admin(`jobs cancel ${next} --apply`)).toEqual({ code: 0, text: `${next} is cancelled` });
    await listed(/retention +queued +due 2022-03-04T00:20:00$/m);
    expect(await admin(`jobs cancel ${next} --apply`)).toMatchObject({ code: 1 });
    expect(await admin(`jobs retry ${next} --apply`)).toMatchObject({ code: 1 });
    const metrics = await (await fetch(`${ops}/metrics`)).text();
    expect(metrics).toContain('passerella_jobs{kind="retention",state="exhausted"} 0\n');
    expect(metrics).toContain(
      `passerella_job_last_success_timestamp_seconds{kind="retention"} ${now.getTime() / 1000}\n`,
    );
    expect(metrics).not.toContain('passerella_notifications');
  } finally {
    await running.stop();
    await owner.query(`DROP ROLE ${login}`);
  }
});

test('an exhausted job is shown with class and code, and runs again on request', async () => {
  await owner.query(
    `INSERT INTO jobs.job (kind, state, due_at, attempts, last_error, created_at, finished_at)
     VALUES ('retention', 'exhausted', now(), 10, 'QueryFailedError 57014', now(), '2022-03-01T09:00:00Z')`,
  );
  const { text } = await admin('jobs');
  expect(text).toMatch(
    /^\S+ {2}retention +exhausted {2}2022-03-01T10:00:00 {2}attempt 10 {2}last error: QueryFailedError 57014$/,
  );
  const id = text.split(' ')[0] ?? '';
  expect(await admin(`jobs retry ${id} --apply`)).toMatchObject({ code: 0 });
  const running = await worker();
  try {
    await listed(new RegExp(`^${id} {2}retention +done +2022-03-02T10:00:00 {2}nothing past its term$`, 'm'));
  } finally {
    await running.stop();
  }
});

test('retention: the rehearsal changes nothing and reports what would be deleted; without a term the register is kept', async () => {
  await access('2021-01-01T10:00:00Z');
  await access('2021-03-01T22:59:59Z');
  await access('2021-03-01T23:00:00Z');
  for (const round of [1, 2]) {
    const { code, text } = await admin('retention');
    expect([round, code]).toEqual([round, 0]);
    expect(text).toMatch(/^audit\.access_log: 2, the oldest of 2021-01-01 {2}\(.*12 mesi dall’accesso; /m);
    expect(text).toMatch(/^screening\.test_submission: nothing/m);
    expect(text).toContain('consent.decision: kept, since consentRetentionMonths is not set');
    expect(text).toMatch(/Add --apply to apply it\.$/);
  }
  expect(await admin('retention --apply')).toEqual({
    code: 0,
    text: [
      'audit.access_log: 2 deleted',
      'registry.person: kept, since registryRetentionMonths is not set',
      'consent.decision: kept, since consentRetentionMonths is not set [O-6]',
      '2 deleted in all',
    ].join('\n'),
  });
  expect((await admin('retention')).text).toMatch(/^audit\.access_log: nothing/m);
});

test('retention runs the rules of the available database, and names those of the unavailable one', async () => {
  const unknown = await admin('retention', { consentRetentionMonths: 12 });
  expect(unknown.code).toBe(1);
  expect(unknown.text).toMatch(/^Not completed \(consentDatabaseUrl .*\): consent\.decision/m);

  await access('2021-01-01T10:00:00Z');
  const away = { consentRetentionMonths: 12, consentDatabaseUrl: 'postgres://x@127.0.0.1:1/x' };
  const names = retentionRules(configSchema.parse({ databaseUrl: database.ownerUrl, ...away })).consent.map(
    ({ name }) => name,
  );
  expect(names.length).toBeGreaterThan(1);
  const notRun = `Not completed (the database cannot be reached: connect ECONNREFUSED 127.0.0.1:1): ${names.join(', ')}`;
  const tried = await admin('retention', away);
  expect(tried.text).toMatch(/^audit\.access_log: 1, the oldest of 2021-01-01 /m);
  expect(tried.text).toContain(notRun);
  const done = await admin('retention --apply', away);
  expect(done.text).toContain('audit.access_log: 1 deleted');
  expect(done.text).toContain('1 deleted in all');
  expect(done.text).toContain(notRun);
  expect([tried.code, done.code]).toEqual([1, 1]);
});

test('retention: a rule that fails is named, and the results of the others are reported', async () => {
  await access('2021-01-01T10:00:00Z');
  await owner.query('ALTER TABLE screening.test_submission RENAME TO away');
  for (const line of ['retention', 'retention --apply']) {
    const { code, text } = await admin(line);
    expect(code).toBe(1);
    expect(text).toMatch(/^Not completed \(QueryFailedError 42P01\): screening\.test_submission$/m);
    expect(text).toMatch(/^audit\.access_log: 1/m);
  }
  expect((await admin('retention')).text).toMatch(/^audit\.access_log: nothing/m);
  const rows = await owner.query<object[]>(
    `SELECT operation, outcome, affected FROM audit.access_log
     WHERE operation IN ('retention-run', 'admin:retention') AND outcome <> 'begun' ORDER BY transaction_id`,
  );
  const failed = { operation: 'admin:retention', outcome: 'failed', affected: null };
  const incomplete = { operation: 'retention-run', outcome: 'incomplete', affected: '1' };
  expect(rows).toEqual([failed, incomplete, failed, failed]);
});

test.each([
  'jobs other',
  'jobs list more',
  'jobs run',
  'jobs retry x',
  'jobs --limit 0',
  'jobs --limit 1e2',
  'jobs run a b',
  'retention now',
  'jobs --x',
])('%s: wrong arguments', async (line) => {
  expect(await admin(line)).toMatchObject({ code: 2, text: expect.stringContaining(line.split(' ')[0] ?? '') });
});

test('a worker refuses a database of another release', async () => {
  const empty = await createTestDatabase('empty');
  try {
    await expect(worker(empty.ownerUrl)).rejects.toThrow(/lacks \d+ migration/);
  } finally {
    await empty.drop();
  }
});
