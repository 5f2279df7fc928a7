/**
 * Deliveries in PostgreSQL. Every statement is a transaction of its own and guards the state that it leaves: two workers
 * at once send nothing twice, and none is open while a server is spoken to. The present is a parameter.
 */
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import type { Contents } from './mails.js';
import { AWAITING_RECEIPTS } from './model.js';
import type { MailState, Part, ReceiptKind } from './model.js';
import type { Receipt } from './receipts.js';

export interface NewDelivery {
  /** The same request prepares one delivery, however often it is asked for. */
  readonly request: string;
  readonly takenAt: Date;
  readonly recipient: string;
  readonly fileName: string;
  readonly archive: Buffer;
  readonly password: string;
  readonly messageIds: Readonly<Record<Part, string>>;
}

/** A mail at one of its attempts; what is written about it later counts only while it still is at this one. */
export interface MailKey {
  readonly deliveryId: string;
  readonly part: Part;
  readonly messageId: string;
  readonly attempts: number;
}

export interface AwaitedMail extends MailKey {
  readonly state: MailState;
  readonly sendingSince: Date;
  /** Of its delivery, to be known again where somebody repeats it. */
  readonly password: string | null;
}

export interface DeliveryStore {
  /** @returns the id, and whether it is new */
  create(delivery: NewDelivery): Promise<{ readonly id: string; readonly isNew: boolean }>;
  find(request: string): Promise<string | undefined>;
  due(now: Date): Promise<readonly MailKey[]>;
  /** To be called before the message leaves. @returns undefined when somebody else took it */
  claim(mail: MailKey, now: Date): Promise<(Contents & MailKey) | undefined>;
  sent(mail: MailKey, now: Date): Promise<void>;
  uncertain(mail: MailKey, error: string): Promise<void>;
  refused(mail: MailKey, error: string): Promise<void>;
  /** After a claim: it did not leave. */
  postponed(mail: MailKey, until: Date, error: string): Promise<void>;
  /** Without a claim: the server could not be spoken to at all. Counts as an attempt. */
  unreachable(mail: MailKey, state: 'queued' | 'refused', until: Date, error: string): Promise<void>;
  /** Those who were sending before `before` are no more: nobody knows whether their messages left. @returns how many */
  orphaned(before: Date): Promise<number>;
  awaited(): Promise<readonly AwaitedMail[]>;
  record(mail: AwaitedMail, receipts: readonly Receipt[], state: MailState | undefined): Promise<void>;
  /** Those of which the provider has said nothing final since `before`. @returns how many */
  overdue(before: Date, error: string): Promise<number>;
  /** Queues the passwords whose archive has arrived. */
  release(arrived: readonly MailState[], now: Date): Promise<void>;
  /** Ends the deliveries whose second mail has arrived, and those begun before `before`; forgets their passwords. */
  finish(arrived: readonly MailState[], before: Date, now: Date): Promise<void>;
  /** How many mails of unfinished deliveries are in each state. */
  states(): Promise<Readonly<Partial<Record<MailState, number>>>>;
}

const KEY = `delivery_id AS "deliveryId", part, message_id AS "messageId", attempts`;
/** The mail is still at this attempt, and nothing better is known of it. */
const AT_ATTEMPT = `delivery_id = $1 AND part = $2 AND message_id = $3 AND attempts = $4
  AND state IN ('sending', 'uncertain')`;

/** Of a delivery that is given up nothing is sent and nothing awaited any more. */
const OF_OPEN_DELIVERY = `delivery_id IN (SELECT id FROM statistics.delivery WHERE finished_at IS NULL)`;

