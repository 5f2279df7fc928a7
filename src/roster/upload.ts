/**
 * Upload of a file of school staff from a stream [R-5] (2.3). It ends in the exchange folder, and the folder's job takes it in
 * as any other: one way through. What is not whole, or is no such file, leaves nothing. Does not know HTTP.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { ACCESS_PARAMETER_COUNT, TRANSACTION, accessLogIn, accessValues, loggedAs } from '../audit/index.js';
import { Refused, operationsOf } from '../auth/index.js';
import type { AdmittedAccess, Operation } from '../auth/index.js';
import type { Clock } from '../platform/clock.js';
import { CsvFile, CsvFileError } from '../platform/csv/index.js';
import type { Queryable } from '../platform/db/index.js';
import { outOfSpace, rosterOutcome } from './errors.js';
import type { RosterRefusal } from './errors.js';
import { claimUpload, closeUpload, discardUpload, openUpload, placesIn } from './exchange.js';
import { MAX_LINE } from './intake.js';
import { layoutOf } from './layouts.js';
import type { Layout } from './model.js';

export interface UploadDeskOptions {
  /** As the worker's role, or the owner. */
  readonly db: Queryable;
  readonly clock: Clock;
  /** The exchange folder. */
  readonly directory: string;
  /** Largest file accepted, in bytes, as it comes and decompressed. */
  readonly maxBytes: number;
}

export interface Upload {
  /** As it comes; whoever feeds it limits how slowly, and ends it by an error. */
  readonly content: AsyncIterable<Uint8Array>;
  /** As the browser says it; of it harmless characters stay. */
  readonly fileName: string;
}

export interface UploadDesk {
  /**
   * Receives a file to its end, and hands it to the job that takes it in.
   * @returns the number of its intake, under which progress and result are found; `isNew` false: the same file was
   *   uploaded before, and its intake stands
   * @throws errors of the disk as they are, nothing being kept; of the database: the job finds out what became of it
   */
  readonly upload: Operation<Upload, RosterRefusal, { readonly intake: string; readonly isNew: boolean }>;
}

/** Each may fill the disk up to the largest file, and reads a header. */
const MAX_AT_ONCE = 4;

const p = (n: number): string => `$${ACCESS_PARAMETER_COUNT + n}`;

/**
 * Layout, fingerprint, label, bytes, instant, uploader. The same bytes are one intake; one that was refused, or of
 * which a crash lost the file, begins anew.
 */
const KEEP = `
  WITH known AS (SELECT state FROM roster.intake WHERE sha256 = ${p(2)}), kept AS (
    INSERT INTO roster.intake AS i (layout, sha256, file_name, total_bytes, started_at, state, uploaded_by)
    VALUES (${p(1)}, ${p(2)}, ${p(3)}, ${p(4)}, ${p(5)}::timestamptz, 'running', ${p(6)})
    ON CONFLICT (sha256) DO UPDATE SET
      file_name = EXCLUDED.file_name, started_at = EXCLUDED.started_at, uploaded_by = EXCLUDED.uploaded_by,
      state = 'running', refusal = NULL, read_bytes = 0
    WHERE i.state IN ('running', 'refused')
    RETURNING id
  ), verdict AS MATERIALIZED (
    SELECT CASE WHEN EXISTS (SELECT FROM kept) THEN 'received'
                WHEN (SELECT state FROM known) = 'withdrawn' THEN 'withdrawn'
                WHEN (SELECT state FROM known) = 'replaced' THEN 'superseded' ELSE 'already' END AS outcome
  ), ${TRANSACTION}, ${loggedAs('outcome', 'transaction, verdict')}
  SELECT transaction.id AS "transactionId", verdict.outcome, (SELECT id FROM kept) AS intake FROM transaction, verdict`;

interface Kept {
  readonly transactionId: string;
  readonly outcome: 'received' | 'already' | 'withdrawn' | 'superseded';
  readonly intake: string | null;
}

/** What a stream was, when all of it came. */
interface Received {
  readonly sha256: string;
  readonly bytes: number;
}

