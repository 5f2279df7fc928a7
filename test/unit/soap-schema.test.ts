/**
 * Validation and writing: every finding is reported in Italian with its place; answers are in the schema's order and
 * well-formed.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { servizioComunicazioneMetadati } from '../../generated/ComunicazioneMetadati.js';
import { notificaOpposizione } from '../../generated/NotificaOpposizione.js';
import { testSierologici } from '../../generated/TestSierologici.js';
import { escapeText } from '../../src/platform/soap/escape.js';
import { SoapFault, defaultLimits } from '../../src/platform/soap/index.js';
import { compileReader } from '../../src/platform/soap/reader.js';
import {
  compileFaultWriter,
  compileWriter,
  envelopeAround,
  release,
  textOfUtf8,
  writtenText,
} from '../../src/platform/soap/writer.js';
import { parseXml } from '../../src/platform/soap/xml.js';

const { namespace } = testSierologici;
const { namespace: metadati } = servizioComunicazioneMetadati;
const read = compileReader(testSierologici.operations.invioTestSierologico.request, namespace);
const CF = 'RSSMRA80A01H501U';

function finding(inside: string, attributes = ''): string {
  const text = `<invioTestSierologico xmlns="${namespace}"${attributes}>\n${inside}</invioTestSierologico>`;
  try {
    read(parseXml(text, defaultLimits));
    return 'valid';
  } catch (error) {
    if (error instanceof SoapFault) return error.facts.message;
    throw error;
  }
}

const doctors = `<codiceFiscaleMedico>${CF}</codiceFiscaleMedico><codiceFiscaleMedicoTitolare>${CF}</codiceFiscaleMedicoTitolare>`;
const person = `<codiceFiscaleAssistito>${CF}</codiceFiscaleAssistito>`;
const day = (text: string) => `<dataEsecuzioneTest>${text}</dataEsecuzioneTest>`;

test.each([
  ['valid', doctors + person + day('2026-11-20'), 'valid'],
  ['missing', doctors + person, 'manca dataEsecuzioneTest'],
  ['out of order', person + doctors + day('2026-11-20'), 'è atteso codiceFiscaleMedico'],
  ['unknown', doctors + person + day('2026-11-20') + '<x/>', 'elemento «x» (riga 2): elemento non previsto'],
  ['pattern', doctors + person.replace(CF, "' OR 1=1") + day('2026-11-20'), 'codiceFiscaleAssistito'],
  ['no date', doctors + person + day('2026-02-30'), 'dataEsecuzioneTest'],
  ['with a zone', doctors + person + day('2026-11-20Z'), 'non ha la forma prevista'],
  ['elements in a value', doctors + person + day('<a/>'), 'dataEsecuzioneTest'],
  [
    'of another namespace',
    doctors + person.replace('>', ' xmlns="urn:altro">'),
    `namespace errato, è atteso «${namespace}»`,
  ],
  ['text between elements', doctors + person + day('2026-11-20') + 'x', 'ammessi solo elementi'],
  ['attribute', doctors + person.replace('>', ' id="__proto__">') + day('2026-11-20'), 'attributo id non previsto'],
])('%s', (_title, inside, expected) => {
  expect(finding(inside)).toContain(expected);
});

test.each([
  ['xml:lang', ' xml:lang="it"'],
  ['xml:id', ' xml:id="a"'],
  ['a namespace that is no URI', ' xmlns:q="%zz" q:a="1"'],
  ['a namespace of quotes', ' xmlns:q="&lt;&quot;&#10;" q:a="1"'],
])('%s is the caller’s fault, not ours', (_title, attributes) => {
  expect(finding(doctors + person + day('2026-11-20'), attributes)).toContain('non rispetta lo schema');
});

/** The error and the advice, for one value at a time. */
test.each([
  ['a zone', '2026-11-20Z', 'contiene un fuso orario, scrivere AAAA-MM-GG senza fuso orario'],
  ['an offset', '2026-11-20+01:00', 'contiene un fuso orario'],
  ['an hour', '2026-11-20T10:00:00', 'contiene un’ora, scrivere solo AAAA-MM-GG'],
  ['an instant', '2026-11-20T00:00:00.000+01:00', 'contiene un’ora'],
  ['Italian form', '20/11/2026', 'è nella forma GG/MM/AAAA'],
  ['no hyphens', '20261120', 'non ha i trattini'],
  ['one digit', '2026-11-2', 'vogliono due cifre'],
  ['a blank', '2026-11- 20', 'contiene spazi'],
  ['a dash', '2026\u201311\u201320', 'carattere non ammesso, U+2013 («–»), al posto 5'],
  ['no such day', '2026-02-30', 'non è una data del calendario, AAAA-MM-GG: scrivere AAAA-MM-GG, senza fuso orario'],
  ['nothing', '', 'è vuoto, scrivere AAAA-MM-GG, senza fuso orario'],
])('a date with %s', (_title, text, expected) => {
  expect(finding(doctors + person + day(text))).toContain(expected);
});

