/** The jobs of the TS database: queue, schedule, lease, outcome, with several concurrent runners. */
import { afterEach, expect, test } from '@jest/globals';
import { openDatabase } from '../../src/platform/db/index.js';
import { createJobQueue } from '../../src/platform/jobs/index.js';
import type { JobKind } from '../../src/platform/jobs/index.js';
import { jobsPlace, log, promised } from './jobs-fixture.js';
import type { JobsPlace } from './jobs-fixture.js';

let place: JobsPlace;
afterEach(() => place.end());

const START = '2026-11-22T09:00:00Z';

/** In a transaction, as required: it locks the table. */
const retry = (id: string) => place.db.transaction((tables) => createJobQueue(tables, place.clock).retry(id));

function asOwner(): ReturnType<typeof openDatabase> {
  return openDatabase({
    ...{ url: place.ownerUrl, entities: [], poolSize: 2, statementTimeoutMs: 30_000, log },
    applicationName: 'test owner',
  });
}

test('requested twice, it is one job; two runners share the work and run nothing twice', async () => {
  place = await jobsPlace(START);
  const ran: (string | undefined)[] = [];
  const kind: JobKind = {
    name: 'count',
    maxAttempts: 3,
    run: ({ subject }) => {
      ran.push(subject);
      return Promise.resolve('ok');
    },
  };
  const subjects = Array.from({ length: 40 }, (_, index) => `s${index}`);
  const ids = await Promise.all(subjects.map((subject) => place.queue.enqueue('count', subject)));
  expect(await Promise.all(subjects.map((subject) => place.queue.enqueue('count', subject)))).toEqual(ids);
  place.runner([kind]);
  place.runner([kind]);
  await place.until(`SELECT count(*) = 40 FROM jobs.job WHERE state = 'done'`);
  expect([...ran].sort()).toEqual([...subjects].sort());
  expect(await place.queue.enqueue('count', 's0')).not.toBe(ids[0]); // ended jobs are history
});

test('an unknown kind is left to a worker that has it', async () => {
  place = await jobsPlace(START);
  const id = await place.queue.enqueue('unknown');
  await place.queue.enqueue('known');
  place.runner([{ name: 'known', maxAttempts: 1, run: () => Promise.resolve('ok') }]);
  await place.until(`SELECT bool_or(state = 'done') FROM jobs.job`);
  expect(await place.queue.find(id)).toMatchObject({ state: 'queued', attempts: 0 });
});

test('a schedule: one run per slot whatever the number of runners, one late run for all missed slots', async () => {
  place = await jobsPlace('2026-11-22T09:00:00Z'); // ten o'clock in Rome
  const slots: string[] = [];
  const kind: JobKind = {
    name: 'nightly',
    schedule: '20 0 * * *',
    maxAttempts: 3,
    run: () => {
      slots.push(place.clock.now().toISOString());
      return Promise.resolve('ok');
    },
  };
  const runners = [1, 2, 3].map(() => place.runner([kind]));
  const next = (slot: string) =>
    place.until(`SELECT bool_or(state = 'queued' AND slot = '${slot}') FROM jobs.job WHERE kind = 'nightly'`);
  await next('2026-11-22T23:20:00Z');
  place.setNow('2026-11-22T23:19:59Z');
  await place.queue.enqueue('beat'); // no worker has it: the runners look at least once meanwhile
  place.setNow('2026-11-22T23:20:00Z');
  await next('2026-11-23T23:20:00Z');
  expect(slots).toEqual(['2026-11-22T23:20:00.000Z']);

  // All workers are down for a week.
  await Promise.all(runners.map((runner) => runner.stop()));
  place.setNow('2026-11-30T08:00:00Z');
  place.runner([kind]);
  place.runner([kind]);
  await next('2026-11-30T23:20:00Z');
  expect(slots).toEqual(['2026-11-22T23:20:00.000Z', '2026-11-30T08:00:00.000Z']);
});

