/**
 * Bulk import of the registry [G-3], step by step: fingerprint, load, duplicates, merge in batches, reject report. A
 * run is identified by the file (SHA-256) and its kind. Loading is one transaction, so a process killed while loading
 * leaves nothing; if it is killed later, the staging table remains and the next start continues after the last
 * committed batch. Independent of the command line.
 */
import { createWriteStream, constants } from 'node:fs';
import { access, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BulkSession } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import { romeDate, type Clock } from '../../platform/clock.js';
import { columnsInOrder, CsvFile, MAX_REJECTED, RejectLimit, RowWriter } from '../../platform/csv/index.js';
import type { Logger } from '../../platform/log.js';
import type { Column, References } from './column.js';
import { foreseeFormer, type FormerEffects } from './former.js';
import { kindDefinitions, type ImportKind, type KindDefinition } from './kinds.js';
import { Rejects } from './rejects.js';
import { ImportStore, stagingOf, type Effects, type RunRow } from './store.js';

export interface ImportProgress {
  readonly phase: 'load' | 'merge';
  /** Lines read; 0 while merging. */
  readonly lines: number;
  /** Bytes of the file on disk that have been read; while merging, bytes of the staging table. */
  readonly bytes: number;
  /** Progress of this phase. */
  readonly percent: number;
}

export interface ImportOptions {
  /** Path of the CSV file, plain or gzip. */
  readonly source: string;
  readonly kind: ImportKind;
  /** Connection as the owner of the schema. */
  readonly ownerDb: DataSource;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onProgress?: (progress: ImportProgress) => void;
  /**
   * Path of the reject report; written even if no line is rejected, so that an old one is not mistaken for this run's.
   */
  readonly rejectPath: string;
  /** Reports what would change; leaves only the reject report. */
  readonly dryRun: boolean;
  /** Repeats the import of a file, for example after the doctors that it refers to have been imported. */
  readonly again?: boolean;
  /** Pages of the staging table per transaction of the merge; default about 30 000 persons, a second or two. */
  readonly batchPages?: number;
  /** Rejected lines above which the whole file is refused; default one million. */
  readonly maxRejected?: number;
  /** How long to wait for another import to end, in ms; default half a minute. */
  readonly waitMs?: number;
  /** Called in the transaction that ends the import. @param rows number of new or changed rows */
  readonly record?: (tables: LogTables, rows: number) => Promise<void>;
}

interface LogTables {
  query(sql: string, parameters: unknown[]): Promise<{ id: string }[]>;
}

export interface ImportResult extends Effects {
  /** `already`: this file was imported before; the counts are of that import and nothing was done. */
  readonly outcome: 'done' | 'already' | 'dry_run';
  /** Valid lines; those neither inserted nor changed were equal to the stored rows. */
  readonly accepted: number;
  readonly rejected: number;
  /** New former identifiers [G-5]. */
  readonly formerAdded: number;
  /** Former identifiers that now lead to another person. */
  readonly formerMoved: number;
  /** For a dry run of persons: number of persons who would leave the doctors' lists of school staff [R-10]. */
  readonly leaving?: number;
}

export type ImportProblem = 'wrong_header' | 'nothing_valid' | 'too_many_rejects' | 'busy' | 'report_not_writable';

/** The import cannot start; nothing has changed. `message` is a text for the operator. */
export class RegistryImportError extends Error {
  override readonly name = 'RegistryImportError';

