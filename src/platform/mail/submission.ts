/**
 * Hands messages to a submission server (RFC 6409) over TLS. Connecting and signing in are a separate first step, so
 * that the caller can record as late as possible that a message is about to be sent. Decides after a failure whether
 * the server can have accepted the message. Does not retry.
 */
import { Readable } from 'node:stream';
import { types } from 'node:util';
import SmtpConnection from 'nodemailer/lib/smtp-connection';
import { MailFailure, explain } from './failure.js';
import { tlsOptions } from './server.js';
import type { MailServer } from './server.js';

export type SubmissionServer = MailServer;

export interface Submission {
  /**
   * Resolves when the server has taken responsibility for the message.
   * @param message as composeMail builds it
   * @param withinMs bounds the whole exchange: a server could otherwise be slow for ever, one byte at a time
   * @throws MailFailure
   */
  send(from: string, to: string, message: Uint8Array, withinMs: number): Promise<void>;
  close(): void;
}

const CHUNK_BYTES = 64 * 1024;
/**
 * Maximum of answers while connecting (greeting, EHLO, STARTTLS, EHLO), plus one; signing in takes fewer.
 */
const OPENING_ANSWERS = 5;

/** @throws MailFailure, never of the kind `uncertain` */
export async function openSubmission(server: SubmissionServer): Promise<Submission> {
  const { host, port, security, user, password, timeoutMs } = server;
  const connection = new SmtpConnection({
    ...{ host, port },
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    socketCloseTimeout: 1_000,
    tls: tlsOptions(server),
  });
  let broken: (error: unknown) => void = () => undefined;
  connection.on('error', (error: unknown) => {
    broken(error);
  });
  connection.once('end', () => {
    broken(new Error('the server closed the connection'));
  });
  /** One step: ends with its callback, an error or the end of the connection, or when it takes too long. */
  const step = async (withinMs: number, begin: (done: (error?: Error | null) => void) => void): Promise<void> => {
    let limit: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        broken = reject;
        limit = setTimeout(() => {
          reject(Object.assign(new Error('the exchange took too long'), { code: 'ETIMEDOUT' }));
          connection.close();
        }, withinMs);
        begin((error) => {
          if (error) reject(error);
          else resolve();
        });
      });
    } finally {
      clearTimeout(limit);
    }
  };
  const openingMs = timeoutMs * OPENING_ANSWERS;
  try {
    await step(openingMs, (done) => {
      connection.connect(done);
    });
    await step(openingMs, (done) => {
      connection.login({ user, credentials: { user, pass: password } }, done);
    });
  } catch (error) {
    connection.close();
    throw notOpened(error);
  }
  return {
    async send(from, to, message, withinMs) {
      const body = { isUnderWay: false };
      try {
        await step(withinMs, (done) => {
          connection.send({ from, to: [to], size: message.length }, Readable.from(chunks(message, body)), done);
        });
      } catch (error) {
        throw notSent(error, body.isUnderWay);
      }
    },
    close() {
      connection.quit();
    },
  };
}

/**
 * The connection reads it only after the server has asked for the message: the first chunk shows that sending began.
 */
function* chunks(message: Uint8Array, body: { isUnderWay: boolean }): Generator<Uint8Array> {
  for (let at = 0; at < message.length; at += CHUNK_BYTES) {
    body.isUnderWay = true;
    yield message.subarray(at, at + CHUNK_BYTES);
  }
}

/** A refusal before the message was sent can be corrected at the server or in our settings, so a retry may succeed. */
function notOpened(error: unknown): MailFailure {
  const { code, reply, isSignIn } = replyOf(error);
  const { text, code: name } = explain(error);
  if (code === 0) return new MailFailure('transient', text, name, { cause: error });
  const words = isSignIn ? `the server refuses user or password: ${reply}` : `the server refuses: ${reply}`;
  return new MailFailure('transient', words, String(code), { cause: error });
}

/** A reply decides: 4yz retry, 5yz never. Without one, what counts is whether sending the message had begun. */
function notSent(error: unknown, hasLeft: boolean): MailFailure {
  const { code, reply } = replyOf(error);
  // 421 is no answer to the message: a server that shuts down sends it at any time, even after it has read everything.
  if (code >= 400 && !(hasLeft && code === 421)) {
    const words = `the server refuses the message: ${reply}`;
    return new MailFailure(code >= 500 ? 'permanent' : 'transient', words, String(code), { cause: error });
  }
  const { text, code: name } = explain(error);
  // The library compares with the size limit that the server announced, without asking it.
  if (!hasLeft && name === 'EMESSAGE') return new MailFailure('permanent', text, name, { cause: error });
  return hasLeft
    ? new MailFailure('uncertain', `the message was sent and no answer came: ${text}`, name, { cause: error })
    : new MailFailure('transient', text, name, { cause: error });
}

/** The server's reply in a library's error; code 0: there was none. */
function replyOf(error: unknown): { readonly code: number; readonly reply: string; readonly isSignIn: boolean } {
  const has = types.isNativeError(error);
  const code = has && 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : 0;
  const reply = has && 'response' in error && typeof error.response === 'string' ? error.response : '';
  const command = has && 'command' in error && typeof error.command === 'string' ? error.command : '';
  return { code, reply: reply.slice(0, 500), isSignIn: command.startsWith('AUTH') };
}
