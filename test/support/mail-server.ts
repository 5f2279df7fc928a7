/** An external submission server, real SMTP over TLS, with scripted behaviour. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import type { SubmissionServer } from '../../src/platform/mail/index.js';
import { testPki } from './people.js';

export const USER = 'mittente@pec.example';
export const PASSWORD = 'segreta';

export interface TestMailServer {
  readonly server: SubmissionServer;
  /** Messages whose content was read to its end, accepted or not. */
  readonly messages: Buffer[];
  readonly smtp: SMTPServer;
  stop(): Promise<void>;
}

/** An error by which smtp-server answers with a code chosen by the test. */
export function reply(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

/** @param changes to a server that accepts everything from USER with PASSWORD */
export async function startMailServer(changes: SMTPServerOptions = {}): Promise<TestMailServer> {
  const pki = await testPki();
  const messages: Buffer[] = [];
  const smtp = new SMTPServer({
    secure: true,
    cert: await readFile(pki.server.certificate, 'utf8'),
    key: await readFile(pki.server.key, 'utf8'),
    logger: false,
    closeTimeout: 100,
    onAuth(auth, _session, done) {
      if (auth.username === USER && auth.password === PASSWORD) done(null, { user: USER });
      else done(new Error('Invalid login'));
    },
    onData(stream, _session, done) {
      void buffer(stream).then((message) => {
        messages.push(message);
        done();
      });
    },
    ...changes,
  });
  smtp.on('error', () => undefined); // a client that disconnects, or cannot agree on TLS
  const port = await new Promise<number>((resolve) => {
    smtp.listen(0, '127.0.0.1', () => {
      const address = smtp.server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    ...{ messages, smtp },
    server: {
      ...{ host: '127.0.0.1', port, security: 'tls', user: USER, password: PASSWORD },
      anchors: await readFile(pki.server.ca, 'utf8'),
      timeoutMs: 2_000,
    },
    stop: () =>
      new Promise((resolve) => {
        smtp.close(() => {
          resolve();
        });
      }),
  };
}
