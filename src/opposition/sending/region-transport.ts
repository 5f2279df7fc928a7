/**
 * The connection to one region: mutual TLS with only that region's anchors, kept alive, bounded in time and size [N-2].
 * Reports results in its own words: no library text, no byte of the message. Does not parse XML.
 */
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket, checkServerIdentity, createSecureContext } from 'node:tls';
import { urlToHttpOptions } from 'node:url';
import { Pieces } from '../../platform/pieces.js';
import { clientTls } from '../../platform/tls/index.js';
import { pemBlocks } from '../../platform/pem.js';
import { UnreadableAnswer, answerText } from './region-body.js';
import type { RegionConnection, SenderIdentity } from './region.js';

export type Exchange =
  | ({
      readonly kind: 'answered';
      readonly status: number;
      /** Suggestion to the operator when the region rejects our certificate; may be empty. */
      readonly hint: string;
    } & ({ readonly text: string } | { readonly text: undefined; readonly flaw: string }))
  | { readonly kind: 'failed'; readonly reason: string; readonly certificate: boolean };

export interface RegionTransport {
  /** Posts bytes and reads the whole answer. Never rejects. */
  post(body: Buffer, headers: Readonly<Record<string, string>>): Promise<Exchange>;
  close(): void;
}

/**
 * OpenSSL's errors on the region's certificate, Node's on its name, and the alerts by which the region rejects our
 * certificate. All of them need a person: retries do not repair a certificate.
 */
const CERTIFICATE_CODE =
  /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY|DECODE|DECRYPT)|INVALID_(?:CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH|CRL|ALERT_UNKNOWN_CA|ALERT_ACCESS_DENIED|KEY_TOO_SMALL|MD_TOO_WEAK/;

/**
 * A server that requires a certificate only for some paths asks for it after the handshake: in TLS 1.3 by a message
 * that Node does not answer (post-handshake authentication), in TLS 1.2 by a second handshake. Such servers answer 403
 * or disconnect.
 */
const HINT = ': with TLS 1.3, try opposition-region set --tls-max 1.2';
const hintFor = (socket: Socket | null): string =>
  socket instanceof TLSSocket && socket.getProtocol() === 'TLSv1.3' ? HINT : '';

/** Largest number of idle connections per region; the sender's concurrency bounds the busy ones. */
const IDLE_CONNECTIONS = 16;

/**
 * @param region its endpoint, an https URL; PEM of the only trusted CAs; its highest TLS version
 * @param answerBytes largest answer accepted
 * @throws Error when the URL is not https, or certificate, key and anchors do not work together
 */
export function createRegionTransport(
  { endpoint, anchors, tlsMax }: Pick<RegionConnection, 'endpoint' | 'anchors' | 'tlsMax'>,
  identity: SenderIdentity,
  timeoutMs: number,
  answerBytes: number,
): RegionTransport {
  const url = new URL(endpoint);
  if (url.protocol !== 'https:') throw new Error('the endpoint of a region must be an https URL');
  const ca = pemBlocks(anchors, 'CERTIFICATE');
  if (ca.length === 0) throw new Error('a region without anchors: no certificate would be trusted');
  const secureContext = createSecureContext({
    cert: identity.certificate,
    key: identity.key,
    ca,
    allowPartialTrustChain: true, // the anchor may be an issuing CA without its root
    ...clientTls(),
    maxVersion: `TLSv${tlsMax ?? '1.3'}`,
  });
  // The context is created once: given certificates, Node would concatenate their text into a key for each request.
  // rejectUnauthorized is explicit: otherwise an environment variable could disable it.
  const agent = new Agent({
    secureContext,
    rejectUnauthorized: true,
    checkServerIdentity,
    keepAlive: true,
    maxFreeSockets: IDLE_CONNECTIONS,
  });
  const target = { ...urlToHttpOptions(url), method: 'POST', agent };
  let closed = false;

  const attempt = (body: Buffer, headers: Readonly<Record<string, string>>, deadline: Deadline): Promise<Attempt> =>
    new Promise((resolve) => {
      const outgoing = request({
        ...target,
        headers: { ...headers, 'Accept-Encoding': 'identity', 'Content-Length': String(body.length) },
      });
      deadline.cut = () => outgoing.destroy();
      outgoing.on('response', (incoming) => {
        resolve(readWhole(incoming, answerBytes, deadline));
      });
      outgoing.on('error', (error) => {
        const failed = failure(error, deadline, outgoing.socket);
        // The region closed an idle connection as we reused it: it read nothing, so another connection may be tried.
        resolve({ ...failed, stale: outgoing.reusedSocket && !deadline.passed && !failed.certificate });
      });
      outgoing.end(body);
    });

  return {
    async post(body, headers) {
      if (closed) return { kind: 'failed', reason: 'closed', certificate: false };
      const deadline: Deadline = { passed: false, cut: () => undefined };
      const timer = setTimeout(() => {
        deadline.passed = true;
        deadline.cut();
      }, timeoutMs);
      try {
        let done = await attempt(body, headers, deadline);
        // Every pooled connection may have become stale at once, as when the region restarts.
        for (let tries = 0; done.kind === 'failed' && done.stale && tries < IDLE_CONNECTIONS; tries++) {
          done = await attempt(body, headers, deadline);
        }
        return done.kind === 'answered' ? done : { kind: 'failed', reason: done.reason, certificate: done.certificate };
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

/** On expiry, the exchange in progress is aborted. */
interface Deadline {
  passed: boolean;
  cut: () => unknown;
}

type Attempt =
  Extract<Exchange, { kind: 'answered' }> | (Extract<Exchange, { kind: 'failed' }> & { readonly stale: boolean });

function readWhole(incoming: IncomingMessage, limit: number, deadline: Deadline): Promise<Attempt> {
  const status = incoming.statusCode ?? 0;
  const hint = hintFor(incoming.socket);
  return new Promise((resolve) => {
    const pieces = new Pieces();
    let size = 0;
    const fail = (reason: string) => {
      resolve({ kind: 'failed', reason, certificate: false, stale: false });
    };
    incoming
      .on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= limit) pieces.add(chunk);
        else {
          incoming.destroy();
          fail('malformed answer: too large');
        }
      })
      .on('end', () => {
        const answer = { kind: 'answered', status, hint } as const;
        try {
          resolve({ ...answer, text: answerText(pieces.take(), incoming.headers, limit) });
        } catch (error) {
          const flaw = error instanceof UnreadableAnswer ? error.message : 'malformed answer';
          resolve({ ...answer, text: undefined, flaw });
        }
      })
      .on('error', () => {
        fail(deadline.passed ? 'timeout' : 'connection lost in the answer');
      })
      .on('close', () => {
        fail(deadline.passed ? 'timeout' : 'connection lost in the answer');
      });
  });
}

function failure(
  error: Error,
  deadline: Deadline,
  socket: Socket | null,
): { kind: 'failed'; reason: string; certificate: boolean } {
  if (deadline.passed) return { kind: 'failed', reason: 'timeout', certificate: false };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : 'CONNECTION_FAILED';
  const mayBeAskedAgain = /^(?:ECONNRESET|EPIPE)$|CERTIFICATE_REQUIRED/.test(known);
  const reason = mayBeAskedAgain ? known + hintFor(socket) : known;
  return { kind: 'failed', reason, certificate: CERTIFICATE_CODE.test(known) };
}
