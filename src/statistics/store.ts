/**
 * Deliveries in PostgreSQL. Every statement is its own transaction and checks the state that it changes: two concurrent
 * workers send nothing twice, and no transaction is open during an exchange with a server. The current instant is a
 * parameter.
 */
import { ACCESS_PARAMETER_COUNT, TRANSACTION, accessValues, loggedAs } from '../audit/index.js';
import type { AdmittedAccess } from '../auth/index.js';
import { statement } from '../platform/db/index.js';
import type { DataSource } from '../platform/db/index.js';
import { DONE } from '../platform/outcome.js';
import type { Contents } from './mails.js';
import { AWAITING_RECEIPTS } from './model.js';
import type { MailState, Part, ReceiptKind } from './model.js';
import type { Receipt } from './receipts.js';

export interface NewDelivery {
  /** A repeated request prepares one delivery only. */
  readonly request: string;
  readonly takenAt: Date;
  readonly recipient: string;
  readonly fileName: string;
  readonly archive: Buffer;
  readonly password: string;
  readonly messageIds: Readonly<Record<Part, string>>;
}

/** A mail at one of its attempts; a result counts only while the mail is still at that attempt. */
export interface MailKey {
  readonly deliveryId: string;
  readonly part: Part;
  readonly messageId: string;
  readonly attempts: number;
}

export interface AwaitedMail extends MailKey {
  readonly state: MailState;
  readonly sendingSince: Date;
  /** Password of its delivery, to be masked if a provider repeats it. */
  readonly password: string | null;
}

export interface DeliveryStore {
  /** @returns the id, and whether it is new */
  create(
    access: AdmittedAccess,
    delivery: NewDelivery,
  ): Promise<{ readonly transactionId: number; readonly id: string; readonly isNew: boolean }>;
  find(request: string): Promise<string | undefined>;
  due(now: Date): Promise<readonly MailKey[]>;
  /** Called before the message is sent. @returns undefined when another worker has claimed it */
  claim(mail: MailKey, now: Date): Promise<(Contents & MailKey) | undefined>;
  /** @returns the id of the transaction, like the next three */
  sent(access: AdmittedAccess, mail: MailKey, now: Date): Promise<number>;
  uncertain(access: AdmittedAccess, mail: MailKey, error: string): Promise<number>;
  refused(access: AdmittedAccess, mail: MailKey, error: string): Promise<number>;
  /** After a claim: the mail was not sent. */
  postponed(access: AdmittedAccess, mail: MailKey, until: Date, error: string): Promise<number>;
  /** Without a claim: the server could not be reached. Counts as an attempt. */
  unreachable(mail: MailKey, state: 'queued' | 'refused', until: Date, error: string): Promise<void>;
  /** Marks mails being sent since before `before` as uncertain: their senders have died. @returns how many */
  orphaned(before: Date): Promise<number>;
  awaited(): Promise<readonly AwaitedMail[]>;
  record(mail: AwaitedMail, receipts: readonly Receipt[], state: MailState | undefined): Promise<void>;
  /** Marks mails without a final receipt since `before`. @returns how many */
  overdue(before: Date, error: string): Promise<number>;
  /** Queues the passwords whose archive has arrived. */
  release(arrived: readonly MailState[], now: Date): Promise<void>;
  /** Ends the deliveries whose second mail has arrived, and those begun before `before`; deletes their passwords. */
  finish(arrived: readonly MailState[], before: Date, now: Date): Promise<void>;
  /** Number of mails of unfinished deliveries in each state. */
  states(): Promise<Readonly<Partial<Record<MailState, number>>>>;
}

const KEY = `delivery_id AS "deliveryId", part, message_id AS "messageId", attempts`;

/** Parameter n after the access-log ones. */
const p = (n: number): string => `$${ACCESS_PARAMETER_COUNT + n}`;

/**
 * Records the result of a claimed mail, with its row in the access log; valid while the mail is still at this attempt
 * and has no better-known state. After the parameters of access and key come the outcome and, from p(6), those of
 * `change`.
 */
