/** States of a mail, transitions by receipts, retry times. Pure: no clock, no mail, no SQL. */
import { DAY_MS } from '../platform/clock.js';

/**
 * `waiting`: for the other mail. `queued`: to be sent. `sending`: in progress. `uncertain`: sent, without a reply of
 * the server. `sent`: accepted by the server. `accepted`, `delivered`, `not_accepted`, `undelivered`: by the receipts
 * of certified mail. `refused`: rejected by the server, or the server was unavailable for too long.
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

/** Archive first; its password in a separate mail [C-2]. */
export type Part = 'archive' | 'password';

export type ReceiptKind = 'accepted' | 'not_accepted' | 'delivered' | 'undelivered' | 'delayed';

/**
 * States that a receipt may still change: `undelivered` too, which may only mean that none came in time, and `queued`
 * of a mail sent before, so that one that did arrive is not sent again.
 */
export const AWAITING_RECEIPTS: readonly MailState[] = [
  'queued',
  'sending',
  'uncertain',
  'sent',
  'accepted',
  'undelivered',
];
/** Only an operator moves a mail out of these states, except that a receipt may settle an uncertain one. */
export const FOR_THE_OPERATOR: readonly MailState[] = ['uncertain', 'refused', 'not_accepted', 'undelivered'];
/** The provider accepted the message and returned it: it may be sent again, as a new message. */
export const CAME_BACK: readonly MailState[] = ['not_accepted', 'undelivered'];

/**
 * The state that the receipts prove; undefined when they prove nothing new. The most advanced one counts, in whatever
 * order they arrived.
 * @param known state of the mail; an undelivered one without other receipts in time has already counted as accepted
 */
export function stateBy(receipts: readonly ReceiptKind[], known: MailState): MailState | undefined {
  const order = ['delivered', 'undelivered', 'not_accepted', 'accepted'] as const;
  const proved = order.find((kind) => receipts.includes(kind));
  return proved === 'accepted' && known === 'undelivered' ? undefined : proved;
}

/**
 * States in which the password may follow, and in which all is done. With receipts: once the archive is in the
 * recipient's mailbox, so that no password is sent for a lost archive; without: once the server accepted it.
 */
export function arrivedStates(hasReceipts: boolean): readonly MailState[] {
  return hasReceipts ? ['delivered'] : ['sent', 'accepted', 'delivered'];
}

/**
 * Attempts at a server that is unavailable or busy, about two and a half days; as many again when the operator resends.
 * Attempts are never reset: their number identifies an attempt.
 */
const MAX_ATTEMPTS = 65;

/** @param attempts number of failed attempts, at least 1 */
export function isGivenUp(attempts: number): boolean {
  return attempts % MAX_ATTEMPTS === 0;
}

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** @param attempts number of failed attempts, at least 1 */
export function pauseAfter(attempts: number): number {
  const inThisRound = (attempts - 1) % MAX_ATTEMPTS;
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(inThisRound, 10), LONGEST_PAUSE_MS);
}

/** A provider reports delivery or failure within 24 hours (DM 2-11-2005); with a margin for late receipts. */
export const RECEIPT_TERM_MS = 26 * 3_600_000;
/** Longer than an exchange with a server can take (service.ts): the sending process has died. */
export const SENDING_TERM_MS = 15 * 60_000;
/** Term after which a delivery that does not complete is abandoned and its password deleted. */
export const DELIVERY_TERM_MS = 30 * DAY_MS;
