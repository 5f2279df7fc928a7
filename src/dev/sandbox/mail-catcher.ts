/**
 * A provider of certified mail for the sandbox: accepts messages by SMTP over TLS, stores them as .eml files and
 * delivers them to nobody; the receipts that a provider would send appear in the sender's mailbox, by IMAP, and beside
 * the messages. Its receipts are not signed.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { Clock } from '../../platform/clock.js';
import type { Logger } from '../../platform/log.js';
import { Pieces } from '../../platform/pieces.js';
import { composeMail } from '../../platform/mail/index.js';
import { serverTls } from '../../platform/tls/index.js';
import { startMailboxResponder } from './mailbox-responder.js';
import type { StoredMail } from './mailbox-responder.js';

/** The only mailbox of the sandbox, for SMTP and IMAP. */
export const CATCHER_USER = 'info@pec.passerella.example';
export const CATCHER_PASSWORD = 'passerella';
const PROVIDER = 'posta-certificata@pec.passerella.example';

/**
 * What happens to each message: delivered (the default), refused by the provider's checks, not delivered, accepted
 * without further receipt, or no receipt at all.
 */
export type CaughtFate =
  'avvenuta-consegna' | 'non-accettazione' | 'errore-consegna' | 'nessuna-consegna' | 'nessuna-ricevuta';

export interface MailCatcherOptions {
  /** Directory of messages and receipts; created if missing. */
  readonly directory: string;
  /** PEM texts: the server's certificate with its intermediates, and its key. */
  readonly tls: { readonly certificate: string; readonly key: string };
  readonly clock: Clock;
  readonly log: Logger;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: free ones. */
  readonly smtpPort?: number;
  readonly imapPort?: number;
  /** Called for every message as it arrives, from 1. */
  readonly fateOf?: (ordinal: number) => CaughtFate;
  /** Called with every message that was taken, and its text. */
  readonly onMail?: (mail: CaughtMail, text: string) => void;
  /** As of the mailbox responder. */
  readonly searchesHeaders?: () => boolean;
}

export interface CaughtMail {
  /** Path of the .eml file. */
  readonly file: string;
  readonly messageId: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
}

export interface MailCatcher {
  /** Both use implicit TLS. */
  readonly smtpPort: number;
  readonly imapPort: number;
  /** The messages accepted so far, oldest first. */
  readonly caught: readonly CaughtMail[];
  /** Adds a receipt with given text. */
  putReceipt(kind: string, messageId: string, words: string): Promise<void>;
  stop(): Promise<void>;
}

/** @throws the system's error when a port is in use or the directory cannot be written */
export async function startMailCatcher(options: MailCatcherOptions): Promise<MailCatcher> {
  const { directory, tls, clock, log, host = '127.0.0.1', fateOf = () => 'avvenuta-consegna' } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const caught: CaughtMail[] = [];
  const mailbox: StoredMail[] = [];
  const keep = async (name: string, raw: Buffer): Promise<string> => {
    const file = join(directory, `${clock.now().toISOString().replaceAll(':', '')}-${name}.eml`);
    await writeFile(file, raw, { mode: 0o600 });
    return file;
  };
  let taken = 0;
  const take = async (raw: Buffer): Promise<void> => {
    const ordinal = ++taken; // before any pause: messages may come at once
    const { text, ...mail } = await describe(raw);
    const file = await keep(`${ordinal}-messaggio`, raw);
    caught.push({ file, ...mail });
    options.onMail?.({ file, ...mail }, text);
    for (const kind of receiptsFor(fateOf(ordinal))) {
      const receipt = await receiptOf(kind, { ...mail, raw }, clock.now());
      await keep(`${ordinal}-${kind}`, receipt);
      mailbox.push({ raw: receipt, receivedAt: clock.now() });
    }
  };
  const smtp = new SMTPServer({
    secure: true,
    cert: tls.certificate,
    key: tls.key,
    ...serverTls(),
    banner: 'sandbox',
    logger: false,
    onAuth(auth, _session, done) {
      const isKnown = auth.username === CATCHER_USER && auth.password === CATCHER_PASSWORD;
      if (isKnown) done(null, { user: CATCHER_USER });
      else done(new Error('Invalid login'));
    },
    onData(stream, _session, done) {
      whole(stream)
        .then(take)
        .then(
          () => {
            done();
          },
          (error: unknown) => {
            log.error('mail catcher: message not kept', { error });
            done(new Error('not kept'));
          },
        );
    },
  });
  smtp.on('error', (error) => {
    log.warn('mail catcher', { error });
  });
  const smtpPort = await listening(smtp, options.smtpPort ?? 0, host);
  try {
    const imap = await startMailboxResponder({
      ...{ host, port: options.imapPort ?? 0, mails: mailbox },
      ...{ certificate: tls.certificate, key: tls.key, user: CATCHER_USER, password: CATCHER_PASSWORD },
      searchesHeaders: options.searchesHeaders ?? (() => true),
    });
    return {
      ...{ smtpPort, imapPort: imap.port, caught },
      async putReceipt(kind, messageId, words) {
        const raw = await composeMail({
          ...{ messageId: `<${randomUUID()}@pec.passerella.example>`, date: clock.now(), subject: 'Ricevuta' },
          ...{ from: PROVIDER, to: CATCHER_USER, text: words },
          headers: { 'X-Ricevuta': kind, 'X-Riferimento-Message-ID': messageId },
        });
        mailbox.push({ raw, receivedAt: clock.now() });
      },
      async stop() {
        await Promise.all([closed(smtp), imap.stop()]);
      },
    };
  } catch (error) {
    await closed(smtp);
    throw error;
  }
}

