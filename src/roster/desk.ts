/** The operations on the roster: intake, withdrawal, what was taken in and what came of it. */
import { accessLogIn, recordIn } from '../audit/index.js';
import type { Access } from '../audit/index.js';
import { Refused, operationsOf } from '../auth/index.js';
import type { Call, Entry, Operation } from '../auth/index.js';
import type { Clock } from '../platform/clock.js';
import { CsvFileError } from '../platform/csv/index.js';
import type { DataSource } from '../platform/db/index.js';
import { isCodiceFiscale, isProvisionalCodiceFiscale } from '../platform/ids/index.js';
import type { Logger } from '../platform/log.js';
import { DONE } from '../platform/outcome.js';
import { IntakeError, rosterOutcome } from './errors.js';
import type { RosterRefusal } from './errors.js';
import { takeIn } from './intake.js';
import type { IntakeOutcome, IntakeRequest } from './intake.js';
import { createIntakes } from './intakes.js';
import type { Intake, RosterResult } from './model.js';
import { withdrawIntake, withdrawPerson } from './withdrawal.js';

export interface RosterDeskOptions {
  /** As the worker's role or the owner; statements may run long, two connections are needed. */
  readonly db: DataSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Largest file accepted, in bytes, as it lies on the disk and decompressed. */
  readonly maxBytes: number;
}

/** What came of an intake: the outcome, or why not; `failure` is fit to be shown. */
interface Taken {
  readonly transactionId: number;
  readonly refusals?: readonly RosterRefusal[];
  readonly outcome?: IntakeOutcome;
  readonly failure?: IntakeError | CsvFileError;
}

interface Withdrawal {
  readonly id: string;
  /** Another published intake of the same layout, which has been taken in as a file of its own. */
  readonly replacedBy?: string | undefined;
  /** Report what would change, and change nothing. */
  readonly dryRun: boolean;
  readonly waitMs?: number;
}

/** @see Withdrawal */
type WithdrawnPerson = Omit<Withdrawal, 'id' | 'replacedBy'> & { readonly person: string };

export interface RosterDesk {
  /**
   * Takes in a file [R-1]-[R-6].
   * @throws errors of the database and the disk as they are, after which the same call starts over
   */
  readonly intake: Operation<IntakeRequest, RosterRefusal, Omit<Taken, 'transactionId' | 'refusals'>>;
  /** Ends a published intake: its persons who are in no other file leave the lists. @returns how many left */
  readonly withdrawIntake: Operation<Withdrawal, RosterRefusal, { readonly left: number }>;
  /** Takes a person off the lists, whichever files he is in: the next file that holds him lists him again. */
  readonly withdrawPerson: Operation<WithdrawnPerson, RosterRefusal>;
  /** The latest first, running and refused ones included; an uploader sees his own. */
  readonly list: Operation<{ readonly limit?: number }, RosterRefusal, { readonly intakes: readonly Intake[] }>;
  /** Without rows when it is not published; of another uploader's file there is none. */
  readonly result: Operation<{ readonly id: string }, RosterRefusal, { readonly result: RosterResult }>;
}

export function createRosterDesk(options: RosterDeskOptions): RosterDesk {
  const { db, clock } = options;
  const operation = operationsOf<RosterRefusal>({ accessLog: accessLogIn(db), clock, outcomeOf: rosterOutcome });
  const intakes = createIntakes(db);
  const read = async (access: Access) => ({ transactionId: await recordIn(db, access, DONE.code) });

  return {
    intake: operation(
      'roster-intake',
      async (_call, request: IntakeRequest, access): Promise<Taken> => {
        try {
          const outcome = await takeIn({ ...options, ...request, access });
          return { transactionId: outcome.transactionId, outcome };
        } catch (error) {
          if (!(error instanceof IntakeError || error instanceof CsvFileError)) throw error;
          const { problem } = error;
          const transactionId = await recordIn(db, access, rosterOutcome(problem));
          return { transactionId, refusals: [problem], failure: error };
        }
      },
      about,
    ),

    withdrawIntake: operation(
      'roster-withdraw',
      async (_call, { id, replacedBy, ...request }: Withdrawal, access) =>
        unlessIntakeError(() => withdrawIntake({ db, clock, access, ...request }, id, replacedBy)),
      about,
    ),

    withdrawPerson: operation('roster-withdraw', async (_call, { person, ...request }: WithdrawnPerson, access) => {
      if (!isCodiceFiscale(person) && !isProvisionalCodiceFiscale(person)) return new Refused(['person-form']);
      const found = await unlessIntakeError(async () => ({
        transactionId: await withdrawPerson({ db, clock, access, ...request }, person),
      }));
      if (found instanceof Refused) return found;
      const { transactionId } = found;
      return transactionId === undefined ? new Refused<RosterRefusal>(['not-listed']) : { transactionId };
    }),

    list: operation('roster-list', async (call, { limit }: { limit?: number }, access) => ({
      intakes: await intakes.latest(limit, uploaderOf(call)),
      ...(await read(access)),
    })),

    result: operation(
      'roster-result',
      async (call, { id }: { id: string }, access) => {
        const result = await intakes.result(id);
        const uploader = uploaderOf(call);
        const isHis = uploader === undefined || result?.intake.uploadedBy === uploader;
        return result === undefined || !isHis ? new Refused(['unknown-intake']) : { result, ...(await read(access)) };
      },
      about,
    ),
  };
}

const about = (): Entry => ({ subjectKind: 'file' });

/** A ministry's uploader sees what he uploaded; undefined: the caller sees all. */
function uploaderOf({ caller }: Call): string | undefined {
  return caller.kind === 'account' && caller.capacity.role === 'ministry_uploader' ? caller.userId : undefined;
}

async function unlessIntakeError<Done>(work: () => Promise<Done>): Promise<Done | Refused<RosterRefusal>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof IntakeError) return new Refused([error.problem]);
    throw error;
  }
}
