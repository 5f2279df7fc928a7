/** `statistics-resend`: resends the mails of a delivery that wait for an operator [C-2]. */
import { createStatisticsDesk } from '../statistics/index.js';
import type { StatisticsRefusal } from '../statistics/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, changed, FLAG, NOTHING_CHANGED, parseWords } from './arguments.js';
import { isDeliveryId } from './statistics-deliveries.js';

const USAGE = `statistics-resend ID [--apply]

Sends the same archive and the same password again, if a mail was refused, returned, or it is uncertain whether it was sent.
A mail that the provider returned is sent with a new Message-ID; the others keep theirs, so that a duplicate can be
recognised. A completed delivery is not sent again: «statistics --send» creates a new one, with a new password.
${APPLY}`;

const WORDS: Readonly<Record<StatisticsRefusal, string>> = {
  'not-permitted': 'no command may do this',
  'nobody-sends': 'no worker of this database sends certified mail',
  'unknown-delivery': 'there is no such delivery',
  'delivery-under-way': 'the delivery is in progress, none of its mails waits for an operator',
  'delivery-ended': 'the delivery has ended and its password is deleted; «statistics --send» creates a new one',
};

export const statisticsResend: AdminCommand = {
  name: 'statistics-resend',
  summary: 'send refused or returned mails of a statistic again',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, { apply: FLAG });
    const [id = '', ...rest] = positionals;
    const { apply } = values;
    if (rest.length > 0 || !isDeliveryId(id))
      return 'expected one ID, the number of a delivery as statistics-deliveries shows it';
    return { apply, run: (context) => execute(context, id, apply) };
  },
};

async function execute({ ownerDb, clock, entrance, out }: AdminContext, id: string, apply: boolean): Promise<number> {
  const { refusals, mails = [] } = await changed(ownerDb, apply, (tables) =>
    createStatisticsDesk(tables, clock).resend(entrance.call, { id }),
  );
  const [refusal] = refusals;
  if (refusal !== undefined) {
    out(`refused: ${WORDS[refusal]}`);
    return 1;
  }
  for (const { part, state } of mails) {
    const warning = state === 'uncertain' ? ': it may have arrived, check the mailbox for its receipts first' : '';
    out(`${part}: ${state}${warning}`);
  }
  out(apply ? `${mails.length} queued again, sent within five minutes` : NOTHING_CHANGED);
  return 0;
}