type ReceiptKind = 'accettazione' | Exclude<CaughtFate, 'nessuna-consegna' | 'nessuna-ricevuta'>;

function receiptsFor(fate: CaughtFate): readonly ReceiptKind[] {
  if (fate === 'nessuna-ricevuta') return [];
  if (fate === 'nessuna-consegna') return ['accettazione'];
  return fate === 'non-accettazione' ? [fate] : ['accettazione', fate];
}

const SUBJECTS: Readonly<Record<ReceiptKind, string>> = {
  accettazione: 'ACCETTAZIONE',
  'non-accettazione': 'AVVISO DI NON ACCETTAZIONE',
  'avvenuta-consegna': 'CONSEGNA',
  'errore-consegna': 'AVVISO DI MANCATA CONSEGNA',
};

/**
 * The headers of a receipt according to DM 2-11-2005 (RFC 6109, 3.1 and 3.3). An undelivered message is returned inside
 * its receipt, as some providers do: without a disposition, so that mail readers treat it as part of the text.
 */
async function receiptOf(
  kind: ReceiptKind,
  { raw, ...mail }: Omit<CaughtMail, 'file'> & { raw: Buffer },
  date: Date,
): Promise<Buffer> {
  const subject = `${SUBJECTS[kind]}: ${mail.subject}`;
  const original = { name: 'postacert.eml', contentType: 'message/rfc822', content: raw };
  const receipt = await composeMail({
    ...{ messageId: `<${randomUUID()}@pec.passerella.example>`, date, subject },
    from: PROVIDER,
    to: mail.from,
    text: `${subject}\n\nIl messaggio da ${mail.from} a ${mail.to}, identificativo ${mail.messageId}.\n`,
    headers: { 'X-Ricevuta': kind, 'X-Riferimento-Message-ID': mail.messageId },
    ...(kind === 'errore-consegna' ? { attachments: [original] } : {}),
  });
  return Buffer.from(receipt.toString('latin1').replace(/\r\nContent-Disposition: .*(?:\r\n[ \t].*)*/, ''), 'latin1');
}

async function whole(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces = new Pieces();
  for await (const piece of stream) pieces.add(piece);
  return pieces.take();
}

async function describe(raw: Buffer): Promise<Omit<CaughtMail, 'file'> & { readonly text: string }> {
  const { messageId = '', from, to, subject = '', text = '' } = await PostalMime.parse(raw);
  return { messageId, from: from?.address ?? '', to: to?.[0]?.address ?? '', subject, text };
}

function listening(server: SMTPServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function closed(server: SMTPServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
