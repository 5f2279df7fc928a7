/**
 * The ways in which a region's platform may wrap a valid answer, and one that contradicts itself. All of them answer a
 * recorded notification.
 */
import { gzipSync } from 'node:zlib';
import { ENVELOPE_NAMESPACE } from '../../platform/soap/envelope.js';
import type { MisbehaviourKind } from './misbehaviour.js';

export interface WrappedAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const BOUNDARY = 'parte-della-risposta';

/** @param envelope a SOAP 1.1 envelope */
export function wrapped(envelope: string, kind: MisbehaviourKind | undefined): WrappedAnswer {
  const as = (text: string, headers: Readonly<Record<string, string>> = {}, status = 200): WrappedAnswer => ({
    status,
    bytes: Buffer.from(text, 'utf8'),
    headers,
  });
  switch (kind) {
    case 'malformed':
      return as(envelope.slice(0, Math.floor(envelope.length / 2)));
    case 'contradictory':
      return as(envelope, {}, 500);
    case 'soap12':
      return as(envelope.replaceAll(ENVELOPE_NAMESPACE['1.1'], ENVELOPE_NAMESPACE['1.2']), {
        'Content-Type': 'application/soap+xml; charset=utf-8',
      });
    case 'mtom':
      return as(
        `--${BOUNDARY}\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\n` +
          `Content-Transfer-Encoding: binary\r\nContent-ID: <risposta@simulatore>\r\n\r\n${envelope}\r\n--${BOUNDARY}--\r\n`,
        {
          'Content-Type': `multipart/related; type="application/xop+xml"; boundary="${BOUNDARY}"; start="<risposta@simulatore>"; start-info="text/xml"`,
        },
      );
    case 'gzip': {
      const bytes = gzipSync(envelope);
      return { status: 200, bytes, headers: { 'Content-Encoding': 'gzip' } };
    }
    default:
      return as(envelope);
  }
}
