/**
 * Receipts of certified mail, as DM 2-11-2005 writes them (RFC 6109): every one names the message it is about in
 * X-Riferimento-Message-ID and its own kind in X-Ricevuta. They are believed because our own provider put them into our
 * mailbox: what comes from elsewhere it delivers inside an envelope of its own, whose header it writes.
 */
import type { Mailbox } from '../platform/mail/index.js';
import { printableLines } from '../platform/printable.js';
import type { ReceiptKind } from './model.js';
import type { AwaitedMail } from './store.js';

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
const NOT_KEPT = 'Il testo della ricevuta riporta il messaggio inviato, con la password: non è conservato.';

/** @throws MailFailure */
export async function receiptsOf(
  mailbox: Mailbox,
  awaited: Pick<AwaitedMail, 'messageId' | 'sendingSince' | 'password'>,
): Promise<readonly Receipt[]> {
  const bare = bareId(awaited.messageId);
  const receipts: Receipt[] = [];
  for (const mail of await mailbox.find('X-Riferimento-Message-ID', bare, awaited.sendingSince)) {
    const kind = KINDS[mail.headers.get('x-ricevuta')?.toLowerCase() ?? ''];
    // The server looked for a part of the value.
    if (kind === undefined || bareId(mail.headers.get('x-riferimento-message-id') ?? '') !== bare) continue;
    const isExplained = EXPLAINED.includes(kind);
    const explanation = isExplained ? explanationOf(await mail.text(), awaited.password) : undefined;
    receipts.push({ kind, receivedAt: mail.receivedAt, explanation });
  }
  return receipts;
}

/** A provider that repeats the message in its own text must not make the password outlive the delivery. */
function explanationOf(text: string, password: string | null): string {
  return password !== null && repeats(text, password) ? NOT_KEPT : printableLines(text, EXPLANATION_CHARACTERS);
}

/** Whatever the provider's program broke the password with: ends of lines, marks of a quotation, hyphens, tags. */
function repeats(text: string, password: string): boolean {
  const bare = (words: string): string => words.replace(/[^A-Za-z0-9]/g, '');
  return [text, text.replace(/<[^<>]*>/g, '')].some((words) => bare(words).includes(bare(password)));
}

function bareId(messageId: string): string {
  return messageId.trim().replace(/^<|>$/g, '');
}