test('half past two on the night when it occurs twice: one run', async () => {
  place = await jobsPlace('2026-10-24T20:00:00Z');
  const ran: string[] = [];
  const kind: JobKind = {
    name: 'nightly',
    schedule: '30 2 * * *',
    maxAttempts: 3,
    run: () => {
      ran.push(place.clock.now().toISOString());
      return Promise.resolve('ok');
    },
  };
  const beat: JobKind = { name: 'beat', maxAttempts: 1, run: () => Promise.resolve('ok') };
  /** The runners have processed the present instant when a job requested now is done. */
  const looked = async (): Promise<void> => {
    const id = await place.queue.enqueue('beat');
    await place.until(`SELECT state = 'done' FROM jobs.job WHERE id = '${id}'`);
  };
  place.runner([kind, beat]);
  place.runner([kind, beat]);
  const next = (slot: string) => place.until(`SELECT bool_or(state = 'queued' AND slot = '${slot}') FROM jobs.job`);
  await next('2026-10-25T00:30:00Z');
  for (const instant of ['2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z', '2026-10-25T01:30:00Z']) {
    place.setNow(instant);
    await looked();
    await next('2026-10-26T01:30:00Z');
  }
  expect(ran).toEqual(['2026-10-25T00:30:00.000Z']);
});

test('run now: the scheduled run is brought forward, and the slot of the night still comes', async () => {
  place = await jobsPlace(START);
  let runs = 0;
  const kind: JobKind = {
    name: 'nightly',
    schedule: '20 0 * * *',
    maxAttempts: 3,
    run: () => Promise.resolve(`run ${++runs}`),
  };
  place.runner([kind]);
  const tonight = `SELECT bool_or(state = 'queued' AND slot = '2026-11-22T23:20:00Z') FROM jobs.job`;
  await place.until(tonight);
  const id = await place.queue.enqueue('nightly');
  await place.until(`SELECT bool_or(state = 'done' AND id = '${id}') FROM jobs.job`);
  await place.until(tonight);
  expect(await place.queue.find(id)).toMatchObject({ state: 'done', result: 'run 1', isScheduled: false });
});

test('a cancelled run of a schedule is skipped, the next one comes', async () => {
  place = await jobsPlace(START);
  const kind: JobKind = { name: 'nightly', schedule: '20 0 * * *', maxAttempts: 3, run: () => Promise.resolve('ok') };
  place.runner([kind]);
  await place.until(`SELECT bool_or(state = 'queued') FROM jobs.job`);
  const [job] = await place.queue.list(10);
  expect(await place.queue.cancel(job?.id ?? '')).toBe(true);
  expect(await place.queue.cancel(job?.id ?? '')).toBe(false);
  await place.until(`SELECT bool_or(state = 'queued' AND slot = '2026-11-23T23:20:00Z') FROM jobs.job`);
});

test('a changed schedule moves the waiting slot, a dropped one removes it', async () => {
  place = await jobsPlace(START);
  let runs = 0;
  const kind: JobKind = { name: 'sending', maxAttempts: 3, run: () => Promise.resolve(`run ${++runs}`) };
  const waits = (slot: string) =>
    place.until(
      `SELECT count(*) = 1 AND bool_and(slot = '${slot}' AND due_at = slot) FROM jobs.job WHERE state = 'queued'`,
    );
  await place.runner([{ ...kind, schedule: '0 8 1 * *' }]).stop();
  await waits('2026-12-01T07:00:00Z');
  const daily = place.runner([{ ...kind, schedule: '0 8 * * *' }]);
  await waits('2026-11-23T07:00:00Z');
  place.setNow('2026-11-23T07:00:00Z');
  await waits('2026-11-24T07:00:00Z');
  await daily.stop();
  // Not immediately, although the new schedule would have had slots since the last run.
  place.setNow('2026-11-23T12:00:00Z');
  const hourly = place.runner([{ ...kind, schedule: '0 * * * *' }]);
  await waits('2026-11-23T13:00:00Z');
  await hourly.stop();
  place.setNow('2026-11-23T14:00:00Z');
  place.runner([kind]);
  await place.until(`SELECT NOT EXISTS (SELECT FROM jobs.job WHERE state = 'queued')`);
  expect(runs).toBe(1);
});

