/**
 * What was taken in is taken back: a file as a whole, one whose place another has taken since, a single person.
 * Tests that were communicated stay. Refuses to know why.
 */
import type { Clock } from '../platform/clock.js';
import { BulkSession } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { IntakeError } from './errors.js';
import { LOCK, WAIT_MS } from './intake.js';
import { IntakeStore } from './store.js';

export interface WithdrawalOptions {
  readonly db: DataSource;
  readonly clock: Clock;
  /** Counts and undoes. */
  readonly dryRun: boolean;
  /** How long to wait for an intake to end, in ms; by default half a minute. */
  readonly waitMs?: number;
}

/**
 * Ends a published intake: its result is no longer reported, and its persons who are in no other file leave the lists.
 * @param replacedBy another published intake of the same layout, which has been taken in as a file of its own
 * @returns how many persons left the lists
 * @throws IntakeError `not_published`, `other_layout`, `busy`; nothing is changed then
 */
export async function withdrawIntake(
  { db, clock, dryRun, waitMs = WAIT_MS }: WithdrawalOptions,
  id: string,
  replacedBy?: string,
): Promise<number> {
  const left = await BulkSession.exclusively(db, LOCK, waitMs, async (session) => {
    const store = new IntakeStore(session);
    const intake = await store.byId(id);
    const other = replacedBy === undefined ? intake : await store.byId(replacedBy);
    if (intake?.state !== 'published' || other?.state !== 'published' || replacedBy === id)
      throw new IntakeError('not_published');
    if (intake.layout !== other.layout) throw new IntakeError('other_layout');
    const work = (): Promise<number> => store.end([id], replacedBy, clock.now());
    return dryRun ? session.undone(work) : session.transaction(work);
  });
  if (left === undefined) throw new IntakeError('busy');
  return left;
}

/**
 * Takes a person off the lists, whichever files he is in: he is listed again by the next file that holds him.
 * @returns whether he was listed
 * @throws IntakeError `busy`: an intake that runs may be about to list him
 */
export async function withdrawPerson(
  { db, dryRun, waitMs = WAIT_MS }: Omit<WithdrawalOptions, 'clock'>,
  person: string,
): Promise<boolean> {
  const sql = dryRun
    ? 'SELECT FROM roster.listed_person WHERE person = $1'
    : 'WITH gone AS (DELETE FROM roster.listed_person WHERE person = $1 RETURNING 1) SELECT FROM gone';
  const found = await BulkSession.exclusively(db, LOCK, waitMs, (session) => session.select(sql, [person]));
  if (found === undefined) throw new IntakeError('busy');
  return found.length > 0;
}