const CREATE = `
  WITH made AS (
    INSERT INTO statistics.delivery (request, taken_at, recipient, file_name, archive, password)
    VALUES ($1, $2::timestamptz, $3, $4, $5, $6) ON CONFLICT (request) DO NOTHING RETURNING id
  ), mails AS (
    INSERT INTO statistics.mail (delivery_id, part, message_id, state, next_attempt_at)
    SELECT made.id, m.part, m.message_id, m.state, $2::timestamptz
    FROM made, (VALUES ('archive', $7, 'queued'), ('password', $8, 'waiting')) AS m (part, message_id, state)
  )
  SELECT id FROM made`;

const CLAIM = `
  UPDATE statistics.mail m SET state = 'sending', attempts = m.attempts + 1, sending_since = $5::timestamptz
  FROM statistics.delivery d
  WHERE m.delivery_id = $1 AND m.part = $2 AND m.message_id = $3 AND m.attempts = $4 AND m.state = 'queued'
    AND d.id = m.delivery_id AND d.finished_at IS NULL
  RETURNING m.delivery_id AS "deliveryId", m.part, m.message_id AS "messageId", m.attempts, d.taken_at AS "takenAt",
            d.recipient, d.file_name AS "fileName", CASE m.part WHEN 'archive' THEN d.archive END AS archive,
            CASE m.part WHEN 'password' THEN d.password END AS password`;

const RECORD = `
  WITH found AS (
    INSERT INTO statistics.receipt (delivery_id, part, message_id, kind, received_at, explanation)
    SELECT $1, $2, $3, r.kind, r.received_at, r.explanation
    FROM unnest($6::text[], $7::timestamptz[], $8::text[]) AS r (kind, received_at, explanation)
    ON CONFLICT (message_id, kind) DO NOTHING
  )
  UPDATE statistics.mail
  SET state = coalesce($5, state), sent_at = coalesce(sent_at, sending_since),
      last_error = CASE WHEN $5 IN ('accepted', 'delivered') THEN NULL ELSE last_error END
  WHERE delivery_id = $1 AND part = $2 AND message_id = $3 AND attempts = $4 AND state = ANY ($9::text[])`;

