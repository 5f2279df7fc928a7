/** Converts the bytes of a message to text: its charset and byte order mark. Knows no XML beyond the declaration. */
import { clientFault, transportFault } from './fault.js';
import type { SoapFault } from './fault.js';

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

/** A decoder that refuses invalid bytes; it keeps no state between two messages. */
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
