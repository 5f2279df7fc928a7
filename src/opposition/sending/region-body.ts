/**
 * From the bytes of a region's answer to text. What a region took is a success, whatever its platform wraps the answer in:
 * any content type or none, a MIME package (MTOM), a content coding that nobody asked for. Knows no SOAP.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { types } from 'node:util';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { decodeBody } from '../../platform/soap/body.js';

/** The answer is not one of this service. The message is a word for the operator, never the region's or a library's text. */
export class UnreadableAnswer extends Error {}

/** More than a server and a proxy put around an answer; each costs a pass over it. */
const MOST_CODINGS = 2;

/**
 * @param limit largest answer, in bytes, also once it is unpacked
 * @throws UnreadableAnswer saying which wrapping could not be taken off
 */
export function answerText(bytes: Buffer, headers: IncomingHttpHeaders, limit: number): string {
  if (bytes.length === 0) throw new UnreadableAnswer('malformed answer: empty');
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  if (codings.length > MOST_CODINGS) throw new UnreadableAnswer('malformed answer: unknown content coding');
  const plain = codings.reduceRight((packed, coding) => unpacked(packed, coding, limit), bytes);
  const type = headers['content-type'] ?? '';
  const root = /^\s*multipart\/related\b/i.test(type) ? rootPart(plain, type) : { bytes: plain, type };
  let text: string;
  try {
    text = decodeBody(root.bytes, parameterOf(root.type, 'charset'));
  } catch (cause) {
    throw new UnreadableAnswer('malformed answer: not text of its charset', { cause });
  }
  return text.trimStart(); // scripts that begin with an empty line put it before the declaration
}

function unpacked(bytes: Buffer, coding: string, maxOutputLength: number): Buffer {
  try {
    switch (coding) {
      case '':
      case 'identity':
        return bytes;
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(bytes, { maxOutputLength });
      case 'deflate':
        // RFC 9110, 8.4.1.2: with the zlib header, which some leave out. Its first byte tells: method 8, check sum of two bytes.
        return bytes.length > 1 && (bytes.readUInt8(0) & 15) === 8 && bytes.readUInt16BE(0) % 31 === 0
          ? inflateSync(bytes, { maxOutputLength })
          : inflateRawSync(bytes, { maxOutputLength });
      case 'br':
        return brotliDecompressSync(bytes, { maxOutputLength });
    }
  } catch (cause) {
    const isTooLarge = types.isNativeError(cause) && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    throw new UnreadableAnswer(`malformed answer: ${isTooLarge ? 'too large' : 'not of its content coding'}`, {
      cause,
    });
  }
  throw new UnreadableAnswer('malformed answer: unknown content coding');
}

interface Part {
  readonly bytes: Buffer;
  readonly type: string;
}

/** RFC 2387: the part that `start` names, else the first one. Parts are found as MIME has them, lines of ASCII before each. */
function rootPart(bytes: Buffer, type: string): Part {
  const boundary = parameterOf(type, 'boundary') ?? '';
  const start = parameterOf(type, 'start');
  if (boundary === '') throw new UnreadableAnswer('malformed answer: multipart without boundary');
  const line = new RegExp(`(?:^|\\r?\\n)--${boundary.replace(/[^\w]/g, '\\$&')}(?:--)?[ \\t]*(?=\\r?\\n|$)`);
  const parts = bytes
    .toString('latin1')
    .split(line)
    .slice(1)
    .flatMap((part) => {
      const gap = /\r?\n\r?\n/.exec(part);
      return gap === null ? [] : [{ head: part.slice(0, gap.index), body: part.slice(gap.index + gap[0].length) }];
    });
  const header = (head: string, name: string): string | undefined =>
    new RegExp(`^${name}:[ \\t]*((?:[^\\r\\n]|\\r?\\n[ \\t])*)`, 'im').exec(head)?.[1]?.trim();
  const idOf = (id: string): string => id.replace(/^<|>$/g, '');
  const root =
    start === undefined ? parts[0] : parts.find(({ head }) => idOf(header(head, 'Content-ID') ?? '') === idOf(start));
  if (root === undefined) throw new UnreadableAnswer('malformed answer: multipart without its root part');
  if (/^(?:base64|quoted-printable)$/i.test(header(root.head, 'Content-Transfer-Encoding') ?? '')) {
    throw new UnreadableAnswer('malformed answer: root part in another transfer encoding');
  }
  return { bytes: Buffer.from(root.body, 'latin1'), type: header(root.head, 'Content-Type') ?? '' };
}

function parameterOf(header: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(header) ?? [];
  return quoted ?? plain;
}
