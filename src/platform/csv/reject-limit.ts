/**
 * Bounds what the rejected lines of one file cost. Lines with a fault are counted as they are read. Repetitions are
 * counted in the staging table while it fills, before any of them becomes a reject: a few kilobytes of gzip can hold
 * millions of lines.
 */
import type { RowWriter } from './rows.js';

/** Rejected lines of one file at most. The report of an honest file stays far below. */
export const MAX_REJECTED = 1_000_000;

/**
 * The staging table grows by this factor between two counts: all counts together cost little more than the last one.
 */
const GROWTH = 4;

export interface RejectLimitOptions {
  /** Rejected lines at most. */
  readonly max: number;
  /** Counts the staged lines that repeat the key of another one. */
  readonly repetitions: () => Promise<number>;
  /** The error thrown above the limit. */
  readonly tooMany: () => Error;
}

export class RejectLimit {
  private nextCount: number;

  constructor(
    private readonly writer: Pick<RowWriter<never>, 'accepted' | 'rejected'>,
    private readonly options: RejectLimitOptions,
  ) {
    this.nextCount = options.max;
  }

  /** Whether enough lines were added since the last count for another one. */
  get isCountDue(): boolean {
    return this.writer.accepted > this.nextCount;
  }

  /** Call it after each block of lines. @throws the error of `tooMany` */
  check(rejected = this.writer.rejected): void {
    if (rejected > this.options.max) throw this.options.tooMany();
  }

  /** Call it when the rows written so far are in the staging table. @throws the error of `tooMany` */
  async count(): Promise<void> {
    this.nextCount = this.writer.accepted * GROWTH;
    this.check(this.writer.rejected + (await this.options.repetitions()));
  }
}
