/**
 * A minimal doctor's program: one kept-alive connection with a card or a password, one message after the other. Knows
 * the envelope and how to read an element's text; does not know what is submitted and why.
 */
import { constants, publicEncrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { Sandbox, SandboxIdentity } from './sandbox-process.js';

const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
/** A client that has waited this long gives up and asks again. */
const PATIENCE_MS = 20_000;

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export interface SoapClient {
  /** Posts a message over the kept connection, or a new one if it broke. @throws Error if no complete answer came */
  post(body: string): Promise<Reply>;
  close(): void;
}

/** The PEM texts of an identity's card. */
export function cardOf({ certificate, key, role }: SandboxIdentity): { cert: string; key: string } {
  if (certificate === undefined || key === undefined) throw new Error(`${role} has no card`);
  return { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** HTTP Basic and the pinCode header block of an identity, encrypted with the published certificate. */
export function passwordOf(sandbox: Sandbox, { userId, password, pincode }: SandboxIdentity) {
  const key = { key: readFileSync(sandbox.pincodeCertificate), padding: constants.RSA_PKCS1_PADDING };
  const encrypted = publicEncrypt(key, Buffer.from(pincode)).toString('base64');
  return {
    authorization: `Basic ${Buffer.from(`${userId}:${password}`).toString('base64')}`,
    block: `<t:pinCode>${encrypted}</t:pinCode>`,
  };
}

/** @param shown credentials: a card, or headers */
export function soapClient(
  sandbox: Sandbox,
  shown: { card?: { cert: string; key: string }; headers?: Readonly<Record<string, string>> },
): SoapClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(sandbox.ca), ...shown.card });
  return {
    post: (body) =>
      new Promise((resolve, reject) => {
        const headers = { 'Content-Type': 'text/xml; charset=utf-8', ...shown.headers };
        const outgoing = request(
          sandbox.soap.endpoint,
          { method: 'POST', agent, headers, timeout: PATIENCE_MS },
          (incoming) => {
            const pieces: Buffer[] = [];
            incoming.on('data', (piece: Buffer) => pieces.push(piece));
            incoming.on('error', reject);
            incoming.on('end', () => {
              if (incoming.complete) {
                resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(pieces).toString('utf8') });
              } else reject(new Error('the answer was cut off'));
            });
          },
        );
        outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
        outgoing.on('error', reject);
        outgoing.end(body);
      }),
    close() {
      agent.destroy();
    },
  };
}

/** A SOAP 1.1 envelope around an operation, fields in the order given. */
export function envelope(
  namespace: string,
  operation: string,
  fields: Readonly<Record<string, string>>,
  header = '',
): string {
  const inside = Object.entries(fields)
    .map(([name, value]) => `<t:${name}>${value}</t:${name}>`)
    .join('');
  const head = header === '' ? '' : `<s:Header>${header}</s:Header>`;
  return (
    `<s:Envelope xmlns:s="${SOAP_11}" xmlns:t="${namespace}">${head}` +
    `<s:Body><t:${operation}>${inside}</t:${operation}></s:Body></s:Envelope>`
  );
}

/** The texts of all elements with a name, whatever their prefix. */
export function textsOf(text: string, name: string): string[] {
  return [...text.matchAll(new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)</`, 'g'))].map(
    (found) => found[1] ?? '',
  );
}

/** The pairs of person and day of a doctor's campaign, each once: unlimited different submissions. */
export function pairAt(
  persons: readonly string[],
  campaignStart: string,
  index: number,
): { person: string; day: string } {
  const person = persons[index % persons.length];
  if (person === undefined) throw new Error('the doctor has no patients');
  const days = Math.floor(index / persons.length);
  return { person, day: new Date(Date.parse(campaignStart) + days * 86_400_000).toISOString().slice(0, 10) };
}
