/** Attacks by bytes that do not match their declared encoding. */
import { attack, fault, served } from './attack.js';
import type { Attack, Expectation, Family } from './attack.js';
import { envelope, goodMessage, list } from './messages.js';

const wrongBytes = fault('CHARSET_ERRATO');
const malformed = fault('XML_NON_VALIDO');
const unknown = fault('CHARSET_NON_AMMESSO', 415);

/** EBCDIC (code page 037) of the first letters of an envelope. */
const EBCDIC = Buffer.from('4ca77a c595a5859396978540a7949395a27aa77e7f'.replaceAll(' ', ''), 'hex');

function bytes(title: string, expectation: Expectation, type: string, body: string | Buffer): Attack {
  return attack(title, expectation, (target) =>
    target.post(body, { card: target.cardOf('secondDoctor'), headers: { 'Content-Type': type } }),
  );
}

export const encodingFamily: Family = {
  name: 'encoding',
  attacks(target) {
    const good = goodMessage(target);
    const utf8 = 'text/xml; charset=utf-8';
    const around = (hex: string) => {
      const [before = '', after = ''] = envelope(target, list(target, { doctor: '|' })).split('|');
      return Buffer.concat([Buffer.from(before), Buffer.from(hex, 'hex'), Buffer.from(after)]);
    };
    const utf16 = Buffer.from(good, 'utf16le');
    /** Read as UTF-16 it consists of exotic letters, without half a pair at the end. */
    const even = good.length % 2 === 0 ? good : `${good} `;
    const utf32 = Buffer.from(Uint32Array.from(`\ufeff${good}`, (letter) => letter.charCodeAt(0)).buffer);
    const declared = (name: string) => `<?xml version="1.0" encoding="${name}"?>`;
    return [
      bytes('UTF-8 with a byte order mark', served(), utf8, `\ufeff${good}`),
      bytes('UTF-16 with a byte order mark', served(), 'text/xml', Buffer.from(`\ufeff${good}`, 'utf16le')),
      bytes('UTF-16, big end first, declared', served(), 'text/xml; charset=utf-16be', Buffer.from(utf16).swap16()),
      bytes('UTF-16 under the name of UTF-8', wrongBytes, utf8, utf16),
      bytes(
        'UTF-16 of an odd number of bytes',
        wrongBytes,
        'text/xml; charset=utf-16le',
        Buffer.concat([utf16, Buffer.from('x')]),
      ),
      bytes(
        'mark of UTF-16 against a charset',
        malformed,
        utf8,
        Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(even)]),
      ),
      bytes('UTF-32 with its mark', malformed, 'text/xml', utf32),
      bytes('two byte order marks', malformed, utf8, `\ufeff\ufeff${good}`),
      bytes('UTF-16 by the XML declaration, UTF-8 by the type', served(), utf8, declared('UTF-16') + good),
      bytes('EBCDIC by the XML declaration alone', unknown, 'text/xml', declared('EBCDIC-CP-US') + good),
      bytes('no encoding at all by the XML declaration', malformed, utf8, declared('') + good),
      bytes('UTF-7', unknown, 'text/xml; charset=utf-7', '+ADw-s:Envelope+AD4-'),
      bytes('UTF-7 by the XML declaration', unknown, 'text/xml', `<?xml version="1.0" encoding="UTF-7"?>${good}`),
      bytes('UTF-32', unknown, 'text/xml; charset=utf-32', good),
      bytes('EBCDIC, declared', unknown, 'text/xml; charset=ebcdic-cp-us', EBCDIC),
      bytes('EBCDIC, not declared', wrongBytes, 'text/xml', EBCDIC),
      bytes('charset __proto__', unknown, 'text/xml; charset=__proto__', good),
      bytes('charset of 5 000 characters', unknown, `text/xml; charset=${'x'.repeat(5_000)}`, good),
      bytes('empty charset', unknown, 'text/xml; charset=', good),
      bytes('two charsets, the first one good', served(), 'text/xml; charset=utf-8; charset=utf-7', good),
      bytes(
        'Latin-1 under the name of UTF-8',
        wrongBytes,
        utf8,
        Buffer.from(good.replace('<s:Body>', '<s:Body><!--è-->'), 'latin1'),
      ),
      bytes('overlong «<»', wrongBytes, utf8, around('c0bc')),
      bytes('overlong NUL', wrongBytes, utf8, around('c080')),
      bytes('surrogate in UTF-8', wrongBytes, utf8, around('eda080')),
      bytes('beyond Unicode', wrongBytes, utf8, around('f4908080')),
      bytes('lone continuation byte', wrongBytes, utf8, around('80')),
      bytes('NUL bytes', malformed, utf8, around('0000')),
      bytes('U+FFFE', malformed, utf8, around('efbfbe')),
      bytes('form feed', malformed, utf8, around('0c')),
      bytes('digits and blanks of other scripts', fault('MESSAGGIO_NON_VALIDO'), utf8, around('c2a0efbc91')),
      bytes('empty body', fault('MESSAGGIO_VUOTO'), utf8, ''),
      bytes('random bytes', wrongBytes, utf8, Buffer.from('00ff80c2a5fe', 'hex')),
    ];
  },
};
