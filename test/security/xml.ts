/** Attacks on the XML parser: entities, floods, and text that two parsers would read differently. */
import { attack, fault, served } from './attack.js';
import type { Attack, Expectation, Family } from './attack.js';
import { uncalled } from './callback.js';
import { envelope, goodMessage, list } from './messages.js';
import type { Target } from './target.js';

const doctype = fault('DOCTYPE_NON_AMMESSO');
const limit = fault('LIMITE_SUPERATO');
const malformed = fault('XML_NON_VALIDO');
const invalid = fault('MESSAGGIO_NON_VALIDO');
const comment = fault('COMMENTO_NON_AMMESSO');
const XINCLUDE = 'http://www.w3.org/2001/XInclude';

export const xmlFamily: Family = {
  name: 'XML',
  attacks(target) {
    const good = goodMessage(target);
    const field = (attributes: string) => envelope(target, list(target, { field: attributes }));
    const value = (doctor: string) => envelope(target, list(target, { doctor }));
    const laughs = Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('');
    return [
      uncalled('XXE: http', doctype, (_at, url) => `<!DOCTYPE a [<!ENTITY x SYSTEM "${url}">]>${value('&x;')}`),
      uncalled('external DTD', doctype, (_at, url) => `<!DOCTYPE a SYSTEM "${url}x.dtd">${value('x')}`),
      uncalled('XInclude: http', invalid, (_at, url) => value(`<i:include xmlns:i="${XINCLUDE}" href="${url}"/>`)),
      ...entities(target, value, laughs).map(([title, body]) => message(title, doctype, body)),
      ...floods(target, value).map(([title, body]) => message(title, limit, body)),
      message('undefined entity', malformed, value('&xxe;')),
      message('entity named constructor', malformed, value('&constructor;')),
      message('doctype in lower case', malformed, `<!doctype a>${good}`),
      message('DOCTYPE after the root', fault('DOCTYPE_NON_AMMESSO'), `${good}<!DOCTYPE a>`),
      message('XInclude', invalid, value(`<i:include xmlns:i="${XINCLUDE}" href="/etc/passwd"/>`)),
      message('processing instruction', fault('ISTRUZIONE_NON_AMMESSA'), `<?xml-stylesheet href="file:///x"?>${good}`),
      message(
        'second XML declaration',
        fault('ISTRUZIONE_NON_AMMESSA'),
        `<?xml version="1.0"?><?xml version="1.0"?>${good}`,
      ),
      message('XML 1.1 and its control characters', malformed, `<?xml version="1.1"?>${value('A&#1;')}`),
      message('reference to NUL', malformed, value('A&#0;')),
      message('reference to a surrogate', malformed, value('A&#xD800;')),
      message('two roots', malformed, good + good),
      message('cut short', malformed, good.slice(0, -20)),
      message('only white space', malformed, '   \n'),
      message('not XML', malformed, '{"jsonrpc":"2.0"}'),
      message('undeclared prefix', malformed, value('<z:a/>')),
      message('prefix bound to nothing', malformed, value('<z:a xmlns:z=""/>')),
      message('xml prefix bound anew', malformed, field(' xmlns:xml="urn:x"')),
      message(
        'a prefix bound to the namespace of prefixes',
        malformed,
        field(' xmlns:q="http://www.w3.org/2000/xmlns/"'),
      ),
      message('a prefix bound twice', malformed, field(' xmlns:q="urn:x" xmlns:q="urn:y"')),
      message('an attribute twice', malformed, field(' a="1" a="2"')),
      message('equal attributes by two prefixes', malformed, twice(target)),
      message('namespace that is no URI', invalid, field(' xmlns:q="%zz &lt;" q:a="1"')),
      message('attribute xml:lang', invalid, field(' xml:lang="it"')),
      message('«<» in an attribute', malformed, field(' a="<"')),
      message('end of a CDATA section in a text', malformed, value('A]]>')),
      message('comment that splits a value', comment, value('RSSM<!-- -->RA80A01H501U')),
      message(
        'comment that splits the pincode',
        comment,
        envelope(target, list(target), '<t:pinCode>AAAA<!-- -->AAAA</t:pinCode>'),
      ),
      message('comment that never ends', malformed, value('A<!-- ')),
      message('comment with two hyphens inside', malformed, `<!-- -- -->${good}`),
      message('CDATA that holds XML', invalid, value('<![CDATA[<t:codiceFiscaleMedico/>]]>')),
      message('the operation as CDATA', fault('BODY_NON_VALIDO'), envelope(target, `<![CDATA[${list(target)}]]>`)),
      ...['__proto__', 'constructor', 'prototype'].flatMap((name) => names(target, name)),
    ];
  },
};

