/**
 * Receipts of certified mail according to DM 2-11-2005 (RFC 6109): each names its message in X-Riferimento-Message-ID
 * and its kind in X-Ricevuta. They are trusted because our own provider put them into our mailbox: it wraps mail from
 * elsewhere in its own envelope, whose header it writes.
 */
import type { Mailbox } from '../platform/mail/index.js';
import { printableLines } from '../platform/printable.js';
import type { ReceiptKind } from './model.js';
import type { AwaitedMail } from './store.js';

export interface Receipt {
  readonly kind: ReceiptKind;
  readonly receivedAt: Date;
  /** The provider's text about a failure. */
  readonly explanation: string | undefined;
}

/** Other kinds (presa-in-carico, posta-certificata) have no effect on the state. */
const KINDS: Readonly<Record<string, ReceiptKind>> = {
  accettazione: 'accepted',
  'non-accettazione': 'not_accepted',
  'avvenuta-consegna': 'delivered',
  'errore-consegna': 'undelivered',
  'preavviso-errore-consegna': 'delayed', // after 12 hours: the final receipt is still to come
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
    // The server's search matches parts of the value.
    if (kind === undefined || bareId(mail.headers.get('x-riferimento-message-id') ?? '') !== bare) continue;
    const isExplained = EXPLAINED.includes(kind);
    const explanation = isExplained ? explanationOf(await mail.text(), awaited.password) : undefined;
    receipts.push({ kind, receivedAt: mail.receivedAt, explanation });
  }
  return receipts;
}

/** Masks the password if the provider quotes the message, so that it does not outlive the delivery. */
function explanationOf(text: string, password: string | null): string {
  return password !== null && repeats(text, password) ? NOT_KEPT : printableLines(text, EXPLANATION_CHARACTERS);
}

/** Ignores whatever the provider's program may insert into the password: line ends, quotation marks, hyphens, tags. */
function repeats(text: string, password: string): boolean {
  const bare = (words: string): string => words.replace(/[^A-Za-z0-9]/g, '');
  return [text, text.replace(/<[^<>]*>/g, '')].some((words) => bare(words).includes(bare(password)));
}

function bareId(messageId: string): string {
  return messageId.trim().replace(/^<|>$/g, '');
}
