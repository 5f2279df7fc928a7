/**
 * Intake of a file of school staff, step by step: fingerprint, layout, staging, match, publication [R-1]-[R-6]. Rows
 * are staged in a temporary table of the transaction that publishes: a process killed at any line leaves nothing of the
 * file, and a repeated intake starts from its beginning (2.5: "immediatamente eliminati"). Independent of how files
 * arrive.
 */
import { constants, createWriteStream } from 'node:fs';
import { access, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { recordIn } from '../audit/index.js';
import type { Access } from '../audit/index.js';
import { romeDate, type Clock } from '../platform/clock.js';
import { CsvFile, CsvFileError, MAX_REJECTED, RejectLimit, RowWriter } from '../platform/csv/index.js';
import { BulkSession } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Logger } from '../platform/log.js';
import { printable } from '../platform/printable.js';
import { IntakeError, blamed, rosterOutcome } from './errors.js';
import type { BlamedFile } from './errors.js';
import { LAYOUT_DEFINITIONS, layoutOf, type References } from './layouts.js';
import type { Intake, ResultRow, RosterResult } from './model.js';
import { IntakeStore, rowsOf } from './store.js';

export interface IntakeOptions extends IntakeRequest {
  /** As the worker's role or the owner; statements may run long. Two connections are needed. */
  readonly db: DataSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Largest file accepted, in bytes, both compressed on disk and decompressed. */
  readonly maxBytes: number;
  /** Access-log data of the operation, for the transaction that publishes. */
  readonly access: Access;
}

export interface IntakeRequest {
  /** Path of the CSV file, plain or gzip. */
  readonly source: string;
  /** Name of the file for the operator; default: that of `source`. */
  readonly fileName?: string;
  /**
   * Path of the reject report; written even if no line is rejected, so that an old one is not mistaken for this
   * intake's.
   */
  readonly rejectPath: string;
  /** Id of a published intake of the same layout that this file replaces. */
  readonly replaces?: string | undefined;
  /** Takes in a file again, as after an update of the registry; replaces its former intake. */
  readonly again?: boolean | undefined;
  /** Reports what would be published; leaves only the reject report. */
  readonly dryRun?: boolean;
  /**
   * Called and awaited about a hundred times while reading; if it throws, the intake ends. Bytes of the file on disk.
   */
  readonly onProgress?: (read: number, total: number) => Promise<void> | void;
  /** Aborts the attempt, which leaves nothing. */
  readonly signal?: AbortSignal;
  /** Rejected lines above which the whole file is refused; default one million. */
  readonly maxRejected?: number;
  /** How long to wait for another intake to end, in ms; default half a minute. */
  readonly waitMs?: number;
}

export interface IntakeOutcome extends RosterResult {
  /** `already`: this very file was published before; the result is of that intake and nothing was done. */
  readonly outcome: 'published' | 'already' | 'dry_run';
  readonly transactionId: number;
}

/** The file is at fault: its state and its row in the access log were one transaction. */
export interface RefusedFile {
  readonly failure: IntakeError | CsvFileError;
  readonly transactionId: number;
}

/** Arbitrary number; advisory locks are per database. */
export const LOCK = 7_277_115_014;
export const WAIT_MS = 30_000;
/** In bytes: the longest row of a layout has a name of a region and of a province. */
export const MAX_LINE = 1_024;
const FILE_NAME_CHARACTERS = 255;

/**
 * Takes in a file: result, rejects and doctors' lists appear together, and nothing else of the file remains [R-4]. The
 * file itself stays: the caller deletes it.
 * @throws CsvFileError or IntakeError when the file cannot be taken in, nothing has changed and no row was written;
 * errors of the database and the disk unchanged: repeating the call starts over
 */
