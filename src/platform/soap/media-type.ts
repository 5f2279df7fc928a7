/** The first refusals, by HTTP header fields: content coding and media type. */
import type { IncomingMessage } from 'node:http';
import { transportFault } from './fault.js';

const ACCEPTED_TYPES = new Set(['text/xml', 'application/soap+xml', 'application/xml']);

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