  constructor(
    readonly problem: ImportProblem,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Arbitrary number; advisory locks are per database. */
const LOCK = 7_277_115_013;
const BATCH_PAGES = 512;
const WAIT_MS = 30_000;

/**
 * Imports a file. Rows that are not in the file stay unchanged: the feed is incremental.
 * @throws CsvFileError when the whole file is unusable, RegistryImportError when the import cannot start; errors of the
 * database unchanged: repeating the call resumes
 */
export async function importRegistry(options: ImportOptions): Promise<ImportResult> {
  const kind = kindDefinitions[options.kind];
  await access(dirname(options.rejectPath), constants.W_OK).catch((cause: unknown) => {
    throw new RegistryImportError('report_not_writable', 'the folder of the reject report cannot be written', cause);
  });
  const csv = await CsvFile.open(options.source);
  try {
    const columns = columnsInOrder(csv.header, kind.columns);
    if (columns === undefined) throw wrongHeader(kind);
    const definition = { ...kind, columns: kind.columns.filter((column) => columns.includes(column)) };
    const sha256 = await csv.sha256();
    const result = await BulkSession.exclusively(options.ownerDb, LOCK, options.waitMs ?? WAIT_MS, (session) =>
      new Run(options, definition, csv, columns, sha256, session).execute(),
    );
    if (result === undefined) throw new RegistryImportError('busy', 'another import of the registry is running');
    return result;
  } finally {
    await csv.close();
  }
}

class Run {
  private readonly day: string;
  private readonly store: ImportStore;
  private readonly rejects: Rejects;

  constructor(
    private readonly options: ImportOptions,
    private readonly definition: KindDefinition,
    private readonly csv: CsvFile,
    private readonly columns: readonly Column[],
    private readonly sha256: string,
    private readonly session: BulkSession,
  ) {
    this.store = new ImportStore(session);
    this.rejects = new Rejects(session);
    this.day = romeDate(options.clock.now());
  }

  async execute(): Promise<ImportResult> {
    const { dryRun, kind, log } = this.options;
    if (dryRun) return this.session.undone(() => this.rehearse());

    const again = this.options.again ?? false;
    let run = await this.store.find(kind, this.sha256);
    if (run !== undefined && run.finishedAt !== null && !again) return resultOf('already', run);
    if (run === undefined || again || !(await this.store.isStaged(run))) {
      const forget = run !== undefined && run.finishedAt !== null;
      await this.session.transaction(() => this.load(forget));
      run = await this.store.find(kind, this.sha256);
    } else {
      log.info('registry import resumed', { kind, run: run.id });
    }
    if (run === undefined) throw new Error('the import has no run'); // it has just been inserted
    await this.merge(run.id, run.mergedPages);
    await this.report(run.id);
    const done = await this.end(run);
    const result = resultOf('done', done);
    log.info('registry import done', { kind, run: run.id, ...result });
    return result;
  }

  private end(run: RunRow): Promise<RunRow> {
    const { kind, clock, record } = this.options;
    const tables: LogTables = { query: (sql, parameters) => this.session.select(sql, parameters) };
    return this.session.transaction(async () => {
      await this.store.finish(run.id, clock.now());
      const done = (await this.store.find(kind, this.sha256)) ?? run;
      await record?.(tables, done.inserted + done.changed);
      return done;
    });
  }

  private async rehearse(): Promise<ImportResult> {
    const { id, accepted, rejected, former } = await this.load(true);
    const effects = await this.store.foresee(id, this.definition);
    await this.report(id);
    const { added: formerAdded, moved: formerMoved } = former;
    const leaving = this.options.kind === 'persons' ? { leaving: await this.store.foreseeDepartures(id) } : {};
    return { outcome: 'dry_run', accepted, rejected, ...effects, formerAdded, formerMoved, ...leaving };
  }

  private async load(
    forget: boolean,
  ): Promise<{ id: string; accepted: number; rejected: number; former: FormerEffects }> {
    const { kind, clock } = this.options;
    const references = await this.store.references(this.day);
    const id = await this.store.begin(kind, this.sha256, this.definition.columns, clock.now(), forget);
    const writer = new RowWriter(this.columns, references, this.definition.rule);
    const max = this.options.maxRejected ?? MAX_REJECTED;
    const limit = new RejectLimit(writer, {
      max,
      repetitions: () => this.rejects.repetitions(id, this.definition),
      tooMany: () => tooManyRejects(max),
    });
    await this.store.load(id, writer.copyColumns, this.rows(writer, limit), limit);
    const marked =
      (await this.rejects.markDuplicates(id, this.definition)) + (await this.rejects.markFormer(id, this.definition));
    const accepted = writer.accepted - marked;
    const rejected = writer.rejected + marked;
    limit.check(rejected);
    if (accepted === 0 && rejected > 0) {
      await this.report(id); // before the transaction drops its source
      throw new RegistryImportError('nothing_valid', await this.rejects.whyNothing(id, rejected));
    }
    const former = await foreseeFormer(this.session, stagingOf(id), this.definition);
    await this.store.count(id, accepted, rejected, former);
    return { id, accepted, rejected, former };
  }

  private async *rows(writer: RowWriter<References>, limit: RejectLimit): AsyncGenerator<Buffer> {
    for await (const lines of this.csv.lines()) {
      let text = '';
      for (const line of lines) text += writer.write(line);
      limit.check();
      if (text !== '') yield Buffer.from(text);
      const { size, bytesRead } = this.csv;
      const percent = percentOf(bytesRead, size);
      this.options.onProgress?.({ phase: 'load', lines: writer.accepted + writer.rejected, bytes: bytesRead, percent });
    }
  }

  private async merge(id: string, mergedPages: number): Promise<void> {
    const pages = await this.store.pages(id);
    const batch = this.options.batchPages ?? BATCH_PAGES;
    for (let from = mergedPages; from < pages; from += batch) {
      const to = Math.min(from + batch, pages);
      await this.store.merge(id, this.definition, { from, to }, this.day);
      this.options.onProgress?.({ phase: 'merge', lines: 0, bytes: to * 8192, percent: percentOf(to, pages) });
    }
  }

  private async report(id: string): Promise<void> {
    const partial = `${this.options.rejectPath}.part`;
    await this.rejects.report(id, createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, this.options.rejectPath);
  }
}

/** Never quotes the file: without a header its first line is personal data. */
function wrongHeader({ columns }: KindDefinition): RegistryImportError {
  const expected = columns.map(({ header, mayLack }) => (mayLack === true ? `[${header}]` : header)).join(';');
  return new RegistryImportError('wrong_header', `the first line is not the header of this kind of file: ${expected}`);
}

function tooManyRejects(max: number): RegistryImportError {
  return new RegistryImportError(
    'too_many_rejects',
    `more than ${max} lines are invalid or repeat an earlier line. Import first what the lines refer to (regions, ASLs, doctors); ` +
      'to see the reasons, run the first 100000 lines of the file without --apply',
  );
}

function resultOf(outcome: ImportResult['outcome'], run: RunRow): ImportResult {
  const { accepted, rejected, inserted, changed, formerAdded, formerMoved } = run;
  return { outcome, accepted, rejected, inserted, changed, formerAdded, formerMoved };
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.floor((part / whole) * 100);
}