test('a kind that ran on request and then gets a schedule has missed no slot of it', async () => {
  place = await jobsPlace(START);
  let runs = 0;
  const kind: JobKind = { name: 'sending', maxAttempts: 3, run: () => Promise.resolve(`run ${++runs}`) };
  const id = await place.queue.enqueue('sending');
  const first = place.runner([kind]);
  await place.until(`SELECT state = 'done' FROM jobs.job WHERE id = '${id}'`);
  await first.stop();
  place.setNow('2026-11-25T09:00:00Z');
  place.runner([{ ...kind, schedule: '0 8 * * *' }]);
  await place.until(`SELECT bool_or(state = 'queued' AND slot > '2026-11-25T09:00:00Z') FROM jobs.job`);
  expect(runs).toBe(1);
});

test('failures are retried later, then exhausted with class and code only; the operator retries', async () => {
  place = await jobsPlace(START);
  let fails = true;
  const kind: JobKind = {
    name: 'flaky',
    maxAttempts: 2,
    run: () =>
      fails
        ? Promise.reject(Object.assign(new TypeError('of RSSMRA85T10A562S'), { code: 'EFLAKY' }))
        : Promise.resolve('done at last'),
  };
  const id = await place.queue.enqueue('flaky', 'x');
  place.runner([kind]);
  await place.until(`SELECT bool_or(attempts = 1 AND lease_token IS NULL) FROM jobs.job`);
  expect(await place.queue.find(id)).toMatchObject({
    state: 'retrying',
    lastError: 'TypeError EFLAKY',
    dueAt: new Date('2026-11-22T09:00:30Z'), // half of the first pause: the random half is zero here
  });
  place.setNow('2026-11-22T09:00:30Z');
  await place.until(`SELECT bool_or(state = 'exhausted') FROM jobs.job`);
  expect(await place.queue.find(id)).toMatchObject({ attempts: 2, lastError: 'TypeError EFLAKY' });
  expect(await place.queue.figures()).toEqual([
    {
      ...{ kind: 'flaky', due: 0, running: 0, exhausted: 1 },
      lastSuccessAt: null,
      lastDueAt: new Date('2026-11-22T09:00:30Z'),
    },
  ]);

  fails = false;
  expect(await retry(id)).toBe(id);
  await place.until(`SELECT bool_or(state = 'done') FROM jobs.job`);
  expect(await place.queue.find(id)).toMatchObject({ attempts: 1, result: 'done at last' });
  expect(await retry(id)).toBeUndefined();
});

test('retrying an exhausted job brings an equal waiting job forward', async () => {
  place = await jobsPlace(START);
  const id = await place.queue.enqueue('k', 's');
  await place.db.query(`UPDATE jobs.job SET state = 'exhausted', finished_at = now()`);
  const later = await place.queue.enqueue('k', 's', new Date('2026-12-01T00:00:00Z'));
  expect(await retry(id)).toBe(later);
  expect(await place.queue.find(later)).toMatchObject({ dueAt: new Date(START) });
  expect(await place.queue.find(id)).toMatchObject({ state: 'superseded' });
});

