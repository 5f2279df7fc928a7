/** `opposition-status`: how far the notifications are, region by region [N-4]. Shows counts only. */
import { createBlockDesk, createOutboxDesk, createWindowDesk } from '../opposition/index.js';
import type { RegionSummary } from '../opposition/index.js';
import { romeDateTime } from '../platform/clock.js';
import type { AdminCommand } from './command.js';

const USAGE = `opposition-status

One line per region: notifications sent, waiting, stuck (opposition-parked shows the reasons) and withdrawn (not sent, because
the person has decided again). Below it, the most frequent reasons why waiting notifications were not accepted so far. Then
the block of past documents, and the regions that it waits for.`;

const WIDTH = 24;

const UNPLANNED = {
  due: 'the worker plans it',
  overdue: 'OVERDUE, opposition-plan; is a worker running?',
  held: 'HELD, opposition-window release',
} as const;

export const oppositionStatus: AdminCommand = {
  name: 'opposition-status',
  summary: 'progress of the notifications by region',
  usage: USAGE,
  prepare(args) {
    if (args.length > 0) return 'the command takes no words and no options';
    return {
      async run(context) {
        const { consentDb, clock, entrance, blockWaitDays, out } = context;
        const db = await consentDb();
        const { windows = [] } = await createWindowDesk(db, clock).list(entrance.call, {});
        for (const { id, closesOn, state, planningStartedAt } of windows) {
          const said = state === 'due' || state === 'overdue' || state === 'held' ? UNPLANNED[state] : undefined;
          if (said === undefined) continue;
          const begun = planningStartedAt === null ? '' : ', its planning was interrupted';
          out(`window ${id} ended on ${closesOn} and is not planned${begun}: ${said}`);
        }
        const { regions = [], reasons = [] } = await createOutboxDesk(db, clock).summary(entrance.call, {});
        for (const region of regions) {
          out(lineOf(region.region, region));
          for (const { region: of, count, code, description } of reasons) {
            if (of === region.region)
              out(`${' '.repeat(6)}${count} tried: ${[code, description].filter(Boolean).join(': ')}`);
          }
        }
        if (regions.length === 0) out('no regions');
        else out(lineOf('all', totalOf(regions)));
        const block = await createBlockDesk(db, clock, blockWaitDays).show(entrance.call, {});
        out(`block of past documents: ${block.active ? 'active' : 'not active'} (${block.mode})`);
        for (const { window, region, waiting, holdsUntil } of block.awaited ?? []) {
          const until = romeDateTime(holdsUntil).slice(0, 16).replace('T', ' ');
          const holds =
            holdsUntil > entrance.call.at ? `waited for until ${until} if it stays silent` : 'not waited for any more';
          out(`  of the bulk of window ${window}, region ${region}: ${waiting} waiting, ${holds}`);
        }
        return 0;
      },
    };
  },
};

type Figures = Pick<RegionSummary, 'queued' | 'sent' | 'parked' | 'exhausted' | 'withdrawn' | 'retrying'> &
  Partial<Pick<RegionSummary, 'receiver' | 'region'>>;

function lineOf(name: string, figures: Figures): string {
  const { queued, sent, parked, exhausted, withdrawn, retrying } = figures;
  const total = queued + sent + parked + exhausted;
  const notes = [`sent ${sent}`, `waiting ${queued}${retrying === 0 ? '' : ` (${retrying} tried before)`}`];
  if (parked > 0) notes.push(`parked ${parked}`);
  if (exhausted > 0) notes.push(`exhausted ${exhausted}`);
  if (withdrawn > 0) notes.push(`withdrawn ${withdrawn}`);
  if (figures.region !== undefined && figures.receiver === undefined) notes.push('NO RECEIVER: opposition-region set');
  if (figures.receiver?.pauseReason) notes.push(`PAUSED (${figures.receiver.pauseReason})`);
  return `${name.padEnd(4)}  ${bar(sent, total)}  ${notes.join('  ')}`;
}

/** Shows 100 % only if everything is sent. */
function bar(done: number, total: number): string {
  const share = total === 0 ? 1 : done / total;
  const filled = Math.floor(share * WIDTH);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${percent} %`;
}

function totalOf(regions: readonly RegionSummary[]): Figures {
  const sum = (of: (region: RegionSummary) => number): number =>
    regions.reduce((total, region) => total + of(region), 0);
  return {
    queued: sum(({ queued }) => queued),
    sent: sum(({ sent }) => sent),
    parked: sum(({ parked }) => parked),
    exhausted: sum(({ exhausted }) => exhausted),
    withdrawn: sum(({ withdrawn }) => withdrawn),
    retrying: sum(({ retrying }) => retrying),
  };
}