export function createUploadDesk({ db, clock, directory, maxBytes }: UploadDeskOptions): UploadDesk {
  const operation = operationsOf<RosterRefusal>({ accessLog: accessLogIn(db), clock, outcomeOf: rosterOutcome });
  let underWay = 0;

  async function receive(call: { at: Date; caller: { userId: string } }, upload: Upload, access: AdmittedAccess) {
    const places = await placesIn(directory);
    const { label, path, file } = await openUpload(places, call.at, upload.fileName);
    let isLeftToJob = false;
    try {
      const received = await written(file, upload.content, maxBytes).finally(() => file.close());
      if (typeof received === 'string') return new Refused([received]);
      const layout = await layoutIn(path, maxBytes);
      if ('refusal' in layout) return new Refused([layout.refusal]);
      await closeUpload(places, label);
      const { sha256, bytes } = received;
      const values = [layout.found, sha256, label, bytes, clock.now(), call.caller.userId];
      isLeftToJob = true; // when the answer is lost, the database alone knows whether it waits for the file
      const [kept] = await db.query<Kept[]>(KEEP, [...accessValues(access), ...values]);
      if (kept === undefined) throw new Error('an upload left no row');
      if (kept.outcome === 'received') await claimUpload(places, label);
      isLeftToJob = false;
      const transactionId = Number(kept.transactionId);
      if (kept.outcome === 'withdrawn' || kept.outcome === 'superseded')
        return { transactionId, refusals: [kept.outcome] };
      return { transactionId, intake: kept.intake ?? (await intakeOf(db, sha256)), isNew: kept.outcome === 'received' };
    } finally {
      if (!isLeftToJob) await discardUpload(places, label); // what was claimed lies elsewhere
    }
  }

  return {
    upload: operation(
      'roster-upload',
      async (call, upload: Upload, access) => {
        if (underWay >= MAX_AT_ONCE) return new Refused(['busy']);
        underWay++;
        try {
          return await receive(call, upload, access);
        } finally {
          underWay--;
        }
      },
      () => ({ subjectKind: 'file' }),
    ),
  };
}

/** @returns fingerprint and size; or why not all of it is on the disk */
async function written(
  file: FileHandle,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Received | 'too_large' | 'cut-off' | 'no-room'> {
  const hash = createHash('sha256');
  const chunks = content[Symbol.asyncIterator]();
  let bytes = 0;
  try {
    for (;;) {
      const next = await chunks.next().catch(() => undefined);
      if (next === undefined) return 'cut-off';
      if (next.done === true) break;
      bytes += next.value.length;
      if (bytes > maxBytes) return 'too_large';
      hash.update(next.value);
      await file.appendFile(next.value);
    }
    await file.sync();
    return { sha256: hash.digest('hex'), bytes };
  } catch (error) {
    if (outOfSpace(error) === 'disk') return 'no-room';
    throw error;
  } finally {
    await chunks.return?.().catch(() => undefined); // what is too large is not read to its end
  }
}

/** By its first line; what is no such file is refused before it is kept. */
async function layoutIn(
  path: string,
  maxBytes: number,
): Promise<{ readonly found: Layout } | { readonly refusal: RosterRefusal }> {
  try {
    const csv = await CsvFile.open(path, MAX_LINE, maxBytes);
    try {
      const found = layoutOf(csv.header);
      return found === undefined ? { refusal: 'wrong_header' } : { found: found.layout };
    } finally {
      await csv.close();
    }
  } catch (error) {
    if (error instanceof CsvFileError) return { refusal: error.problem };
    throw error;
  }
}

async function intakeOf(db: Queryable, sha256: string): Promise<string> {
  const [row] = await db.query<{ id: string }[]>('SELECT id FROM roster.intake WHERE sha256 = $1', [sha256]);
  if (row === undefined) throw new Error('an upload has no intake');
  return row.id;
}

/** Whether an upload of this label was recorded, and its file is still to be taken in. */
export async function isAwaited(db: Queryable, label: string): Promise<boolean> {
  const rows = await db.query<unknown[]>(
    `SELECT FROM roster.intake WHERE file_name = $1 AND state = 'running' AND uploaded_by IS NOT NULL`,
    [label],
  );
  return rows.length > 0;
}
