/** How to connect to a mail server of any protocol: always TLS ≥ 1.2, its certificate always verified. */
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { clientTls } from '../tls/index.js';

export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `tls`: from the first byte; `starttls`: by a command, which must succeed before anything else is sent. */
  readonly security: 'tls' | 'starttls';
  readonly user: string;
  readonly password: string;
  /** PEM: the CAs to which its certificate must lead; undefined: those that Node knows. */
  readonly anchors: string | undefined;
  /** How long a step may take, ms: connecting, an answer, a pause while data flows. */
  readonly timeoutMs: number;
}

export function tlsOptions({ host, anchors }: MailServer): ConnectionOptions {
  return {
    ...clientTls(),
    rejectUnauthorized: true,
    ...(anchors === undefined ? {} : { ca: anchors }),
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
}
