/**
 * From the HTTP request to text: method, type, size, charset. Owns the first refusals; knows no XML beyond its
 * declaration.
 */
import type { IncomingMessage } from 'node:http';
import { networkOfCaller, reportMisuse } from '../http/index.js';
import { Pieces } from '../pieces.js';
import { clientFault, retryLaterFault, transportFault } from './fault.js';
import type { SoapFault } from './fault.js';

const ACCEPTED_TYPES = new Set(['text/xml', 'application/soap+xml', 'application/xml']);

/**
 * WHATWG labels of the accepted charsets; `latin1` maps to windows-1252, a superset for every printable letter.
 */
const CHARSETS = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['ascii', 'utf-8'],
  ['utf-16', 'utf-16'],
  ['utf-16le', 'utf-16le'],
  ['utf-16be', 'utf-16be'],
  ['iso-8859-1', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['windows-1252', 'windows-1252'],
]);

export interface MediaType {
  readonly type: string;
  readonly charset: string | undefined;
  /** SOAP 1.2 carries the action here instead of in SOAPAction. */
  readonly action: string | undefined;
}

/** @throws SoapFault 415 when the type is not one of SOAP's, or the body is compressed. */
export function mediaTypeOf(request: IncomingMessage): MediaType {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw transportFault(
      415,
      'CODIFICA_NON_AMMESSA',
      'Il corpo della richiesta è compresso: inviarlo senza Content-Encoding.',
    );
  }
  return parseMediaType(request.headers['content-type'] ?? '');
}

/** Callers send a handful of types again and again. Bounded, so that a hostile caller cannot fill the memory. */
const knownTypes = new Map<string, MediaType>();
const MAX_KNOWN_TYPES = 100;

function parseMediaType(header: string): MediaType {
  const known = knownTypes.get(header);
  if (known !== undefined) return known;
  const [type = '', ...parameters] = header.split(';');
  const name = type.trim().toLowerCase();
  if (!ACCEPTED_TYPES.has(name)) {
    const said = name === '' ? 'assente' : 'non ammesso';
    // MTOM and SOAP with attachments arrive like this, even without an attachment.
    const isMultipart = name.startsWith('multipart/') || name === 'application/xop+xml';
    const attached = isMultipart ? ' Il messaggio è in più parti: disattivare MTOM e gli allegati nel client.' : '';
    throw transportFault(
      415,
      'TIPO_NON_AMMESSO',
      `Content-Type ${said}: usare «text/xml; charset=utf-8» (SOAP 1.1) o «application/soap+xml; charset=utf-8» (SOAP 1.2).${attached}`,
      { Accept: 'text/xml, application/soap+xml' },
    );
  }
  const media = { type: name, charset: parameter(parameters, 'charset'), action: parameter(parameters, 'action') };
  if (knownTypes.size < MAX_KNOWN_TYPES) knownTypes.set(header, media);
  return media;
}

function parameter(parameters: readonly string[], name: string): string | undefined {
  for (const entry of parameters) {
    const at = entry.indexOf('=');
    if (at > 0 && entry.slice(0, at).trim().toLowerCase() === name) return unquote(entry.slice(at + 1).trim());
  }
  return undefined;
}

/** Removes the double quotes around a header value. */
export function unquote(value: string): string {
  return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}

/** So many times the limit of an oversize body is read and dropped, so that the caller can read the refusal. */
const DRAIN_FACTOR = 8;
/** Every piece costs work, whatever its size; a client that sends each token as a chunk sends some thousands. */
const MAX_PIECES = 10_000;

/** Bytes of unfinished bodies, of all callers together: slow senders must not fill the memory. */
const MAX_HELD = 128 * 1024 * 1024;

interface Unfinished {
  readonly network: string;
  /** Bytes of memory. */
  held: number;
  giveUp(): void;
}

/**
 * Limits the memory of unfinished bodies. When they take too much, the largest one of the network with most is dropped: a
 * caller who sends much and slowly displaces himself, never the small messages of others.
 */
function createUnfinished(maxHeld: number): {
  /** @returns false: this body was dropped */
  keep(body: Unfinished, held: number): boolean;
  forget(body: Unfinished): void;
} {
  /** The oldest first. */
  const bodies = new Set<Unfinished>();
  let total = 0;

  function largest(): Unfinished | undefined {
    const held = new Map<string, number>();
    for (const body of bodies) held.set(body.network, (held.get(body.network) ?? 0) + body.held);
    let most: string | undefined;
    for (const [network, bytes] of held) if (bytes > (held.get(most ?? '') ?? 0) || most === undefined) most = network;
    let found: Unfinished | undefined;
    for (const body of bodies) if (body.network === most && body.held > (found?.held ?? 0)) found = body;
    return found;
  }

  function forget(body: Unfinished): void {
    if (!bodies.delete(body)) return;
    total -= body.held;
    body.held = 0;
  }

  return {
    keep(body, held) {
      bodies.add(body);
      total += held - body.held;
      body.held = held;
      while (total > maxHeld) {
        const victim = largest();
        if (victim === undefined) break;
        forget(victim);
        victim.giveUp();
      }
      return bodies.has(body);
    },
    forget,
  };
}

/**
 * Reads a body. @throws SoapFault 413 past the limit, 503 when too much is held; RequestAborted when the caller goes
 * away
 */
export type ReadBody = (request: IncomingMessage) => Promise<Buffer>;

