/** `opposition-window`: the terms in which everybody may express himself [O-5]. */
import { parseArgs } from 'node:util';
import { createWindowDesk } from '../opposition/index.js';
import { romeDate } from '../platform/clock.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, NOTHING_CHANGED, changed, isDay, isId } from './opposition-arguments.js';

const USAGE = `opposition-window list
opposition-window add --opens AAAA-MM-GG --closes AAAA-MM-GG [--apply]
opposition-window move --id N --closes AAAA-MM-GG [--apply]

Both days are included, Europe/Rome. The first window is the term that ended on 2024-06-30: add it too, since who
expressed himself in it counts as such. A window that is being planned cannot be moved any more.
${APPLY}`;

const REFUSED = {
  reversed: 'refused: the window would end before it begins',
  overlap: 'refused: the windows would overlap',
  'not-found': 'refused: no such window, or it is being planned, or the new end has passed',
} as const;

async function list({ consentDb, clock, out }: AdminContext): Promise<number> {
  const windows = await createWindowDesk(await consentDb(), clock).list();
  const today = romeDate(clock.now());
  for (const { id, opensOn, closesOn, planningStartedAt, plannedAt, completedAt } of windows) {
    const state =
      completedAt !== null
        ? 'notified'
        : plannedAt !== null
          ? 'planned, being notified'
          : planningStartedAt !== null
            ? 'planning was interrupted: run opposition-plan again'
            : today < opensOn
              ? 'to come'
              : today <= closesOn
                ? 'open'
                : 'over, not planned';
    out(`${id}  ${opensOn} – ${closesOn}  ${state}`);
  }
  if (windows.length === 0) out('no windows');
  return 0;
}

export const oppositionWindow: AdminCommand = {
  name: 'opposition-window',
  summary: 'list, add or move the terms for expressing an opposition',
  usage: USAGE,
  async run(args, context) {
    const { consentDb, clock, out } = context;
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        opens: { type: 'string' },
        closes: { type: 'string' },
        id: { type: 'string' },
        apply: { type: 'boolean', default: false },
      },
    });
    const [action] = positionals;
    const { opens, closes, id, apply } = values;
    if (action === 'list') return list(context);
    if (action === 'add' && isDay(opens) && isDay(closes)) {
      const result = await changed(await consentDb(), apply, (db) => createWindowDesk(db, clock).add(opens, closes));
      if ('refused' in result) {
        out(REFUSED[result.refused]);
        return 1;
      }
      out(apply ? `window ${result.id} added: ${opens} – ${closes}` : `Would add a window: ${opens} – ${closes}.`);
      if (!apply) out(NOTHING_CHANGED);
      return 0;
    }
    if (action === 'move' && isId(id) && isDay(closes)) {
      const today = romeDate(clock.now());
      const result = await changed(await consentDb(), apply, (db) =>
        createWindowDesk(db, clock).moveEnd(id, closes, today),
      );
      if (result !== 'moved') {
        out(REFUSED[result]);
        return 1;
      }
      out(apply ? `window ${id} now ends on ${closes}` : `Would move the end of window ${id} to ${closes}.`);
      if (!apply) out(NOTHING_CHANGED);
      return 0;
    }
    out(USAGE);
    return 2;
  },
};
