/**
 * Withdrawal of an intake: a whole file, one that another has replaced, or a single person. Submitted tests
 * remain. Each withdrawal has a row in the access log.
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
  /** Access-log data of the operation, for the transaction of the change. */
  readonly access: Access;
  /** Reports what would change, and changes nothing. */
  readonly dryRun: boolean;
  /** How long to wait for an intake to end, in ms; default half a minute. */
  readonly waitMs?: number;
}

/**
 * Withdraws a published intake: its result is no longer reported, and its persons who are in no other file leave the
 * lists.
 * @param replacedBy another published intake of the same layout, which was taken in as a separate file
 * @returns number of persons who left the lists, and the transaction
 * @throws IntakeError `not_published`, `other_layout`, `busy`; nothing has changed then
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
 * Removes a person from the lists, whichever files contain the person: the next file that does lists the person again.
 * @returns the transaction; undefined: the person was on no list
 * @throws IntakeError `busy`: a running intake may be about to list the person
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
