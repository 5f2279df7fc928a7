/**
 * Runs the retention rules [S-5]: counts rows past their term, deletes them in batches, and writes a row in the access
 * log for every batch. Independent of the rules' content.
 */
import { recordIn } from '../audit/index.js';
import { accessOf, jobCall } from '../auth/index.js';
import type { Call } from '../auth/index.js';
import { romeDate } from '../platform/clock.js';
import type { Clock } from '../platform/clock.js';
import { isDatabaseUnavailable } from '../platform/db/index.js';
import type { DataSource, Due, Queryable, RetentionRule } from '../platform/db/index.js';
import type { Rules } from './rules.js';

export interface RetentionOptions {
  /** The TS database, whose access log records deletions: as the worker or as its owner. */
  readonly db: DataSource;
  /** The consent database, as its retention role or its owner; absent: its rules do not run here. */
  readonly consentDb?: DataSource | undefined;
  readonly rules: Rules;
  readonly clock: Clock;
  /** The call of the command that deletes; absent: every run is a job's, with its own call. */
  readonly call?: Call | undefined;
  /** Rows per statement, default 10 000: a second of work, short locks, little to repeat. */
  readonly batch?: number;
}

export interface RuleReport extends Due {
  readonly rule: RetentionRule;
}

export interface Deleted {
  readonly rule: RetentionRule;
  readonly rows: number;
}

interface Failure {
  readonly rule: string;
  readonly error: unknown;
}

export interface RetentionService {
  /**
   * Counts what `purge` would delete now, rule by rule.
   * @throws the database's error when it is unavailable; RetentionIncomplete, after all other rules, when rules failed
   */
  report(): Promise<readonly RuleReport[]>;
  /**
   * Deletes data past their term. Every batch is a transaction with its access-log row, so that an interrupted run has
   * logged what it did, and the next run does the rest. The transactions of the consent database do not include the
   * log: after an interruption the row of the last batch may be missing.
   * @param progress called after each rule, and after each batch of a long one
   * @throws AbortError when the signal stops the run between two batches; the database's error when it is unavailable;
   * RetentionIncomplete, after all other rules, when rules failed
   */
  purge(signal?: AbortSignal, progress?: (done: number, total: number) => Promise<void>): Promise<readonly Deleted[]>;
}

/** Some rules failed; the deletions of the others are complete. `code` names the failed ones, for the operator. */
export class RetentionIncomplete extends Error {
  override readonly name = 'RetentionIncomplete';
  readonly code: string;

  /** @param done results of the other rules */
  constructor(
    failures: readonly Failure[],
    readonly done: readonly (Deleted & Partial<RuleReport>)[],
  ) {
    const names = failures.map(({ rule }) => rule).join(', ');
    super(`rules of retention failed: ${names}`, { cause: failures[0]?.error });
    this.code = names;
  }
}

const BATCH = 10_000;

export function createRetention(options: RetentionOptions): RetentionService {
  const { db, consentDb, rules, clock, batch = BATCH } = options;
  const targets = [
    ...rules.ts.map((rule) => ({ rule, on: db })),
    ...(consentDb === undefined ? [] : rules.consent.map((rule) => ({ rule, on: consentDb }))),
  ];

  async function purgeOnce(rule: RetentionRule, on: DataSource, isFirst: boolean, call: Call): Promise<number> {
    const access = accessOf(call, `retention:${rule.name}`);
    const record = async (tables: Queryable, rows: number): Promise<void> => {
      // A rule without rows to delete writes one row: the log shows that it ran.
      if (rows > 0 || isFirst) await recordIn(tables, { ...access, at: clock.now() }, 'deleted', rows);
    };
    const today = romeDate(clock.now());
    const rows = await on.transaction(async (tables) => {
      const deleted = await rule.purge(tables, today, batch);
      if (on === db) await record(tables, deleted);
      return deleted;
    });
    if (on !== db) await record(db, rows);
    return rows;
  }

  return {
    async report() {
      const today = romeDate(clock.now());
      const found: RuleReport[] = [];
      const failures: Failure[] = [];
      for (const { rule, on } of targets) {
        try {
          found.push({ rule, ...(await rule.count(on, today)) });
        } catch (error) {
          if (isDatabaseUnavailable(error)) throw error;
          failures.push({ rule: rule.name, error });
        }
      }
      if (failures.length > 0) throw new RetentionIncomplete(failures, found);
      return found;
    },
    async purge(signal, progress) {
      const call = options.call ?? jobCall('retention', clock);
      const deleted: Deleted[] = [];
      const failures: Failure[] = [];
      for (const [index, { rule, on }] of targets.entries()) {
        let rows = 0;
        for (let last = 0, isFirst = true; isFirst || last > 0; isFirst = false) {
          signal?.throwIfAborted();
          try {
            last = await purgeOnce(rule, on, isFirst, call);
          } catch (error) {
            if (isDatabaseUnavailable(error)) throw error;
            failures.push({ rule: rule.name, error }); // the other rules still apply
            last = 0;
          }
          rows += last;
          await progress?.(index, targets.length);
        }
        deleted.push({ rule, rows });
        await progress?.(index + 1, targets.length);
      }
      if (failures.length > 0) throw new RetentionIncomplete(failures, deleted);
      return deleted;
    },
  };
}
