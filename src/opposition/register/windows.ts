/**
 * The windows for expressing decisions, as the operator configures them [O-5], and the state of each bulk [O-9]. They
 * are data, because the law has already moved them once.
 */
import { changedIn, recordIn } from '../../audit/index.js';
import type { Access, Place } from '../../audit/index.js';
import { Refused } from '../../auth/index.js';
import type { Entry, Operation } from '../../auth/index.js';
import { addDays, romeDate } from '../../platform/clock.js';
import type { Clock, IsoDate } from '../../platform/clock.js';
import { DONE } from '../../platform/outcome.js';
import { AcquisitionWindow } from '../entities.js';
import { registerOperations } from '../operations.js';
import type { ConsentTables } from '../tables.js';

/**
 * `with-next`: already over when it was added, like the term of 2024-06-30: its decisions go with the bulk of a later
 * window, which may not exist yet, or when an operator orders it. `due`: to plan today, or tomorrow if it ended today.
 * `overdue`: should have been planned before today.
 */
export type WindowState = 'to-come' | 'open' | 'with-next' | 'held' | 'due' | 'overdue' | 'planned' | 'notified';

export type ListedWindow = AcquisitionWindow & { readonly state: WindowState };

/** Why a window cannot change; each cause has its own remedy. */
export type WindowRefusal =
  | 'not-permitted'
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

/** Both days are included, Europe/Rome. */
export interface NewWindow {
  readonly opensOn: IsoDate;
  readonly closesOn: IsoDate;
  /** The row will be rolled back: it takes no number of the sequence, so that real windows have no gaps. */
  readonly isRehearsal?: boolean;
}

interface OfWindow {
  readonly id: string;
}

/** Fields that are absent stay unchanged. */
export interface WindowMove extends OfWindow {
  readonly opensOn?: IsoDate | undefined;
  readonly closesOn?: IsoDate | undefined;
}

export interface WindowDesk {
  /** Ordered by their days. */
  readonly list: Operation<object, WindowRefusal, { readonly windows: readonly ListedWindow[] }>;
  readonly add: Operation<NewWindow, WindowRefusal, OfWindow>;
  /**
   * Moves a window that is neither over nor being planned, because decisions of a window that is over are effective
   * [O-8]. Its last day may move to today or later, because decisions have been taken in it; its first day only before
   * it opens, and not into the past.
   */
  readonly move: Operation<WindowMove, WindowRefusal>;
  /** Removes a window that has not opened, hence has no decisions. */
  readonly remove: Operation<OfWindow, WindowRefusal>;
  /** Holds the planning of the bulk until an operator orders it. Planning in progress stops at its next batch. */
  readonly hold: Operation<OfWindow, WindowRefusal>;
  readonly release: Operation<OfWindow, WindowRefusal>;
}

/** State of a window on a day. */
function windowState(window: AcquisitionWindow, today: IsoDate): WindowState {
  const { opensOn, closesOn, createdAt, planningStartedAt, plannedAt, completedAt, heldAt } = window;
  if (completedAt !== null) return 'notified';
  if (plannedAt !== null) return 'planned';
  if (today < opensOn) return 'to-come';
  if (today <= closesOn) return 'open';
  if (heldAt !== null) return 'held';
  if (romeDate(createdAt) > closesOn) return planningStartedAt === null ? 'with-next' : 'due';
  return today > addDays(closesOn, 1) ? 'overdue' : 'due';
}

/**
 * All windows ordered by their days, for internal use. @param db the consent database, as any role that reads windows
 */
export async function listWindows(db: ConsentTables, today: IsoDate): Promise<readonly ListedWindow[]> {
  const all = await db.getRepository(AcquisitionWindow).find({ order: { opensOn: 'ASC' } });
  return all.map((window) => Object.assign(window, { state: windowState(window, today) }));
}

/** SQL: whether another window shares a day with a term. */
const meets = (own: string, opensOn: string, closesOn: string): string =>
  `EXISTS (SELECT FROM consent.acquisition_window other
           WHERE other.id <> ${own} AND other.opens_on <= ${closesOn} AND other.closes_on >= ${opensOn})`;

const ADD = (place: Place): string => `
  INSERT INTO consent.acquisition_window (opens_on, closes_on, created_at)
  VALUES (${place(1)}, ${place(2)}, ${place(3)})
  ON CONFLICT ON CONSTRAINT acquisition_window_overlap DO NOTHING RETURNING id`;
