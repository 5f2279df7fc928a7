/** The tree of a message, its limits at their exact values, and what is refused of XML. */
import { expect, test } from '@jest/globals';
import { SoapFault } from '../../src/platform/soap/index.js';
import { parseXml } from '../../src/platform/soap/xml.js';

const limits = { bodyBytes: 10_000, depth: 4, elements: 10, attributesPerElement: 3, nameLength: 8, valueLength: 20 };

function outcome(text: string): string {
  try {
    parseXml(text, limits);
    return 'accepted';
  } catch (error) {
    if (error instanceof SoapFault) return error.facts.codice;
    throw error;
  }
}

test('namespaces, attributes, text and lines', () => {
  const root = parseXml(
    '<a xmlns="urn:1" xmlns:p="urn:2">\n <p:b x="1" p:y="2">t&amp;<![CDATA[<]]></p:b>\n</a>',
    limits,
  );
  expect(root).toMatchObject({ name: 'a', namespace: 'urn:1', line: 1, attributes: [] });
  expect(root.children).toHaveLength(1);
  expect(root.children[0]).toMatchObject({
    name: 'b',
    namespace: 'urn:2',
    line: 2,
    text: 't&<',
    attributes: [
      { namespace: '', name: 'x', value: '1' },
      { namespace: 'urn:2', name: 'y', value: '2' },
    ],
  });
});

test.each([
  ['depth', (n: number) => '<a>'.repeat(n) + '</a>'.repeat(n), 4],
  ['elements', (n: number) => `<r>${'<a/>'.repeat(n - 1)}</r>`, 10],
  ['attributes', (n: number) => `<r${Array.from({ length: n }, (_, i) => ` a${i}=""`).join('')}/>`, 3],
  [
    'namespace declarations',
    (n: number) => `<r${Array.from({ length: n }, (_, i) => ` xmlns:a${i}="u"`).join('')}/>`,
    3,
  ],
  ['name of an element', (n: number) => `<${'n'.repeat(n)}/>`, 8],
  ['name of an attribute', (n: number) => `<a ${'n'.repeat(n)}=""/>`, 8],
  ['text', (n: number) => `<a>${'t'.repeat(n)}</a>`, 20],
  ['text in pieces', (n: number) => `<a>${'<![CDATA[t]]>'.repeat(n)}</a>`, 20],
  ['value of an attribute', (n: number) => `<a b="${'v'.repeat(n)}"/>`, 20],
])('limit of %s: reached, and passed', (_title, make, limit) => {
  expect(outcome(make(limit))).toBe('accepted');
  expect(outcome(make(limit + 1))).toBe('LIMITE_SUPERATO');
});

test.each([
  ['<!DOCTYPE a><a/>', 'DOCTYPE_NON_AMMESSO'],
  ['<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', 'DOCTYPE_NON_AMMESSO'],
  ['<?a b?><a/>', 'ISTRUZIONE_NON_AMMESSA'],
  ['<?xml version="1.0"?><?a b?><a/>', 'ISTRUZIONE_NON_AMMESSA'],
  ['<a><?b?></a>', 'ISTRUZIONE_NON_AMMESSA'],
  ['<a/><?b?>', 'ISTRUZIONE_NON_AMMESSA'],
  ['<?xml version="1.0"?><a/>', 'accepted'],
  ['<a>1<!-- -->2</a>', 'COMMENTO_NON_AMMESSO'],
  ['<a><!-- -->12</a>', 'COMMENTO_NON_AMMESSO'],
  ['<!-- --><a><!-- --><b/></a><!-- -->', 'accepted'],
  ['<a>&x;</a>', 'XML_NON_VALIDO'],
  ['<a>&#0;</a>', 'XML_NON_VALIDO'],
  ['<a b="1" b="2"/>', 'XML_NON_VALIDO'],
  ['<p:a/>', 'XML_NON_VALIDO'],
  ['<a></b>', 'XML_NON_VALIDO'],
  ['<a>', 'XML_NON_VALIDO'],
  ['', 'XML_NON_VALIDO'],
  ['testo', 'XML_NON_VALIDO'],
  ['<a/><a/>', 'XML_NON_VALIDO'],
])('%s: %s', (text, expected) => {
  expect(outcome(text)).toBe(expected);
});

test('names of Object.prototype are names like others', () => {
  const root = parseXml('<r __proto__="1" xmlns:toString="u"><toString:valueOf/></r>', { ...limits, nameLength: 40 });
  expect(root.attributes).toEqual([{ namespace: '', name: '__proto__', value: '1' }]);
  expect(root.children[0]).toMatchObject({ namespace: 'u', name: 'valueOf' });
});

test('the fault says where', () => {
  expect(() => parseXml('<a>\n\n<b>&x;</b></a>', limits)).toThrow(/entità non definita alla riga 3, colonna \d+/);
});
