/**
 * Our validation compared with libxml2: for every kind of type and content model that a contract may have, the same
 * messages are valid. The generator reads the schema, as for the contracts, so that translation and check are tested
 * together.
 */
import { expect, test } from '@jest/globals';
import { XmlDocument, XmlLibError, XsdValidator } from 'libxml2-wasm';
import { readSchema } from '../../src/dev/codegen/schema.js';
import { elementShape } from '../../src/dev/codegen/typescript.js';
import { parseTree } from '../../src/dev/codegen/xml-tree.js';
import { SoapFault, defaultLimits } from '../../src/platform/soap/index.js';
import { compileReader } from '../../src/platform/soap/reader.js';
import { parseXml } from '../../src/platform/soap/xml.js';

const NAMESPACE = 'urn:prova';

/** Name of the type to its base and facets. */
const TYPES: Readonly<Record<string, readonly [base: string, facets: string]>> = {
  testo: ['xs:string', ''],
  testoCorto: ['xs:string', '<xs:minLength value="1"/><xs:maxLength value="3"/>'],
  parola: ['xs:token', ''],
  parolaDiTre: ['xs:token', '<xs:length value="3"/>'],
  parolaCorta: ['t:parola', '<xs:minLength value="0"/><xs:maxLength value="4"/>'],
  derivata: ['t:parolaCorta', '<xs:maxLength value="2"/><xs:pattern value="[a-z]*"/>'],
  derivataDueVolte: ['t:derivata', '<xs:pattern value="a.*"/><xs:pattern value=".*b"/>'],
  elenco: ['xs:token', '<xs:enumeration value="uno"/><xs:enumeration value="due tre"/>'],
  elencoEsatto: ['xs:string', '<xs:enumeration value="uno"/><xs:enumeration value=" due"/>'],
  spazi: ['xs:string', '<xs:pattern value="\\s*\\S+\\s"/>'],
  punto: ['xs:string', '<xs:pattern value="a.c"/>'],
  segni: ['xs:token', '<xs:pattern value="\\^$?[+\\-.^$]*|[\\-a-c]{2}|x{2,}y?|\\(\\)|[^a-z]/"/>'],
  dollaro: ['xs:token', '<xs:pattern value="^a$|b"/>'],
  // libxml2 collapses white space around a date of a restricted type only; the specification does for all.
  giorno: ['xs:date', '<xs:pattern value=".*"/>'],
  giornoSenzaFuso: ['xs:date', '<xs:pattern value="[0-9]{4}-[0-9]{2}-[0-9]{2}"/>'],
  istante: ['xs:dateTime', '<xs:pattern value=".*"/>'],
  lungo: ['xs:long', ''],
  intero: ['xs:int', ''],
  positivo: ['xs:long', '<xs:pattern value="[1-9][0-9]{0,14}"/><xs:minInclusive value="1"/><xs:maxInclusive value="999999999999999"/>'],
  daMenoDueATre: ['xs:int', '<xs:minInclusive value="-2"/><xs:maxInclusive value="3"/>'],
  vero: ['xs:boolean', ''],
  soloVero: ['xs:boolean', '<xs:pattern value="true|1"/>'],
}; // prettier-ignore

const PAIR = `<xs:element name="a" type="xs:token"/><xs:element name="b" type="xs:int"/>`;
const MODELS: Readonly<Record<string, string>> = {
  coppia: PAIR,
  facoltativi: `<xs:element name="a" type="xs:token" minOccurs="0"/><xs:element name="b" type="xs:int" minOccurs="0"/>`,
  ripetuti: `<xs:element name="a" type="xs:token" maxOccurs="unbounded"/><xs:element name="b" type="xs:int" minOccurs="0" maxOccurs="unbounded"/>`,
  primoFacoltativo: `<xs:element name="a" type="xs:token" minOccurs="0"/><xs:element name="b" type="xs:int"/>`,
  dentro: `<xs:element name="a" type="t:Coppia" minOccurs="0" maxOccurs="unbounded"/><xs:element name="b" type="t:Attribuito"/>`,
};

