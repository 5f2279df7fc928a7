/**
 * Import of decisions of the first term, until 2024-06-30, which were expressed elsewhere [O-8]: streamed into a
 * session table, checked line by line, inserted in batches. A file that is imported again, or resumed after a crash,
 * adds only what is missing. Independent of the command line.
 */
import { constants, createWriteStream } from 'node:fs';
import { access, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { recordIn } from '../../audit/index.js';
import type { Access } from '../../audit/index.js';
import { Refused } from '../../auth/index.js';
import type { Operation } from '../../auth/index.js';
import type { Clock } from '../../platform/clock.js';
import { columnsInOrder, CsvFile, MAX_REJECTED, RejectLimit, RowWriter } from '../../platform/csv/index.js';
import { BulkSession } from '../../platform/db/index.js';
import type { DataSource } from '../../platform/db/index.js';
import type { AnaLookup } from '../../registry/index.js';
import { registerOperations } from '../operations.js';
import { IMPORT_COLUMNS, importRule } from './import-columns.js';
import type { References } from './import-columns.js';
import { ImportStore } from './import-store.js';

export interface DecisionImportDeskOptions {
  /** The consent database, as its owner. */
  readonly consentDb: DataSource;
  /** The TS database, as any role that may read the registry: provides the regions' codes. */
  readonly registryDb: DataSource;
  readonly ana: Pick<AnaLookup, 'find' | 'regionsOfCare'>;
  readonly clock: Clock;
}

export interface DecisionImport {
  /** Path of the CSV file, plain or gzip. */
  readonly source: string;
  /** Path of the reject report; written even if no line is rejected. */
  readonly rejectPath: string;
  /** Reports what would be imported; leaves only the reject report and the log row. */
  readonly dryRun: boolean;
  readonly onProgress?: (phase: 'read' | 'write', percent: number) => void;
  /** Rejected lines above which the whole file is refused; default one million. */
  readonly maxRejected?: number;
  /** Lines per transaction; default ten thousand. */
  readonly batchLines?: number;
  /** How long to wait for another import to end, in ms. */
  readonly waitMs?: number;
}

export interface DecisionImportDesk {
  /**
   * Imports a file. Each transaction has a log row with the number of its decisions.
   * @throws CsvFileError when the whole file is unusable; errors of a database unchanged: repeating the call resumes
   */
  readonly import: Operation<DecisionImport, DecisionImportProblem, DecisionImportResult>;
}

type Options = DecisionImportDeskOptions & DecisionImport & { readonly access: Access };

export interface DecisionImportResult {
  /** Valid lines. */
  readonly accepted: number;
  readonly rejected: number;
  /** Valid lines that an earlier import has already inserted. */
  readonly already: number;
  /** Inserted now, or to be inserted by a run without `dryRun`. */
  readonly inserted: number;
}

export type DecisionImportProblem =
  'not-permitted' | 'wrong_header' | 'no_first_term' | 'too_many_rejects' | 'busy' | 'report_not_writable';

/** Italian texts. */
export const DECISION_IMPORT_PROBLEMS: Readonly<Record<DecisionImportProblem, string>> = {
  'not-permitted': 'no command may do this',
  wrong_header: `the first line is not the header of this file: ${IMPORT_COLUMNS.map(({ header, mayLack }) =>
    mayLack === true ? `[${header}]` : header,
  ).join(';')}`,
  no_first_term: 'there is no window of the first term: opposition-window add --opens 2024-04-22 --closes 2024-06-30',
  too_many_rejects:
    'too many lines are invalid or repeat an earlier line. Import the registry first, or give the region in the file; ' +
    'to see the reasons, run the first 100000 lines of the file without --apply',
  busy: 'another import of decisions is running',
  report_not_writable: 'the folder of the reject report cannot be written',
};

/** The import cannot start; nothing has changed. */
class DecisionImportError extends Error {
  override readonly name = 'DecisionImportError';

  constructor(
    readonly problem: DecisionImportProblem,
    cause?: unknown,
  ) {
    super(problem, { cause });
  }
}

/** Arbitrary number; advisory locks are per database. */
const LOCK = 7_277_115_016;
const WAIT_MS = 30_000;
const MAX_LINE = 1_024;
const BATCH_LINES = 10_000;
/** Persons per look-up. */
const LOOK_UP = 5_000;

export function createDecisionImportDesk(options: DecisionImportDeskOptions): DecisionImportDesk {
  const operation = registerOperations<DecisionImportProblem>(options.consentDb, options.clock);
  return {
    import: operation('opposition-import', async (_call, request: DecisionImport, access) => {
      try {
        return await importFile({ ...options, ...request, access });
      } catch (error) {
        if (error instanceof DecisionImportError) return new Refused([error.problem]);
        throw error;
      }
    }),
  };
}

type Imported = DecisionImportResult & { readonly transactionId: number };

async function importFile(options: Options): Promise<Imported> {
  const { consentDb, access: row } = options;
  await access(dirname(options.rejectPath), constants.W_OK).catch((cause: unknown) => {
    throw new DecisionImportError('report_not_writable', cause);
  });
  const csv = await CsvFile.open(options.source, MAX_LINE);
  try {
    const columns = columnsInOrder(csv.header, IMPORT_COLUMNS);
    if (columns === undefined) throw new DecisionImportError('wrong_header');
    const result = await BulkSession.exclusively(consentDb, LOCK, options.waitMs ?? WAIT_MS, async (session) => {
      const store = new ImportStore(session);
      const terms = await store.terms();
      if (terms.length === 0) throw new DecisionImportError('no_first_term');
      const writer = new RowWriter(columns, { terms, regions: await regionCodes(options.registryDb) }, importRule);
      if (options.dryRun) {
        const foreseen = await session.undone(() => run(options, csv, store, writer));
        return { ...foreseen, transactionId: await recordIn(consentDb, row, 'rehearsed', foreseen.inserted) };
      }
      try {
        return await run(options, csv, store, writer);
      } finally {
        await store.end().catch(() => undefined); // if the connection is lost, the table is gone too
      }
    });
    if (result === undefined) throw new DecisionImportError('busy');
    return result;
  } finally {
    await csv.close();
  }
}

async function regionCodes(registryDb: DataSource): Promise<ReadonlySet<string>> {
  const rows = await registryDb.query<{ code: string }[]>('SELECT code FROM registry.region');
  return new Set(rows.map(({ code }) => code));
}

async function run(
  options: Options,
  csv: CsvFile,
  store: ImportStore,
  writer: RowWriter<References>,
): Promise<Imported> {
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
  if (options.dryRun) return { ...counts, inserted: toInsert, transactionId: 0 };
  return { ...counts, ...(await write(options, store, lastLine)) };
}

async function* rowsOf(
  csv: CsvFile,
  writer: RowWriter<References>,
  limit: RejectLimit,
  onProgress: DecisionImport['onProgress'],
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
 * Finds the region of care of persons in care; for others, one by one since they are few, the region of their last
 * care.
 * @param check receives the number of persons so far who are not in the registry; aborts the search by throwing
 */
async function findRegions(
  store: ImportStore,
  ana: DecisionImportDeskOptions['ana'],
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

/** Commits each batch with its log row. */
async function write(
  { consentDb, clock, access: row, onProgress, batchLines = BATCH_LINES }: Options,
  store: ImportStore,
  lastLine: number,
): Promise<Pick<Imported, 'inserted' | 'transactionId'>> {
  let inserted = 0;
  let transactionId: number | undefined;
  for (let from = 0; from < lastLine; from += batchLines) {
    const batch = await store.insert(from, from + batchLines, clock.now(), row);
    inserted += batch.count;
    ({ transactionId } = batch);
    onProgress?.('write', Math.min(100, Math.floor(((from + batchLines) / lastLine) * 100)));
  }
  return { inserted, transactionId: transactionId ?? (await recordIn(consentDb, row, 'imported', 0)) };
}

async function report(store: ImportStore, path: string): Promise<void> {
  const partial = `${path}.part`;
  await store.report(createWriteStream(partial, { mode: 0o600 }));
  await rename(partial, path);
}
