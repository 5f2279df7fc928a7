/** From bytes to text: types, charsets, sizes, and the memory for slow senders. */
import { expect, test } from '@jest/globals';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { createBodyReader } from '../../src/platform/soap/body.js';
import { decodeBody } from '../../src/platform/soap/charset.js';
import { mediaTypeOf } from '../../src/platform/soap/media-type.js';
import { SoapFault } from '../../src/platform/soap/index.js';

function request(headers: Record<string, string>): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  Object.assign(message.headers, headers);
  return message;
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof SoapFault) return error.facts.codice;
  }
  return 'none';
}

const codeOfAsync = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof SoapFault ? `${error.facts.status ?? 500} ${error.facts.codice}` : error),
  );

test.each([
  ['text/xml', { type: 'text/xml', charset: undefined, action: undefined }],
  ['TEXT/XML;Charset="UTF-8"', { type: 'text/xml', charset: 'UTF-8', action: undefined }],
  [
    'application/soap+xml; action="urn:a;b"; charset=utf-8',
    { type: 'application/soap+xml', charset: 'utf-8', action: '"urn:a' },
  ],
  [
    'application/soap+xml; charset=utf-8; action=urn:a',
    { type: 'application/soap+xml', charset: 'utf-8', action: 'urn:a' },
  ],
])('type %s', (header, expected) => {
  expect(mediaTypeOf(request({ 'content-type': header }))).toEqual(expected);
});

test.each(['', 'application/json', 'text/xmlx', 'text', 'multipart/related'])('type «%s» is refused', (header) => {
  expect(codeOf(() => mediaTypeOf(request({ 'content-type': header })))).toBe('TIPO_NON_AMMESSO');
});

test.each(['gzip', 'br', 'deflate', 'identity, gzip', 'x'])('coding %s is refused', (header) => {
  const message = request({ 'content-type': 'text/xml', 'content-encoding': header });
  expect(codeOf(() => mediaTypeOf(message))).toBe('CODIFICA_NON_AMMESSA');
});

test.each([
  ['UTF-8 by default', Buffer.from('è'), undefined],
  ['UTF-8 by name', Buffer.from('è'), 'UTF-8'],
  ['a byte order mark wins', Buffer.from('\ufeffè', 'utf16le'), 'utf-8'],
  ['windows-1252', Buffer.from('e8', 'hex'), 'windows-1252'],
  ['Latin-1', Buffer.from('e8', 'hex'), 'ISO-8859-1'],
])('charset: %s', (_title, bytes, charset) => {
  expect(decodeBody(bytes, charset)).toBe('è');
});

test('the parameter wins over the XML declaration, which wins over the default', () => {
  const declared = Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>\u00e8</a>', 'latin1');
  expect(decodeBody(declared, undefined)).toContain('<a>è</a>');
  expect(codeOf(() => decodeBody(declared, 'utf-8'))).toBe('CHARSET_ERRATO');
});

test.each([
  ['c0bc', 'CHARSET_ERRATO'],
  ['eda080', 'CHARSET_ERRATO'],
  ['80', 'CHARSET_ERRATO'],
  ['', 'MESSAGGIO_VUOTO'],
])('bytes %s are refused', (hex, codice) => {
  expect(codeOf(() => decodeBody(Buffer.from(hex, 'hex'), undefined))).toBe(codice);
});

test.each(['utf-7', 'utf-32', '__proto__', 'constructor', 'x'.repeat(500)])('charset %s is refused', (charset) => {
  expect(codeOf(() => decodeBody(Buffer.from('<a/>'), charset))).toBe('CHARSET_NON_AMMESSO');
});

test('a body of exactly the limit is accepted, one byte more is not', async () => {
  const read = createBodyReader(10);
  const send = (size: number) => {
    const message = request({});
    const whole = read(message);
    for (const byte of 'x'.repeat(size)) message.push(byte);
    message.push(null);
    return whole;
  };
  expect((await send(10)).toString()).toBe('xxxxxxxxxx');
  expect(await codeOfAsync(send(11))).toBe('413 MESSAGGIO_TROPPO_GRANDE');
});

