/** Two workers in separate processes, one of them killed: every job is done, and none twice. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/platform/db/index.js';
import type { DataSource } from '../../src/platform/db/index.js';
import { createJobQueue } from '../../src/platform/jobs/index.js';
import { createTestDatabase } from '../support/database.js';
import type { TestDatabase } from '../support/database.js';
import { log } from './jobs-fixture.js';
import { codiceFiscale, fillReferences } from './registry-fixture.js';

const child = fileURLToPath(new URL('./jobs-child.js', import.meta.url));
const NOW = '2022-03-02T12:00:00Z';

let database: TestDatabase;
let owner: DataSource;
let workers: ChildProcess[];

beforeEach(async () => {
  database = await createTestDatabase();
  const options = { url: database.ownerUrl, entities: [], poolSize: 4, statementTimeoutMs: 60_000, log };
  owner = await openDatabase({ ...options, applicationName: 'test owner' });
  await owner.query(`
    CREATE TABLE public.mark (job uuid, pid integer, what text);
    GRANT INSERT ON public.mark TO passerella_worker`);
  workers = [];
});

afterEach(async () => {
  for (const worker of workers) {
    if (worker.exitCode === null && worker.signalCode === null) {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    }
  }
  await owner.destroy();
  await database.drop();
});

interface Started {
  readonly process: ChildProcess;
  readonly ops: string;
}

async function start(): Promise<Started> {
  const process_ = spawn(process.execPath, [child, database.ownerUrl, NOW], { stdio: ['ignore', 'pipe', 'inherit'] });
  workers.push(process_);
  let said = '';
  for await (const text of process_.stdout.setEncoding('utf8')) {
    said += String(text);
    const port = /^(\d+)$/m.exec(said)?.[1];
    if (port !== undefined) return { process: process_, ops: `http://127.0.0.1:${port}` };
  }
  throw new Error(`the worker did not start: ${said}`);
}

async function until(sql: string): Promise<void> {
  for (;;) {
    const [row] = await owner.query<{ met: boolean }[]>(`SELECT (${sql}) AS met, pg_sleep(0.05)`);
    if (row?.met === true) return;
  }
}

async function ask(kind: string, subjects: readonly string[]): Promise<void> {
  const queue = createJobQueue(owner, { now: () => new Date(NOW) });
  for (const subject of subjects) await queue.enqueue(kind, subject);
}

test('many jobs, two workers, one killed with kill -9: all are done, only the jobs it had started run again', async () => {
  const [one] = [await start(), await start()];
  await ask(
    'test-mark',
    Array.from({ length: 80 }, (_, index) => `s${index}`),
  );
  await until(`SELECT count(*) > 10 FROM public.mark WHERE pid = ${one.process.pid ?? 0}`);
  one.process.kill('SIGKILL');
  await until(`SELECT count(*) = 80 FROM jobs.job WHERE kind = 'test-mark' AND state = 'done'`);

  const again = await owner.query<{ job: string; pids: number; attempts: number }[]>(
    `SELECT m.job, count(DISTINCT m.pid)::integer AS pids, max(j.attempts) AS attempts
     FROM public.mark m JOIN jobs.job j ON j.id = m.job WHERE what = 'begun' GROUP BY m.job HAVING count(*) > 1`,
  );
  expect(again.length).toBeLessThanOrEqual(4); // the concurrency of one process
  for (const job of again) expect(job).toMatchObject({ pids: 2, attempts: 2 });
  const ended = await owner.query<{ times: number }[]>(
    `SELECT count(*)::integer AS times FROM public.mark WHERE what = 'ended' GROUP BY job`,
  );
  expect(ended).toHaveLength(80);
});

test('kill -9 during a purge: another worker takes it within the lease and deletes the rest', async () => {
  const rows = 25_000;
  await fillReferences(owner);
  const person = codiceFiscale(1);
  await owner.query(
    `INSERT INTO registry.person (identifier, surname, given_name, birth_date, region_code, asl_code, status, care_since, updated_on)
     SELECT $1, 'ROSSI', 'ANNA', '1970-05-05', min(region_code), min(code), 'in_care', '2000-01-01', '2020-01-01' FROM registry.asl`,
    [person],
  );
  const doctor = codiceFiscale(2);
  await owner.query(`INSERT INTO registry.doctor SELECT $1, 'VERDI', 'ADA', min(code) FROM registry.asl`, [doctor]);
  await owner.query(
    `INSERT INTO screening.test_submission (transaction_id, person, titular, doctor, executed_on, communicated_at)
     SELECT n, $1, $2, $2, '1950-01-01'::date + n, '2021-01-01'::timestamptz + n * interval '1 second'
     FROM generate_series(1, $3::integer) n`,
    [person, doctor, rows],
  );
  // The second batch meets a locked row: there the worker is killed.
  const holder = owner.createQueryRunner();
  await holder.startTransaction();
  await holder.query('SELECT 1 FROM screening.test_submission WHERE transaction_id = 15000 FOR UPDATE');
  try {
    const one = await start();
    await createJobQueue(owner, { now: () => new Date(NOW) }).enqueue('retention');
    await until(`SELECT count(*) = 1 FROM audit.access_log WHERE operation = 'retention:screening.test_submission'`);
    const two = await start();
    const metrics = await (await fetch(`${two.ops}/metrics`)).text();
    expect(metrics).toContain('passerella_jobs{kind="retention",state="running"} 1\n');
    expect(metrics).toContain('passerella_job_last_success_timestamp_seconds{kind="retention"} 0\n');
    one.process.kill('SIGKILL');
    await until(`SELECT bool_or(attempts = 2) FROM jobs.job WHERE kind = 'retention'`);
    expect(await owner.query('SELECT count(*)::integer AS left FROM screening.test_submission')).toEqual([
      { left: rows - 10_000 },
    ]);
  } finally {
    await holder.rollbackTransaction();
    await holder.release();
  }
  await until(`SELECT bool_or(state = 'done') FROM jobs.job WHERE kind = 'retention'`);
  expect(await owner.query('SELECT count(*)::integer AS left FROM screening.test_submission')).toEqual([{ left: 0 }]);
  expect(
    await owner.query(
      `SELECT sum(affected)::integer AS sum, count(DISTINCT request_id)::integer AS runs
       FROM audit.access_log WHERE operation = 'retention:screening.test_submission'`,
    ),
  ).toEqual([{ sum: rows, runs: 2 }]);
  const [, two] = workers;
  two?.kill('SIGTERM');
  expect(two && (await once(two, 'exit'))).toEqual([0, null]);
});
