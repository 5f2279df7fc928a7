/**
 * Receipts of certified mail, as DM 2-11-2005 writes them (RFC 6109): every one names the message it is about in
 * X-Riferimento-Message-ID and its own kind in X-Ricevuta. They are believed because our own provider put them into our
 * mailbox: what comes from elsewhere it delivers inside an envelope of its own, whose header it writes.
 */
import type { Mailbox } from '../platform/mail/index.js';
import { printableLines } from '../platform/printable.js';
import type { ReceiptKind } from './model.js';

export interface Receipt {
  readonly kind: ReceiptKind;
  readonly receivedAt: Date;
  /** The provider's words, when something went wrong. */
  readonly explanation: string | undefined;
}

/** What else there is (presa-in-carico, posta-certificata) says nothing that we wait for. */
const KINDS: Readonly<Record<string, ReceiptKind>> = {
  accettazione: 'accepted',
  'non-accettazione': 'not_accepted',
  'avvenuta-consegna': 'delivered',
  'errore-consegna': 'undelivered',
  'preavviso-errore-consegna': 'delayed', // after 12 hours: the last word is still to come
};

const EXPLAINED: readonly ReceiptKind[] = ['not_accepted', 'undelivered', 'delayed'];
const EXPLANATION_CHARACTERS = 2_000;

/**
 * @param since when the message left, at the earliest
 * @throws MailFailure
 */
export async function receiptsOf(mailbox: Mailbox, messageId: string, since: Date): Promise<readonly Receipt[]> {
  const bare = bareId(messageId);
  const receipts: Receipt[] = [];
  for (const mail of await mailbox.find('X-Riferimento-Message-ID', bare, since)) {
    const kind = KINDS[mail.headers.get('x-ricevuta')?.toLowerCase() ?? ''];
    // The server looked for a part of the value.
    if (kind === undefined || bareId(mail.headers.get('x-riferimento-message-id') ?? '') !== bare) continue;
    const isExplained = EXPLAINED.includes(kind);
    const explanation = isExplained ? printableLines(await mail.text(), EXPLANATION_CHARACTERS) : undefined;
    receipts.push({ kind, receivedAt: mail.receivedAt, explanation });
  }
  return receipts;
}

function bareId(messageId: string): string {
  return messageId.trim().replace(/^<|>$/g, '');
}