test('far more than the limit is not read to its end, nor is its announced length trusted', async () => {
  const read = createBodyReader(10);
  expect(await codeOfAsync(read(request({ 'content-length': '81' })))).toBe('413 MESSAGGIO_TROPPO_GRANDE');
  const endless = request({});
  const refused = codeOfAsync(read(endless));
  endless.push(Buffer.alloc(81));
  expect(await refused).toBe('413 MESSAGGIO_TROPPO_GRANDE');
  expect(endless.isPaused()).toBe(true);
});

test('a body in pieces of one byte is stored as bytes, and refused if there are too many pieces', async () => {
  const read = createBodyReader(256 * 1024);
  const send = (count: number) => {
    const message = request({});
    const whole = read(message);
    const piece = Buffer.from('x');
    for (let index = 0; index < count; index++) message.push(piece);
    message.push(null);
    return whole;
  };
  expect((await send(10_000)).toString()).toBe('x'.repeat(10_000));
  expect(await codeOfAsync(send(10_001))).toBe('413 MESSAGGIO_TROPPO_FRAMMENTATO');
});

test('unfinished bodies together take no more than the limit: the largest is dropped, not the newest', async () => {
  const read = createBodyReader(10, 15);
  const first = request({});
  const refused = codeOfAsync(read(first));
  first.push(Buffer.alloc(9));
  await new Promise(setImmediate);
  const second = request({});
  const held = read(second);
  second.push(Buffer.alloc(8));
  expect(await refused).toBe('503 SERVIZIO_OCCUPATO');
  second.push(null);
  expect(await held).toHaveLength(8);
  const third = request({});
  const whole = read(third);
  third.push(Buffer.alloc(9));
  third.push(null);
  expect(await whole).toHaveLength(9);
});

test('a disconnected caller’s memory is released', async () => {
  const read = createBodyReader(10, 10);
  const gone = request({});
  const aborted = codeOfAsync(read(gone));
  gone.push(Buffer.alloc(9));
  await new Promise(setImmediate);
  gone.destroy();
  expect(await aborted).toBeInstanceOf(Error);
  const next = request({});
  const whole = read(next);
  next.push(Buffer.alloc(9));
  next.push(null);
  expect(await whole).toHaveLength(9);
});

/** XML writers of .NET and Java declare utf-16 for text that is then sent as UTF-8. */
test.each(['<?xml version="1.0" encoding="utf-16"?><a/>', '<?xml version="1.0" encoding="utf-16"?><a/> '])(
  'UTF-8 declared as UTF-16, even and odd: %j',
  (text) => {
    expect(codeOf(() => decodeBody(Buffer.from(text), undefined))).toBe('CHARSET_ERRATO');
    expect(codeOf(() => decodeBody(Buffer.from(text), 'utf-16'))).toBe('CHARSET_ERRATO');
    expect(codeOf(() => decodeBody(Buffer.from(text), 'utf-16be'))).toBe('CHARSET_ERRATO');
    expect(codeOf(() => decodeBody(Buffer.from(text, 'utf16le'), 'utf-8'))).toBe('CHARSET_ERRATO');
    expect(decodeBody(Buffer.from(text, 'utf16le'), 'utf-16')).toBe(text);
    expect(decodeBody(Buffer.from(`\ufeff${text}`, 'utf16le'), undefined)).toBe(text);
  },
);

test.each(['multipart/related; type="application/xop+xml"', 'multipart/form-data', 'application/xop+xml'])(
  '%s: the answer says to switch attachments off',
  (header) => {
    expect(() => mediaTypeOf(request({ 'content-type': header }))).toThrow('disattivare MTOM e gli allegati');
  },
);
