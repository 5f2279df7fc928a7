/** The terms of the function as the operator keeps them [O-5]. They are data: the law has moved them before. */
import type { Clock, IsoDate } from '../platform/clock.js';
import { violatedConstraint } from '../platform/db/index.js';
import { AcquisitionWindow } from './entities.js';
import type { ConsentTables } from './tables.js';

export interface WindowDesk {
  /** In the order of their days. */
  list(): Promise<readonly AcquisitionWindow[]>;
  /** @returns its id, or why not */
  add(opensOn: IsoDate, closesOn: IsoDate): Promise<{ id: string } | { refused: 'reversed' | 'overlap' }>;
  /**
   * Moves the last day of a window that is not being planned; never before today, since decisions were taken in it.
   * @returns whether there was such a window, or why not
   */
  moveEnd(id: string, closesOn: IsoDate, today: IsoDate): Promise<'moved' | 'not-found' | 'reversed' | 'overlap'>;
}

const BROKEN: Readonly<Record<string, 'reversed' | 'overlap'>> = {
  acquisition_window_term: 'reversed',
  acquisition_window_overlap: 'overlap',
};

/** @param db the consent database, as its owner */
export function createWindowDesk(db: ConsentTables, clock: Clock): WindowDesk {
  return {
    list: () => db.getRepository(AcquisitionWindow).find({ order: { opensOn: 'ASC' } }),
    async add(opensOn, closesOn) {
      try {
        const [row] = await db.query<{ id: string }[]>(
          `INSERT INTO consent.acquisition_window (opens_on, closes_on, created_at) VALUES ($1, $2, $3) RETURNING id`,
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
    async moveEnd(id, closesOn, today) {
      try {
        const [rows] = await db.query<[unknown[], number]>(
          `UPDATE consent.acquisition_window SET closes_on = $2::date
           WHERE id = $1 AND planning_started_at IS NULL AND $2::date >= $3::date RETURNING 1`,
          [id, closesOn, today],
        );
        return rows.length === 1 ? 'moved' : 'not-found';
      } catch (error) {
        const refused = BROKEN[violatedConstraint(error) ?? ''];
        if (refused === undefined) throw error;
        return refused;
      }
    },
  };
}
