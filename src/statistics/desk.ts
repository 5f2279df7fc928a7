/** Deliveries as the operator sees them: list, and send again what came back. Shows neither figures nor passwords. */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Clock } from '../platform/clock.js';
import { newMessageId } from './mails.js';
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

export interface DeliveryDesk {
  /** The latest first. */
  list(limit: number): Promise<readonly ShownDelivery[]>;
  find(id: string): Promise<ShownDelivery | undefined>;
  /**
   * Queues again the mails that only an operator gets going. A mail that the provider took and gave back leaves as a new
   * message; one that perhaps never left keeps its Message-ID, so that whoever gets it twice can tell, and a receipt that
   * comes before it leaves keeps it from leaving.
   * @returns how many
   */
  resend(id: string): Promise<number>;
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

const RESEND = `
  UPDATE statistics.mail m
  SET state = 'queued', next_attempt_at = $2::timestamptz, sent_at = NULL,
      sending_since = CASE WHEN m.state = ANY ($4::text[]) THEN NULL ELSE m.sending_since END,
      message_id = CASE WHEN m.state = ANY ($4::text[]) THEN n.message_id ELSE m.message_id END
  FROM statistics.delivery d, (VALUES ('archive', $5), ('password', $6)) AS n (part, message_id)
  WHERE m.delivery_id = $1::bigint AND m.state = ANY ($3::text[]) AND n.part = m.part
    AND d.id = m.delivery_id AND d.finished_at IS NULL
  RETURNING m.part`;

/** @param db as the owner: for the operator's commands */
export function createDeliveryDesk(db: DataSource, clock: Clock): DeliveryDesk {
  const latest = statement<Row>(
    db,
    'statistics.list',
    DELIVERIES('d.id IN (SELECT id FROM statistics.delivery ORDER BY id DESC LIMIT $1::integer)'),
  );
  const one = statement<Row>(db, 'statistics.show', DELIVERIES('d.id = $1::bigint'));
  const senders = statement<{ messageId: string }>(
    db,
    'statistics.sender',
    `SELECT message_id AS "messageId" FROM statistics.mail WHERE delivery_id = $1::bigint LIMIT 1`,
  );
  const resend = statement<{ part: Part }>(db, 'statistics.resend', RESEND);
  return {
    list: async (limit) => grouped(await latest([limit])),
    find: async (id) => grouped(await one([id]))[0],
    async resend(id) {
      const [sender] = await senders([id]);
      if (sender === undefined) return 0;
      const domain = sender.messageId.replace(/>$/, '');
      const rows = await resend([
        ...[id, clock.now(), FOR_THE_OPERATOR, CAME_BACK],
        ...[newMessageId(domain), newMessageId(domain)],
      ]);
      return rows.length;
    },
  };
}

function grouped(rows: readonly Row[]): ShownDelivery[] {
  const deliveries = new Map<string, ShownDelivery & { readonly mails: ShownMail[] }>();
  for (const { id, takenAt, finishedAt, fileName, ...mail } of rows) {
    const delivery = deliveries.get(id) ?? { id, takenAt, finishedAt, fileName, mails: [] };
    delivery.mails.push(mail);
    deliveries.set(id, delivery);
  }
  return [...deliveries.values()];
}
