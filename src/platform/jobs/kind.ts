/** A kind of job as a feature declares it, and the context in which it runs. */

export interface JobRun {
  /** Id of the job: the same when it is tried again. */
  readonly id: string;
  /** The subject given when the job was enqueued. */
  readonly subject: string | undefined;
  /** Aborted when the lease is lost or the process stops: end soon, keeping completed work. */
  readonly signal: AbortSignal;
  /**
   * Reports progress.
   * @throws when the lease is lost: another worker has the job
   */
  readonly progress: (done: number, total: number) => Promise<void>;
}

export interface JobKind {
  /** Unique among the kinds; shown to the operator: `retention`. */
  readonly name: string;
  /** Schedule: a cron expression of five fields, in Europe/Rome. Absent: runs only on request. */
  readonly schedule?: string;
  /** Attempts until the job is exhausted; an attempt of a killed worker counts too. */
  readonly maxAttempts: number;
  /**
   * Does the work. Idempotent: after a kill the same job runs again, from its beginning; after a lost lease it may run
   * twice at once for a moment.
   * @returns one line for the operator, without personal data
   * @throws any error: the job is tried again later
   */
  run(run: JobRun): Promise<string>;
}
