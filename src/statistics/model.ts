/** What becomes of a mail: states, what a receipt makes of them, when to try again. Pure: no clock, no mail, no SQL. */
import { DAY_MS } from '../platform/clock.js';

/**
 * `waiting`: for the other mail. `queued`: to be sent. `sending`: leaving now. `uncertain`: left, and no answer came.
 * `sent`: the server took it. `accepted`, `delivered`, `not_accepted`, `undelivered`: as the receipts of certified mail
 * say. `refused`: the server will not have it, or was away for too long.
 */
export const MAIL_STATES = [
  'waiting',
  'queued',
  'sending',
  'uncertain',
  'sent',
  'accepted',
  'delivered',
  'refused',
  'not_accepted',
  'undelivered',
] as const;
export type MailState = (typeof MAIL_STATES)[number];

/** Archive first; its password in a mail of its own [C-2]. */
export const PARTS = ['archive', 'password'] as const;
export type Part = (typeof PARTS)[number];

export const RECEIPT_KINDS = ['accepted', 'not_accepted', 'delivered', 'undelivered', 'delayed'] as const;
export type ReceiptKind = (typeof RECEIPT_KINDS)[number];

/**
 * A receipt may still change these: `undelivered` too, which may just mean that none came in time, and `queued` of a mail
 * that was on its way before, so that one which did arrive is not sent again.
 */
export const AWAITING_RECEIPTS: readonly MailState[] = [
  'queued',
  'sending',
  'uncertain',
  'sent',
  'accepted',
  'undelivered',
];
/** Only an operator gets a mail out of these, except that a receipt may settle an uncertain one. */
export const FOR_THE_OPERATOR: readonly MailState[] = ['uncertain', 'refused', 'not_accepted', 'undelivered'];
/** The provider took the message and it came back: it may be sent anew, as another message. */
export const CAME_BACK: readonly MailState[] = ['not_accepted', 'undelivered'];

/**
 * The state that the receipts prove; undefined when they prove nothing new. The furthest counts, whatever order they came
 * in.
 * @param known state of the mail: of one that counts as undelivered, since no other receipt came in time, the acceptance
 *   has been known all along
 */
export function stateBy(receipts: readonly ReceiptKind[], known: MailState): MailState | undefined {
  const order = ['delivered', 'undelivered', 'not_accepted', 'accepted'] as const;
  const proved = order.find((kind) => receipts.includes(kind));
  return proved === 'accepted' && known === 'undelivered' ? undefined : proved;
}

/**
 * When the password may follow, and when all is done. With receipts: once the archive is in the recipient's mailbox, so
 * that no password is ever sent for an archive that went astray; without: once the server took it.
 */
export function arrivedStates(hasReceipts: boolean): readonly MailState[] {
  return hasReceipts ? ['delivered'] : ['sent', 'accepted', 'delivered'];
}

/**
 * Attempts at a server that is away or busy, some two and a half days; as many again when the operator sends again, since
 * attempts are never counted back: their number tells one attempt from another.
 */
export const MAX_ATTEMPTS = 65;

/** @param attempts failed so far, from 1 */
export function isGivenUp(attempts: number): boolean {
  return attempts % MAX_ATTEMPTS === 0;
}

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** @param attempts failed so far, from 1 */
export function pauseAfter(attempts: number): number {
  const inThisRound = (attempts - 1) % MAX_ATTEMPTS;
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(inThisRound, 10), LONGEST_PAUSE_MS);
}

/**
 * A provider says within 24 hours that a message was delivered or that it was not (DM 2-11-2005); a little more,
 * for what comes late.
 */
export const RECEIPT_TERM_MS = 26 * 3_600_000;
/** Longer than an exchange with a server can take (service.ts): whoever was sending is no more. */
export const SENDING_TERM_MS = 15 * 60_000;
/** A delivery that stays broken for so long is given up and its password forgotten. */
export const DELIVERY_TERM_MS = 30 * DAY_MS;
