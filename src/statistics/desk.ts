/** Operators' operations on statistics: figures, an unscheduled statistic, deliveries. Never shows a password. */
import { accessLogIn, recordIn } from '../audit/index.js';
import type { Access } from '../audit/index.js';
import { Refused, operationsOf } from '../auth/index.js';
import type { Entry, Operation } from '../auth/index.js';
import type { Clock } from '../platform/clock.js';
import type { Queryable } from '../platform/db/index.js';
import { createJobQueue } from '../platform/jobs/index.js';
import { newMessageId } from '../platform/message-id.js';
import { DONE } from '../platform/outcome.js';
import { statisticsOutcome } from './errors.js';
import type { StatisticsRefusal } from './errors.js';
import { readFigures } from './figures.js';
import type { Figures } from './figures.js';
import { DELIVER_JOB, PREPARE_JOB } from './jobs.js';
import { CAME_BACK, FOR_THE_OPERATOR } from './model.js';
import type { MailState, Part, ReceiptKind } from './model.js';

export interface ShownMail {
  readonly part: Part;
  readonly state: MailState;
  readonly attempts: number;
  readonly messageId: string;
  readonly nextAttemptAt: Date;
  readonly sentAt: Date | null;
  readonly lastError: string | null;
  readonly receipts: readonly {
    readonly kind: ReceiptKind;
    /** ISO 8601. */
    readonly receivedAt: string;
    readonly explanation: string | null;
  }[];
}

export interface ShownDelivery {
  readonly id: string;
  readonly takenAt: Date;
  readonly finishedAt: Date | null;
  readonly fileName: string;
  readonly mails: readonly ShownMail[];
}

export interface StatisticsDesk {
  /** The figures at this moment [C-1]. */
  readonly figures: Operation<void, StatisticsRefusal, { readonly figures: Figures; readonly takenAt: Date }>;
  /** Requests an unscheduled statistic. @returns the id of the worker's job */
  readonly request: Operation<void, StatisticsRefusal, { readonly job: string }>;
  /** Latest first. */
  readonly list: Operation<
    { readonly limit: number },
    StatisticsRefusal,
    { readonly deliveries: readonly ShownDelivery[] }
  >;
  readonly show: Operation<{ readonly id: string }, StatisticsRefusal, { readonly delivery: ShownDelivery }>;
  /**
   * Queues again the mails that wait for an operator. A mail that the provider accepted and returned is sent as a new
   * message; one that may never have left keeps its Message-ID, so that a recipient can recognise a duplicate, and so
   * that a receipt that arrives first prevents the resending.
   * @returns these mails as they were before
   */
  readonly resend: Operation<{ readonly id: string }, StatisticsRefusal, { readonly mails: readonly ShownMail[] }>;
}

interface Row extends Omit<ShownMail, 'receipts'>, Omit<ShownDelivery, 'mails'> {
  readonly receipts: ShownMail['receipts'];
}

const DELIVERIES = (which: string): string => `
  SELECT d.id, d.taken_at AS "takenAt", d.finished_at AS "finishedAt", d.file_name AS "fileName", m.part, m.state,
         m.attempts, m.message_id AS "messageId", m.next_attempt_at AS "nextAttemptAt", m.sent_at AS "sentAt",
         m.last_error AS "lastError",
         coalesce((SELECT json_agg(json_build_object('kind', r.kind, 'receivedAt', r.received_at,
                                                     'explanation', r.explanation) ORDER BY r.received_at, r.kind)
                   FROM statistics.receipt r WHERE r.delivery_id = m.delivery_id AND r.part = m.part), '[]') AS receipts
  FROM statistics.delivery d JOIN statistics.mail m ON m.delivery_id = d.id
  WHERE ${which} ORDER BY d.id DESC, m.part`;

const LATEST = DELIVERIES('d.id IN (SELECT id FROM statistics.delivery ORDER BY id DESC LIMIT $1::integer)');
const ONE = DELIVERIES('d.id = $1::bigint');

/** Held until the transaction ends: neither worker nor operator can change the delivery meanwhile. */
const LOCK = 'SELECT FROM statistics.delivery WHERE id = $1::bigint FOR UPDATE';

