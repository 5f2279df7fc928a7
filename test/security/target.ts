/**
 * The endpoint under attack: how messages, valid or not, reach it, and the reply. Knows the sandbox's file of
 * identities; judges nothing.
 */
import { constants, publicEncrypt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { z } from 'zod';
import type { CertificateAndKey } from '../../src/dev/sandbox/pki.js';

const sandboxSchema = z.object({
  soap: z.object({ endpoint: z.string() }),
  portal: z.string().optional(),
  health: z.string(),
  ca: z.string(),
  pincodeCertificate: z.string(),
  namespace: z.string(),
  identities: z.array(
    z.object({
      role: z.string(),
      codiceFiscale: z.string(),
      userId: z.string(),
      password: z.string(),
      pincode: z.string(),
      certificate: z.string().optional(),
      key: z.string().optional(),
    }),
  ),
  comunicazioneMetadati: z.object({ endpoint: z.string() }).optional(),
  feedingSystem: z.object({ certificate: z.string(), key: z.string() }).optional(),
});

export type Identity = z.infer<typeof sandboxSchema>['identities'][number];

/** The reply. Status 0: the connection ended, or stayed silent, without an answer. */
export interface Seen {
  readonly status: number;
  /** The answer: its body, or, for a raw exchange, everything that was read. */
  readonly text: string;
  readonly closed: boolean;
  /** Node's code of the error that ended a raw exchange: that of an alert if the server refused. */
  readonly error?: string | undefined;
}

export interface Sending {
  readonly method?: string;
  /** Replaces the endpoint's own. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly card?: CertificateAndKey | undefined;
  readonly basic?: string;
  /** Source address, one of 127/8: connections and failed sign-ins are counted by it. */
  readonly from?: string | undefined;
  readonly tls?: ConnectionOptions;
}

/** Source address as for `Sending`. */
export type Connecting = ConnectionOptions & { readonly localAddress?: string };

export interface Target {
  readonly url: URL;
  /** The portal's sign-in page; undefined if there is none. */
  readonly portal: URL | undefined;
  /** The operator's listener. */
  readonly health: URL;
  readonly isLocal: boolean;
  readonly namespace: string;
  identity(role: string): Identity;
  cardOf(role: string): CertificateAndKey;
  /** The CA that issues the cards, if its key is available: to create invalid ones. */
  readonly cardIssuer: CertificateAndKey | undefined;
  /** The other service, for callers of another kind; undefined if there is none. */
  readonly metadata: { readonly path: string; readonly system: CertificateAndKey } | undefined;
  pinCode(pincode: string): string;
  post(body: string | Buffer, sending?: Sending): Promise<Seen>;
  /** Writes bytes on a TLS connection and reads until it closes or `waitMs` have passed. */
  exchange(bytes: string | Buffer, waitMs?: number, options?: ConnectionOptions): Promise<Seen>;
  open(options?: Connecting): TLSSocket;
}

export function readTarget(url: URL, sandboxFile: string): Target {
  const sandbox = sandboxSchema.parse(JSON.parse(readFileSync(sandboxFile, 'utf8')));
  const ca = readFileSync(sandbox.ca);
  const pincodeKey = readFileSync(sandbox.pincodeCertificate);
  const isLocal = isLoopback(url.hostname);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const identity = (role: string): Identity => {
    const found = sandbox.identities.find((candidate) => candidate.role === role);
    if (found === undefined) throw new Error(`the sandbox has no ${role}`);
    return found;
  };
  const cardOf = (role: string): CertificateAndKey => {
    const { certificate, key } = identity(role);
    if (certificate === undefined || key === undefined) throw new Error(`${role} has no card`);
    return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  };
  const open = (options: Connecting = {}): TLSSocket =>
    connect({ host, port: Number(url.port || 443), servername: 'localhost', ca, ...options });

  return {
    url,
    portal: sandbox.portal === undefined ? undefined : new URL('/accesso', sandbox.portal),
    health: new URL(sandbox.health),
    isLocal,
    namespace: sandbox.namespace,
    identity,
    cardOf,
    cardIssuer: issuerBeside(identity('doctor').certificate),
    metadata: metadataOf(sandbox),
    pinCode(pincode) {
      const bytes = publicEncrypt({ key: pincodeKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(pincode));
      return `<t:pinCode>${bytes.toString('base64')}</t:pinCode>`;
    },
    post: (body, sending = {}) =>
      new Promise((resolve) => {
        const { method = 'POST', path, headers = {}, card, basic, from, tls } = sending;
        const outgoing = request(
          path === undefined ? url : new URL(path, url),
          {
            method,
            ca,
            agent: false,
            ...(card === undefined ? {} : { cert: card.certificate, key: card.key }),
            ...(from === undefined || !isLocal ? {} : { localAddress: from }),
            ...(basic === undefined ? {} : { auth: basic }),
            ...tls,
            headers: { 'Content-Type': 'text/xml; charset=utf-8', Connection: 'close', ...headers },
          },
          (incoming) => {
            let text = '';
            const done = () => {
              resolve({ status: incoming.statusCode ?? 0, text, closed: true });
            };
            incoming
              .setEncoding('utf8')
              .on('data', (chunk: string) => (text += chunk))
              .on('end', done)
              .on('error', done);
          },
        );
        outgoing
          .on('error', (error) => {
            resolve({ status: 0, text: error.message, closed: true });
          })
          .end(body);
      }),
    exchange: (bytes, waitMs = 3_000, options = {}) =>
      new Promise((resolve) => {
        let text = '';
        let error: string | undefined;
        const socket = open(options);
        const done = (closed: boolean) => {
          clearTimeout(patience);
          socket.destroy();
          resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text, closed, error });
        };
        const patience = setTimeout(() => {
          done(false);
        }, waitMs);
        socket
          .once('secureConnect', () => socket.write(bytes))
          .on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
          .on('error', ({ code }: NodeJS.ErrnoException) => (error = code)) // the close that follows shows the rest
          .on('close', () => {
            done(true);
          });
      }),
    open,
  };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function metadataOf(sandbox: z.infer<typeof sandboxSchema>): Target['metadata'] {
  const { comunicazioneMetadati: service, feedingSystem: system } = sandbox;
  if (service === undefined || system === undefined) return undefined;
  const pair = { certificate: readFileSync(system.certificate, 'utf8'), key: readFileSync(system.key, 'utf8') };
  return { path: new URL(service.endpoint).pathname, system: pair };
}

/** The development PKI stores the CA of the cards, with its key, beside them. */
function issuerBeside(card: string | undefined): CertificateAndKey | undefined {
  const [certificate, key] = ['cns-ca.pem', 'cns-ca.key'].map((name) => join(dirname(card ?? ''), name));
  if (certificate === undefined || key === undefined || !existsSync(key)) return undefined;
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}
