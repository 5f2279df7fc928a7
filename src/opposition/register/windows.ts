/**
 * The terms of the function as the operator keeps them [O-5], and how far the bulk of each is [O-9]. They are data: the law
 * has moved them before.
 */
import { addDays, romeDate } from '../../platform/clock.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import { violatedConstraint } from '../../platform/db/index.js';
import { AcquisitionWindow } from '../entities.js';
import type { ConsentTables } from '../tables.js';

/**
 * `with-next`: was over when it was added, as the term of 2024-06-30: its decisions go with the bulk of a later one, known
 * yet or not, or by a person's word. `due`: to be planned today, or tomorrow if it ended today; `overdue`: was to be planned before today.
 */
export type WindowState = 'to-come' | 'open' | 'with-next' | 'held' | 'due' | 'overdue' | 'planned' | 'notified';

export interface WindowTerm {
  /** What is not given stays. */
  readonly opensOn?: IsoDate | undefined;
  readonly closesOn?: IsoDate | undefined;
}

/** Why a window stays as it is; each cause has its own remedy. */
export type WindowRefusal =
  | 'not-found'
  | 'reversed'
  | 'overlap'
  | 'being-planned'
  | 'planned'
  | 'opened'
  | 'over'
  | 'first-day-past'
  | 'last-day-past'
  | 'held-already'
  | 'not-held';

export interface WindowDesk {
  /** In the order of their days. */
  list(): Promise<readonly (AcquisitionWindow & { readonly state: WindowState })[]>;
  /**
   * @param rehearsal the row is undone afterwards: it takes no number of the sequence, so that real windows have no gaps
   * @returns its id, or why not
   */
  add(
    opensOn: IsoDate,
    closesOn: IsoDate,
    rehearsal?: boolean,
  ): Promise<{ id: string } | { refused: 'reversed' | 'overlap' }>;
  /**
   * Moves a window that is neither over nor being planned: what was decided in one that is over counts [O-8]. Its last day, never before today, since decisions were taken in it; its
   * first day too as long as it has not opened, and to no day that has passed.
   * @returns why not
   */
  move(id: string, term: WindowTerm): Promise<'moved' | WindowRefusal>;
  /** Removes a window that has not opened. @returns why not */
  remove(id: string): Promise<'removed' | WindowRefusal>;
  /**
   * Has the planning of its bulk wait for a person's word, or not any more. Planning that is under way stops at its next
   * batch. @returns why not
   */
  hold(id: string, held: boolean): Promise<'changed' | WindowRefusal>;
}

const BROKEN: Readonly<Record<string, 'reversed' | 'overlap'>> = {
  acquisition_window_term: 'reversed',
  acquisition_window_overlap: 'overlap',
};

/** How far a window is on a day. */
export function windowState(window: AcquisitionWindow, today: IsoDate): WindowState {
  const { opensOn, closesOn, createdAt, planningStartedAt, plannedAt, completedAt, heldAt } = window;
  if (completedAt !== null) return 'notified';
  if (plannedAt !== null) return 'planned';
  if (today < opensOn) return 'to-come';
  if (today <= closesOn) return 'open';
  if (heldAt !== null) return 'held';
  if (romeDate(createdAt) > closesOn) return planningStartedAt === null ? 'with-next' : 'due';
  return today > addDays(closesOn, 1) ? 'overdue' : 'due';
}

/** @param db the consent database: as its owner; to list, as any role that reads windows */
export function createWindowDesk(db: ConsentTables, clock: Clock): WindowDesk {
  const changed = async (sql: string, values: readonly unknown[]): Promise<boolean> => {
    const [rows] = await db.query<[unknown[], number]>(`${sql} RETURNING 1`, [...values]);
    return rows.length === 1;
  };
  const today = (): IsoDate => romeDate(clock.now());
  /** Looked at after a statement that found nothing to change: the statement decides, this only says why. */
  const whyNot = async (id: string, reason: (window: AcquisitionWindow) => WindowRefusal): Promise<WindowRefusal> => {
    const window = await db.getRepository(AcquisitionWindow).findOneBy({ id });
    return window === null ? 'not-found' : reason(window);
  };
  return {
    async list() {
      const all = await db.getRepository(AcquisitionWindow).find({ order: { opensOn: 'ASC' } });
      return all.map((window) => Object.assign(window, { state: windowState(window, today()) }));
    },
    async add(opensOn, closesOn, rehearsal = false) {
      const [column, value, kind] = rehearsal ? ['id, ', '0, ', 'OVERRIDING SYSTEM VALUE'] : ['', '', ''];
      try {
        const [row] = await db.query<{ id: string }[]>(
          `INSERT INTO consent.acquisition_window (${column}opens_on, closes_on, created_at) ${kind}
           VALUES (${value}$1, $2, $3) RETURNING id`,
          [opensOn, closesOn, clock.now()],
        );
        if (row === undefined) throw new Error('the window was not added');
        return { id: row.id };
      } catch (error) {
        const refused = BROKEN[violatedConstraint(error) ?? ''];
        if (refused === undefined) throw error;
        return { refused };
      }
    },
    async move(id, { opensOn, closesOn }) {
      try {
        const isMoved = await changed(
          `UPDATE consent.acquisition_window
           SET opens_on = coalesce($2::date, opens_on), closes_on = coalesce($3::date, closes_on)
           WHERE id = $1 AND planning_started_at IS NULL AND closes_on >= $4::date AND coalesce($3::date, closes_on) >= $4::date
             AND ($2::date IS NULL OR (opens_on > $4::date AND $2::date >= $4::date))`,
          [id, opensOn ?? null, closesOn ?? null, today()],
        );
        if (isMoved) return 'moved';
        return await whyNot(id, (window) => {
          if (window.planningStartedAt !== null) return 'being-planned';
          if (window.closesOn < today()) return 'over';
          if (opensOn !== undefined && window.opensOn <= today()) return 'opened';
          return opensOn !== undefined && opensOn < today() ? 'first-day-past' : 'last-day-past';
        });
      } catch (error) {
        const refused = BROKEN[violatedConstraint(error) ?? ''];
        if (refused === undefined) throw error;
        return refused;
      }
    },
    // None was taken in it; the reference from decisions would keep one that holds any.
    async remove(id) {
      const isRemoved = await changed('DELETE FROM consent.acquisition_window WHERE id = $1 AND opens_on > $2::date', [
        ...[id, today()],
      ]);
      return isRemoved ? 'removed' : whyNot(id, () => 'opened');
    },
    async hold(id, held) {
      const isChanged = await changed(
        `UPDATE consent.acquisition_window SET held_at = CASE WHEN $2 THEN $3::timestamptz END
         WHERE id = $1 AND planned_at IS NULL AND (held_at IS NULL) = $2`,
        [id, held, clock.now()],
      );
      if (isChanged) return 'changed';
      return whyNot(id, ({ plannedAt }) => (plannedAt !== null ? 'planned' : held ? 'held-already' : 'not-held'));
    },
  };
}