export async function takeIn(options: IntakeOptions): Promise<IntakeOutcome | RefusedFile> {
  await access(dirname(options.rejectPath), constants.W_OK).catch((cause: unknown) => {
    throw new IntakeError('report_not_writable', cause);
  });
  const csv = await CsvFile.open(options.source, MAX_LINE, options.maxBytes);
  try {
    const found = layoutOf(csv.header);
    if (found === undefined) throw new IntakeError('wrong_header');
    const sha256 = await csv.sha256();
    const outcome = await BulkSession.exclusively(
      options.db,
      LOCK,
      options.waitMs ?? WAIT_MS,
      (session) => new Attempt(options, csv, found, sha256, session).execute(),
      options.signal,
    );
    if (outcome === undefined) throw new IntakeError('busy');
    return outcome;
  } finally {
    await csv.close();
  }
}

class Attempt {
  private readonly store: IntakeStore;
  private readonly file: Pick<Intake, 'layout' | 'fileName' | 'totalBytes' | 'startedAt'>;
  /** Published intakes that this one replaces. */
  private former: readonly string[] = [];
  /** The file already has an intake, which keeps the fingerprint until this one is published. */
  private isAgain = false;
  private readonly maxRejected: number;
  private shown = 0;
  private transactionId = NaN;

  constructor(
    private readonly options: IntakeOptions,
    private readonly csv: CsvFile,
    private readonly found: NonNullable<ReturnType<typeof layoutOf>>,
    private readonly sha256: string,
    private readonly session: BulkSession,
  ) {
    this.store = new IntakeStore(session);
    this.maxRejected = options.maxRejected ?? MAX_REJECTED;
    const fileName = options.fileName ?? printable(basename(options.source), FILE_NAME_CHARACTERS);
    const startedAt = options.clock.now();
    this.file = { layout: found.layout, fileName, totalBytes: csv.size, startedAt };
  }

  async execute(): Promise<IntakeOutcome | RefusedFile> {
    const known = await this.store.find(this.sha256);
    const { again = false, replaces } = this.options;
    const isDone = known?.state === 'published' && (replaces === undefined || known.replaces.includes(replaces));
    if (isDone && !again) {
      await this.record('already', 0);
      return this.told('already', known.id);
    }
    await this.lookBack(known, again, replaces);
    return this.options.dryRun === true ? this.session.undone(() => this.rehearse()) : this.publish();
  }

  /** Decides the effect on earlier intakes, including one of this very file. */
  private async lookBack(known: Intake | undefined, again: boolean, replaces: string | undefined): Promise<void> {
    this.isAgain = known !== undefined && known.state !== 'running' && known.state !== 'refused';
    if (this.isAgain && !again) {
      if (known?.state === 'withdrawn') throw new IntakeError('withdrawn');
      throw new IntakeError(known?.state === 'replaced' ? 'superseded' : 'same_file');
    }
    const former = new Set(known?.state === 'published' ? [known.id] : []);
    if (replaces !== undefined) {
      const other = await this.store.byId(replaces);
      if (other?.state !== 'published') throw new IntakeError('not_published');
      if (other.layout !== this.file.layout) throw new IntakeError('other_layout');
      former.add(other.id);
    }
    this.former = [...former];
  }

  private begin(): Promise<string> {
    return this.isAgain ? this.store.beginAgain(this.file) : this.store.begin({ ...this.file, sha256: this.sha256 });
  }

  private async rehearse(): Promise<IntakeOutcome> {
    const id = await this.begin();
    await this.fill(id);
    return this.told('dry_run', id);
  }

  private async publish(): Promise<IntakeOutcome | RefusedFile> {
    const { layout } = this.file;
    const id = await this.begin();
    try {
      await this.session.transaction(() => this.fill(id));
    } catch (error) {
      const refusal = blamed(error);
      if (refusal !== undefined) return this.refuse(id, refusal);
      // The fingerprint is not that of the final file.
      if (error instanceof CsvFileError) await this.store.forget(id);
      throw error;
    }
    const outcome = await this.told('published', id);
    const { accepted, rejected, validated, notInCare, newlyListed, replaces, delisted } = outcome.intake;
    this.options.log.info('roster published', {
      ...{ intake: id, layout, accepted, rejected, validated, notInCare, newlyListed, replaces, delisted },
    });
    return outcome;
  }

