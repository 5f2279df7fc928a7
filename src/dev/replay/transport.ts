/**
 * Sends a message as an identity: with a card in the TLS handshake, or preemptive Basic. Independent of the content.
 */
import { constants, publicEncrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import type { RequestOptions } from 'node:https';
import { Pieces } from '../../platform/pieces.js';
import { clientTls } from '../../platform/tls/index.js';

export interface Outgoing {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** PEM files of the card. */
  readonly card: { readonly certificate: string; readonly key: string } | undefined;
  readonly basic: { readonly userId: string; readonly password: string } | undefined;
}

export interface Incoming {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A header field of an answer; its name is case-insensitive, as everywhere in HTTP. */
export function headerOf({ headers }: Incoming, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

export interface Transport {
  /** @throws Error in Italian when there is no answer */
  send(message: Outgoing): Promise<Incoming>;
  close(): void;
}

/** A card is verified at every operation and lists are long; a slower answer counts as none. */
const PATIENCE_MS = 30_000;

/** @param ca PEM of the authority of the server's certificate; undefined: Node's defaults */
export function openTransport(endpoint: string, ca: Buffer | undefined): Transport {
  const agents = new Map<string, Agent>();
  const agentOf = (card: Outgoing['card']): Agent => {
    const name = card?.certificate ?? '';
    const known = agents.get(name);
    if (known !== undefined) return known;
    const files = card && { cert: readFileSync(card.certificate), key: readFileSync(card.key) };
    const agent = new Agent({ ...clientTls(), keepAlive: true, ...(ca && { ca }), ...files });
    agents.set(name, agent);
    return agent;
  };
  return {
    send({ method, headers, body, card, basic }) {
      const authorization = basic && `Basic ${Buffer.from(`${basic.userId}:${basic.password}`).toString('base64')}`;
      return exchange(
        endpoint,
        {
          method,
          agent: agentOf(card),
          headers: { ...headers, ...(authorization !== undefined && { Authorization: authorization }) },
          timeout: PATIENCE_MS,
        },
        body,
      );
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

function exchange(endpoint: string, options: RequestOptions, body: string): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      reject(new Error(`nessuna risposta da ${endpoint}: ${error.message || String(error)}`, { cause: error }));
    };
    const outgoing = request(endpoint, options, (incoming) => {
      const pieces = new Pieces();
      incoming
        .on('data', (chunk: Buffer) => {
          pieces.add(chunk);
        })
        .on('error', fail)
        .on('end', () => {
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text: pieces.take().toString('utf8'),
          });
        });
    });
    outgoing
      .on('error', fail)
      .on('timeout', () => outgoing.destroy(new Error(`attesi ${PATIENCE_MS / 1000} secondi`)))
      .end(body);
  });
}

/** The pincode as sent: base64, on one line, of its encryption with the published certificate. */
export function encryptPincode(pincode: string, certificate: Buffer, scheme: 'PKCS1-V1_5' | 'OAEP'): string {
  const key =
    scheme === 'OAEP'
      ? { key: certificate, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
      : { key: certificate, padding: constants.RSA_PKCS1_PADDING };
  return publicEncrypt(key, Buffer.from(pincode)).toString('base64');
}