function message(title: string, expectation: Expectation, body: string): Attack {
  return attack(title, expectation, (target) => target.post(body, { card: target.cardOf('secondDoctor') }));
}

function entities(target: Target, value: (text: string) => string, laughs: string): [string, string][] {
  return [
    ['XXE: file', `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${value('&x;')}`],
    ['XXE: public identifier', `<!DOCTYPE a [<!ENTITY x PUBLIC "-//x//" "file:///dev/random">]>${value('&x;')}`],
    ['XXE: parameter entity', `<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>${value('x')}`],
    ['bare DOCTYPE', `<!DOCTYPE Envelope>${goodMessage(target)}`],
    ['DOCTYPE behind a comment', `<!-- --><!DOCTYPE a []>${goodMessage(target)}`],
    ['billion laughs', `<!DOCTYPE a [<!ENTITY l0 "ha">${laughs}]>${value('&l9;')}`],
    ['quadratic blow-up', `<!DOCTYPE a [<!ENTITY q "${'q'.repeat(50_000)}">]>${value('&q;'.repeat(20_000))}`],
    ['default attributes', `<!DOCTYPE a [<!ATTLIST a b CDATA "c">]>${goodMessage(target)}`],
  ];
}

function floods(target: Target, value: (text: string) => string): [string, string][] {
  const many = (count: number, one: (index: number) => string) =>
    Array.from({ length: count }, (_, n) => one(n)).join('');
  const field = (attributes: string) => envelope(target, list(target, { field: attributes }));
  return [
    ['depth', value('<a>'.repeat(20_000))],
    ['depth, closed', value('<a>'.repeat(10_000) + '</a>'.repeat(10_000))],
    ['depth, one level too many', value('<a>'.repeat(29))],
    ['breadth', value('<a/>'.repeat(50_000))],
    ['breadth in the header', envelope(target, list(target), '<a/>'.repeat(50_000))],
    ['attributes', field(many(20_000, (n) => ` a${n}=""`))],
    ['prefixes', field(many(10_000, (n) => ` xmlns:p${n}="u"`))],
    [
      'prefixes of xsi on many elements',
      value(many(2_500, (n) => `<a xmlns:x${n}="http://www.w3.org/2001/XMLSchema-instance"/>`)),
    ],
    ['prefixes, a few on each of some elements', value(nested(12, (n) => many(12, (k) => ` xmlns:p${n}x${k}="u"`)))],
    ['element name', value(`<${'n'.repeat(100_000)}/>`)],
    ['element name, one letter too long', value(`<${'n'.repeat(129)}/>`)],
    ['attribute name', field(` ${'n'.repeat(100_000)}="1"`)],
    ['text', value('A'.repeat(200_000))],
    ['attribute value', field(` a="${'v'.repeat(200_000)}"`)],
    ['CDATA sections', value('<![CDATA[AA]]>'.repeat(10_000))],
    ['character references', value('&#65;'.repeat(40_000))],
  ];
}

/** Nested elements, each with attributes. */
function nested(depth: number, attributes: (level: number) => string): string {
  return Array.from({ length: depth }, (_, n) => `<a${attributes(n)}>`).join('') + '</a>'.repeat(depth);
}

function twice(target: Target): string {
  return envelope(target, list(target, { field: ' xmlns:a="urn:x" xmlns:b="urn:x" a:z="1" b:z="2"' }));
}

/** One such message made the former engine refuse every later request of its process. */
function names(target: Target, name: string): Attack[] {
  const body = (spoiling: Parameters<typeof list>[1]) => envelope(target, list(target, spoiling));
  return [
    message(`${name} as id`, invalid, body({ attributes: ` id="${name}"` })),
    message(`${name} as href`, invalid, body({ field: ` href="#${name}"` })),
    message(`${name} as attribute`, invalid, body({ field: ` ${name}="1"` })),
    message(`${name} as prefix`, invalid, body({ field: ` xmlns:${name}="urn:x" ${name}:a="1"` })),
    message(`${name} as element`, invalid, body({ more: `<t:${name}>1</t:${name}>` })),
    message(`${name} as operation`, fault('OPERAZIONE_SCONOSCIUTA'), envelope(target, `<t:${name}/>`)),
    message(`${name} as header`, served(), envelope(target, list(target), `<t:${name} id="${name}">1</t:${name}>`)),
  ];
}
