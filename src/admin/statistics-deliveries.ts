/** `statistics-deliveries`: progress of each statistic [C-2], and why it stopped. Never shows a password. */
import { romeDateTime } from '../platform/clock.js';
import { createStatisticsDesk } from '../statistics/index.js';
import type { MailState, ShownDelivery, ShownMail } from '../statistics/index.js';
import type { AdminCommand, AdminContext } from './command.js';
import { parseWords, TEXT, wholeNumber } from './arguments.js';

const USAGE = `statistics-deliveries [ID] [--limit N]

The latest deliveries (default 10), or one of them with the provider's replies. Each is two mails, archive and password:
  waiting       for the archive to be delivered          queued        to be sent, or to be retried
  sending       being sent                               sent          accepted by the server, no receipt yet
  accepted      receipt of acceptance                    delivered     receipt of delivery
  uncertain     sent, no answer and no receipt: check    refused       permanently by the server, or after days
                the mailbox before sending again         not_accepted  returned by our provider
                                                         undelivered   returned, or no receipt in 26 hours
The last four wait for an operator: statistics-resend sends them again.`;

export const statisticsDeliveries: AdminCommand = {
  name: 'statistics-deliveries',
  summary: 'progress of the statistics sent to the Commissioner, and their failures',
  usage: USAGE,
  prepare(args) {
    const { values, positionals } = parseWords(args, { limit: { ...TEXT, default: '10' } });
    const [id, ...rest] = positionals;
    const limit = wholeNumber(values.limit, 1, 10_000);
    if (rest.length > 0 || !isDeliveryId(id ?? '1')) return 'expected one ID, the number of a delivery, or none';
    if (limit === undefined) return '--limit must be a whole number from 1 to 10000';
    return { run: (context) => (id === undefined ? list(context, limit) : show(context, id)) };
  },
};

async function list({ ownerDb, clock, entrance, out }: AdminContext, limit: number): Promise<number> {
  const { deliveries = [] } = await createStatisticsDesk(ownerDb, clock).list(entrance.call, { limit });
  for (const delivery of deliveries) out(summaryOf(delivery));
  if (deliveries.length === 0) out('no deliveries');
  return 0;
}

async function show({ ownerDb, clock, entrance, out }: AdminContext, id: string): Promise<number> {
  const { delivery } = await createStatisticsDesk(ownerDb, clock).show(entrance.call, { id });
  if (delivery === undefined) {
    out(`refused: delivery ${id} does not exist`);
    return 1;
  }
  for (const line of detailsOf(delivery)) out(line);
  return 0;
}

/** A positive bigint of PostgreSQL. */
export function isDeliveryId(text: string): boolean {
  return /^[1-9][0-9]{0,17}$/.test(text);
}

function summaryOf({ id, takenAt, finishedAt, mails }: ShownDelivery): string {
  const states = mails.map(({ part, state }) => `${part} ${state}`).join(', ');
  const last = mails.find(({ part }) => part === 'password')?.state;
  return `${id}  ${romeDateTime(takenAt)}  ${outcome(finishedAt, last)}  ${states}`;
}

function outcome(finishedAt: Date | null, password: MailState | undefined): string {
  if (finishedAt === null) return 'open     ';
  return password === 'delivered' || password === 'accepted' || password === 'sent' ? 'done     ' : 'abandoned';
}

function* detailsOf(delivery: ShownDelivery): Generator<string> {
  yield summaryOf(delivery);
  yield delivery.fileName;
  for (const mail of delivery.mails) {
    yield `${mail.part}: ${mail.state}, ${mail.attempts} attempt${mail.attempts === 1 ? '' : 's'}, ${whenOf(mail)}`;
    yield `  Message-ID ${mail.messageId}`;
    if (mail.lastError !== null) yield `  ${mail.lastError}`;
    for (const { kind, receivedAt, explanation } of mail.receipts) {
      yield `  receipt: ${kind}, ${romeDateTime(new Date(receivedAt))}`;
      for (const line of (explanation ?? '').split('\n')) if (line.trim() !== '') yield `    ${line.trimEnd()}`;
    }
  }
}

function whenOf({ state, sentAt, nextAttemptAt }: ShownMail): string {
  if (sentAt !== null) return `accepted by the server ${romeDateTime(sentAt)}`;
  return state === 'queued' ? `next attempt ${romeDateTime(nextAttemptAt)}` : 'not known to have been sent';
}
