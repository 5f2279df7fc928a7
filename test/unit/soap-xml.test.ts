/** The tree of a message, its limits at their exact values, and the refused parts of XML. */
import { expect, test } from '@jest/globals';
import { SoapFault } from '../../src/platform/soap/index.js';
import { parseXml } from '../../src/platform/soap/xml.js';
import type { XmlElement } from '../../src/platform/soap/xml.js';

const limits = {
  bodyBytes: 10_000,
  depth: 4,
  elements: 10,
  attributesPerElement: 3,
  namespaces: 5,
  nameLength: 8,
  valueLength: 20,
};

function outcome(text: string, within = limits): string {
  try {
    parseXml(text, within);
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
  [
    'namespaces in force',
    (n: number) => {
      const tags = Array.from(
        { length: Math.ceil(n / 2) },
        (_, i) => `<a xmlns:b${i}="u"${2 * i + 1 < n ? ` xmlns:c${i}="u"` : ''}>`,
      );
      return tags.join('') + '</a>'.repeat(tags.length);
    },
    5,
  ],
  ['name of an element', (n: number) => `<${'n'.repeat(n)}/>`, 8],
  ['name of an attribute', (n: number) => `<a ${'n'.repeat(n)}=""/>`, 8],
  ['text', (n: number) => `<a>${'t'.repeat(n)}</a>`, 20],
  ['text in pieces', (n: number) => `<a>${'<![CDATA[t]]>'.repeat(n)}</a>`, 20],
  ['value of an attribute', (n: number) => `<a b="${'v'.repeat(n)}"/>`, 20],
])('limit of %s: at it, and beyond', (_title, make, limit) => {
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
  ['<a/>testo', 'XML_NON_VALIDO'],
  ['<a/>&#32;', 'XML_NON_VALIDO'],
  ['<a/>\n<!-- -->\t', 'accepted'],
  ['<a/><![CDATA[ ]]>', 'XML_NON_VALIDO'],
  ['<![CDATA[ ]]><a/>', 'XML_NON_VALIDO'],
  ['<a>]]></a>', 'XML_NON_VALIDO'],
  ['<a>]]&gt;</a>', 'accepted'],
  ['<a b="]]>"/>', 'accepted'],
  ['<a><![CDATA[]]]]><![CDATA[>]]></a>', 'accepted'],
  ['<a><![CDATA[</a>', 'XML_NON_VALIDO'],
  ['<a><![cdata[x]]></a>', 'XML_NON_VALIDO'],
  ['<!-- a -- b --><a/>', 'XML_NON_VALIDO'],
  ['<!-- a ---><a/>', 'XML_NON_VALIDO'],
  ['<!--><a/>', 'XML_NON_VALIDO'],
  ['<!----><a/>', 'accepted'],
  ['<!-- <a/>', 'XML_NON_VALIDO'],
  ['<a><!DOCTYPE a></a>', 'DOCTYPE_NON_AMMESSO'],
  ['<!ELEMENT a><a/>', 'XML_NON_VALIDO'],
  ['<?xml version="1.0" encoding="UTF-8" standalone=\'yes\' ?>\n<a/>', 'accepted'],
  ['<?xml version = "1.1"?><a/>', 'accepted'],
  ['<?xml encoding="UTF-8"?><a/>', 'XML_NON_VALIDO'],
  ['<?xml version="1.0" standalone="yes" encoding="UTF-8"?><a/>', 'XML_NON_VALIDO'],
  ['<?xml version="2.0"?><a/>', 'XML_NON_VALIDO'],
  ['<?xml?><a/>', 'XML_NON_VALIDO'],
  [' <?xml version="1.0"?><a/>', 'ISTRUZIONE_NON_AMMESSA'],
  ['<?xml-stylesheet x?><a/>', 'ISTRUZIONE_NON_AMMESSA'],
  ['<a b="<"/>', 'XML_NON_VALIDO'],
  ['<a b="&lt;"/>', 'accepted'],
  ["<a b='\"'/>", 'accepted'],
  ['<a b=1/>', 'XML_NON_VALIDO'],
  ['<a b/>', 'XML_NON_VALIDO'],
  ['<a b = "1"\n/>', 'accepted'],
  ['<a b="1"c="2"/>', 'XML_NON_VALIDO'],
  ['<a / >', 'XML_NON_VALIDO'],
  ['<a b="1', 'XML_NON_VALIDO'],
  ['<a', 'XML_NON_VALIDO'],
  ['<', 'XML_NON_VALIDO'],
  ['< a/>', 'XML_NON_VALIDO'],
  ['<a></a', 'XML_NON_VALIDO'],
  ['<a></ a>', 'XML_NON_VALIDO'],
  ['<a></a >', 'accepted'],
  ['<a></a b="1">', 'XML_NON_VALIDO'],
  ['</a>', 'XML_NON_VALIDO'],
  ['<a></></a>', 'XML_NON_VALIDO'],
  ['<a><b></a></b>', 'XML_NON_VALIDO'],
  ['<é/>', 'accepted'],
  ['<a\u00b7/>', 'accepted'],
  ['<\u00b7/>', 'XML_NON_VALIDO'],
  ['<\u{10400}/>', 'accepted'],
  ['<1a/>', 'XML_NON_VALIDO'],
  ['<-/>', 'XML_NON_VALIDO'],
  ['<a b="x\u0001"/>', 'XML_NON_VALIDO'],
  ['<a>\ufffe</a>', 'XML_NON_VALIDO'],
  ['<a>\ud800</a>', 'XML_NON_VALIDO'],
  ['<a>\u{1f600}</a>', 'accepted'],
  ['<a>&#x1F600;&#65;</a>', 'accepted'],
  ['<a>&#xD800;</a>', 'XML_NON_VALIDO'],
  ['<a>&#x110000;</a>', 'XML_NON_VALIDO'],
  ['<a>&#X41;</a>', 'XML_NON_VALIDO'],
  ['<a>&#;</a>', 'XML_NON_VALIDO'],
  ['<a>&</a>', 'XML_NON_VALIDO'],
  ['<a>&amp</a>', 'XML_NON_VALIDO'],
  ['<a>&amp;amp;</a>', 'accepted'],
  ['<a xmlns:p=""/>', 'XML_NON_VALIDO'],
  ['<a xmlns=""/>', 'accepted'],
  ['<a xmlns="u" xmlns="u"/>', 'XML_NON_VALIDO'],
  ['<a xmlns:p="u" xmlns:p="u"/>', 'XML_NON_VALIDO'],
  ['<xmlns:a/>', 'XML_NON_VALIDO'],
  ['<p:a xmlns:p="u" p:b=""/>', 'accepted'],
  ['<a xmlns:p="u" p:b="" b=""/>', 'accepted'],
  ['<a><b xmlns:p="u"/><p:c/></a>', 'XML_NON_VALIDO'],
  ['<:a/>', 'XML_NON_VALIDO'],
  ['<a:/>', 'XML_NON_VALIDO'],
  ['<a xml:b=""/>', 'accepted'],
  ['<a/><a/>', 'XML_NON_VALIDO'],
])('%s: %s', (text, expected) => {
  expect(outcome(text)).toBe(expected);
});

