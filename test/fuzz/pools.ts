/** The material of mutations: values of every field, valid and borderline; names, namespaces, bytes. */
import fc from 'fast-check';
import { SUBJECTS } from './subjects.js';

/** Of all contracts: names of another contract must be refused like any unknown one. */
const CONTRACTS = SUBJECTS.map(({ contract }) => contract);
const OPERATIONS = CONTRACTS.flatMap(({ operations }) => Object.values(operations));

/** Occurs in the sent values, never in what may be logged. */
export const CANARY = 'CANARINO';

const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

const PERSON = fc.stringMatching(
  /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/,
);

const two = (value: number): string => String(value).padStart(2, '0');

/** Including invalid days: month 13, 30 February, year 0. */
const DATE = fc
  .tuple(fc.constantFrom(0, 1, 4, 100, 1900, 1999, 2000, 2020, 2024, 2100, 9999), fc.nat(13), fc.nat(32))
  .map(([year, month, day]) => `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`);

const DATE_FORMS = fc.constantFrom(
  '2020-09-01Z', '2020-09-01+02:00', '2020-09-01T00:00:00', '-2020-09-01', '02020-09-01', '12020-09-01', '2020-9-1',
  '20200901', '01/09/2020', '2020-02-30', '2019-02-29', '2000-02-29', '1900-02-29', '2020-00-10', '2020-13-01', '0000-01-01',
  '२०२०-०९-०१', '２０２０-０９-０１', '2020‑09‑01',
); // prettier-ignore

const NUMBER = fc.constantFrom(
  '0', '1', '-1', '+1', '01', '1.0', '1e3', '0x10', 'NaN', 'INF', '-0', '999999999999999', '1000000000000000', '9007199254740993',
  '9223372036854775807', '9223372036854775808', '-9223372036854775809', '١٢٣', '１２３', '1_000', '1 000', '',
); // prettier-ignore

/** White space of XML, characters that look like it, and characters that XML cannot contain. */
const BLANK = fc.constantFrom(
  ' ',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\u00a0',
  '\u0085',
  '\u2028',
  '\u2003',
  '\u3000',
  '\ufeff',
  '\u200b',
  '\u000b',
);
const ODD = fc.constantFrom(
  '\u0000', '\u0001', '\u0008', '\u001f', '\u007f', '\u0080', '\u009f', '\ud800', '\udfff', '\ufffe', '\uffff', '\u202e', '😀', 'é', 'e\u0301', 'ß', 'İ',
  ']]>', '<!--', '-->', '&amp;', '&lt;', '&#0;', '%s', "'", '"', '\\', '$&', '${today}', "'; DROP TABLE x; --", '../../etc/passwd', '\n{"level":"error"}',
); // prettier-ignore

/** The words of enumerated fields, and near misses. */
const WORD = fc
  .constantFrom(
    ...OPERATIONS.flatMap(({ request }) => request.children ?? []).flatMap(({ facets }) => facets?.values ?? []),
  )
  .chain((word) => fc.constantFrom(word, word, word, ` ${word} `, word.toLowerCase(), `${word}_`, word.slice(1)));

const LONG = fc
  .tuple(
    fc.constantFrom('A', '9', ' ', 'é', '😀'),
    fc.constantFrom(12, 16, 17, 100, 1_024, 4_095, 4_096, 4_097, 10_000),
  )
  .map(([piece, times]) => piece.repeat(times));

/** A value for any field: mostly of one of the contract's forms, so that many messages stay valid. */
export const VALUE: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: PERSON },
  { weight: 2, arbitrary: fc.stringMatching(/^[0-9]{10,12}$/) },
  { weight: 2, arbitrary: fc.stringMatching(/^STP[0-9]{12,14}$/) },
  { weight: 4, arbitrary: DATE },
  { weight: 2, arbitrary: DATE_FORMS },
  { weight: 3, arbitrary: NUMBER },
  { weight: 2, arbitrary: fc.nat().map(String) },
  { weight: 3, arbitrary: WORD },
  { weight: 2, arbitrary: ODD },
  { weight: 1, arbitrary: LONG },
  { weight: 1, arbitrary: fc.constantFrom('', CANARY, `${CANARY} ROSSI`, 'true', 'null', '[object Object]') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 2, arbitrary: fc.tuple(BLANK, PERSON, BLANK).map((parts) => parts.join('')) },
  { weight: 2, arbitrary: fc.tuple(BLANK, DATE, BLANK).map((parts) => parts.join('')) },
);

export const FILLER: fc.Arbitrary<string> = fc.oneof(BLANK, BLANK, ODD, fc.constantFrom('x', CANARY));

const NAMES_OF_THE_CONTRACTS = [
  ...new Set([
    ...OPERATIONS.flatMap(({ request, response }) => [
      request.name,
      response.name,
      ...(request.children ?? []).map((child) => child.name),
    ]),
    ...CONTRACTS.flatMap(({ headers, fault }) => [...Object.keys(headers), fault.name]),
  ]),
];