test.each([
  ['small letters', CF.toLowerCase(), 'contiene lettere minuscole, scriverlo in maiuscolo'],
  ['blanks inside', 'RSS MRA 80A01 H501U', 'contiene spazi, scriverlo senza'],
  ['both', 'rss mra 80a01 h501u', 'senza spazi e in maiuscolo'],
  [
    'a no-break space in front',
    `\u00a0${CF}`,
    'carattere invisibile, U+00A0 (spazio unificatore), al posto 1, toglierlo',
  ],
  ['a zero-width space inside', `RSSMRA\u200b80A01H501U`, 'U+200B (spazio di larghezza zero), al posto 7'],
  ['a byte order mark at the end', `${CF}\ufeff`, 'U+FEFF (byte order mark), al posto 17'],
  ['a soft hyphen', `RSSMRA\u00ad80A01H501U`, 'U+00AD'],
  ['a mark of direction', `\u200e${CF}`, 'U+200E'],
  ['a filler', `\u3164${CF}`, 'U+3164 (carattere invisibile)'],
  ['a letter of another alphabet', CF.replace('A', '\u0410'), 'carattere non ammesso, U+0410 («А»), al posto 6'],
  ['a character too many', `${CF}X`, 'lunghezza non ammessa (al massimo 16 caratteri): scrivere codice fiscale'],
  ['no form at all', "' OR 1=1 --X", 'non ha la forma prevista dallo schema: scrivere codice fiscale'],
])('a codice fiscale with %s', (_title, text, expected) => {
  expect(finding(doctors + person.replace(CF, text) + day('2026-11-20'))).toContain(expected);
});

test('a refused value is not quoted: it may be a codice fiscale', () => {
  expect(finding(doctors + person.replace(CF, CF.toLowerCase()) + day('x'))).not.toMatch(/rssmra/i);
});

test('the accepted values are listed, whatever was written', () => {
  const readPinCode = compileReader(testSierologici.headers.pinCode, namespace);
  for (const algoritmo of ['RSA', 'RSA/ECB/OAEPWithSHA-256AndMGF1Padding', 'rsa-pkcs1-v1-5']) {
    const block = parseXml(`<pinCode xmlns="${namespace}" algoritmo="${algoritmo}">QUFB</pinCode>`, defaultLimits);
    expect(() => readPinCode(block)).toThrow('scrivere uno di questi: RSA-PKCS1-V1_5, RSA-OAEP');
  }
  const read = compileReader(servizioComunicazioneMetadati.operations.comunicazioneMetadati.request, metadati);
  const text = `<comunicazioneMetadati xmlns="${metadati}"><identificativoAssistito>${CF}</identificativoAssistito>
    <dataProduzioneDocumento>2019-01-01</dataProduzioneDocumento><tipoDocumento>RICETTA</tipoDocumento>
    <statoCaricamento>Primo_caricamento</statoCaricamento></comunicazioneMetadati>`;
  expect(() => read(parseXml(text, defaultLimits))).toThrow(
    /«tipoDocumento» \(riga 2\): .*scrivere uno di questi: REFERTO, /,
  );
  expect(() => read(parseXml(text, defaultLimits))).toThrow(/«statoCaricamento» \(riga 3\): .*in maiuscolo/);
});

test('numbers: the advice says how to write them', () => {
  const read = compileReader(testSierologici.operations.annullamentoTestSierologico.request, namespace);
  const outcomeOf = (number: string) => () =>
    read(
      parseXml(
        `<annullamentoTestSierologico xmlns="${namespace}">${doctors}${person}<identificativoTransazione>${number}</identificativoTransazione></annullamentoTestSierologico>`,
        defaultLimits,
      ),
    );
  expect(outcomeOf('007')).toThrow('comincia con zeri o con il segno +, scriverlo senza');
  expect(outcomeOf('1 234')).toThrow('contiene spazi, scriverlo senza');
  for (const number of ['1.234', '1e3', '0x10', '1234567890123456']) {
    expect(outcomeOf(number)).toThrow('scrivere da 1 a 15 cifre, senza zeri iniziali, segni o separatori');
  }
});

