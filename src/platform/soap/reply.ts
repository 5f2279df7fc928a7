/** The HTTP side of an answer: status, header fields, and content sent in as few pieces as possible. */
import type { ServerResponse } from 'node:http';
import type { SoapVersion } from './envelope.js';
import type { FaultFacts } from './fault.js';
import { release } from './writer.js';

/** The HTTP status of a fault. */
export function statusOf(fault: FaultFacts, version: SoapVersion): number {
  if (fault.status !== undefined) return fault.status;
  // SOAP 1.2 part 2, table 20: a Sender fault is a 400; SOAP 1.1, 6.2: every fault is a 500.
  return version === '1.2' && fault.faultClass === 'Client' ? 400 : 500;
}

const TYPE_OF: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'text/xml; charset=utf-8',
  '1.2': 'application/soap+xml; charset=utf-8',
};

/**
 * Sends a complete answer.
 * @param content UTF-8: as text with one unit per byte, or bytes
 * @param further HTTP header fields in addition to those of every answer
 */
export function send(
  response: ServerResponse,
  version: SoapVersion,
  status: number,
  content: string | Buffer,
  requestId: string,
  further?: Readonly<Record<string, string>>,
): void {
  // A list of names and values: Node would convert an object to one.
  const head = ['Content-Type', TYPE_OF[version], 'Content-Length', String(content.length)];
  head.push('Cache-Control', 'no-store', 'X-Request-Id', requestId);
  if (further !== undefined) head.push(...Object.entries(further).flat());
  response.writeHead(status, head);
  if (typeof content !== 'string') {
    response.end(content, () => {
      release(content);
    });
    return;
  }
  // Uncorked here, head and text are sent in one piece and one system call: `end` would add an empty last piece.
  response.write(content, 'latin1');
  response.socket?.uncork();
  response.end();
}