const XSD = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="${NAMESPACE}" targetNamespace="${NAMESPACE}" elementFormDefault="qualified">
${Object.entries(TYPES)
  .map(
    ([name, [base, facets]]) =>
      `<xs:simpleType name="${name}"><xs:restriction base="${base}">${facets}</xs:restriction></xs:simpleType><xs:element name="${name}" type="t:${name}"/>`,
  )
  .join('\n')}
<xs:complexType name="Coppia"><xs:sequence>${PAIR}</xs:sequence></xs:complexType>
<xs:complexType name="Attribuito"><xs:simpleContent><xs:extension base="t:parolaCorta">
  <xs:attribute name="u" type="t:elenco" use="required"/><xs:attribute name="v" type="xs:int"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:element name="attribuito" type="t:Attribuito"/>
${Object.entries(MODELS)
  .map(
    ([name, content]) =>
      `<xs:element name="${name}"><xs:complexType><xs:sequence>${content}</xs:sequence></xs:complexType></xs:element>`,
  )
  .join('\n')}
</xs:schema>`;

const document = XmlDocument.fromString(XSD);
const validator = XsdValidator.fromDoc(document);
document.dispose();
const schema = readSchema(parseTree(XSD, 'prova.xsd'));

function isValidByLibxml2(xml: string): boolean {
  try {
    const parsed = XmlDocument.fromString(xml);
    try {
      validator.validate(parsed);
      return true;
    } finally {
      parsed.dispose();
    }
  } catch (error) {
    if (error instanceof XmlLibError) return false;
    throw error;
  }
}

const readers = new Map(
  [...schema.elements].map(([name, element]) => [name, compileReader(elementShape(element), NAMESPACE)]),
);

function isValidByUs(name: string, xml: string): boolean {
  try {
    readers.get(name)?.(parseXml(xml, defaultLimits));
    return true;
  } catch (error) {
    if (error instanceof SoapFault) return false;
    throw error;
  }
}

/** @returns the documents on which the two disagree, and how many were valid */
function compare(name: string, insides: readonly string[]): { differ: string[]; valid: number } {
  const documents = insides.map((inside) => `<t:${name} xmlns:t="${NAMESPACE}"${inside}</t:${name}>`);
  const opinions = documents.map((xml) => ({ xml, ours: isValidByUs(name, xml), theirs: isValidByLibxml2(xml) }));
  return {
    differ: opinions.filter(({ ours, theirs }) => ours !== theirs).map(({ xml, ours }) => `${xml} ours: ${ours}`),
    valid: opinions.filter(({ theirs }) => theirs).length,
  };
}

const DAYS = [
  '2020-01-31', '2020-02-29', '2019-02-29', '1900-02-29', '2000-02-29', '2020-04-31', '2020-00-01', '2020-13-01', '2020-01-00', '2020-01-32',
  '0000-01-01', '0001-01-01', '-0001-01-01', '-0004-02-29', '-2020-02-29', '12020-02-29', '02020-01-01', '12100-02-29', '00000-01-01', '202-01-01', '2020-1-1', '20200101',
  '2020-01-01Z', '2020-01-01z', '2020-01-01+14:00', '2020-01-01+14:01', '2020-01-01-13:59', '2020-01-01+15:00', '2020-01-01+01:60', '2020-01-01+1:00', '2020-01-01 Z',
  '+2020-01-01', '2020-01-01T00:00:00', '٢٠٢٠-٠١-٠١', '2020‑01‑01', '2020-01-01x',
]; // prettier-ignore
const TIMES = [
  'T00:00:00', 'T23:59:59', 'T24:00:00', 'T24:00:00.0', 'T24:00:01', 'T24:00:00.1', 'T23:60:00', 'T23:59:60', 'T1:00:00', 'T00:00', 'T00:00:00.123', 'T00:00:00.',
  'T00:00:00.1234567890', 'T00:00:00Z', 'T00:00:00.5+02:00', 'T00:00:00-14:01', 't00:00:00', ' 00:00:00', 'T00:00:00+2:00',
].map((time) => `2020-02-29${time}`); // prettier-ignore
const NUMBERS = [
  '0', '-0', '+0', '1', '+1', '01', '-2', '-3', '3', '4', '007', '1.0', '1.', '1e3', '0x10', 'NaN', 'INF', '--1', '1 2', '١', '2147483647', '2147483648', '-2147483648', '-2147483649',
  '999999999999999', '1000000000000000', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809', '00000000000000000000000000001',
]; // prettier-ignore
const WORDS = [
  '', 'a', 'ab', 'abc', 'abcd', 'abcde', 'b', 'b a', 'a b', 'a\u00a0b', 'uno', 'UNO', 'due tre', 'due  tre', ' due', 'due', 'tre', 'true', 'false', 'TRUE', '😀', '😀😀', '😀😀😀', '😀😀😀😀', 'e\u0301', 'à',
  'a😀c', 'a&#10;c', 'a&#13;c', 'a\u2028c', 'a c', '^', '^$', '^$+-', '^+x', '-a', 'bc', 'xx', 'xxxyy', 'xxy', '()', '1/', 'a/', '^a$', 'a$', '\u0085', '\u200b', '\ufeff', '\u3000',
]; // prettier-ignore
const BLANKS = [(text: string) => text, (text: string) => ` ${text}\n`, (text: string) => `&#9;${text}&#13;`];
const TEXTS = [...DAYS, ...TIMES, ...NUMBERS, ...WORDS].flatMap((text) => BLANKS.map((blank) => `>${blank(text)}`));