test.each([
  ['two prefixes of one namespace', '<a xmlns:p="u" xmlns:q="u" p:b="" q:b=""/>', 'XML_NON_VALIDO'],
  ['three parts', '<a:b:c xmlns:a="u"/>', 'XML_NON_VALIDO'],
  ['a local part that is not a name', '<p:1 xmlns:p="u"/>', 'XML_NON_VALIDO'],
  ['xmlns declared', '<a xmlns:xmlns="u"/>', 'XML_NON_VALIDO'],
  ['the namespace of xmlns', '<a xmlns="http://www.w3.org/2000/xmlns/"/>', 'XML_NON_VALIDO'],
  ['xml declared as itself', '<a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>', 'accepted'],
  ['xml declared as another', '<a xmlns:xml="u"/>', 'XML_NON_VALIDO'],
  ['another declared as xml', '<a xmlns:p="http://www.w3.org/XML/1998/namespace"/>', 'XML_NON_VALIDO'],
  ['xml as the default', '<a xmlns="http://www.w3.org/XML/1998/namespace"/>', 'XML_NON_VALIDO'],
])('namespaces: %s', (_title, text, expected) => {
  const wide = { ...limits, attributesPerElement: 4, nameLength: 20, valueLength: 100 };
  expect(outcome(text, wide)).toBe(expected);
});

