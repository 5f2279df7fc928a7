/**
 * Decisions of the first term, until 2024-06-30, which were expressed elsewhere [O-8]: streamed into a table of the
 * session, checked line by line, written in batches. What is written is found again, so a file that is given again, or
 * gone on with after a crash, adds what is missing. Does not know the command line.
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
  /** The TS database, as any role that may read the registry: codes of regions. */
  readonly registryDb: DataSource;
  readonly ana: Pick<AnaLookup, 'find' | 'regionsOfCare'>;
  readonly clock: Clock;
}

export interface DecisionImport {
  /** Path of the CSV file, plain or gzip. */
  readonly source: string;
  /** Where the reject report goes; written also when it has no line. */
  readonly rejectPath: string;
  /** Says what would be imported and leaves no trace but the reject report and the row of the log. */
  readonly dryRun: boolean;
  readonly onProgress?: (phase: 'read' | 'write', percent: number) => void;
  /** Rejected lines above which the whole file is refused; by default a million. */
  readonly maxRejected?: number;
  /** Lines per transaction; by default ten thousand. */
  readonly batchLines?: number;
  /** How long to wait for another import to end, in ms. */
  readonly waitMs?: number;
}

export interface DecisionImportDesk {
  /**
   * Imports a file. Each of its transactions has a row in the log, with the number of its decisions.
   * @throws CsvFileError when the file as a whole cannot be used; errors of a database as they are, after which the same
   *   call goes on
   */
  readonly import: Operation<DecisionImport, DecisionImportProblem, DecisionImportResult>;
}

type Options = DecisionImportDeskOptions & DecisionImport & { readonly access: Access };

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
  'not-permitted' | 'wrong_header' | 'no_first_term' | 'too_many_rejects' | 'busy' | 'report_not_writable';

/** For people. */
export const DECISION_IMPORT_PROBLEMS: Readonly<Record<DecisionImportProblem, string>> = {
  'not-permitted': 'no command may do this',
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

/** The import cannot start; nothing was changed. */
class DecisionImportError extends Error {
  override readonly name = 'DecisionImportError';

  constructor(
    readonly problem: DecisionImportProblem,
    cause?: unknown,
  ) {
    super(problem, { cause });
  }
}

/** Any number will do; advisory locks are per database. */
const LOCK = 7_277_115_016;
const WAIT_MS = 30_000;
const MAX_LINE = 1_024;
const BATCH_LINES = 10_000;
/** Persons looked up at once. */
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
        await store.end().catch(() => undefined); // when the connection is gone, the table is too
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
 * Of who is in care: the region of care; of who is not: that of the last care, person by person, since they are few.
 * @param check gets the number of persons so far whom the registry does not know; ends the search by what it throws
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

/** Each batch with its row of the log. */
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