/** Inserts without a number of the sequence. */
const REHEARSE = (place: Place): string =>
  ADD(place).replace('(opens_on', '(id, opens_on').replace('VALUES (', 'OVERRIDING SYSTEM VALUE VALUES (0, ');

/** The statement decides; `whyNot` only explains. The constraint resolves races. */
const MOVE = (place: Place): string => {
  const [id, today] = [place(1), `${place(4)}::date`];
  const [opens, closes] = [`${place(2)}::date`, `${place(3)}::date`];
  const [opensOn, closesOn] = [`coalesce(${opens}, w.opens_on)`, `coalesce(${closes}, w.closes_on)`];
  return `
  UPDATE consent.acquisition_window w SET opens_on = ${opensOn}, closes_on = ${closesOn}
  WHERE id = ${id} AND planning_started_at IS NULL AND closes_on >= ${today} AND ${closesOn} >= ${today}
    AND (${opens} IS NULL OR (opens_on > ${today} AND ${opens} >= ${today}))
    AND ${opensOn} <= ${closesOn} AND NOT ${meets('w.id', opensOn, closesOn)}
  RETURNING id`;
};

/** @param db the consent database as its owner, or the transaction of the operation */
export function createWindowDesk(db: ConsentTables, clock: Clock): WindowDesk {
  const operation = registerOperations<WindowRefusal>(db, clock);
  const whyNot = async (
    id: string,
    reason: (window: AcquisitionWindow) => WindowRefusal,
  ): Promise<Refused<WindowRefusal>> => {
    const window = await db.getRepository(AcquisitionWindow).findOneBy({ id });
    return new Refused([window === null ? 'not-found' : reason(window)]);
  };
  const held = async (access: Access, { id }: OfWindow, since: Date | null) => {
    const isHeld = since !== null;
    const done = await changedIn(
      ...([db, access, 'changed'] as const),
      (place) => `UPDATE consent.acquisition_window SET held_at = ${place(2)}::timestamptz
                  WHERE id = ${place(1)} AND planned_at IS NULL AND (held_at IS NOT NULL) <> ${place(3)} RETURNING id`,
      [id, since, isHeld],
    );
    return (
      done ?? whyNot(id, ({ plannedAt }) => (plannedAt !== null ? 'planned' : isHeld ? 'held-already' : 'not-held'))
    );
  };

  return {
    list: operation('window-list', async ({ at }, _request: object, access) => {
      const windows = await listWindows(db, romeDate(at));
      return { transactionId: await recordIn(db, access, DONE.code), windows };
    }),
    add: operation(
      'window-add',
      async ({ at }, { opensOn, closesOn, isRehearsal = false }: NewWindow, access) => {
        if (opensOn > closesOn) return new Refused(['reversed']);
        const insert = isRehearsal ? REHEARSE : ADD;
        const done = await changedIn<OfWindow>(db, access, 'changed', insert, [opensOn, closesOn, at]);
        const id = done?.rows[0]?.id;
        return done === undefined || id === undefined ? new Refused(['overlap']) : { ...done, id };
      },
      about,
    ),
    move: operation(
      'window-move',
      async ({ at }, { id, opensOn, closesOn }: WindowMove, access) => {
        const today = romeDate(at);
        const values = [id, opensOn ?? null, closesOn ?? null, today];
        const done = await changedIn(db, access, 'changed', MOVE, values);
        if (done !== undefined) return done;
        return whyNot(id, (window) => {
          if (window.planningStartedAt !== null) return 'being-planned';
          if (window.closesOn < today) return 'over';
          if (opensOn !== undefined && window.opensOn <= today) return 'opened';
          if (opensOn !== undefined && opensOn < today) return 'first-day-past';
          if (closesOn !== undefined && closesOn < today) return 'last-day-past';
          return (opensOn ?? window.opensOn) > (closesOn ?? window.closesOn) ? 'reversed' : 'overlap';
        });
      },
      about,
    ),
    remove: operation(
      'window-remove',
      async ({ at }, { id }: OfWindow, access) => {
        const done = await changedIn(
          ...([db, access, 'changed'] as const),
          (place) =>
            `DELETE FROM consent.acquisition_window WHERE id = ${place(1)} AND opens_on > ${place(2)}::date RETURNING id`,
          [id, romeDate(at)],
        );
        return done ?? whyNot(id, () => 'opened');
      },
      about,
    ),
    hold: operation('window-hold', ({ at }, request: OfWindow, access) => held(access, request, at), about),
    release: operation('window-release', (_call, request: OfWindow, access) => held(access, request, null), about),
  };
}

function about(): Entry {
  return { subjectKind: 'window' };
}
