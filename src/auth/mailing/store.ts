/** The queued mails, as the worker: claimed with a new link each time, completed with the access-log row. */
import { changedIn, recordIn } from '../../audit/index.js';
import type { Access } from '../../audit/index.js';
import type { DataSource } from '../../platform/db/index.js';
import { LINK_TERMS_MS } from '../token.js';

export type MailPurpose = 'activation' | 'recovery' | 'address' | 'secrets-changed' | 'address-changed' | 'locked';

export interface ClaimedMail {
  readonly id: string;
  readonly userId: string;
  readonly purpose: MailPurpose;
  /** null: the account no longer has an address. */
  readonly recipient: string | null;
  readonly isSuspended: boolean;
  readonly queuedAt: Date;
}

export interface MailStore {
  /** @returns ids of the due mails, the oldest first */
  due(now: Date): Promise<readonly string[]>;
  /**
   * Claims a mail for one attempt. If it can be sent, its new link invalidates the previous one.
   * @returns undefined: another process has claimed it
   */
  claim(id: string, tokenHash: Buffer, now: Date): Promise<ClaimedMail | undefined>;
  /** The mail is not retried. @returns the transaction's id */
  finish(access: Access, id: string, outcome: string, now: Date): Promise<number>;
}

/** Maximum in one round of the job. */
const AT_ONCE = 200;

/** Lifetime of the generated links. */
const TERMS = [LINK_TERMS_MS.activation, LINK_TERMS_MS.recovery, LINK_TERMS_MS.address].map(
  (ms) => `${ms / 1000} seconds`,
);

const CLAIM = `
  SELECT $1::bigint AS id, holder AS "userId", mail_purpose AS purpose, to_address AS recipient,
         is_suspended AS "isSuspended", asked_at AS "queuedAt"
  FROM auth.claim_mail($1, $2, $3, $4, $5, $6)`;

/** @param db as the worker */
export function createMailStore(db: DataSource): MailStore {
  return {
    async due(now) {
      const rows = await db.query<{ id: string }[]>(
        `SELECT id FROM auth.mail WHERE finished_at IS NULL AND (due_at IS NULL OR due_at <= $1) ORDER BY id LIMIT ${AT_ONCE}`,
        [now],
      );
      return rows.map(({ id }) => id);
    },
    claim: async (id, tokenHash, now) => (await db.query<ClaimedMail[]>(CLAIM, [id, tokenHash, now, ...TERMS]))[0],
    async finish(access, id, outcome, now) {
      const done = await changedIn(
        db,
        access,
        outcome,
        (place) =>
          `UPDATE auth.mail SET finished_at = ${place(2)}::timestamptz, recipient = NULL
           WHERE id = ${place(1)}::bigint RETURNING id`,
        [id, now],
      );
      // The account was removed while its mail was sent: the access log records what happened, the mail row is gone.
      return done?.transactionId ?? recordIn(db, access, outcome);
    },
  };
}