test('white space: line ends are one character, in attributes a space, as a reference itself', () => {
  const root = parseXml('<a b="1\t2\r\n3&#10;4">5\r\n6\r7&#13;</a>', limits);
  expect(root.attributes[0]?.value).toBe('1 2 3\n4');
  expect(root.text).toBe('5\n6\n7\r');
  expect(parseXml('<a>\r\n\r<b/></a>', limits).children[0]?.line).toBe(3);
});

test('namespaces end with their element, and the default does not apply to attributes', () => {
  const root = parseXml('<a xmlns="u"><b xmlns="v" c="1"><d/></b><e xmlns=""/><f/></a>', limits);
  const names = ({ namespace, name, children }: XmlElement): string[] => [
    `${namespace}|${name}`,
    ...children.flatMap(names),
  ];
  expect(names(root)).toEqual(['u|a', 'v|b', 'v|d', '|e', 'u|f']);
  expect(root.children[0]?.attributes[0]?.namespace).toBe('');
});

test('names of Object.prototype are names like others', () => {
  const root = parseXml('<r __proto__="1" xmlns:toString="u"><toString:valueOf/></r>', { ...limits, nameLength: 40 });
  expect(root.attributes).toEqual([{ namespace: '', name: '__proto__', value: '1' }]);
  expect(root.children[0]).toMatchObject({ namespace: 'u', name: 'valueOf' });
});

test('the fault states the place', () => {
  expect(() => parseXml('<a>\n\n<b>&x;</b></a>', limits)).toThrow(
    /ben formato: entità non definita alla riga 3, colonna \d+/,
  );
  expect(() => parseXml('<a>\n<b', limits)).toThrow(/finisce a metà: errore di sintassi alla riga 2, colonna 3/);
  expect(() => parseXml('<a>\n<b>x</b>', limits)).toThrow(/finisce a metà: elemento «a» non chiuso alla riga 2/);
});

test.each([
  [
    '\n<?xml version="1.0"?><a/>',
    /la dichiarazione XML deve essere all’inizio, senza spazi né altro davanti \(riga 2\)/,
  ],
  ['<a><?xml version="1.0"?></a>', /la dichiarazione XML deve essere all’inizio/],
  ['<?xml encoding="UTF-8"?><a/>', /la dichiarazione non è nella forma <\?xml version="1\.0" encoding="UTF-8"\?>/],
  ['<a\u00a0b="c"/>', /colonna 3, dove c’è un carattere invisibile, U\+00A0 \(spazio unificatore\): toglierlo/],
  [
    '\n\u200b<a/>',
    /testo fuori dell’elemento radice alla riga 2, colonna 1, dove c’è un carattere invisibile, U\+200B/,
  ],
  ['<a>\u0008</a>', /carattere non ammesso, U\+0008/],
])('%j: the answer says what to send', (text, expected) => {
  expect(() => parseXml(text, limits)).toThrow(expected);
});

/** The result when Content-Length counts characters instead of bytes, or the sender stops. */
test('a truncated message is reported as incomplete, wherever it is cut', () => {
  const whole =
    '<?xml version="1.0"?><a:b xmlns:a="urn:x" c="d>"><e>f &amp; g</e><!-- h --><![CDATA[i]]><j k=\'l\'/></a:b>';
  for (let end = whole.indexOf('<a:b') + 1; end < whole.length; end++) {
    expect(() => parseXml(whole.slice(0, end), limits)).toThrow(/finisce a metà.*Il messaggio è incompleto/);
  }
  expect(() => parseXml(whole + 'x', limits)).toThrow(/riga 1, colonna \d+\.$/);
});