/**
 * A reader that keeps at most `limit` bytes of a body. An answer of 413 closes the connection.
 * @param maxHeld bytes of unfinished bodies in memory at once
 */
export function createBodyReader(limit: number, maxHeld: number = MAX_HELD): ReadBody {
  const unfinished = createUnfinished(maxHeld);
  const tooLarge = () =>
    transportFault(413, 'MESSAGGIO_TROPPO_GRANDE', `Il messaggio supera il massimo di ${limit} byte.`, {
      Connection: 'close',
    });
  const tooManyPieces = () =>
    transportFault(
      413,
      'MESSAGGIO_TROPPO_FRAMMENTATO',
      'Il messaggio arriva in troppi pezzi: inviarlo con Content-Length, oppure in chunk di almeno 1 kB.',
      { Connection: 'close' },
    );
  return (request) =>
    new Promise((resolve, reject) => {
      if (Number(request.headers['content-length'] ?? 0) > limit * DRAIN_FACTOR) {
        reject(tooLarge());
        return;
      }
      const pieces = new Pieces();
      let size = 0;
      let count = 0;
      const drop = () => {
        unfinished.forget(body);
        pieces.drop();
      };
      const fail = (error: Error) => {
        drop();
        reject(error);
      };
      const body: Unfinished = {
        network: networkOfCaller(request.socket),
        held: 0,
        giveUp() {
          size = Infinity; // nothing more of this one is kept
          fail(retryLaterFault('SERVIZIO_OCCUPATO', 'Troppe richieste in corso: ripetere tra qualche secondo.', 2));
        },
      };
      const aborted = () => {
        // Every request closes: make an error, with its stack, only for an incomplete one.
        if (!request.complete) fail(new RequestAborted());
      };
      request
        .on('data', (chunk: Buffer) => {
          size += chunk.length;
          count++;
          if (size > limit) drop();
          else if (unfinished.keep(body, pieces.heldWith(chunk.length))) pieces.add(chunk);
          if ((size > limit * DRAIN_FACTOR && size !== Infinity) || count > MAX_PIECES) {
            request.pause();
            if (count > MAX_PIECES) reportMisuse(request.socket);
            fail(size > limit ? tooLarge() : tooManyPieces());
          }
        })
        .on('end', () => {
          const whole = pieces.take();
          drop();
          if (size > limit) reject(tooLarge());
          else resolve(whole);
        })
        .on('close', aborted); // also emitted after an error, which Node emits only to listeners
    });
}

/** The caller disconnected before the message was complete: there is nobody to answer. */
export class RequestAborted extends Error {}

/**
 * Bytes to text. A byte order mark wins over the charset parameter, which wins over the XML declaration (RFC 7303,
 * 3.2 and 3.3).
 * @throws SoapFault when the charset is unknown or the bytes are not valid in it.
 */
export function decodeBody(bytes: Buffer, charset: string | undefined): string {
  if (bytes.length === 0) {
    throw clientFault('MESSAGGIO_VUOTO', 'Il corpo della richiesta è vuoto: inviare una busta SOAP.');
  }
  const label = markOf(bytes) ?? (charset ?? declaredEncoding(bytes) ?? 'utf-8').toLowerCase();
  const known = CHARSETS.get(label);
  if (known === undefined) {
    throw transportFault(
      415,
      'CHARSET_NON_AMMESSO',
      'Il charset della richiesta non è ammesso: scriverla in UTF-8 e dichiarare «charset=utf-8».',
    );
  }
  if (!looksLike(known, bytes)) throw wrongCharset();
  let text: string;
  try {
    text = decoderOf(known).decode(bytes);
  } catch {
    throw wrongCharset();
  }
  // The decoder removed the byte order mark; the XML parser would remove another.
  if (text.startsWith('\ufeff')) {
    throw clientFault('XML_NON_VALIDO', 'Il messaggio non è XML ben formato: comincia con due byte order mark.', {
      riga: 1,
    });
  }
  return text;
}

function wrongCharset(): SoapFault {
  return clientFault(
    'CHARSET_ERRATO',
    'I byte del messaggio non corrispondono al charset dichiarato: scriverli in UTF-8 e dichiarare UTF-8, sia nel ' +
      'Content-Type sia nella dichiarazione XML.',
  );
}

/**
 * A document begins with `<`, white space or a byte order mark: in UTF-16 one of the first two bytes is zero, in other
 * charsets none is. An even number of UTF-8 bytes is usually valid UTF-16 too.
 */
function looksLike(charset: string, bytes: Buffer): boolean {
  if (markOf(bytes) !== undefined) return true;
  const [first, second] = bytes;
  if (charset === 'utf-16be') return first === 0;
  return charset.startsWith('utf-16') ? second === 0 : first !== 0 && second !== 0;
}

const decoders = new Map<string, InstanceType<typeof TextDecoder>>();

/** A decoder that refuses wrong bytes; it keeps nothing from one message to the next. */
function decoderOf(label: string): InstanceType<typeof TextDecoder> {
  let decoder = decoders.get(label);
  if (decoder === undefined) {
    decoder = new TextDecoder(label, { fatal: true });
    decoders.set(label, decoder);
  }
  return decoder;
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8';
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return undefined;
}

function declaredEncoding(bytes: Buffer): string | undefined {
  const start = bytes.toString('latin1', 0, Math.min(bytes.length, 200));
  return /^<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']/.exec(start)?.[1];
}
