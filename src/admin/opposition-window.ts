/** `opposition-window`: the windows for expressing decisions [O-5], and whether their bulk is held [O-9]. */
import type { MachineEntrance } from '../auth/index.js';
import { createWindowDesk } from '../opposition/index.js';
import type { WindowDesk, WindowRefusal, WindowState } from '../opposition/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, changed, FLAG, isDay, isId, NOTHING_CHANGED, parseWords, TEXT } from './arguments.js';

const USAGE = `opposition-window list
opposition-window add --opens AAAA-MM-GG --closes AAAA-MM-GG [--apply]
opposition-window move --id N [--opens AAAA-MM-GG] [--closes AAAA-MM-GG] [--apply]
opposition-window remove --id N [--apply]
opposition-window hold|release --id N [--apply]

  add       both days are included, Europe/Rome. The first window is the term that ended on 2024-06-30: add it too,
            because its decisions count; they are notified with the next window's, or when you run opposition-plan
  move      either day of a window that has not opened; the last day of an open one; not after its end
  remove    a window that has not opened
  hold      the bulk, which the worker plans on the day after the last day, waits for release
${APPLY}`;

const REFUSED: Readonly<Record<WindowRefusal, string>> = {
  'not-permitted': 'refused: no command may do this',
  reversed: 'refused: the window would end before it begins',
  overlap: 'refused: the windows would overlap',
  'not-found': 'refused: no window has this number (opposition-window list shows them)',
  'being-planned': 'refused: the bulk of this window is being planned or is planned: its days can no longer change',
  planned: 'refused: the bulk of this window is planned: it can no longer be held or released',
  opened: 'refused: this window has opened: it cannot be removed, and only its last day can be moved (move --closes)',
  over: 'refused: this window has ended and its decisions count: it cannot change. Add another one (opposition-window add)',
  'first-day-past': 'refused: the day given with --opens has passed',
  'last-day-past': 'refused: the window would end on a day that has passed; give today or a later day with --closes',
  'held-already': 'refused: the bulk of this window is already held',
  'not-held': 'refused: the bulk of this window is not held',
};

const STATES: Readonly<Record<WindowState, string>> = {
  'to-come': 'to come',
  open: 'open',
  'with-next': 'ended before it was added; its decisions are notified with the next window, or by opposition-plan',
  held: 'ended, HELD: opposition-window release',
  due: 'ended, the worker plans it',
  overdue: 'ended, not planned: OVERDUE',
  planned: 'planned, being notified',
  notified: 'notified',
};

async function list({ consentDb, clock, entrance, out }: AdminContext): Promise<number> {
  const { windows = [] } = await createWindowDesk(await consentDb(), clock).list(entrance.call, {});
  for (const { id, opensOn, closesOn, state, planningStartedAt, heldAt } of windows) {
    const isInterrupted = planningStartedAt !== null && (state === 'due' || state === 'overdue');
    const notes = [STATES[state], ...(isInterrupted ? ['planning was interrupted'] : [])];
    if (heldAt !== null && state !== 'held') notes.push('will be held');
    out(`${id}  ${opensOn} – ${closesOn}  ${notes.join(', ')}`);
  }
  if (windows.length === 0) out('no windows');
  return 0;
}

const ACTIONS = ['add', 'move', 'remove', 'hold', 'release'] as const;

/** Text of a change, planned or done; or of the refusal. */
interface Told {
  readonly refusals: readonly WindowRefusal[];
  readonly done: string;
  readonly would: string;
}
type Change = (desk: WindowDesk, { call }: MachineEntrance) => Promise<Told>;

function changeOf(
  action: string | undefined,
  apply: boolean,
  {
    opens,
    closes,
    id,
  }: { readonly opens?: string | undefined; readonly closes?: string | undefined; readonly id?: string | undefined },
): Change | string {
  if (!ACTIONS.some((known) => known === action)) return `the action must be one of list, ${ACTIONS.join(', ')}`;
  for (const [option, day] of [
    ['--opens', opens],
    ['--closes', closes],
  ])
    if (day !== undefined && !isDay(day)) return `${option ?? ''} must be a day as AAAA-MM-GG`;
  if (action === 'add') {
    if (!isDay(opens) || !isDay(closes)) return 'add needs --opens and --closes';
    const term = `${opens} – ${closes}`;
    return async (desk, { call }) => {
      const added = await desk.add(call, { opensOn: opens, closesOn: closes, isRehearsal: !apply });
      const done = `window ${added.id ?? ''} added: ${term}`;
      return { refusals: added.refusals, done, would: `Would add a window: ${term}.` };
    };
  }
  if (!isId(id)) return '--id must be the number of a window, as list shows it';
  if (action === 'move') {
    if ((opens ?? closes) === undefined) return 'move needs --opens, --closes, or both';
    const days = [
      ...(opens === undefined ? [] : [`begins on ${opens}`]),
      ...(closes === undefined ? [] : [`ends on ${closes}`]),
    ].join(' and ');
    return async (desk, { call }) => {
      const { refusals } = await desk.move(call, { id, opensOn: opens, closesOn: closes });
      return { refusals, done: `window ${id} now ${days}`, would: `Would move window ${id}: it ${days}.` };
    };
  }
  if (action === 'remove') {
    return async (desk, { call }) => {
      const { refusals } = await desk.remove(call, { id });
      return { refusals, done: `window ${id} removed`, would: `Would remove window ${id}.` };
    };
  }
  const [verb, word] = action === 'hold' ? (['hold', 'held'] as const) : (['release', 'released'] as const);
  return async (desk, { call }) => {
    const { refusals } = await desk[verb](call, { id });
    return { refusals, done: `the bulk of window ${id} is ${word}`, would: `Would ${verb} the bulk of window ${id}.` };
  };
}

export const oppositionWindow: AdminCommand = {
  name: 'opposition-window',
  summary: 'list, add, move, remove, hold the terms for expressing an opposition',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, {
      opens: TEXT,
      closes: TEXT,
      id: TEXT,
      apply: FLAG,
    });
    const [action, ...rest] = positionals;
    const { apply, ...given } = values;
    if (rest.length > 0) return 'expected one action, without further words';
    if (action === 'list') return { action, run: list };
    const change = changeOf(action, apply, given);
    if (typeof change === 'string') return change;
    return {
      action,
      apply,
      async run({ consentDb, clock, entrance, out }) {
        const { refusals, done, would } = await changed(await consentDb(), apply, (tables) =>
          change(createWindowDesk(tables, clock), entrance),
        );
        const [refusal] = refusals;
        if (refusal !== undefined) {
          out(REFUSED[refusal]);
          return 1;
        }
        out(apply ? done : would);
        if (!apply) out(NOTHING_CHANGED);
        return 0;
      },
    };
  },
};