export const LOCAL_NAME: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...NAMES_OF_THE_CONTRACTS) },
  { weight: 2, arbitrary: fc.constantFrom('Envelope', 'Header', 'Body', 'Fault', 'Action', 'Security') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'x', 'é', '_', 'a.b', 'a-b', 'xml', '1x', 'a b', '', 'a:b:c', CANARY, '名', '𐐀', '\u00b7', 'n'.repeat(128), 'n'.repeat(129)),
  },
); // prettier-ignore

export const PREFIX: fc.Arbitrary<string> = fc.constantFrom(
  '',
  'tes',
  'soapenv',
  'x',
  'xml',
  'xmlns',
  'undeclared',
  '__proto__',
);

export const NAMESPACE_URI: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...CONTRACTS.map(({ namespace }) => namespace), SOAP_11, SOAP_12, XSI),
  fc.constantFrom(
    ...CONTRACTS.flatMap(({ namespace, wsdlNamespace }) => [wsdlNamespace, `${namespace} `, namespace.toUpperCase()]), '', 'urn:altro', 'relative', 'http://a b/',
    'http://www.w3.org/XML/1998/namespace', 'http://www.w3.org/2000/xmlns/', 'http://www.w3.org/2005/08/addressing', '%', '[',
  ),
); // prettier-ignore

export const ATTRIBUTE: fc.Arbitrary<[name: string, value: string]> = fc.oneof(
  fc.constantFrom<[string, string][]>(
    ['id', '__proto__'], ['href', '#x'], ['algoritmo', 'RSA-OAEP'], ['xml:lang', 'it'], ['xml:space', 'preserve'], ['xml:id', '1'], ['xsi:type', 'xs:string'],
    ['xsi:nil', 'true'], ['xsi:schemaLocation', 'urn:a a.xsd'], ['soapenv:mustUnderstand', '1'], ['soapenv:mustUnderstand', 'maybe'], ['soapenv:actor', 'urn:altro'],
    ['soapenv:encodingStyle', 'http://schemas.xmlsoap.org/soap/encoding/'], ['xmlns:xsi', XSI], ['xmlns:tes', ''], ['xmlns:xml', 'urn:altro'], ['xmlns', ''],
    ['xmlns:xmlns', 'urn:a'], ['constructor', 'x'], ['1', 'x'], ['n'.repeat(129), 'x'],
  ),
  fc.tuple(LOCAL_NAME, VALUE),
); // prettier-ignore

/** For before and after the root. */
export const OUTSIDE: fc.Arbitrary<string> = fc.constantFrom(
  '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-8"?>', '<?xml version="1.0" encoding="utf-8" standalone="yes"?>', '<?xml version="1.1"?>',
  '<?xml version="2.0"?>', '<?xml version="1.0" encoding="ISO-8859-1"?>', '<?xml version="1.0" encoding="UTF-16"?>', '<?xml version="1.0" encoding="x"?>',
  '<?xml?>', '<?xml encoding="UTF-8"?>', "<?xml version='1.0' standalone='maybe'?>", '<?xml-stylesheet href="a"?>', '<?php x?>', '<!-- x -->', '<!-- -- -->', '\ufeff',
  '<!DOCTYPE a>', '<!DOCTYPE a [<!ENTITY e "x">]>', '<!DOCTYPE a SYSTEM "file:///etc/hostname">', ' ', '\n', 'x', '\u00a0', '&#32;', '<a/>', '<![CDATA[ ]]>',
); // prettier-ignore

/** For the middle of a file. */
export const BYTES: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .constantFrom('<', '>', '&', '"', "'", '=', '/', '?', '!', ']]>', '<![CDATA[', '<!--', '-->', '<?x y?>', '&#x0;', '&#55296;', '&e;', '&amp', 'xmlns=""', '</')
    .map((text) => Buffer.from(text)),
  fc.constantFrom([0], [0xff], [0xfe, 0xff], [0xff, 0xfe], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xef, 0xbf, 0xbf], [0xc2, 0x85], [0x0b], [0x80]).map((bytes) => Buffer.from(bytes)),
  fc.uint8Array({ minLength: 1, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
); // prettier-ignore

export const CONTENT_TYPE: fc.Arbitrary<string> = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom('text/xml; charset=utf-8', 'application/soap+xml; charset=utf-8', 'text/xml') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('text/xml; charset="UTF-8"', 'text/xml; charset=ISO-8859-1', 'text/xml; charset=utf-16', 'application/xml', 'text/xml;charset=x', 'text/xml; charset', 'text/plain', 'application/soap+xml; action=""', 'text/xml; =; ;;'),
  },
); // prettier-ignore

export const SOAP_ACTION: fc.Arbitrary<string | undefined> = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom(undefined, '""') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...OPERATIONS.map(({ soapAction }) => `"${soapAction}"`)),
  },
  { weight: 1, arbitrary: fc.constantFrom('"', 'x', '"__proto__"', "''", `"${CANARY}"`) },
);