export function createDeliveryStore(db: DataSource): DeliveryStore {
  const run = <Row extends object = never>(
    name: string,
    sql: string,
  ): ((values: readonly unknown[]) => Promise<Row[]>) => statement<Row>(db, `statistics.${name}`, sql);
  const create = run<{ id: string }>('create', CREATE);
  const find = run<{ id: string }>('find', 'SELECT id FROM statistics.delivery WHERE request = $1');
  const due = run<MailKey>(
    'due',
    `SELECT ${KEY} FROM statistics.mail WHERE state = 'queued' AND next_attempt_at <= $1::timestamptz
       AND ${OF_OPEN_DELIVERY}
     ORDER BY next_attempt_at, delivery_id, part`,
  );
  const claim = run<Contents & MailKey>('claim', CLAIM);
  const sent = run(
    'sent',
    `UPDATE statistics.mail SET state = 'sent', sent_at = $5::timestamptz, last_error = NULL WHERE ${AT_ATTEMPT}`,
  );
  const failed = run('failed', `UPDATE statistics.mail SET state = $5, last_error = $6 WHERE ${AT_ATTEMPT}`);
  const postponed = run(
    'postponed',
    `UPDATE statistics.mail SET state = 'queued', next_attempt_at = $5::timestamptz, last_error = $6 WHERE ${AT_ATTEMPT}`,
  );
  const unreachable = run(
    'unreachable',
    `UPDATE statistics.mail
     SET state = $5, attempts = attempts + 1, next_attempt_at = $6::timestamptz, last_error = $7
     WHERE delivery_id = $1 AND part = $2 AND message_id = $3 AND attempts = $4 AND state = 'queued'`,
  );
  const orphaned = run<{ part: Part }>(
    'orphaned',
    `UPDATE statistics.mail
     SET state = 'uncertain', last_error = 'the process that was sending it ended before it knew the outcome'
     WHERE state = 'sending' AND sending_since < $1::timestamptz RETURNING part`,
  );
  const awaited = run<AwaitedMail>(
    'awaited',
    `SELECT ${KEY}, state, sending_since AS "sendingSince",
       (SELECT password FROM statistics.delivery WHERE id = delivery_id) AS password
     FROM statistics.mail
     WHERE state = ANY ($1::text[]) AND sending_since IS NOT NULL AND ${OF_OPEN_DELIVERY} ORDER BY delivery_id, part`,
  );
  const record = run('record', RECORD);
  const overdue = run<{ part: Part }>(
    'overdue',
    `UPDATE statistics.mail SET state = 'undelivered', last_error = $2
     WHERE state IN ('sent', 'accepted') AND sending_since < $1::timestamptz AND ${OF_OPEN_DELIVERY}
     RETURNING part`,
  );
  const release = run(
    'release',
    `UPDATE statistics.mail p SET state = 'queued', next_attempt_at = $2::timestamptz FROM statistics.mail a
     WHERE p.part = 'password' AND p.state = 'waiting'
       AND a.delivery_id = p.delivery_id AND a.part = 'archive' AND a.state = ANY ($1::text[])`,
  );
  const finish = run(
    'finish',
    `UPDATE statistics.delivery d SET password = NULL, finished_at = $3::timestamptz
     WHERE d.finished_at IS NULL
       AND (d.taken_at < $2::timestamptz
            OR EXISTS (SELECT FROM statistics.mail m
                       WHERE m.delivery_id = d.id AND m.part = 'password' AND m.state = ANY ($1::text[])))`,
  );
  const states = run<{ state: MailState; number: number }>(
    'states',
    `SELECT m.state, count(*)::integer AS number FROM statistics.mail m
     JOIN statistics.delivery d ON d.id = m.delivery_id AND d.finished_at IS NULL GROUP BY 1`,
  );

  const keyOf = (mail: MailKey): unknown[] => [mail.deliveryId, mail.part, mail.messageId, mail.attempts];
  return {
    async create({ request, takenAt, recipient, fileName, archive, password, messageIds }) {
      const values = [
        request,
        takenAt,
        recipient,
        fileName,
        archive,
        password,
        messageIds.archive,
        messageIds.password,
      ];
      const [made] = await create(values);
      const id = made?.id ?? (await find([request]))[0]?.id;
      if (id === undefined) throw new Error('a delivery was neither made nor there');
      return { id, isNew: made !== undefined };
    },
    find: async (request) => (await find([request]))[0]?.id,
    due: (now) => due([now]),
    claim: async (mail, now) => (await claim([...keyOf(mail), now]))[0],
    async sent(mail, now) {
      await sent([...keyOf(mail), now]);
    },
    async uncertain(mail, error) {
      await failed([...keyOf(mail), 'uncertain', error]);
    },
    async refused(mail, error) {
      await failed([...keyOf(mail), 'refused', error]);
    },
    async postponed(mail, until, error) {
      await postponed([...keyOf(mail), until, error]);
    },
    async unreachable(mail, state, until, error) {
      await unreachable([...keyOf(mail), state, until, error]);
    },
    async orphaned(before) {
      return (await orphaned([before])).length;
    },
    awaited: () => awaited([AWAITING_RECEIPTS]),
    async record(mail, receipts, state) {
      const column = <Value>(of: (receipt: Receipt) => Value): Value[] => receipts.map(of);
      await record([
        ...[...keyOf(mail), state ?? null],
        column(({ kind }): ReceiptKind => kind),
        column(({ receivedAt }) => receivedAt),
        column(({ explanation }) => explanation ?? null),
        AWAITING_RECEIPTS,
      ]);
    },
    async overdue(before, error) {
      return (await overdue([before, error])).length;
    },
    async release(arrived, now) {
      await release([arrived, now]);
    },
    async finish(arrived, before, now) {
      await finish([arrived, before, now]);
    },
    async states() {
      return Object.fromEntries((await states([])).map(({ state, number }) => [state, number]));
    },
  };
}
