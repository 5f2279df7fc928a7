/**
 * What was taken in is taken back: a file as a whole, one whose place another has taken since, a single person.
 * Tests that were communicated stay. Each withdrawal leaves a row in the access log.
 */
import { recordIn } from '../audit/index.js';
import type { Access } from '../audit/index.js';
import type { Clock } from '../platform/clock.js';
import { BulkSession } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { IntakeError } from './errors.js';
import { LOCK, WAIT_MS } from './intake.js';
import { IntakeStore, rowsOf } from './store.js';

export interface Withdrawn {
  readonly left: number;
  readonly transactionId: number;
}

export interface WithdrawalOptions {
  readonly db: DataSource;
  readonly clock: Clock;
  /** Of the operation: its row in the transaction of the change. */
  readonly access: Access;
  /** Report what would change, and change nothing. */
  readonly dryRun: boolean;
  /** How long to wait for an intake to end, in ms; by default half a minute. */
  readonly waitMs?: number;
}

/**
 * Ends a published intake: its result is no longer reported, and its persons who are in no other file leave the lists.
 * @param replacedBy another published intake of the same layout, which has been taken in as a file of its own
 * @returns how many persons left the lists, and the transaction
 * @throws IntakeError `not_published`, `other_layout`, `busy`; nothing is changed then
 */
export async function withdrawIntake(
  { db, clock, access, dryRun, waitMs = WAIT_MS }: WithdrawalOptions,
  id: string,
  replacedBy?: string,
): Promise<Withdrawn> {
  const left = await BulkSession.exclusively(db, LOCK, waitMs, async (session) => {
    const store = new IntakeStore(session);
    const intake = await store.byId(id);
    const other = replacedBy === undefined ? intake : await store.byId(replacedBy);
    if (intake?.state !== 'published' || other?.state !== 'published' || replacedBy === id)
      throw new IntakeError('not_published');
    if (intake.layout !== other.layout) throw new IntakeError('other_layout');
    const work = async (): Promise<Withdrawn> => {
      const rows = await store.end([id], replacedBy, clock.now());
      return { left: rows, transactionId: await recordIn(rowsOf(session), access, 'changed', rows) };
    };
    return dryRun ? session.undone(work) : session.transaction(work);
  });
  if (left === undefined) throw new IntakeError('busy');
  return left;
}

/**
 * Takes a person off the lists, whichever files he is in: he is listed again by the next file that holds him.
 * @returns the transaction; undefined: he was on no list
 * @throws IntakeError `busy`: an intake that runs may be about to list him
 */
export async function withdrawPerson(
  { db, access, dryRun, waitMs = WAIT_MS }: WithdrawalOptions,
  person: string,
): Promise<number | undefined> {
  const found = await BulkSession.exclusively(db, LOCK, waitMs, async (session) => {
    const work = async (): Promise<{ transactionId: number | undefined }> => {
      const rows = await session.select(
        'WITH gone AS (DELETE FROM roster.listed_person WHERE person = $1 RETURNING 1) SELECT FROM gone',
        [person],
      );
      if (rows.length === 0) return { transactionId: undefined };
      return { transactionId: await recordIn(rowsOf(session), access, 'changed', rows.length) };
    };
    return dryRun ? session.undone(work) : session.transaction(work);
  });
  if (found === undefined) throw new IntakeError('busy');
  return found.transactionId;
}
