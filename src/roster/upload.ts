/**
 * Upload of a file of school staff from a stream [R-5] (2.3). It ends in the exchange folder, whose job takes it in
 * like any other file. An incomplete upload, or one that is no such file, leaves nothing. Independent of HTTP.
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
  /** Largest file accepted, in bytes, both as received and decompressed. */
  readonly maxBytes: number;
}

export interface Upload {
  /** The stream; its source limits slowness, and ends it by an error. */
  readonly content: AsyncIterable<Uint8Array>;
  /** As the browser sends it; only harmless characters are kept. */
  readonly fileName: string;
}

export interface UploadDesk {
  /**
   * Receives a complete file and passes it to the job that takes it in.
   * @returns the number of its intake, for progress and result; `isNew` false: the same file was uploaded before, and
   * its intake remains valid
   * @throws errors of the disk unchanged, nothing is kept; after errors of the database the job checks whether the
   * upload was recorded
   */
  readonly upload: Operation<Upload, RosterRefusal, { readonly intake: string; readonly isNew: boolean }>;
}

/** Each may fill the disk with a file of the largest size, and reads a header. */
const MAX_AT_ONCE = 4;

const p = (n: number): string => `$${ACCESS_PARAMETER_COUNT + n}`;

/**
 * Layout, fingerprint, label, bytes, instant, uploader. The same bytes are one intake; a refused one, or one
 * whose file a crash lost, starts again.
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

/** Properties of a completely received stream. */
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
      isLeftToJob = true; // if the reply is lost, only the database knows whether it expects the file
      const [kept] = await db.query<Kept[]>(KEEP, [...accessValues(access), ...values]);
      if (kept === undefined) throw new Error('an upload left no row');
      if (kept.outcome === 'received') await claimUpload(places, label);
      isLeftToJob = false;
      const transactionId = Number(kept.transactionId);
      if (kept.outcome === 'withdrawn' || kept.outcome === 'superseded')
        return { transactionId, refusals: [kept.outcome] };
      return { transactionId, intake: kept.intake ?? (await intakeOf(db, sha256)), isNew: kept.outcome === 'received' };
    } finally {
      if (!isLeftToJob) await discardUpload(places, label); // a claimed file has moved elsewhere
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

/** @returns fingerprint and size; or why the file is not completely on disk */
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
    await chunks.return?.().catch(() => undefined); // an oversized stream is not read to its end
  }
}

/** Detects the layout by the first line; other files are refused before they are stored. */
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

/** Whether an upload with this label was recorded and its file is still to be taken in. */
export async function isAwaited(db: Queryable, label: string): Promise<boolean> {
  const rows = await db.query<unknown[]>(
    `SELECT FROM roster.intake WHERE file_name = $1 AND state = 'running' AND uploaded_by IS NOT NULL`,
    [label],
  );
  return rows.length > 0;
}