test.each(Object.keys(TYPES))('texts of type %s', (name) => {
  const { differ, valid } = compare(name, TEXTS);
  expect(differ).toEqual([]);
  expect(valid).toBeGreaterThan(0);
  if (name !== 'testo' && name !== 'parola') expect(valid).toBeLessThan(TEXTS.length);
});

test('attributes: required, declared, of a namespace, of a wrong value', () => {
  const insides = [
    '',
    ' u="uno"',
    ' u=" uno "',
    ' u=""',
    ' u="x"',
    ' u="uno" v="1"',
    ' u="uno" v="x"',
    ' v="1"',
    ' u="uno" w="1"',
    ' u="uno" xml:lang="it"',
    ' u="uno" t:u="uno"',
    ' t:u="uno"',
  ];
  const { differ, valid } = compare('attribuito', insides.flatMap((attributes) => [`${attributes}>ab`, `${attributes}>abcde`, `${attributes}><x/>`])); // prettier-ignore
  expect(differ).toEqual([]);
  expect(valid).toBe(3);
});

test.each(Object.keys(MODELS))('every sequence of up to four elements in %s', (name) => {
  const pieces = ['<t:a>x</t:a>', '<t:b>1</t:b>', '<t:b>x</t:b>', '<a/>', '<t:c/>', '<t:a><t:a/><t:b>1</t:b></t:a>', '<t:b u="uno"/>'];
  let sequences = [''];
  const all = ['', ' ', 'x', '&#160;', '<!-- -->'].map((text) => `>${text}`);
  for (let length = 1; length <= 4; length++) {
    sequences = sequences.flatMap((before) => pieces.map((piece) => before + piece));
    all.push(...sequences.map((sequence) => `>${sequence}`), ...sequences.slice(0, 50).map((sequence) => `>${sequence}x`), ...sequences.slice(0, 50).map((sequence) => ` id="1">${sequence}`)); // prettier-ignore
  }
  const { differ, valid } = compare(name, all);
  expect(differ).toEqual([]);
  expect(valid).toBeGreaterThan(0);
}); // prettier-ignore
