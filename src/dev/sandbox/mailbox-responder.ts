/**
 * One read-only mailbox by IMAP over TLS, for the sandbox's provider of certified mail: the part of RFC 3501 that a
 * client needs to sign in, search by a header and fetch.
 */
import { createServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { serverTls } from '../../platform/tls/index.js';

export interface StoredMail {
  /** As received, CRLF lines. */
  readonly raw: Buffer;
  readonly receivedAt: Date;
}

export interface MailboxResponderOptions {
  readonly host: string;
  readonly port: number;
  /** PEM, with its intermediates. */
  readonly certificate: string;
  readonly key: string;
  readonly user: string;
  readonly password: string;
  /** The mailbox, oldest first; the UID is the index plus one. May grow, never shrink. */
  readonly mails: readonly StoredMail[];
  /** Called at each search by a header; false: finds nothing, like servers without such an index. Default true. */
  readonly searchesHeaders?: () => boolean;
}

export interface MailboxResponder {
  readonly port: number;
  stop(): Promise<void>;
}

const CAPABILITIES = 'IMAP4rev1 SASL-IR AUTH=PLAIN';
const LINE_BYTES = 64 * 1024;

export function startMailboxResponder(options: MailboxResponderOptions): Promise<MailboxResponder> {
  const { certificate, key, host } = options;
  const sockets = new Set<TLSSocket>();
  const server = createServer({ ...serverTls(), cert: certificate, key }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // a client that goes away
    serve(socket, options);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : options.port,
        stop: () =>
          new Promise((stopped) => {
            for (const socket of sockets) socket.destroy();
            server.close(() => {
              stopped();
            });
          }),
      });
    });
  });
}

interface Session {
  isSignedIn: boolean;
  /** Tag of an AUTHENTICATE whose credentials are on the next line. */
  awaiting: string | undefined;
}

function serve(socket: TLSSocket, options: MailboxResponderOptions): void {
  const session: Session = { isSignedIn: false, awaiting: undefined };
  let pending = '';
  socket.setEncoding('latin1');
  socket.write(`* OK [CAPABILITY ${CAPABILITIES}] sandbox\r\n`);
  socket.on('data', (text: string) => {
    pending += text;
    if (pending.length > LINE_BYTES) {
      socket.destroy();
      return;
    }
    for (let end = pending.indexOf('\r\n'); end >= 0; end = pending.indexOf('\r\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      for (const part of answer(line, session, options)) socket.write(part);
      if (/^\S+ LOGOUT$/i.test(line)) socket.end();
    }
  });
}

function answer(line: string, session: Session, options: MailboxResponderOptions): (string | Buffer)[] {
  if (session.awaiting !== undefined) {
    const tag = session.awaiting;
    session.awaiting = undefined;
    return signIn(tag, line, session, options);
  }
  const [, tag = '*', command = '', rest = ''] = /^(\S+) ((?:UID )?\S+) ?(.*)$/i.exec(line) ?? [];
  const ok = `${tag} OK done\r\n`;
  switch (command.toUpperCase()) {
    case 'CAPABILITY':
      return [`* CAPABILITY ${CAPABILITIES}\r\n`, ok];
    case 'NOOP':
      return [ok];
    case 'LOGOUT':
      return ['* BYE\r\n', ok];
    case 'AUTHENTICATE': {
      const credentials = rest.split(' ')[1];
      if (credentials !== undefined) return signIn(tag, credentials, session, options);
      session.awaiting = tag;
      return ['+ \r\n'];
    }
  }
  if (!session.isSignedIn) return [`${tag} NO sign in first\r\n`];
  switch (command.toUpperCase()) {
    case 'LIST':
    case 'LSUB':
      return [`* ${command.toUpperCase()} (\\HasNoChildren) "/" INBOX\r\n`, ok];
    case 'SELECT':
    case 'EXAMINE':
      if (!/^"?INBOX"?$/i.test(rest)) return [`${tag} NO no such mailbox\r\n`];
      return [
        `* ${options.mails.length} EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 1] fixed\r\n`,
        `* OK [UIDNEXT ${options.mails.length + 1}] next\r\n${tag} OK [READ-ONLY] done\r\n`,
      ];
    case 'UID SEARCH':
      return [`* SEARCH ${search(rest, options).join(' ')}\r\n`, ok];
    case 'UID FETCH':
      return [...fetched(rest, options.mails), ok];
    default:
      return [`${tag} BAD not spoken here\r\n`];
  }
}

function signIn(tag: string, credentials: string, session: Session, options: MailboxResponderOptions): string[] {
  const [, user, password] = Buffer.from(credentials, 'base64').toString('utf8').split('\0');
  session.isSignedIn = user === options.user && password === options.password;
  return [session.isSignedIn ? `${tag} OK signed in\r\n` : `${tag} NO [AUTHENTICATIONFAILED] wrong\r\n`];
}

/** By at most one HEADER; other conditions match every mail of a sandbox. */
function search(criteria: string, { mails, searchesHeaders = () => true }: MailboxResponderOptions): number[] {
  if (!/HEADER/i.test(criteria)) return mails.map((_mail, index) => index + 1);
  if (!searchesHeaders()) return [];
  const [, name = '', quoted, bare] = /HEADER "?([A-Za-z-]+)"? (?:"([^"]*)"|(\S+))/i.exec(criteria) ?? [];
  const wanted = (quoted ?? bare ?? '').toLowerCase();
  return mails.flatMap(({ raw }, index) => {
    const unfolded = headerBlock(raw).replaceAll(/\r\n[ \t]+/g, ' ');
    const values = unfolded.match(new RegExp(`^${name}:.*$`, 'gim')) ?? [];
    return values.some((value) => value.toLowerCase().includes(wanted)) ? [index + 1] : [];
  });
}

function* fetched(request: string, mails: readonly StoredMail[]): Generator<string | Buffer> {
  const [, set = '', items = ''] = /^(\S+) (.*)$/.exec(request) ?? [];
  const uids = set.split(',').map(Number);
  for (const uid of uids) {
    const mail = mails[uid - 1];
    if (mail === undefined) continue;
    const [, from, length] = /BODY(?:\.PEEK)?\[\]<(\d+)\.(\d+)>/i.exec(items) ?? [];
    const section = /\[(HEADER[^\]]*)\]/i.exec(items)?.[1]; // HEADER.FIELDS also returns the whole header
    const start = Number(from ?? 0);
    const body =
      section !== undefined
        ? Buffer.from(`${headerBlock(mail.raw)}\r\n\r\n`, 'latin1')
        : mail.raw.subarray(start, start + Number(length ?? mail.raw.length));
    const label = section !== undefined ? `BODY[${section}]` : `BODY[]${from === undefined ? '' : `<${from}>`}`;
    yield `* ${uid} FETCH (UID ${uid} INTERNALDATE "${internalDate(mail.receivedAt)}" ${label} {${body.length}}\r\n`;
    yield body;
    yield ')\r\n';
  }
}

function headerBlock(raw: Buffer): string {
  return raw.toString('latin1').split('\r\n\r\n', 1)[0] ?? '';
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function internalDate(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(at.getUTCDate())}-${MONTHS[at.getUTCMonth()] ?? ''}-${at.getUTCFullYear()}`;
  return `${day} ${at.toISOString().slice(11, 19)} +0000`;
}
