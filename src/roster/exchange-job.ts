/**
 * The job that processes the exchange folder: takes in its files one after the other. It keeps no state between runs:
 * where the files are shows what a killed worker was doing.
 */
import { join } from 'node:path';
import { jobCall } from '../auth/index.js';
import type { Clock } from '../platform/clock.js';
import { CsvFileError } from '../platform/csv/index.js';
import type { DataSource } from '../platform/db/index.js';
import { codeOf } from '../platform/error-code.js';
import type { JobKind, JobRun } from '../platform/jobs/index.js';
import type { Logger } from '../platform/log.js';
import { IntakeError, outOfSpace, refusalOf, refusalText } from './errors.js';
import {
  claim,
  claimed,
  discard,
  hasOtherNames,
  placesIn,
  recoverUploads,
  refuse,
  reportName,
  resultName,
  writeWhole,
} from './exchange.js';
import type { Delivery, Places } from './exchange.js';
import { createRosterDesk } from './desk.js';
import { resultCsv } from './results.js';
import { isAwaited } from './upload.js';

export interface ExchangeOptions {
  /** The exchange folder; its subfolders are created. */
  readonly directory: string;
  readonly db: DataSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Largest file accepted, in bytes. */
  readonly maxBytes: number;
  /** Minimum age of a file's last byte in ms; default ten seconds. */
  readonly quietMs?: number;
}

const QUIET_MS = 10_000;
const EXCHANGE_JOB = 'roster.exchange-folder';

/** Some files could not be processed and stay. `code` and `message` are for the operator. */
class ExchangeInterrupted extends Error {
  override readonly name = 'ExchangeInterrupted';

  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }
}

/** Runs every minute. */
export function exchangeFolderJob(options: ExchangeOptions): JobKind {
  return {
    name: EXCHANGE_JOB,
    schedule: '* * * * *',
    maxAttempts: 5,
    run: (run) => look(options, run),
  };
}

async function look(options: ExchangeOptions, run: JobRun): Promise<string> {
  const { directory, clock, quietMs = QUIET_MS } = options;
  const places = await placesIn(directory);
  await recoverUploads(places, clock.now(), (label) => isAwaited(options.db, label));
  const left = await claim(places, clock.now(), quietMs);
  const tally = { published: 0, already: 0, refused: 0, waiting: left };
  let failure: unknown;
  for (const delivery of await claimed(places)) {
    run.signal.throwIfAborted();
    try {
      tally[await deal(options, places, delivery, run)] += 1;
    } catch (error) {
      run.signal.throwIfAborted();
      failure = error; // the next file may succeed; this one stays where it is
    }
  }
  if (failure !== undefined) throw interrupted(failure, options.log);
  return Object.entries(tally)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ');
}

/** Processes one file from any state that a crash may have left. */
async function deal(
  { db, clock, log, maxBytes }: ExchangeOptions,
  places: Places,
  delivery: Delivery,
  run: JobRun,
): Promise<'published' | 'already' | 'refused' | 'waiting'> {
  const { path: source, label } = delivery;
  try {
    if (await hasOtherNames(delivery)) throw new IntakeError('other_names');
    const desk = createRosterDesk({ db, clock, log, maxBytes });
    const { outcome, failure } = await desk.intake(jobCall(EXCHANGE_JOB, clock), {
      ...{ source, fileName: label, signal: run.signal, rejectPath: join(places.results, reportName(label)) },
      onProgress: (read, total) => run.progress(read, total),
    });
    if (outcome === undefined) throw failure ?? new Error('an intake was refused without a reason');
    await writeWhole(join(places.results, resultName(label)), resultCsv(outcome));
    await discard(delivery);
    return outcome.outcome === 'already' ? 'already' : 'published';
  } catch (error) {
    // The writer, or the holder of the lock, will have finished by one of the next runs.
    if (error instanceof CsvFileError && error.problem === 'changed_while_read') return 'waiting';
    if (error instanceof CsvFileError && error.problem === 'not_found') return 'waiting';
    if (error instanceof IntakeError && error.problem === 'busy') return 'waiting';
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    await refuse(places, delivery, refusalText(refusal, error));
    log.warn('roster file refused', { refusal });
    return 'refused';
  }
}

function interrupted(error: unknown, log: Logger): ExchangeInterrupted {
  const full = outOfSpace(error);
  const code = codeOf(error) ?? 'none';
  const message =
    full === 'disk'
      ? 'the disk of the exchange folder is full: the files wait in work/'
      : full === 'database'
        ? 'the database has no room left: the files wait in work/'
        : 'files of the exchange folder could not be taken in: they wait in work/';
  log.error(message, { code });
  return new ExchangeInterrupted(message, code);
}
