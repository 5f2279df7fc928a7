/**
 * `opposition-parked`: notifications that wait for an operator, and why [N-3]. Shows message ids, never identifiers.
 */
import { createOutboxDesk } from '../opposition/index.js';
import type { AdminCommand } from './command.js';
import { isRegionCode, parseOptions, REGION_FORM, TEXT, wholeNumber } from './arguments.js';

const USAGE = `opposition-parked [--region CODE] [--code CODE] [--limit N]

Counts parked (permanently refused) and exhausted (retried too often) notifications by reason, then lists the oldest ones
(default 20) with the region's reply. opposition-export shows the person of a message id.`;

export const oppositionParked: AdminCommand = {
  name: 'opposition-parked',
  summary: 'notifications that wait for an operator, with the reasons',
  usage: USAGE,
  prepare(args) {
    const { values } = parseOptions(args, { region: TEXT, code: TEXT, limit: { ...TEXT, default: '20' } });
    const { region, code } = values;
    const limit = wholeNumber(values.limit, 0, 100_000);
    if (region !== undefined && !isRegionCode(region)) return REGION_FORM;
    if (limit === undefined) return '--limit must be a whole number from 0 to 100000';
    return {
      async run(context) {
        const { consentDb, clock, entrance, out } = context;
        const desk = createOutboxDesk(await consentDb(), clock);
        const { reasons = [], stuck: longest = [] } = await desk.stuck(entrance.call, { region, code, limit });
        if (reasons.length === 0) {
          out('nothing is parked');
          return 0;
        }
        for (const reason of reasons)
          out(`${reason.region.padEnd(4)}  ${String(reason.count).padStart(7)}  ${reason.code ?? ''}`);
        for (const stuck of longest) {
          const { messageId, state, attempts, finishedAt, description } = stuck;
          const since = `${state} since ${finishedAt.toISOString()} after ${attempts} attempt${attempts === 1 ? '' : 's'}`;
          out(`${messageId}  ${stuck.region}  ${since}  ${stuck.code ?? ''}  ${description ?? ''}`.trimEnd());
        }
        return 0;
      },
    };
  },
};
