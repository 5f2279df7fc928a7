/**
 * Jobs for those who request and supervise them: enqueue, list, retry, cancel. Needs no runner, so that an admin
 * command, which must never run a job, uses it too. Does not know what a kind does.
 */
import type { Clock } from '../clock.js';
import type { Queryable } from '../db/index.js';

/**
 * `running` and `retrying` jobs are queued ones, distinguished by lease and attempts; `superseded` ones were exhausted
 * until a later job of their kind and subject succeeded or replaced them.
 */
export type JobState = 'queued' | 'running' | 'retrying' | 'done' | 'exhausted' | 'superseded' | 'cancelled';

export interface JobRow {
  readonly id: string;
  readonly kind: string;
  readonly subject: string | null;
  readonly state: JobState;
  readonly isScheduled: boolean;
  readonly dueAt: Date;
  readonly attempts: number;
  /** Start of the current attempt, or of the last one. */
  readonly progress: { readonly done: number; readonly total: number } | undefined;
  readonly result: string | null;
  /** Class and code of the last failure. */
  readonly lastError: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

/** What the operator's tools show about a kind. */
export interface KindFigures {
  readonly kind: string;
  readonly due: number;
  readonly running: number;
  readonly exhausted: number;
  readonly lastSuccessAt: Date | null;
  /** For a scheduled kind the waiting slot, or the last one: long ago if no worker has the kind any more. */
  readonly lastDueAt: Date | null;
}

export interface JobQueue {
  /**
   * Requests work. A waiting job is brought forward, a running one is left alone.
   * @param subject opaque id of the job's subject: at most one unfinished job per kind and subject
   * @param dueAt the earliest start; absent: now
   * @returns the id of the job, either new or the unfinished one of the same kind and subject
   */
  enqueue(kind: string, subject?: string, dueAt?: Date): Promise<string>;
  find(id: string): Promise<JobRow | undefined>;
  /** Unfinished and exhausted ones first, then the latest ended of each kind, at most `limit` in all. */
  list(limit: number): Promise<readonly JobRow[]>;
  /**
   * Gives an exhausted job another full round of attempts, from now on. Call it within a transaction: it locks the
   * table.
   * @returns the id of the job that will run: the unfinished one of its kind and subject if there is one; undefined: it
   * is not exhausted
   */
  retry(id: string): Promise<string | undefined>;
  /**
   * Also cancels an exhausted job. For a scheduled kind, only this run is left out. @returns false: it runs, or has
   * ended
   */
  cancel(id: string): Promise<boolean>;
  figures(): Promise<readonly KindFigures[]>;
}

const IS_RUNNING = 'lease_until > clock_timestamp()';

interface Found extends Omit<JobRow, 'progress'> {
  readonly done: string | null;
  readonly total: string | null;
}

const SELECT = `
  SELECT id, kind, subject, slot IS NOT NULL AS "isScheduled", due_at AS "dueAt", attempts, progress_done AS done,
         progress_total AS total, result, last_error AS "lastError", started_at AS "startedAt", finished_at AS "finishedAt",
         CASE WHEN state <> 'queued' THEN state WHEN ${IS_RUNNING} THEN 'running'
              WHEN attempts > 0 THEN 'retrying' ELSE 'queued' END AS state
  FROM jobs.job`;

/** A scheduled run that is brought forward no longer counts for its slot, which therefore is still to come. */
const ENQUEUE = `
  INSERT INTO jobs.job AS j (kind, subject, due_at, created_at) VALUES ($1, $2, $3::timestamptz, $4::timestamptz)
  ON CONFLICT (kind, (coalesce(subject, ''))) WHERE state = 'queued' DO UPDATE SET
    due_at = CASE WHEN j.${IS_RUNNING} THEN j.due_at ELSE least(j.due_at, EXCLUDED.due_at) END,
    slot = CASE WHEN j.${IS_RUNNING} OR j.due_at <= EXCLUDED.due_at THEN j.slot END
  RETURNING id`;

// The lock keeps out a job of the same kind and subject, which could otherwise come between the check and the change.
const LOCK = 'LOCK TABLE jobs.job IN SHARE ROW EXCLUSIVE MODE';
const RETRY = `
  WITH again AS (UPDATE jobs.job j SET state = 'queued', attempts = 0, due_at = $2::timestamptz, slot = NULL, finished_at = NULL
  WHERE id = $1::uuid AND state = 'exhausted'
    AND NOT EXISTS (SELECT FROM jobs.job o WHERE o.state = 'queued' AND o.kind = j.kind
                    AND coalesce(o.subject, '') = coalesce(j.subject, ''))
  RETURNING id) SELECT id FROM again`;

const SUPERSEDE = `UPDATE jobs.job SET state = 'superseded' WHERE id = $1::uuid AND state = 'exhausted'`;

const CANCEL = `
  WITH cancelled AS (
    UPDATE jobs.job SET state = 'cancelled', finished_at = $2::timestamptz, lease_token = NULL, lease_until = NULL
    WHERE id = $1::uuid AND (state = 'exhausted' OR state = 'queued' AND (lease_until IS NULL OR NOT ${IS_RUNNING}))
    RETURNING id
  ) SELECT id FROM cancelled`;

const LIST = `
  WITH recent AS (
    SELECT id, state IN ('queued', 'exhausted') AS is_open,
           row_number() OVER (PARTITION BY kind ORDER BY finished_at DESC NULLS FIRST) AS rank
    FROM jobs.job
  )
  ${SELECT} JOIN recent USING (id)
  ORDER BY recent.is_open DESC, CASE WHEN recent.is_open THEN 0 ELSE recent.rank END, job.kind, job.due_at
  LIMIT $1::integer`;

const FIGURES = `
  SELECT kind,
         count(*) FILTER (WHERE state = 'queued' AND due_at <= $1::timestamptz AND (lease_until IS NULL OR NOT ${IS_RUNNING}))::integer
           AS due,
         count(*) FILTER (WHERE state = 'queued' AND ${IS_RUNNING})::integer AS running,
         count(*) FILTER (WHERE state = 'exhausted')::integer AS exhausted,
         max(finished_at) FILTER (WHERE state = 'done') AS "lastSuccessAt",
         max(due_at) AS "lastDueAt"
  FROM jobs.job GROUP BY kind ORDER BY kind`;

/** @param tables the database, or a transaction on it */
export function createJobQueue(tables: Queryable, clock: Clock): JobQueue {
  const ask = async (kind: string, subject: string | undefined, dueAt: Date): Promise<string> => {
    const [row] = await tables.query<{ id: string }[]>(ENQUEUE, [kind, subject ?? null, dueAt, clock.now()]);
    if (row === undefined) throw new Error('enqueueing a job returned none');
    return row.id;
  };
  const find = async (id: string): Promise<JobRow | undefined> =>
    (await tables.query<Found[]>(`${SELECT} WHERE id = $1::uuid`, [id])).map(rowOf)[0];

  return {
    enqueue: (kind, subject, dueAt = clock.now()) => ask(kind, subject, dueAt),
    find,
    list: async (limit) => (await tables.query<Found[]>(LIST, [limit])).map(rowOf),
    async retry(id) {
      await tables.query(LOCK);
      const [again] = await tables.query<{ id: string }[]>(RETRY, [id, clock.now()]);
      if (again !== undefined) return again.id;
      const job = await find(id);
      if (job?.state !== 'exhausted') return undefined;
      const unfinished = await ask(job.kind, job.subject ?? undefined, clock.now());
      await tables.query(SUPERSEDE, [id]);
      return unfinished;
    },
    cancel: async (id) => (await tables.query<unknown[]>(CANCEL, [id, clock.now()])).length === 1,
    figures: () => tables.query<KindFigures[]>(FIGURES, [clock.now()]),
  };
}

function rowOf({ done, total, ...row }: Found): JobRow {
  return {
    ...row,
    progress: done === null || total === null ? undefined : { done: Number(done), total: Number(total) },
  };
}
