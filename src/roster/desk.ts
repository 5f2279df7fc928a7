/** Operations on the roster: intake, withdrawal, list of intakes and results. */
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
  /** As the worker's role or the owner; statements may run long. Two connections are needed. */
  readonly db: DataSource;
  readonly clock: Clock;
  readonly log: Logger;
  /** Largest file accepted, in bytes, both compressed on disk and decompressed. */
  readonly maxBytes: number;
}

/** Result of an intake, or the reason for refusing it; `failure` is a text for the operator. */
interface Taken {
  readonly transactionId: number;
  readonly refusals?: readonly RosterRefusal[];
  readonly outcome?: IntakeOutcome;
  readonly failure?: IntakeError | CsvFileError;
}

interface Withdrawal {
  readonly id: string;
  /** Another published intake of the same layout, which was taken in as a separate file. */
  readonly replacedBy?: string | undefined;
  /** Reports what would change, and changes nothing. */
  readonly dryRun: boolean;
  readonly waitMs?: number;
}

/** @see Withdrawal */
type WithdrawnPerson = Omit<Withdrawal, 'id' | 'replacedBy'> & { readonly person: string };

export interface RosterDesk {
  /**
   * Takes in a file [R-1]-[R-6].
   * @throws errors of the database and the disk unchanged: repeating the call starts over
   */
  readonly intake: Operation<IntakeRequest, RosterRefusal, Omit<Taken, 'transactionId' | 'refusals'>>;
  /**
   * Withdraws a published intake: its persons who are in no other file leave the lists. @returns how many left
   */
  readonly withdrawIntake: Operation<Withdrawal, RosterRefusal, { readonly left: number }>;
  /**
   * Removes a person from the lists, whichever files contain the person: the next file that does lists the person
   * again.
   */
  readonly withdrawPerson: Operation<WithdrawnPerson, RosterRefusal>;
  /** Latest first, including running and refused ones; uploaders see only their own. */
  readonly list: Operation<{ readonly limit?: number }, RosterRefusal, { readonly intakes: readonly Intake[] }>;
  /** Without rows if it is not published; uploaders cannot see other uploaders' results. */
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
          const { transactionId } = outcome;
          if (!('failure' in outcome)) return { transactionId, outcome };
          return { transactionId, refusals: [outcome.failure.problem], failure: outcome.failure };
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

/** Restricts a ministry's uploader to the uploader's own intakes; undefined: the caller sees all. */
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
