/** `statistics-resend`: gets the mails of a delivery going again that only an operator may [C-2]. */
import { parseArgs } from 'node:util';
import { FOR_THE_OPERATOR, createDeliveryDesk } from '../statistics/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import { APPLY, NOTHING_CHANGED } from './arguments.js';
import { isDeliveryId } from './statistics-deliveries.js';

const USAGE = `statistics-resend ID [--apply]

Sends the same archive and the same password again, where a mail was refused, given back, or nobody knows whether it left.
What the provider gave back leaves under a new Message-ID; the others keep theirs, so that a mail which did arrive can be
told as the same.
A delivery that is done is not sent again: «statistics --send» takes a new one, with a new password.
${APPLY}`;

export const statisticsResend: AdminCommand = {
  name: 'statistics-resend',
  summary: 'send the mails of a statistic again that were refused or came back',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { apply: { type: 'boolean', default: false } },
    });
    const [id = '', ...rest] = positionals;
    const { apply } = values;
    if (rest.length > 0 || !isDeliveryId(id))
      return 'one ID is expected, the number of a delivery as statistics-deliveries shows it';
    return { apply, run: (context) => execute(context, id, apply) };
  },
};

async function execute({ ownerDb, clock, out }: AdminContext, id: string, apply: boolean): Promise<number> {
  const desk = createDeliveryDesk(ownerDb, clock);
  const delivery = await desk.find(id);
  const stuck = delivery?.mails.filter(({ state }) => FOR_THE_OPERATOR.includes(state)) ?? [];
  if (delivery === undefined || delivery.finishedAt !== null || stuck.length === 0) {
    out(refusal(id, delivery));
    return 1;
  }
  for (const { part, state } of stuck) {
    const warning = state === 'uncertain' ? ': it may have arrived, look into the mailbox for its receipts first' : '';
    out(`${part}: ${state}${warning}`);
  }
  if (!apply) {
    out(NOTHING_CHANGED);
    return 0;
  }
  out(`${await desk.resend(id)} queued again, sent within five minutes`);
  return 0;
}

function refusal(id: string, delivery: { readonly finishedAt: Date | null } | undefined): string {
  if (delivery === undefined) return `refused: there is no delivery ${id}`;
  return delivery.finishedAt === null
    ? `refused: delivery ${id} is under way, nothing of it waits for an operator`
    : `refused: delivery ${id} has ended and its password is forgotten; «statistics --send» takes a new one`;
}