/** A pattern without words would be refused with «the form of the schema», which does not say what to write. */
test('every pattern of every contract has its form in words', () => {
  const wordless = [testSierologici, servizioComunicazioneMetadati, notificaOpposizione].flatMap((contract) =>
    JSON.stringify(contract, (_key, value: unknown) => (value instanceof RegExp ? 'pattern' : value))
      .split('"patterns"')
      .slice(1)
      .filter((rest) => !/^:\["pattern"(?:,"pattern")*\],"form":"./.test(rest)),
  );
  expect(wordless).toEqual([]);
});

const rest = person + day('2026-11-20');
test.each([
  ['unqualified children', doctors.replace('>', ' xmlns="">') + rest, 'senza namespace, è atteso'],
  ['encodingStyle', doctors.replace('>', ' s:encodingStyle="" xmlns:s="urn:s">') + rest, 'non RPC/encoded'],
  ['an unseen character between elements', `${doctors}\u200b${rest}`, 'un carattere invisibile, U+200B'],
])('a message in another client style: %s', (_title, inside, expected) => {
  expect(finding(inside)).toContain(expected);
});

test('all findings together, up to five, each with its element', () => {
  const message = finding(doctors.replaceAll(CF, 'x') + person.replace(CF, 'x') + day('x'));
  for (const name of [
    'codiceFiscaleMedico',
    'codiceFiscaleMedicoTitolare',
    'codiceFiscaleAssistito',
    'dataEsecuzioneTest',
  ]) {
    expect(message).toContain(`«${name}»`);
  }
});

test('valid values are read: white space collapsed, with the contract’s names', () => {
  const text = `<invioTestSierologico xmlns="${namespace}">${doctors}${person}${day('\n 2026-11-20\t')}</invioTestSierologico>`;
  expect(read(parseXml(text, defaultLimits))).toEqual({
    codiceFiscaleMedico: CF,
    codiceFiscaleMedicoTitolare: CF,
    codiceFiscaleAssistito: CF,
    dataEsecuzioneTest: '2026-11-20',
  });
});

test('text with attributes is read as both', () => {
  const readPinCode = compileReader(testSierologici.headers.pinCode, namespace);
  const pinCode = (attributes: string) =>
    parseXml(`<pinCode xmlns="${namespace}"${attributes}>QUFB QUFB</pinCode>`, defaultLimits);
  expect(readPinCode(pinCode(''))).toEqual({ text: 'QUFB QUFB' });
  expect(readPinCode(pinCode(' algoritmo=" RSA-OAEP "'))).toEqual({ text: 'QUFB QUFB', algoritmo: 'RSA-OAEP' });
  expect(() => readPinCode(pinCode(' algoritmo="RSA"'))).toThrow('attributo algoritmo: lunghezza non ammessa');
  expect(() => readPinCode(pinCode(' p:algoritmo="RSA-OAEP" xmlns:p="urn:p"'))).toThrow('algoritmo non previsto');
});

test('an answer follows the schema, whatever the order of its value', () => {
  const compiled = compileWriter({
    name: 'r',
    optional: false,
    many: false,
    children: [
      { name: 'a', optional: false, many: false, lexical: 'string' },
      { name: 'b', optional: true, many: false, lexical: 'long' },
      { name: 'c', optional: true, many: true, lexical: 'string' },
    ],
  });
  const write = (value: unknown) => writtenText(compiled, value);
  expect(write({ c: ['1', '2'], a: '<&>"\u0000\ud800' })).toBe(
    '<r><a>&lt;&amp;&gt;"\ufffd\ufffd</a><c>1</c><c>2</c></r>',
  );
  expect(write({ b: 999_999_999_999_999, a: '' })).toBe('<r><a></a><b>999999999999999</b></r>');
  expect(() => write({ b: 1 })).toThrow('a is missing');
  expect(() => write({ a: null })).toThrow('no text');
  expect(() => write({ a: '', b: Number.NaN })).toThrow('no text');
});

test('a long answer is written in pieces, whatever its characters', () => {
  const item = { name: 'i', optional: true, many: true, lexical: 'string' } as const;
  const write = compileWriter({ name: 'r', optional: false, many: false, children: [item] });
  for (const text of ['x', 'é', '😀', '&', 'Ò<Š>&€']) {
    const content = envelopeAround('1.1', write, { i: Array.from({ length: 20_000 }, () => text) });
    const root = parseXml(textOfUtf8(content), { ...defaultLimits, elements: 30_000 });
    const values = root.children[0]?.children[0]?.children.map((child) => child.text) ?? [];
    expect(values).toHaveLength(20_000);
    expect(new Set(values)).toEqual(new Set([text]));
  }
});

describe('rows', () => {
  const fields = ['a', 'b'].map((name) => ({ name, optional: false, many: false, lexical: 'string' }) as const);
  const row = { name: 'i', optional: true, many: true, children: fields };
  const write = compileWriter({ name: 'r', optional: false, many: false, children: [row] });
  const rowsOf = (pairs: readonly (readonly [unknown, unknown])[]) => ({ i: pairs.map(([a, b]) => ({ b, a })) });

  test('contain their values, whatever the characters', () => {
    const special = [
      'A',
      'é',
      '&',
      '<',
      '>',
      '"',
      '\r',
      '\n',
      '\t',
      'Š',
      '€',
      '😀',
      '\ud800',
      '\udc00',
      '\u007f',
      '\u0000',
    ];
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(...special), maxLength: 40 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 60 }), (pairs) => {
        const rows = pairs.map(([a, b]) => `<i><a>${escapeText(a)}</a><b>${escapeText(b)}</b></i>`);
        expect(writtenText(write, rowsOf(pairs))).toBe(`<r>${rows.join('')}</r>`);
      }),
      { numRuns: 500 },
    );
  });

  test('may be many, long, numbers; an incomplete one is an error, and does not affect others', () => {
    const long = 'x'.repeat(100_000);
    const good = rowsOf([
      [long, 1],
      ['é'.repeat(100_000), true],
      ['', 'Ò'],
    ]);
    const written = `<r><i><a>${long}</a><b>1</b></i><i><a>${'é'.repeat(100_000)}</a><b>true</b></i><i><a></a><b>Ò</b></i></r>`;
    for (const bad of [undefined, null, {}, Number.NaN]) {
      expect(() =>
        writtenText(
          write,
          rowsOf([
            ['1', '2'],
            ['3', bad],
          ]),
        ),
      ).toThrow('b: a value of type');
      expect(writtenText(write, good)).toBe(written);
    }
    expect(() => writtenText(write, { i: [null] })).toThrow('an object is expected');
    const many = rowsOf(Array.from({ length: 50_000 }, (_, index) => [`Nicolò ${index}`, 'x']));
    expect(writtenText(write, many)).toBe(
      `<r>${many.i.map(({ a }) => `<i><a>${String(a)}</a><b>x</b></i>`).join('')}</r>`,
    );
  });

  test('of a long answer are written into recycled buffers', () => {
    const places = new Set<ArrayBufferLike>();
    for (const name of ['Anna', 'Bo']) {
      const content = envelopeAround('1.1', write, rowsOf(Array.from({ length: 1_000 }, () => [name, name])));
      if (typeof content === 'string') throw new Error('a long answer is bytes');
      const rows = `<i><a>${name}</a><b>${name}</b></i>`.repeat(1_000);
      expect(textOfUtf8(content)).toContain(`<soap:Body><r>${rows}</r></soap:Body></soap:Envelope>`);
      places.add(content.buffer);
      release(content);
    }
    expect(places.size).toBe(1);
  });
});

test('a fault in either version, text escaped, no detail for headers in 1.1', () => {
  const write = compileFaultWriter(testSierologici);
  const facts = { faultClass: 'Client', codice: 'PROVA', message: 'è < b & c', campo: 'x', riga: 3 } as const;
  const written = (...args: Parameters<typeof write>) => textOfUtf8(write(...args));
  const v11 = written('1.1', facts, 'id-1');
  expect(v11).toContain('<faultcode>soap:Client</faultcode><faultstring xml:lang="it">è &lt; b &amp; c</faultstring>');
  expect(v11).toMatch(/<codice>PROVA<\/codice><campo>x<\/campo><riga>3<\/riga><idRichiesta>id-1<\/idRichiesta>/);
  expect(written('1.2', facts, 'id-1')).toContain('<soap:Value>soap:Sender</soap:Value>');
  expect(written('1.1', { ...facts, faultClass: 'MustUnderstand' }, 'id-1')).not.toContain('<detail>');
});
