/**
 * Decisions of the first term, until 2024-06-30, which were expressed elsewhere [O-8]: streamed into a table of the
 * session, checked line by line, written in batches. What is written is found again, so a file that is given again, or
 * gone on with after a crash, adds what is missing. Does not know the command line.
 */
import { constants, createWriteStream } from 'node:fs';
import { access, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { recordIn } from '../../audit/index.js';
import { accessOf } from '../../auth/index.js';
import type { Call } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import { columnsInOrder, CsvFile, MAX_REJECTED, RejectLimit, RowWriter } from '../../platform/csv/index.js';
import { BulkSession } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import type { AnaLookup } from '../../registry/index.js';
import { IMPORT_COLUMNS, importRule } from './import-columns.js';
import type { References } from './import-columns.js';
import { ImportStore } from './import-store.js';

export interface DecisionImportOptions {
  /** Path of the CSV file, plain or gzip. */
  readonly source: string;
  /** The consent database, as its owner. */
  readonly consentDb: DataSource;
  /** The TS database, as its owner: names of regions, and the access log, which holds counts only. */
  readonly ownerDb: DataSource;
  readonly ana: Pick<AnaLookup, 'find' | 'regionsOfCare'>;
  readonly clock: Clock;
  /** Of the command: its rows in the access log. */
  readonly call: Call;
  /** Where the reject report goes; written also when it has no line. */
  readonly rejectPath: string;
  /** Says what would be imported and leaves no trace but the reject report. */
  readonly dryRun: boolean;
  readonly onProgress?: (phase: 'read' | 'write', percent: number) => void;
  /** Rejected lines above which the whole file is refused; by default a million. */
  readonly maxRejected?: number;
  /** Lines per transaction; by default ten thousand. */
  readonly batchLines?: number;
  /** How long to wait for another import to end, in ms. */
  readonly waitMs?: number;
}

export interface DecisionImportResult {
  /** Lines in order. */
  readonly accepted: number;
  readonly rejected: number;
  /** Of those in order: in the register already, from an earlier import. */
  readonly already: number;
  /** Written now, or to be. */
  readonly inserted: number;
}

export type DecisionImportProblem =
  'wrong_header' | 'no_first_term' | 'too_many_rejects' | 'busy' | 'report_not_writable';

const PROBLEMS: Readonly<Record<DecisionImportProblem, string>> = {
  wrong_header: `the first line is not the header of this file: ${IMPORT_COLUMNS.map(({ header, mayLack }) =>
    mayLack === true ? `[${header}]` : header,
  ).join(';')}`,
  no_first_term: 'there is no window of the first term: opposition-window add --opens 2024-04-22 --closes 2024-06-30',
  too_many_rejects:
    'too many lines are not in order or repeat an earlier line. Import the registry first, or give the region in the file; ' +
    'to see the reasons, run the first 100000 lines of the file without --apply',
  busy: 'another import of decisions is running',
  report_not_writable: 'the folder of the reject report cannot be written',
};

/** The import cannot start; nothing was changed. `message` is fit to be shown. */
export class DecisionImportError extends Error {
  override readonly name = 'DecisionImportError';

  constructor(
    readonly problem: DecisionImportProblem,
    cause?: unknown,
  ) {
    super(PROBLEMS[problem], { cause });
  }
}

/** Any number will do; advisory locks are per database. */
const LOCK = 7_277_115_016;
const WAIT_MS = 30_000;
const MAX_LINE = 1_024;
const BATCH_LINES = 10_000;
/** Persons looked up at once. */
const LOOK_UP = 5_000;

/**
 * Imports a file.
 * @throws CsvFileError when the file as a whole cannot be used, DecisionImportError when the import cannot start; errors
 *   of a database as they are, after which the same call goes on
 */
export async function importDecisions(options: DecisionImportOptions): Promise<DecisionImportResult> {
  await access(dirname(options.rejectPath), constants.W_OK).catch((cause: unknown) => {
    throw new DecisionImportError('report_not_writable', cause);
  });
  const csv = await CsvFile.open(options.source, MAX_LINE);
  try {
    const columns = columnsInOrder(csv.header, IMPORT_COLUMNS);
    if (columns === undefined) throw new DecisionImportError('wrong_header');
    const result = await BulkSession.exclusively(
      options.consentDb,
      LOCK,
      options.waitMs ?? WAIT_MS,
      async (session) => {
        const store = new ImportStore(session);
        const terms = await store.terms();
        if (terms.length === 0) throw new DecisionImportError('no_first_term');
        const writer = new RowWriter(columns, { terms, regions: await regionCodes(options.ownerDb) }, importRule);
        if (options.dryRun) return session.undone(() => run(options, csv, store, writer));
        try {
          return await run(options, csv, store, writer);
        } finally {
          await store.end().catch(() => undefined); // when the connection is gone, the table is too
        }
      },
    );
    if (result === undefined) throw new DecisionImportError('busy');
    return result;
  } finally {
    await csv.close();
  }
}

async function regionCodes(ownerDb: DataSource): Promise<ReadonlySet<string>> {
  const rows = await ownerDb.query<{ code: string }[]>('SELECT code FROM registry.region');
  return new Set(rows.map(({ code }) => code));
}

async function run(
  options: DecisionImportOptions,
  csv: CsvFile,
  store: ImportStore,
  writer: RowWriter<References>,
): Promise<DecisionImportResult> {
  await store.begin();
  const limit = new RejectLimit(writer, {
    max: options.maxRejected ?? MAX_REJECTED,
    repetitions: () => store.repetitions(),
    tooMany: () => new DecisionImportError('too_many_rejects'),
  });
  await store.load(writer.copyColumns, rowsOf(csv, writer, limit, options.onProgress), limit);
  const compared = await store.compare();
  limit.check(writer.rejected + compared);
  await findRegions(store, options.ana, (unknown) => {
    limit.check(writer.rejected + compared + unknown);
  });
  const refused = compared + (await store.refuseWithoutRegion());
  const { already, toInsert, lastLine } = await store.counts();
  const counts = { accepted: writer.accepted - refused, rejected: writer.rejected + refused, already };
  await report(store, options.rejectPath);
  if (options.dryRun) return { ...counts, inserted: toInsert };
  return { ...counts, inserted: await write(options, store, lastLine) };
}

async function* rowsOf(
  csv: CsvFile,
  writer: RowWriter<References>,
  limit: RejectLimit,
  onProgress: DecisionImportOptions['onProgress'],
): AsyncGenerator<Buffer> {
  for await (const lines of csv.lines()) {
    let text = '';
    for (const line of lines) text += writer.write(line);
    limit.check();
    if (text !== '') yield Buffer.from(text);
    onProgress?.('read', csv.size === 0 ? 100 : Math.floor((csv.bytesRead / csv.size) * 100));
  }
}

/**
 * Of who is in care: the region of care; of who is not: that of the last care, person by person, since they are few.
 * @param check gets the number of persons so far whom the registry does not know; ends the search by what it throws
 */
async function findRegions(
  store: ImportStore,
  ana: DecisionImportOptions['ana'],
  check: (unknown: number) => void,
): Promise<void> {
  let after = 0;
  let unknown = 0;
  for (;;) {
    const asked = await store.withoutRegion(after, LOOK_UP);
    const end = asked.at(-1);
    if (end === undefined) return;
    after = end.line;
    const inCare = await ana.regionsOfCare(asked.map(({ subject }) => subject));
    const regions: (string | null)[] = [];
    for (const { subject } of asked) regions.push(inCare.get(subject) ?? (await ana.find(subject))?.region ?? null);
    unknown += regions.filter((region) => region === null).length;
    check(unknown);
    await store.setRegions(
      asked.map(({ line }) => line),
      regions,
    );
  }
}

/** In the log before and after: one that was cut short is seen by the row that is missing. */
async function write(
  { ownerDb, clock, call, onProgress, batchLines = BATCH_LINES }: DecisionImportOptions,
  store: ImportStore,
  lastLine: number,
): Promise<number> {
  const access = accessOf(call, 'opposition-import');
  await recordIn(ownerDb, { ...access, at: clock.now() }, 'begun', 0);
  let inserted = 0;
  for (let from = 0; from < lastLine; from += batchLines) {
    inserted += await store.insert(from, from + batchLines, clock.now());
    onProgress?.('write', Math.min(100, Math.floor(((from + batchLines) / lastLine) * 100)));
  }
  await recordIn(ownerDb, { ...access, at: clock.now() }, 'imported', inserted);
  return inserted;
}

async function report(store: ImportStore, path: string): Promise<void> {
  const partial = `${path}.part`;
  await store.report(createWriteStream(partial, { mode: 0o600 }));
  await rename(partial, path);
}