const RESEND = `
  WITH queued AS (
    UPDATE statistics.mail m
    SET state = 'queued', next_attempt_at = $2::timestamptz, sent_at = NULL,
        sending_since = CASE WHEN m.state = ANY ($4::text[]) THEN NULL ELSE m.sending_since END,
        message_id = CASE WHEN m.state = ANY ($4::text[]) THEN n.message_id ELSE m.message_id END
    FROM (VALUES ('archive', $5), ('password', $6)) AS n (part, message_id)
    WHERE m.delivery_id = $1::bigint AND m.state = ANY ($3::text[]) AND n.part = m.part
    RETURNING m.part
  ) SELECT part FROM queued`;

/** A worker with certified mail schedules the sending job every five minutes. */
const PLANNED_WITHIN_MS = 15 * 60_000;

/** @param tables the TS database as its owner; a transaction on it for changes */
export function createStatisticsDesk(tables: Queryable, clock: Clock): StatisticsDesk {
  const operation = operationsOf<StatisticsRefusal>({
    ...{ accessLog: accessLogIn(tables), clock },
    outcomeOf: statisticsOutcome,
  });
  const queue = createJobQueue(tables, clock);
  const read = async (access: Access) => ({ transactionId: await recordIn(tables, access, DONE.code) });
  const find = async (id: string) => grouped(await tables.query<Row[]>(ONE, [id]))[0];

  return {
    figures: operation('statistics-figures', async ({ at }, _request: unknown, access) => ({
      figures: await readFigures(tables),
      takenAt: at,
      ...(await read(access)),
    })),

    request: operation('statistics-request', async ({ at }, _request: unknown, access) => {
      const sending = (await queue.figures()).find(({ kind }) => kind === DELIVER_JOB);
      const plannedAt = sending?.lastDueAt?.getTime() ?? 0;
      const isSent = (sending?.running ?? 0) > 0 || plannedAt >= at.getTime() - PLANNED_WITHIN_MS;
      if (!isSent) return new Refused(['nobody-sends']);
      const job = await queue.enqueue(PREPARE_JOB);
      return { transactionId: await recordIn(tables, access, 'changed'), job };
    }),

    list: operation('delivery-list', async (_call, { limit }: { limit: number }, access) => ({
      deliveries: grouped(await tables.query<Row[]>(LATEST, [limit])),
      ...(await read(access)),
    })),

    show: operation(
      'delivery-show',
      async (_call, { id }: { id: string }, access) => {
        const delivery = await find(id);
        return delivery === undefined ? new Refused(['unknown-delivery']) : { delivery, ...(await read(access)) };
      },
      about,
    ),

    resend: operation(
      'delivery-resend',
      async ({ at }, { id }: { id: string }, access) => {
        await tables.query(LOCK, [id]);
        const delivery = await find(id);
        if (delivery === undefined) return new Refused(['unknown-delivery']);
        if (delivery.finishedAt !== null) return new Refused(['delivery-ended']);
        const mails = delivery.mails.filter(({ state }) => FOR_THE_OPERATOR.includes(state));
        const [first] = mails;
        if (first === undefined) return new Refused(['delivery-under-way']);
        const domain = first.messageId.replace(/>$/, '');
        const messageIds = [newMessageId(domain), newMessageId(domain)];
        const queued = await tables.query<unknown[]>(RESEND, [id, at, FOR_THE_OPERATOR, CAME_BACK, ...messageIds]);
        return { transactionId: await recordIn(tables, access, 'changed', queued.length), mails };
      },
      about,
    ),
  };
}

const about = (): Entry => ({ subjectKind: 'delivery' });

function grouped(rows: readonly Row[]): ShownDelivery[] {
  const deliveries = new Map<string, ShownDelivery & { readonly mails: ShownMail[] }>();
  for (const { id, takenAt, finishedAt, fileName, ...mail } of rows) {
    const delivery = deliveries.get(id) ?? { id, takenAt, finishedAt, fileName, mails: [] };
    delivery.mails.push(mail);
    deliveries.set(id, delivery);
  }
  return [...deliveries.values()];
}
