/** `opposition-plan`: queues the bulk of a window that is over [N-1]. */
import { createPlanning } from '../opposition/index.js';
import type { PlanProgress, PlanRefusal, Planned } from '../opposition/index.js';
import { RegistryAnaLookup } from '../registry/index.js';
import type { AdminCommand } from './command.js';
import { APPLY, FLAG, isId, NOTHING_CHANGED, parseOptions, TEXT } from './arguments.js';

const USAGE = `opposition-plan --window N [--apply]

Queues one notification for every person whose last decision is an opposition, to the current region of care. When
repeated, or after an interruption, the command queues what is missing. Unsent notifications of persons who have decided
again are withdrawn. The worker plans and sends automatically on the day after a window's last day, unless the bulk is
held (opposition-window).
${APPLY}`;

export const oppositionPlan: AdminCommand = {
  name: 'opposition-plan',
  summary: 'queue the notifications of an ended window',
  usage: USAGE,
  prepare(args) {
    const { values } = parseOptions(args, { window: TEXT, apply: FLAG });
    const { window, apply } = values;
    if (!isId(window)) return '--window must be the number of a window, as opposition-window list shows it';
    return {
      apply,
      async run(context) {
        const { ownerDb, consentDb, clock, entrance, out } = context;
        const planning = createPlanning(await consentDb(), new RegistryAnaLookup(ownerDb), clock);
        const { call } = entrance;
        const outcome = apply
          ? await planning.plan(call, { window, onProgress: progressLines(out) })
          : await planning.foresee(call, { window });
        const [refusal] = outcome.refusals;
        if (refusal !== undefined) {
          out(REFUSED[refusal]);
          return 1;
        }
        for (const line of described(outcome)) out(line);
        return 0;
      },
    };
  },
};

const REFUSED: Readonly<Record<PlanRefusal, string>> = {
  'not-permitted': 'refused: no command may do this',
  'unknown-window': 'refused: no window has this number',
  'not-over': 'refused: the window has not ended',
  held: 'refused: the bulk of the window is held: opposition-window release',
};

const WITHDRAWN = 'not sent yet, and the person has decided again since';

function described(
  outcome: Partial<Planned> & { readonly wouldQueue?: number; readonly wouldWithdraw?: number },
): string[] {
  const { queued, notInCare = 0, withdrawn = 0, wouldQueue = 0, wouldWithdraw = 0 } = outcome;
  if (queued === undefined) {
    return [
      `Would queue ${wouldQueue} notifications.`,
      ...(wouldWithdraw === 0 ? [] : [`Would withdraw ${wouldWithdraw} (${WITHDRAWN}).`]),
      NOTHING_CHANGED,
    ];
  }
  const elsewhere = `${notInCare} for persons no longer in care, to the region of their decision`;
  return [
    `${queued} notifications queued${notInCare === 0 ? '' : `; ${elsewhere}`}`,
    ...(withdrawn === 0 ? [] : [`${withdrawn} withdrawn (${WITHDRAWN})`]),
  ];
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