test('retrying an exhausted job while an equal one is requested: that one runs', async () => {
  place = await jobsPlace(START);
  const owner = await asOwner();
  try {
    const id = await place.queue.enqueue('k', 's');
    await place.db.query(`UPDATE jobs.job SET state = 'exhausted', finished_at = now()`);
    const other = owner.createQueryRunner();
    await other.startTransaction();
    const [like] = (await other.query(
      `INSERT INTO jobs.job (kind, subject, due_at, created_at) VALUES ('k', 's', '2026-12-01', now()) RETURNING id`,
    )) as { id: string }[];
    const retried = retry(id);
    for (let waits = false; !waits;) {
      const rows = await owner.query<{ waits: boolean }[]>(
        `SELECT count(*) > 0 AS waits, pg_sleep(0.02) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      waits = rows[0]?.waits === true;
    }
    await other.commitTransaction();
    await other.release();
    expect(await retried).toBe(like?.id);
    expect(await place.queue.find(like?.id ?? '')).toMatchObject({ state: 'queued', dueAt: new Date(START) });
    expect(await place.queue.find(id)).toMatchObject({ state: 'superseded' });
  } finally {
    await owner.destroy();
  }
});

test('an exhausted job is superseded by a later success of the same kind and subject, or cancelled by the operator', async () => {
  place = await jobsPlace(START);
  const give = async (kind: string, subject: string): Promise<string> => {
    const id = await place.queue.enqueue(kind, subject);
    await place.db.query(`UPDATE jobs.job SET state = 'exhausted', finished_at = now() WHERE id = $1`, [id]);
    return id;
  };
  const [same, other, foreign] = [await give('k', 's'), await give('k', 't'), await give('l', 's')];
  await place.queue.enqueue('k', 's');
  place.runner([{ name: 'k', maxAttempts: 1, run: () => Promise.resolve('ok') }]);
  await place.until(`SELECT bool_or(state = 'done') FROM jobs.job`);
  expect((await place.queue.find(same))?.state).toBe('superseded');
  expect((await place.queue.find(other))?.state).toBe('exhausted');
  expect((await place.queue.find(foreign))?.state).toBe('exhausted');
  expect(await place.queue.cancel(other)).toBe(true);
  expect((await place.queue.find(other))?.state).toBe('cancelled');
});

test('a stopping process interrupts its job and returns it to the queue, the attempt not counted', async () => {
  place = await jobsPlace(START);
  const id = await place.queue.enqueue('long');
  const began = promised<undefined>();
  const kind: JobKind = {
    name: 'long',
    maxAttempts: 1,
    run: ({ signal }) => {
      began.resolve(undefined);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('told to end'));
        });
      });
    },
  };
  const runner = place.runner([kind]);
  await began.promise;
  expect(await place.queue.cancel(id)).toBe(false); // it is running
  await runner.stop();
  expect(await place.queue.find(id)).toMatchObject({ state: 'queued', attempts: 0 });
});

test('a job that ignores the signal is abandoned, and another worker takes it when the lease expires', async () => {
  place = await jobsPlace(START);
  const id = await place.queue.enqueue('deaf');
  const began = promised<undefined>();
  const ended = promised<string>();
  const deaf: JobKind = {
    name: 'deaf',
    maxAttempts: 3,
    run: () => {
      began.resolve(undefined);
      return ended.promise;
    },
  };
  const runner = place.runner([deaf], { graceMs: 10, leaseMs: 1_000 });
  await began.promise;
  await runner.stop();
  place.runner([{ ...deaf, run: () => Promise.resolve('second') }]);
  await place.until(`SELECT bool_or(state = 'done') FROM jobs.job`);
  ended.resolve('first, too late');
  expect(await place.queue.find(id)).toMatchObject({ result: 'second', attempts: 2 });
});

test('a job that lost its lease gets an error, and its outcome does not count', async () => {
  place = await jobsPlace(START);
  const id = await place.queue.enqueue('stolen');
  const told = promised<string>();
  const kind: JobKind = {
    name: 'stolen',
    maxAttempts: 3,
    run: async ({ signal, progress }) => {
      await progress(1, 2);
      await place.db.query(`UPDATE jobs.job SET lease_token = gen_random_uuid()`);
      await progress(2, 2).catch((error: unknown) => {
        told.resolve(`${error instanceof Error ? error.name : ''} ${signal.aborted}`);
      });
      return 'of the loser';
    },
  };
  const runner = place.runner([kind]);
  expect(await told.promise).toBe('LeaseLost true');
  await runner.stop();
  expect(await place.queue.find(id)).toMatchObject({
    state: 'running',
    result: null,
    progress: { done: 1, total: 2 },
  });
});

test('a worker that cannot reach the table in time gives up the lease', async () => {
  place = await jobsPlace(START);
  const owner = await asOwner();
  const id = await place.queue.enqueue('cut-off');
  const told = promised<string>();
  const kind: JobKind = {
    name: 'cut-off',
    maxAttempts: 3,
    run: async ({ signal }) => {
      const holder = owner.createQueryRunner();
      await holder.startTransaction();
      await holder.query('LOCK TABLE jobs.job IN ACCESS EXCLUSIVE MODE');
      await new Promise((ended) => {
        signal.addEventListener('abort', ended);
      });
      told.resolve(String(signal.reason));
      await holder.rollbackTransaction();
      await holder.release();
      return 'too late';
    },
  };
  try {
    const runner = place.runner([kind], { leaseMs: 1_000 });
    expect(await told.promise).toContain('LeaseLost');
    await runner.stop();
    expect((await place.queue.find(id))?.result).toBeNull();
  } finally {
    await owner.destroy();
  }
});

test('a claim with a late answer: the lease ends here before it does in the database', async () => {
  place = await jobsPlace(START);
  const owner = await asOwner();
  try {
    // The answers to the claim and to its extension come long after their execution.
    await owner.query(`
      CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(4); RETURN NULL; END';
      CREATE TRIGGER dawdle AFTER UPDATE ON jobs.job FOR EACH ROW WHEN (NEW.lease_token IS NOT NULL)
        EXECUTE FUNCTION public.dawdle()`);
    const until = promised<Date>();
    const kind: JobKind = {
      name: 'late',
      maxAttempts: 3,
      run: async ({ signal }) => {
        await new Promise((ended) => {
          signal.addEventListener('abort', ended);
        });
        until.resolve(new Date());
        return 'too late';
      },
    };
    const id = await place.queue.enqueue('late');
    const runner = place.runner([kind], { leaseMs: 5_000 });
    const ended = await until.promise;
    void runner.stop();
    const [row] = await owner.query<{ until: Date }[]>('SELECT lease_until AS until FROM jobs.job WHERE id = $1', [id]);
    expect(ended.getTime()).toBeLessThan(row?.until.getTime() ?? 0);
  } finally {
    await owner.destroy();
  }
});

test('an outcome that the database permanently refuses does not make the job run for ever', async () => {
  place = await jobsPlace(START);
  const id = await place.queue.enqueue('unwritable');
  place.runner([{ name: 'unwritable', maxAttempts: 2, run: () => Promise.resolve('no text has a \0') }], {
    leaseMs: 1_000,
  });
  await place.until(`SELECT bool_or(state = 'exhausted') FROM jobs.job`);
  expect(await place.queue.find(id)).toMatchObject({ attempts: 2, lastError: 'lease expired' });
});

test('a lease is kept as long as the job runs, for many times its length', async () => {
  place = await jobsPlace(START);
  let runs = 0;
  const kind: JobKind = {
    name: 'long',
    maxAttempts: 3,
    run: async () => {
      runs++;
      await place.db.query('SELECT pg_sleep(3)');
      return 'ok';
    },
  };
  await place.queue.enqueue('long');
  place.runner([kind], { leaseMs: 800 });
  place.runner([kind], { leaseMs: 800 });
  await place.until(`SELECT bool_or(state = 'done') FROM jobs.job`);
  expect(runs).toBe(1);
});

test('connections that break while a job runs do not harm it: a new one writes its outcome', async () => {
  place = await jobsPlace(START);
  const owner = await asOwner();
  try {
    const id = await place.queue.enqueue('cut');
    const kind: JobKind = {
      name: 'cut',
      maxAttempts: 1,
      run: async () => {
        await owner.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'test worker' AND datname = current_database()`,
        );
        return 'ok';
      },
    };
    place.runner([kind]);
    for (let state = ''; state !== 'done';) {
      const rows = await owner.query<{ state: string }[]>('SELECT state, pg_sleep(0.02) FROM jobs.job WHERE id = $1', [
        id,
      ]);
      state = rows[0]?.state ?? '';
      expect(['queued', 'done']).toContain(state);
    }
  } finally {
    await owner.destroy();
  }
});

test('a job that kills its worker every time is exhausted after its attempts', async () => {
  place = await jobsPlace(START);
  const id = await place.queue.enqueue('deadly');
  await place.db.query(
    `UPDATE jobs.job SET attempts = 3, lease_token = gen_random_uuid(), lease_until = now() - interval '1 second'`,
  );
  place.runner([{ name: 'deadly', maxAttempts: 3, run: () => Promise.reject(new Error('must not run')) }]);
  await place.until(`SELECT bool_or(state = 'exhausted') FROM jobs.job`);
  expect(await place.queue.find(id)).toMatchObject({ attempts: 3, lastError: 'lease expired' });
});