  private async refuse(id: string, { problem, failure }: BlamedFile): Promise<RefusedFile> {
    await this.session.transaction(async () => {
      await this.store.refuse(id, problem);
      await this.record(rosterOutcome(problem));
    });
    return { failure, transactionId: this.transactionId };
  }

  /** Everything between BEGIN and COMMIT. */
  private async fill(id: string): Promise<void> {
    const { layout } = this.file;
    const { clock, signal } = this.options;
    const definition = LAYOUT_DEFINITIONS[layout];
    const writer = new RowWriter(this.found.columns, await this.store.references(), definition.rule);
    const limit = new RejectLimit(writer, {
      max: this.maxRejected,
      repetitions: () => this.store.repetitions(definition),
      tooMany: () => new IntakeError('too_many_rejects'),
    });
    await this.store.stage(definition, writer.copyColumns, this.rows(id, writer, limit), limit);
    signal?.throwIfAborted();
    const duplicates = await this.store.rejectDuplicates(id, definition);
    const lines = { accepted: writer.accepted - duplicates, rejected: writer.rejected + duplicates };
    await this.store.keepRejects(id);
    if (lines.accepted === 0) {
      await this.report(id); // before the transaction drops its source
      throw new IntakeError('nothing_valid', undefined, await this.store.mainReason(id, lines.rejected));
    }
    signal?.throwIfAborted();
    const counts = await this.store.publish(id, layout, romeDate(this.file.startedAt));
    signal?.throwIfAborted();
    if (this.isAgain) await this.store.takeFingerprint(id, this.sha256);
    const delisted = this.former.length === 0 ? 0 : await this.store.end(this.former, id, clock.now());
    await this.store.finish(id, lines, { ...counts, delisted }, clock.now());
    await this.record('published', counts.newlyListed);
  }

  /** In the current transaction, if there is one. @param affected number of persons new on the doctors' lists */
  private async record(outcome: string, affected?: number): Promise<void> {
    this.transactionId = await recordIn(rowsOf(this.session), this.options.access, outcome, affected);
  }

  private async *rows(id: string, writer: RowWriter<References>, limit: RejectLimit): AsyncGenerator<Buffer> {
    for await (const lines of this.csv.lines()) {
      this.options.signal?.throwIfAborted();
      let text = '';
      for (const line of lines) text += writer.write(line);
      limit.check();
      if (text !== '') yield Buffer.from(text);
      await this.show(id);
    }
  }

  /** On another connection: this one is in a COPY, and its transaction's writes are not visible to others. */
  private async show(id: string): Promise<void> {
    const { bytesRead, size } = this.csv;
    const percent = Math.floor((bytesRead / size) * 100);
    if (percent === this.shown) return;
    this.shown = percent;
    if (this.options.dryRun !== true) {
      await this.options.db.query('UPDATE roster.intake SET read_bytes = $2 WHERE id = $1', [id, bytesRead]);
    }
    await this.options.onProgress?.(bytesRead, size);
  }

  private async report(id: string): Promise<void> {
    const partial = `${this.options.rejectPath}.part`;
    await this.store.report(id, createWriteStream(partial, { mode: 0o640, flush: true }));
    await rename(partial, this.options.rejectPath);
  }

  private async told(outcome: IntakeOutcome['outcome'], id: string): Promise<IntakeOutcome> {
    await this.report(id);
    const rows: ResultRow[] = await this.store.result(id);
    const intake = await this.store.byId(id);
    if (intake === undefined) throw new Error('an intake has no row');
    return { outcome, intake, rows, transactionId: this.transactionId };
  }
}
