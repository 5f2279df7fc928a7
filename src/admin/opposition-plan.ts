/** `opposition-plan`: queues the bulk of a window that is over [N-1]. */
import { parseArgs } from 'node:util';
import { createPlanning } from '../opposition/index.js';
import type { PlanOutcome, PlanProgress, PlanRefusal } from '../opposition/index.js';
import { RegistryAnaLookup } from '../registry/index.js';
import type { AdminCommand } from './command.js';
import { APPLY, NOTHING_CHANGED, isId } from './arguments.js';

const USAGE = `opposition-plan --window N [--apply]

Queues one notification for every person whose last decision is an opposition, to the region of care of today. Started
twice, or again after an interruption, it queues what is missing. What is not sent yet of persons who have decided again
since is withdrawn. The worker does it by itself on the day after a window's
last, unless it is held (opposition-window), and sends.
${APPLY}`;

export const oppositionPlan: AdminCommand = {
  name: 'opposition-plan',
  summary: 'queue the notifications of a window that is over',
  usage: USAGE,
  prepare(args) {
    const { values } = parseArgs({
      args: [...args],
      options: { window: { type: 'string' }, apply: { type: 'boolean', default: false } },
    });
    const { window, apply } = values;
    if (!isId(window)) return '--window must be the number of a window, as opposition-window list shows it';
    return {
      apply,
      async run(context) {
        const { ownerDb, consentDb, clock, out } = context;
        const planning = createPlanning(await consentDb(), new RegistryAnaLookup(ownerDb), clock);
        const outcome = await (apply ? planning.plan(window, progressLines(out)) : planning.foresee(window));
        for (const line of described(outcome)) out(line);
        return outcome.kind === 'refused' ? 1 : 0;
      },
    };
  },
};

const REFUSED: Readonly<Record<PlanRefusal, string>> = {
  'unknown-window': 'refused: there is no such window',
  'not-over': 'refused: the window is not over',
  held: 'refused: the window is held: opposition-window release',
};

const WITHDRAWN = 'not sent yet, and the person has decided again since';

function described(outcome: PlanOutcome): string[] {
  switch (outcome.kind) {
    case 'refused':
      return [REFUSED[outcome.reason]];
    case 'foreseen':
      return [
        `Would queue ${outcome.wouldQueue} notifications.`,
        ...(outcome.wouldWithdraw === 0 ? [] : [`Would withdraw ${outcome.wouldWithdraw} (${WITHDRAWN}).`]),
        NOTHING_CHANGED,
      ];
    case 'planned': {
      const elsewhere = `${outcome.notInCare} of persons no longer in care, to the region of their decision`;
      return [
        `${outcome.queued} notifications queued${outcome.notInCare === 0 ? '' : `; ${elsewhere}`}`,
        ...(outcome.withdrawn === 0 ? [] : [`${outcome.withdrawn} withdrawn (${WITHDRAWN})`]),
      ];
    }
  }
}

/** One line per tenth. */
function progressLines(out: (line: string) => void): (progress: PlanProgress) => void {
  let last = -1;
  return ({ done, total, queued }) => {
    const tenth = Math.floor((done * 10) / total);
    if (tenth === last) return;
    last = tenth;
    out(`planning ${tenth * 10} %: ${queued} queued`);
  };
}
