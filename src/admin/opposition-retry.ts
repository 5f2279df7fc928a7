/** `opposition-retry`: returns parked and exhausted notifications to the queue [N-3]. */
import { createOutboxDesk } from '../opposition/index.js';
import type { AdminCommand } from './command.js';
import { APPLY, FLAG, isRegionCode, isUuid, NOTHING_CHANGED, parseOptions, REGION_FORM, TEXT } from './arguments.js';

const USAGE = `opposition-retry --region CODE [--code CODE] [--apply]
opposition-retry --code CODE [--apply]
opposition-retry --message ID [--apply]
opposition-retry --all [--apply]

Sends notifications again with the same message id, by which a region recognises a duplicate. Notifications of persons who
have decided again are withdrawn instead.
${APPLY}`;

export const oppositionRetry: AdminCommand = {
  name: 'opposition-retry',
  summary: 'return parked notifications to the queue',
  usage: USAGE,
  prepare(args) {
    const { values } = parseOptions(args, {
      region: TEXT,
      code: TEXT,
      message: TEXT,
      all: FLAG,
      apply: FLAG,
    });
    const { region, code, message: messageId, all, apply } = values;
    const isSelective = region !== undefined || code !== undefined || messageId !== undefined;
    if (isSelective && all) return '--all excludes --region, --code and --message';
    if (!isSelective && !all) return 'give --region, --code, --message, or --all';
    if (region !== undefined && !isRegionCode(region)) return REGION_FORM;
    if (messageId !== undefined && !isUuid(messageId))
      return '--message must be the ID of a notification, as opposition-parked shows it';
    return {
      apply,
      async run(context) {
        const { consentDb, clock, entrance, out } = context;
        const desk = createOutboxDesk(await consentDb(), clock);
        const selection = { region, code, messageId };
        if (apply) {
          const { queued = 0, withdrawn = 0 } = await desk.retry(entrance.call, selection);
          out(`${queued} notifications queued again`);
          if (withdrawn > 0) out(`${withdrawn} withdrawn: their persons have decided again, nothing is left to send`);
          return 0;
        }
        const { reasons = [] } = await desk.stuck(entrance.call, { ...selection, limit: 0 });
        for (const reason of reasons) out(`${reason.region.padEnd(4)}  ${reason.count}  ${reason.code ?? ''}`);
        out(NOTHING_CHANGED);
        return 0;
      },
    };
  },
};