const settled = (change: string): string => `
  WITH settled AS (
    UPDATE statistics.mail SET ${change}
    WHERE delivery_id = ${p(1)} AND part = ${p(2)} AND message_id = ${p(3)} AND attempts = ${p(4)}
      AND state IN ('sending', 'uncertain')
  ), ${TRANSACTION}, ${loggedAs(`${p(5)}::text`, 'transaction')}
  SELECT id FROM transaction`;

/** Nothing is sent for an abandoned delivery, and no receipt awaited. */
const OF_OPEN_DELIVERY = `delivery_id IN (SELECT id FROM statistics.delivery WHERE finished_at IS NULL)`;

const CREATE = `
  WITH made AS (
    INSERT INTO statistics.delivery (request, taken_at, recipient, file_name, archive, password)
    VALUES (${p(1)}, ${p(2)}::timestamptz, ${p(3)}, ${p(4)}, ${p(5)}, ${p(6)}) ON CONFLICT (request) DO NOTHING RETURNING id
  ), mails AS (
    INSERT INTO statistics.mail (delivery_id, part, message_id, state, next_attempt_at)
    SELECT made.id, m.part, m.message_id, m.state, ${p(2)}::timestamptz
    FROM made, (VALUES ('archive', ${p(7)}, 'queued'), ('password', ${p(8)}, 'waiting')) AS m (part, message_id, state)
  ), ${TRANSACTION}, ${loggedAs(`CASE WHEN EXISTS (SELECT FROM made) THEN 'changed' ELSE 'already' END`, 'transaction')}
  SELECT transaction.id AS "transactionId", made.id FROM transaction LEFT JOIN made ON true`;

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
  const create = run<{ transactionId: string; id: string | null }>('create', CREATE);
  const find = run<{ id: string }>('find', 'SELECT id FROM statistics.delivery WHERE request = $1');
  const due = run<MailKey>(
    'due',
    `SELECT ${KEY} FROM statistics.mail WHERE state = 'queued' AND next_attempt_at <= $1::timestamptz
       AND ${OF_OPEN_DELIVERY}
     ORDER BY next_attempt_at, delivery_id, part`,
  );
  const claim = run<Contents & MailKey>('claim', CLAIM);
  const sent = run<{ id: string }>(
    'sent',
    settled(`state = 'sent', sent_at = ${p(6)}::timestamptz, last_error = NULL`),
  );
  const failed = run<{ id: string }>('failed', settled(`state = ${p(6)}, last_error = ${p(7)}`));
  const postponed = run<{ id: string }>(
    'postponed',
    settled(`state = 'queued', next_attempt_at = ${p(6)}::timestamptz, last_error = ${p(7)}`),
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
  const idOf = ([row]: readonly { id: string }[]): number => Number(row?.id);
  return {
    async create(access, { request, takenAt, recipient, fileName, archive, password, messageIds }) {
      const values = [
        ...accessValues(access),
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
      const isNew = made !== undefined && made.id !== null;
      const id = made?.id ?? (await find([request]))[0]?.id;
      if (id === undefined) throw new Error('a delivery was neither made nor there');
      return { transactionId: Number(made?.transactionId), id, isNew };
    },
    find: async (request) => (await find([request]))[0]?.id,
    due: (now) => due([now]),
    claim: async (mail, now) => (await claim([...keyOf(mail), now]))[0],
    sent: async (access, mail, now) => idOf(await sent([...accessValues(access), ...keyOf(mail), DONE.code, now])),
    uncertain: async (access, mail, error) =>
      idOf(await failed([...accessValues(access), ...keyOf(mail), 'mail-uncertain', 'uncertain', error])),
    refused: async (access, mail, error) =>
      idOf(await failed([...accessValues(access), ...keyOf(mail), 'mail-refused', 'refused', error])),
    postponed: async (access, mail, until, error) =>
      idOf(await postponed([...accessValues(access), ...keyOf(mail), 'mail-postponed', until, error])),
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
