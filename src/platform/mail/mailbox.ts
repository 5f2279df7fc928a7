/**
 * Reads a mailbox by IMAP over TLS without changing it: it is opened read-only, nothing is marked or moved. Searches by
 * a header, so that of other people's mail at most that header is fetched, and nothing is stored.
 */
import { ImapFlow } from 'imapflow';
import PostalMime from 'postal-mime';
import { MailFailure, explain } from './failure.js';
import { tlsOptions } from './server.js';
import type { MailServer } from './server.js';
import { DAY_MS } from '../clock.js';

export interface MailboxServer extends MailServer {
  /** `INBOX`, or the folder into which a rule moves the mail in question. */
  readonly folder: string;
}

export interface FoundMail {
  /** When the server put it there. */
  readonly receivedAt: Date;
  /** Lower-case name, unfolded value; the first of a name counts. */
  readonly headers: ReadonlyMap<string, string>;
  /**
   * The text of the message itself, within its first 256 kB and without the text of attached mail; fetched on demand.
   */
  text(): Promise<string>;
}

export interface Mailbox {
  /**
   * Mails whose header of this name contains the value, the oldest first.
   * @param since no matching mail is older: keeps the server's search short
   */
  find(header: string, value: string, since: Date): Promise<readonly FoundMail[]>;
}

/** Time limit of the whole reading: a server could otherwise be slow for ever, one byte at a time. */
const WHOLE_MS = 10 * 60_000;
const TEXT_BYTES = 256 * 1024;
const FOUND_AT_MOST = 100;
/** How many of the latest mails are searched when the server's own search finds nothing. */
const SCANNED_AT_MOST = 1_000;

/** A request to the server within the time limit. @throws MailFailure */
type Ask = <Answer>(request: Promise<Answer>) => Promise<Answer>;

/**
 * Opens the mailbox, runs `look`, closes it.
 * @param withinMs bounds the whole
 * @throws MailFailure of the kind `transient`; other errors of `look` unchanged
 */
export async function readMailbox<Result>(
  server: MailboxServer,
  look: (mailbox: Mailbox) => Promise<Result>,
  withinMs = WHOLE_MS,
): Promise<Result> {
  const { host, port, security, user, password, timeoutMs, folder } = server;
  const client = new ImapFlow({
    ...{ host, port },
    secure: security === 'tls',
    ...(security === 'starttls' ? { doSTARTTLS: true } : {}),
    auth: { user, pass: password },
    tls: tlsOptions(server),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    maxLineLength: 1024 * 1024,
    maxLiteralSize: 1024 * 1024,
    maxResponseSize: 4 * 1024 * 1024,
    disableAutoIdle: true,
    logger: false,
  });
  // The call under way is rejected too; without a listener Node would end the process.
  client.on('error', () => undefined);
  let limit: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    limit = setTimeout(() => {
      reject(Object.assign(new Error('reading the mailbox took too long'), { code: 'ETIMEDOUT' }));
      client.close();
    }, withinMs);
  });
  tooLate.catch(() => undefined); // even when no request is under way
  const ask: Ask = async (request) => {
    try {
      return await Promise.race([request, tooLate]);
    } catch (error) {
      if (error instanceof MailFailure) throw error;
      const { text, code } = explain(error);
      throw new MailFailure('transient', `the mailbox cannot be read: ${text}`, code, { cause: error });
    }
  };
  try {
    await ask(client.connect());
    await ask(client.mailboxOpen(folder, { readOnly: true }));
    const result = await look({ find: (header, value, since) => ask(find(client, ask, header, value, since)) });
    await ask(client.logout()).catch(() => undefined);
    return result;
  } finally {
    clearTimeout(limit);
    client.close();
  }
}

async function find(
  client: ImapFlow,
  ask: Ask,
  header: string,
  value: string,
  since: Date,
): Promise<readonly FoundMail[]> {
  // IMAP knows days, in the server's time zone.
  const day = new Date(since.getTime() - DAY_MS);
  const told = await client.search({ header: { [header]: value }, since: day }, { uid: true });
  const uids =
    told === false || told === undefined || told.length === 0 ? await scan(client, header, value, day) : told;
  if (uids.length === 0) return [];
  const found = await client.fetchAll(
    uids.slice(0, FOUND_AT_MOST).join(','),
    { uid: true, internalDate: true, headers: true },
    { uid: true },
  );
  return found.map(({ uid, internalDate, headers }) => ({
    receivedAt: new Date(internalDate ?? 0),
    headers: headersOf(headers?.toString('latin1') ?? ''),
    text: () => ask(textOf(client, uid)),
  }));
}

/** For servers that refuse to search by a header, or that search only indexed headers and find nothing. */
async function scan(client: ImapFlow, header: string, value: string, since: Date): Promise<readonly number[]> {
  const recent = await client.search({ since }, { uid: true });
  if (recent === false || recent === undefined)
    throw new MailFailure('transient', 'the mailbox cannot be searched', 'SEARCH');
  if (recent.length === 0) return [];
  const wanted = value.toLowerCase();
  const mails = await client.fetchAll(
    recent.slice(-SCANNED_AT_MOST).join(','),
    { uid: true, headers: [header] },
    { uid: true },
  );
  const isWanted = (headers: Buffer | undefined): boolean =>
    headersOf(headers?.toString('latin1') ?? '')
      .get(header.toLowerCase())
      ?.toLowerCase()
      .includes(wanted) === true;
  return mails.filter(({ headers }) => isWanted(headers)).map(({ uid }) => uid);
}

async function textOf(client: ImapFlow, uid: number): Promise<string> {
  const message = await client.fetchOne(String(uid), { source: { maxLength: TEXT_BYTES } }, { uid: true });
  if (message === false || message?.source === undefined) return '';
  const { text, html } = await PostalMime.parse(message.source, { forceRfc822Attachments: true });
  return (text ?? wordsOf((html ?? '').slice(0, PAGE_CHARACTERS))).trim();
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

/** No more of a page is read: a receipt's explanation is some lines long. */
const PAGE_CHARACTERS = 16_384;

/** Approximately the visible text of a page, without markup and style. */
function wordsOf(html: string): string {
  return html
    .replace(/<!--[^]*?-->|<(style|script|head)\b[^]*?<\/\1\s*>/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/<(?:br|\/p|\/div|\/tr|\/li|\/h[1-6])\b[^<>]*>\s*/gi, '\n')
    .replace(/<[^<>]*>/g, '')
    .replace(
      /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi,
      (whole, decimal?: string, hex?: string, name?: string) => {
        if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
        const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
        return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      },
    );
}

function headersOf(block: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of block.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}
