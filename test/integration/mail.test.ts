/** Submission and mailbox with real servers over TLS: what each failure reveals about the message. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SMTPServerOptions } from 'smtp-server';
import { createLogger } from '../../src/platform/log.js';
import { MailFailure, composeMail, openSubmission, readMailbox } from '../../src/platform/mail/index.js';
import type { MailServer, MailboxServer, SubmissionServer } from '../../src/platform/mail/index.js';
import { CATCHER_PASSWORD, CATCHER_USER, startMailCatcher } from '../../src/dev/sandbox/mail-catcher.js';
import { startMailboxResponder } from '../../src/dev/sandbox/mailbox-responder.js';
import { USER, reply, startMailServer } from '../support/mail-server.js';
import type { TestMailServer } from '../support/mail-server.js';
import { testPki } from '../support/people.js';

const mail = {
  messageId: '<uno@pec.example>',
  date: new Date('2026-11-22T10:15:00Z'),
  from: USER,
  to: 'destinatario@pec.example',
  subject: 'Oggetto è',
  text: 'Testo è\n',
  attachments: [{ name: 'a.zip', contentType: 'application/zip', content: Buffer.alloc(200_000, 7) }],
};

const started: TestMailServer[] = [];
async function server(changes?: SMTPServerOptions): Promise<TestMailServer> {
  const it = await startMailServer(changes);
  started.push(it);
  return it;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((it) => it.stop()));
});

async function send(to: SubmissionServer, withinMs = 10_000): Promise<void> {
  const submission = await openSubmission(to);
  try {
    await submission.send(mail.from, mail.to, await composeMail(mail), withinMs);
  } finally {
    submission.close();
  }
}

async function failureOf(attempt: Promise<unknown>): Promise<{ kind: string; message: string }> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MailFailure)) throw new Error('no MailFailure', { cause: error });
  return { kind: error.kind, message: error.message };
}

function listeningOn(tlsServer: Server): Promise<number> {
  return new Promise((resolve) => {
    tlsServer.listen(0, '127.0.0.1', () => {
      const address = tlsServer.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

/** A server with scripted replies. */
async function talkative(
  greeting: string,
  onLine: (line: string, socket: TLSSocket) => void,
): Promise<{ readonly port: number; isAsked(): boolean; stop(): Promise<void> }> {
  const pki = await testPki();
  let asked = 0;
  const tls = { cert: await readFile(pki.server.certificate), key: await readFile(pki.server.key) };
  const sockets = new Set<TLSSocket>();
  const server = createServer(tls, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined); // a client that disconnects
    socket.on('data', (chunk: Buffer) => {
      asked++;
      onLine(chunk.toString('latin1'), socket);
    });
    socket.write(`${greeting}\r\n`);
  });
  return {
    port: await listeningOn(server),
    isAsked: () => asked > 0,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** Reads the content and never answers. */
const ignored: SMTPServerOptions['onData'] = (stream) => {
  stream.resume();
};

describe('a message', () => {
  test('arrives as composed, with its fixed id and date', async () => {
    const { server: to, messages } = await server();
    await send(to);
    const [message = Buffer.alloc(0)] = messages;
    expect(messages).toHaveLength(1);
    expect(message.toString('latin1')).toContain('Message-ID: <uno@pec.example>\r\n');
    expect(message.toString('latin1')).toContain('Date: Sun, 22 Nov 2026 10:15:00 +0000\r\n');
  });

  test.each([
    [
      'sender',
      {
        onMailFrom: (_address, _session, done) => {
          done(reply(550, 'no such sender'));
        },
      },
    ],
    [
      'recipient',
      {
        onRcptTo: (_address, _session, done) => {
          done(reply(550, 'no such box'));
        },
      },
    ],
    [
      'content',
      {
        onData(stream, _session, done) {
          stream.resume();
          stream.on('end', () => {
            done(reply(554, 'virus'));
          });
        },
      },
    ],
  ] satisfies [string, SMTPServerOptions][])(
    'whose %s is permanently refused was not sent, and never will be',
    async (_what, refusing) => {
      const { server: to } = await server(refusing);
      const { kind, message } = await failureOf(send(to));
      expect(kind).toBe('permanent');
      expect(message).toMatch(/the server refuses the message: 55[04] /);
    },
  );

  test.each([
    [
      'sender',
      {
        onMailFrom: (_address, _session, done) => {
          done(reply(451, 'later'));
        },
      },
    ],
    [
      'content',
      {
        onData(stream, _session, done) {
          stream.resume();
          stream.on('end', () => {
            done(reply(452, 'disk full'));
          });
        },
      },
    ],
  ] satisfies [string, SMTPServerOptions][])('whose %s is temporarily refused was not sent', async (_what, busy) => {
    const { server: to } = await server(busy);
    expect(await failureOf(send(to))).toMatchObject({ kind: 'transient' });
  });

  test('that exceeds the server’s size limit is not sent, and never will be', async () => {
    const { server: to, messages } = await server({ size: 1_000 });
    expect(await failureOf(send(to))).toMatchObject({ kind: 'permanent' });
    expect(messages).toEqual([]);
  });

  test('whose content was read and never answered may have been accepted', async () => {
    const { server: to } = await server({ onData: ignored });
    const { kind, message } = await failureOf(send({ ...to, timeoutMs: 300 }));
    expect(kind).toBe('uncertain');
    expect(message).toContain('the server did not answer in time');
  });

  test('may have been accepted if the whole exchange takes too long', async () => {
    const { server: to } = await server({ onData: ignored });
    expect(await failureOf(send({ ...to, timeoutMs: 20_000 }, 300))).toMatchObject({ kind: 'uncertain' });
  });

  test('may have been accepted if the connection breaks after its content', async () => {
    const held = await server({
      onData(stream) {
        stream.resume();
        stream.on('end', () => {
          for (const connection of held.smtp.connections) connection.close();
        });
      },
    });
    expect(await failureOf(send(held.server))).toMatchObject({ kind: 'uncertain' });
  });

  test('may have been accepted if the server shuts down instead of answering', async () => {
    const { server: to } = await server({
      onData(stream, _session, done) {
        stream.resume();
        stream.on('end', () => {
          done(reply(421, 'shutting down'));
        });
      },
    });
    expect(await failureOf(send(to))).toMatchObject({ kind: 'uncertain' });
  });

  test('was not sent if the server is silent before its content', async () => {
    const { server: to } = await server({ onRcptTo: () => undefined });
    expect(await failureOf(send({ ...to, timeoutMs: 300 }))).toMatchObject({ kind: 'transient' });
  });
});

describe('an unusable server', () => {
  test('whose certificate has an unknown issuer', async () => {
    const { server: to, messages } = await server();
    const { kind, message } = await failureOf(send({ ...to, anchors: undefined }));
    expect(kind).toBe('transient');
    expect(message).toContain("the server's certificate is not trusted");
    expect(messages).toEqual([]);
  });

  test('whose certificate has another name', async () => {
    const { server: to } = await server();
    const { message } = await failureOf(openSubmission({ ...to, host: '127.0.0.2' }));
    expect(message).toMatch(/certificate is not trusted|ECONNREFUSED/);
  });

  test('that supports only TLS 1.1', async () => {
    const pki = await testPki();
    const old = createServer({
      cert: await readFile(pki.server.certificate),
      key: await readFile(pki.server.key),
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    const port = await listeningOn(old);
    old.on('tlsClientError', () => undefined);
    try {
      const { server: to } = await server();
      const { kind, message } = await failureOf(openSubmission({ ...to, port }));
      expect(kind).toBe('transient');
      expect(message).toContain('no TLS 1.2 or later');
    } finally {
      old.close();
    }
  });

  test('that does not offer the required STARTTLS: the password is not sent', async () => {
    let isAsked = false;
    const { server: to } = await server({
      secure: false,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth(_auth, _session, done) {
        isAsked = true;
        done(null, { user: USER });
      },
    });
    expect(await failureOf(openSubmission({ ...to, security: 'starttls' }))).toMatchObject({ kind: 'transient' });
    expect(isAsked).toBe(false);
  });

  test('that does not know the password', async () => {
    const { server: to } = await server();
    const { kind, message } = await failureOf(openSubmission({ ...to, password: 'altra' }));
    expect(kind).toBe('transient');
    expect(message).toContain('the server refuses user or password');
    expect(message).not.toContain('altra');
  });

  test.each(['mail', 'a mailbox'])('for %s that never ends its answer is given up', async (what) => {
    const [greeting, more] = what === 'mail' ? ['220 ready', '250-'] : ['* OK ready', '* OK '];
    const endless = await talkative(greeting, (_line, socket) => {
      const saying = setInterval(() => socket.write(`${more}wait\r\n`), 50);
      socket.once('close', () => {
        clearInterval(saying);
      });
    });
    const { server: to } = await server();
    const slow = { ...to, port: endless.port, timeoutMs: 400 };
    const attempt =
      what === 'mail'
        ? openSubmission(slow)
        : readMailbox({ ...slow, folder: 'INBOX' }, () => Promise.resolve(), 2_000);
    try {
      const { kind, message } = await failureOf(attempt);
      expect(kind).toBe('transient');
      expect(message).toContain('the server did not answer in time');
      expect(endless.isAsked()).toBe(true);
    } finally {
      await endless.stop();
    }
  });

  test('whose replies contain control characters is quoted without them', async () => {
    const answers: Readonly<Record<string, string>> = {
      EHLO: '250 AUTH PLAIN',
      AUTH: '235 ok',
      MAIL: '250 ok',
      RCPT: '550 no \u0000such\u001b[2J box',
    };
    const rude = await talkative('220 ready', (line, socket) => {
      socket.write(`${answers[line.slice(0, 4)] ?? '250 ok'}\r\n`);
    });
    const { server: to } = await server();
    try {
      expect(await failureOf(send({ ...to, port: rude.port }))).toEqual({
        kind: 'permanent',
        message: 'the server refuses the message: 550 no  such [2J box',
      });
    } finally {
      await rude.stop();
    }
  });

  test('that does not exist', async () => {
    const gone = await server();
    await gone.stop();
    started.pop();
    expect(await failureOf(openSubmission(gone.server))).toMatchObject({ kind: 'transient' });
  });
});

test('STARTTLS is used if the server supports it', async () => {
  const { server: to, messages } = await server({ secure: false });
  await send({ ...to, security: 'starttls' });
  expect(messages).toHaveLength(1);
});

/** A non-delivery notice as providers write it, with the returned mail. */
const adviceWith = (disposition: string): Buffer =>
  Buffer.from(
    `X-Riferimento-Message-ID:
 <uno@pec.example>
X-Ricevuta: errore-consegna
Content-Type: multipart/signed; protocol="application/x-pkcs7-signature"; micalg=sha-256; boundary="sig"

--sig
Content-Type: multipart/mixed; boundary="mix"

--mix
Content-Type: multipart/alternative; boundary="alt"

--alt
Content-Type: text/plain; charset=utf-8

Casella piena
--alt
Content-Type: text/html; charset=utf-8

<html><body><h3>Ricevuta</h3>Casella piena</body></html>
--alt--
--mix
Content-Type: message/rfc822; name="postacert.eml"
${disposition}
Subject: Statistiche
Content-Type: text/plain; charset=utf-8

La password dell'archivio: SEGRETO
--mix--
--sig--
`.replaceAll('\n', '\r\n'),
  );

describe('a mailbox', () => {
  /** The texts of the mails that a search finds in a mailbox with one mail. */
  async function textsOf(raw: Buffer, searchesHeaders: boolean): Promise<readonly string[]> {
    const pki = await testPki();
    const responder = await startMailboxResponder({
      ...{ host: '127.0.0.1', port: 0, user: USER, password: 'x' },
      certificate: await readFile(pki.server.certificate, 'utf8'),
      key: await readFile(pki.server.key, 'utf8'),
      mails: [{ raw, receivedAt: mail.date }],
      searchesHeaders: () => searchesHeaders,
    });
    const box: MailboxServer = {
      ...{ host: '127.0.0.1', port: responder.port, security: 'tls', user: USER, password: 'x', folder: 'INBOX' },
      anchors: await readFile(pki.server.ca, 'utf8'),
      timeoutMs: 5_000,
    };
    try {
      return await readMailbox(box, async (mailbox) => {
        const found = await mailbox.find('X-Riferimento-Message-ID', 'uno@pec.example', mail.date);
        return Promise.all(found.map((one) => one.text()));
      });
    } finally {
      await responder.stop();
    }
  }

  test.each(['', 'Content-Disposition: attachment; filename="postacert.eml"\n', 'Content-Disposition: inline\n'])(
    'returns a mail’s own text, not that of an attached mail (%j)',
    async (disposition) => {
      expect(await textsOf(adviceWith(disposition), disposition !== '')).toEqual(['Casella piena']);
    },
  );

  test('returns the visible text of an HTML-only mail', async () => {
    const page =
      '<html><head><style>p { color: red }</style></head><body><p>Casella&#32;<b>piena</b> &amp; chiusa</p>Fine</body></html>';
    const raw = Buffer.from(
      `X-Riferimento-Message-ID: <uno@pec.example>\r\nX-Ricevuta: errore-consegna\r\nContent-Type: text/html\r\n\r\n${page}\r\n`,
    );
    expect(await textsOf(raw, true)).toEqual(['Casella piena & chiusa\nFine']);
  });

  test('is searched by a header, and read only as far as requested', async () => {
    const pki = await testPki();
    const tls = {
      certificate: await readFile(pki.server.certificate, 'utf8'),
      key: await readFile(pki.server.key, 'utf8'),
    };
    const directory = await mkdtemp(join(tmpdir(), 'mail-'));
    const clock = { now: () => mail.date };
    const catcher = await startMailCatcher({ directory, tls, clock, log: createLogger('silent') });
    try {
      const access: Omit<MailServer, 'port'> = {
        ...{ host: '127.0.0.1', user: CATCHER_USER, password: CATCHER_PASSWORD },
        security: 'tls',
        anchors: await readFile(pki.server.ca, 'utf8'),
        timeoutMs: 5_000,
      };
      const box: MailboxServer = { ...access, port: catcher.imapPort, folder: 'INBOX' };
      expect(await readMailbox(box, (mailbox) => mailbox.find('X-Riferimento-Message-ID', 'uno', mail.date))).toEqual(
        [],
      );
      await send({ ...access, port: catcher.smtpPort });
      expect(catcher.caught).toMatchObject([{ messageId: mail.messageId, to: mail.to, subject: mail.subject }]);

      const found = await readMailbox(box, async (mailbox) => {
        const mails = await mailbox.find('X-Riferimento-Message-ID', 'uno@pec.example', mail.date);
        return Promise.all(mails.map(async (one) => [one.headers.get('x-ricevuta'), await one.text()]));
      });
      expect(found.map(([kind]) => kind)).toEqual(['accettazione', 'avvenuta-consegna']);
      expect(found[0]?.[1]).toContain('ACCETTAZIONE: Oggetto è');

      const wrong = await failureOf(readMailbox({ ...box, password: 'altra' }, () => Promise.resolve()));
      expect(wrong.message).toContain('the server refuses user or password');
      const elsewhere = await failureOf(readMailbox({ ...box, folder: 'Ricevute' }, () => Promise.resolve()));
      expect(elsewhere.kind).toBe('transient');
      const untrusted = await failureOf(readMailbox({ ...box, anchors: undefined }, () => Promise.resolve()));
      expect(untrusted.message).toContain('certificate is not trusted');
    } finally {
      await catcher.stop();
      await rm(directory, { recursive: true });
    }
  });
});
