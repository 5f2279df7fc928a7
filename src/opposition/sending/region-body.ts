/**
 * Decodes the bytes of a region's answer to text. If the region accepted the notification, the wrapping must not turn
 * it into a failure: any content type or none, a MIME package, an unrequested content coding. A wrong or unknown
 * charset or coding is ignored, and the XML parser judges the result. Independent of SOAP.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { types } from 'node:util';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/**
 * The answer is not one of this service. The message is our own, for the operator; never the region's or a library's
 * text.
 */
export class UnreadableAnswer extends Error {}

/** More than a server and a proxy apply; each costs one pass. */
const MOST_CODINGS = 2;

/**
 * @param limit largest answer in bytes, also after decompression
 * @throws UnreadableAnswer with the wrapping that could not be removed
 */
export function answerText(bytes: Buffer, headers: IncomingHttpHeaders, limit: number): string {
  if (bytes.length === 0) throw new UnreadableAnswer('malformed answer: empty');
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  if (codings.length > MOST_CODINGS) throw new UnreadableAnswer('malformed answer: unknown content coding');
  const plain = codings.reduceRight((packed, coding) => unpacked(packed, coding, limit), bytes);
  const type = headers['content-type'] ?? '';
  const root = /^\s*multipart\//i.test(type) ? rootPart(plain, type) : { bytes: plain, type };
  // Scripts that begin with an empty line put it before the declaration; C buffers end with zeros.
  return decoded(root.bytes, parameterOf(root.type, 'charset')).replace(/^\s+|[\s\0]+$/g, '');
}

/**
 * Detects UTF-16; otherwise uses the first valid charset of the declared and the usual ones. Every byte is valid in
 * windows-1252.
 */
function decoded(bytes: Buffer, charset: string | undefined): string {
  const [first, second] = bytes;
  if (first === 0xff || second === 0) return bytes.toString('utf16le').replace(/^\ufeff/, '');
  if (first === 0xfe || first === 0) return new TextDecoder('utf-16be').decode(bytes);
  const declared = /^[^<]{0,8}<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)/.exec(bytes.toString('latin1', 0, 200))?.[1];
  for (const label of [charset, declared, 'utf-8']) {
    if (label === undefined || /^utf-?16/i.test(label)) continue;
    try {
      return new TextDecoder(label, { fatal: true }).decode(bytes);
    } catch {
      continue; // an unknown label, or bytes that are invalid in it
    }
  }
  return new TextDecoder('windows-1252').decode(bytes);
}

/** @returns the bytes unchanged if the coding is unknown or does not match them */
function unpacked(bytes: Buffer, coding: string, maxOutputLength: number): Buffer {
  try {
    switch (coding) {
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(bytes, { maxOutputLength });
      case 'deflate':
        // RFC 9110, 8.4.1.2: with the zlib header, which some omit. Detected by method 8 and the two-byte checksum.
        return bytes.length > 1 && (bytes.readUInt8(0) & 15) === 8 && bytes.readUInt16BE(0) % 31 === 0
          ? inflateSync(bytes, { maxOutputLength })
          : inflateRawSync(bytes, { maxOutputLength });
      case 'br':
        return brotliDecompressSync(bytes, { maxOutputLength });
      default:
        return bytes;
    }
  } catch (cause) {
    if (types.isNativeError(cause) && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') {
      throw new UnreadableAnswer('malformed answer: too large', { cause });
    }
    return bytes;
  }
}

interface Part {
  readonly bytes: Buffer;
  readonly type: string;
}

/**
 * RFC 2387: the part that `start` names, else the first XML part, else the first. Parts follow MIME, with ASCII lines
 * before each.
 */
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
  const idOf = (id: string): string => id.trim().replace(/^(?:<|cid:)|>$/gi, '');
  const root =
    start === undefined
      ? (parts.find(({ head }) => /\bxml\b/i.test(header(head, 'Content-Type') ?? '')) ?? parts[0])
      : parts.find(({ head }) => idOf(header(head, 'Content-ID') ?? '') === idOf(start));
  if (root === undefined) throw new UnreadableAnswer('malformed answer: multipart without its root part');
  const encoding = (header(root.head, 'Content-Transfer-Encoding') ?? '').toLowerCase();
  return { bytes: transferred(root.body, encoding), type: header(root.head, 'Content-Type') ?? '' };
}

/** RFC 2045, 6. @param body one character per byte */
function transferred(body: string, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1');
  const text = body
    .replace(/[ \t]*=[ \t]*\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, byte: string) => String.fromCharCode(parseInt(byte, 16)));
  return Buffer.from(text, 'latin1');
}

function parameterOf(header: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;,\\s]*))`, 'i').exec(header) ?? [];
  return quoted ?? plain;
}
