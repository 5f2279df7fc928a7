/** A kind of job as a feature declares it, and the context in which it runs. */

export interface JobRun {
  /** Of the job: the same when it is tried again. */
  readonly id: string;
  /** What it is about, as it was enqueued. */
  readonly subject: string | undefined;
  /** Aborted when the lease is lost or the process stops: end soon, leave what is done as it is. */
  readonly signal: AbortSignal;
  /**
   * Shows how far it is.
   * @throws when the lease is lost: somebody else has the job
   */
  readonly progress: (done: number, total: number) => Promise<void>;
}

export interface JobKind {
  /** Of this kind alone; shown to the operator: `retention`. */
  readonly name: string;
  /** Schedule: a cron expression of five fields, in Europe/Rome. Absent: runs only on request. */
  readonly schedule?: string;
  /** Attempts until the job is exhausted; one that ended with a killed worker counts too. */
  readonly maxAttempts: number;
  /**
   * Does the work. Idempotent: after a kill the same job runs again, from its beginning; after a lost lease it may run
   * twice at once for a moment.
   * @returns one line for the operator, nothing personal in it
   * @throws to be tried again later
   */
  run(run: JobRun): Promise<string>;
}
