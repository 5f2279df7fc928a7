/** The generator on small contracts: what it writes, and that it never skips what it does not understand. */
import { describe, expect, test } from '@jest/globals';
import { adaptStub } from '../../src/dev/codegen/client-stub.js';
import { translatePattern } from '../../src/dev/codegen/pattern.js';
import { writeTypescript } from '../../src/dev/codegen/typescript.js';
import { readContract } from '../../src/dev/codegen/wsdl.js';
import { ContractError } from '../../src/dev/codegen/xml-tree.js';

const doc = (text: string): string =>
  `<xs:annotation><xs:documentation xml:lang="it">${text}</xs:documentation></xs:annotation>`;

const XSD = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:avviso:tipi"
  targetNamespace="urn:avviso:tipi" elementFormDefault="qualified">
  <xs:simpleType name="Nome"><xs:restriction base="xs:string"><xs:maxLength value="9"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="NomeBreve"><xs:restriction base="t:Nome"><xs:maxLength value="3"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Quanti"><xs:restriction base="xs:long"/></xs:simpleType>
  <xs:simpleType name="Stato"><xs:restriction base="xs:token">
    <xs:enumeration value="Success">${doc('Riuscito.')}</xs:enumeration><xs:enumeration value="Failure"/></xs:restriction></xs:simpleType>
  <xs:complexType name="Firma">${doc('Firma.')}<xs:simpleContent><xs:extension base="t:Nome">
    <xs:attribute name="modo" type="t:Stato" use="required"/><xs:attribute name="nota" type="t:Nome"/></xs:extension></xs:simpleContent></xs:complexType>
  <xs:complexType name="riga">${doc('Una riga, con */ dentro.')}<xs:sequence><xs:element name="nome" type="t:NomeBreve"/></xs:sequence></xs:complexType>
  <xs:element name="firma" type="t:Firma"/>
  <xs:element name="guasto"><xs:complexType><xs:sequence><xs:element name="vero" type="xs:boolean"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="avviso">${doc('Richiesta.')}<xs:complexType><xs:sequence>
    <xs:element name="quanti" type="t:Quanti" minOccurs="0">${doc('Quanti sono.')}</xs:element>
    <xs:element name="riga" type="t:riga" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="stati" type="t:Stato" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="avvisoResponse"><xs:complexType><xs:sequence>
    <xs:element name="giorno" type="xs:date"/><xs:element name="ora" type="xs:dateTime"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>`;

const WSDL = `<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="urn:avviso" xmlns:t="urn:avviso:tipi" targetNamespace="urn:avviso">
  <wsdl:types><xs:schema><xs:import namespace="urn:avviso:tipi" schemaLocation="Avviso.xsd"/></xs:schema></wsdl:types>
  <wsdl:message name="I"><wsdl:part name="parameters" element="t:avviso"/></wsdl:message>
  <wsdl:message name="O"><wsdl:part name="parameters" element="t:avvisoResponse"/></wsdl:message>
  <wsdl:message name="F"><wsdl:part name="fault" element="t:guasto"/></wsdl:message>
  <wsdl:message name="H"><wsdl:part name="firma" element="t:firma"/></wsdl:message>
  <wsdl:portType name="P"><wsdl:operation name="avviso"><wsdl:documentation>Avvisa.</wsdl:documentation>
    <wsdl:input message="tns:I"/><wsdl:output message="tns:O"/><wsdl:fault name="guasto" message="tns:F"/></wsdl:operation></wsdl:portType>
  <wsdl:binding name="B" type="tns:P"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="avviso"><soap:operation soapAction="urn:avviso:avviso"/>
      <wsdl:input><soap:header message="tns:H" part="firma" use="literal"/><soap:body use="literal"/></wsdl:input>
      <wsdl:output><soap:body use="literal"/></wsdl:output>
      <wsdl:fault name="guasto"><soap:fault name="guasto" use="literal"/></wsdl:fault></wsdl:operation></wsdl:binding>
  <wsdl:service name="Avviso"><wsdl:port name="AvvisoPort" binding="tns:B"><soap:address location="https://localhost/"/></wsdl:port></wsdl:service>
</wsdl:definitions>`;

function generate(wsdl = WSDL, xsd = XSD): string {
  const contract = readContract('Avviso.wsdl', (file) => (file === 'Avviso.xsd' ? xsd : wsdl));
  return writeTypescript(contract, './contract.js');
}

function interfaceIn(source: string, name: string): string | undefined {
  return new RegExp(`export interface ${name} \\{\\n([^}]*)\\n\\}`).exec(source)?.[1];
}

describe('what is written', () => {
  const source = generate();

  test('optional fields, lists and enumerations have their own types', () => {
    expect(interfaceIn(source, 'Avviso')).toBe(
      [
        '  /** Quanti sono. */',
        '  readonly quanti?: number | undefined;',
        '  readonly riga: readonly Riga[];',
        "  readonly stati: readonly ('Success' | 'Failure')[];",
      ].join('\n'),
    );
  });

  test('dates and instants stay text, booleans are booleans', () => {
    expect(interfaceIn(source, 'AvvisoResponse')).toBe('  readonly giorno: string;\n  readonly ora: string;');
    expect(interfaceIn(source, 'Guasto')).toBe('  readonly vero: boolean;');
  });

  test('text with attributes is an object of both', () => {
    expect(interfaceIn(source, 'Firma')).toContain('readonly text: string;');
    expect(interfaceIn(source, 'Firma')).toContain("readonly modo: 'Success' | 'Failure';");
    expect(interfaceIn(source, 'Firma')).toContain('readonly nota?: string | undefined;');
  });

  test('the shape follows the schema through derived types, in order', () => {
    expect(source).toContain("{ name: 'quanti', optional: true, many: false, lexical: 'long' }");
    expect(source).toMatch(/name: 'riga',[^]*children: \[\s+\{[^}]*name: 'nome',[^}]*facets: \{ maxLength: 3 \}/);
    expect(source).toMatch(
      /name: 'stati',\s+optional: false,\s+many: true,\s+lexical: 'token',\s+facets: \{ values: \['Success', 'Failure'\] \},/,
    );
    expect(source).toMatch(/name: 'modo',\s+optional: false,\s+lexical: 'token',\s+facets: \{ values: /);
    expect(source).toMatch(/name: 'nota',\s+optional: true,\s+lexical: 'string',\s+facets: \{ maxLength: 9 \}/);
    expect(source).toContain("soapAction: 'urn:avviso:avviso'");
  });

  test('operations map a request to its response', () => {
    expect(source).toContain(
      '/** Avvisa. */\n  readonly avviso: { readonly request: Avviso; readonly response: AvvisoResponse };',
    );
    expect(source).toContain('export const avviso = {');
  });

  test('documentation cannot end its comment', () => {
    expect(source).toContain('/** Una riga, con *\\/ dentro. */');
  });

  test('the same contract gives the same text', () => {
    expect(generate()).toBe(source);
  });
});

describe('unsupported constructs in the XSD', () => {
  test.each([
    ['xs:choice', '<xs:sequence>', '<xs:choice/><xs:sequence>', 'choice'],
    ['xs:any', '</xs:sequence>', '<xs:any/></xs:sequence>', 'any'],
    ['xs:union', '<xs:restriction base="xs:string">', '<xs:union/><xs:restriction base="xs:string">', 'union'],
    ['a global attribute', '<xs:element name="firma"', '<xs:attribute name="x"/><xs:element name="firma"', 'attribute'],
    ['nillable', 'name="quanti"', 'nillable="true" name="quanti"', 'nillable'],
    ['ref', 'name="quanti" type="t:Quanti"', 'ref="t:firma"', 'ref'],
    ['substitutionGroup', 'name="firma" type', 'substitutionGroup="t:guasto" name="firma" type', 'substitutionGroup'],
    ['mixed', '<xs:complexType name="riga"', '<xs:complexType mixed="true" name="riga"', 'mixed'],
    ['a repeated sequence', '<xs:sequence>', '<xs:sequence maxOccurs="2">', 'maxOccurs'],
    ['a facet that changes the text', '<xs:maxLength value="9"/>', '<xs:whiteSpace value="replace"/>', 'whiteSpace'],
    ['a bounded repetition', 'maxOccurs="unbounded"', 'maxOccurs="5"', 'maxOccurs'],
    ['an empty sequence', '<xs:element name="nome" type="t:NomeBreve"/>', '', 'empty sequence'],
    ['a minimum above one', 'minOccurs="0"', 'minOccurs="2"', 'minOccurs'],
    [
      'the length of a number',
      '<xs:restriction base="xs:long"/>',
      '<xs:restriction base="xs:long"><xs:maxLength value="1"/></xs:restriction>',
      'maxLength',
    ],
    ['a length that is not a number', '<xs:maxLength value="9"/>', '<xs:maxLength value="x"/>', 'maxLength "x"'],
    ['a facet said twice', '<xs:maxLength value="9"/>', '<xs:maxLength value="9"/><xs:maxLength value="9"/>', 'twice'],
    ['a value with blanks', 'value="Failure"', 'value="Fail  ure"', 'white space'],
    ['a built-in type', 'type="xs:boolean"', 'type="xs:decimal"', 'decimal'],
    [
      'an enumerated number',
      '<xs:restriction base="xs:long"/>',
      '<xs:restriction base="xs:long"><xs:enumeration value="1"/></xs:restriction>',
      'enumeration',
    ],
    ['an undeclared type', 't:NomeBreve"/>', 't:Ignoto"/>', 'Ignoto'],
    ['an undeclared prefix', 't:NomeBreve"/>', 'q:NomeBreve"/>', 'prefix q'],
    [
      'an unused type',
      '<xs:element name="firma"',
      '<xs:complexType name="Z"><xs:all/></xs:complexType><xs:element name="firma"',
      'all',
    ],
    ['recursion', 'type="t:NomeBreve"/>', 'type="t:riga"/>', 'recursion'],
    ['an element twice in a sequence', 'name="ora"', 'name="giorno"', 'giorno'],
    ['unqualified elements', 'elementFormDefault="qualified"', '', 'elementFormDefault'],
    ['xs:import', '<xs:simpleType name="Nome">', '<xs:import namespace="urn:x"/><xs:simpleType name="Nome">', 'import'],
    ['a foreign element', '<xs:simpleType name="Nome">', '<x:y xmlns:x="urn:x"/><xs:simpleType name="Nome">', 'urn:x'],
    [
      'an anonymous simple type',
      '<xs:element name="vero" type="xs:boolean"/>',
      '<xs:element name="vero"><xs:simpleType/></xs:element>',
      'simpleType',
    ],
    ['DOCTYPE', '<xs:schema ', '<!DOCTYPE x><xs:schema ', 'DOCTYPE'],
  ])('%s is an error that names it', (_, find, replacement, named) => {
    const broken = XSD.replace(find, replacement);
    expect(() => generate(WSDL, broken)).toThrow(ContractError);
    expect(() => generate(WSDL, broken)).toThrow(new RegExp(`^Avviso\\.xsd:\\d+: .*${named}`));
  });
});

describe('patterns', () => {
  const translated = (pattern: string): string => translatePattern(pattern, { file: 'a.xsd', line: 7 });

  test.each([
    ['[0-9]{4}|[A-Z]+', '[0-9]{4}|[A-Z]+'],
    ['(a|b)?', '(?:a|b)?'],
    ['\\S(.*\\S)?', '[^ \\t\\n\\r](?:[^\\n\\r]*[^ \\t\\n\\r])?'],
    ['^a$', '\\^a\\$'],
    ['[+\\-a^]', '[+\\-a\\^]'],
    ['a\\-b/', 'a-b\\/'],
  ])('%s', (pattern, source) => {
    expect(translated(pattern)).toBe(source);
    expect(() => new RegExp(source, 'u')).not.toThrow();
  });

  test.each([
    '\\d', '\\w', '\\i', '\\c', '\\p{L}', '\\P{L}', '\\$', '\\', 'a**', 'a+?', '*', '(', ')', '(?:a)', '[', '[]', '[a', '[a-z-[b]]', '[\\s]', ']', '}', 'a{,2}', '|?',
  ])('%s is an error that names it', (pattern) => {
    expect(() => translated(pattern)).toThrow(/^a\.xsd:7: pattern ".*is not understood$/);
  }); // prettier-ignore
});

describe('unsupported constructs in the WSDL', () => {
  test.each([
    ['rpc', 'style="document"', 'style="rpc"', 'rpc'],
    ['encoded', '<soap:body use="literal"/>', '<soap:body use="encoded"/>', 'encoded'],
    ['a part by type', 'name="parameters" element="t:avviso"', 'name="parameters" type="t:Nome"', 'type'],
    [
      'two parts',
      'element="t:avviso"/>',
      'element="t:avviso"/><wsdl:part name="b" element="t:firma"/>',
      'exactly one part',
    ],
    [
      'a namespace on soap:body',
      '<soap:body use="literal"/>',
      '<soap:body use="literal" namespace="urn:x"/>',
      'namespace',
    ],
    [
      'a policy',
      '<wsdl:binding name="B" type="tns:P">',
      '<wsdl:binding name="B" type="tns:P"><p:Policy xmlns:p="urn:p"/>',
      'Policy',
    ],
    ['wsdl:import', '<wsdl:types>', '<wsdl:import/><wsdl:types>', 'import'],
    ['an undeclared element', 'element="t:guasto"', 'element="t:ignoto"', 'ignoto'],
    ['an undeclared message', 'message="tns:F"', 'message="tns:X"', 'message X'],
    ['an unknown header part', 'part="firma"', 'part="altra"', 'altra'],
    ['an operation without fault', '<wsdl:fault name="guasto" message="tns:F"/>', '', 'exactly one fault'],
    ['an unbound operation', '</wsdl:portType>', '<wsdl:operation name="altra"/></wsdl:portType>', 'every operation'],
    ['a second port', '</wsdl:service>', '<wsdl:port name="Q" binding="tns:B"/></wsdl:service>', 'exactly one port'],
    [
      'another schema namespace',
      'import namespace="urn:avviso:tipi"',
      'import namespace="urn:altro"',
      'targetNamespace',
    ],
  ])('%s is an error that names it', (_, find, replacement, named) => {
    const broken = WSDL.replace(find, replacement);
    expect(() => generate(broken)).toThrow(ContractError);
    expect(() => generate(broken)).toThrow(new RegExp(`^Avviso\\.wsdl:\\d+: .*${named}`));
  });

  test('two types with the same TypeScript name are refused', () => {
    expect(() =>
      generate(
        WSDL,
        XSD.replaceAll('"riga"', '"avviso"')
          .replaceAll('t:riga', 't:avviso')
          .replace('element name="avviso" type', 'element name="riga" type'),
      ),
    ).toThrow('Avviso');
  });
});

describe('the client stub', () => {
  test('re-exports of interfaces become type exports, the factory stays a value', () => {
    const source =
      'export { Riga } from "./definitions/Riga.js";\nexport { createClientAsync, AvvisoClient } from "./client.js";\n';
    expect(adaptStub(source, 'index.ts').split('\n').slice(1, 4)).toEqual([
      'export type { Riga } from "./definitions/Riga.js";',
      'export { createClientAsync } from "./client.js";',
      'export type { AvvisoClient } from "./client.js";',
    ]);
  });

  test('a Date is refused, because it would be sent as an empty element', () => {
    expect(() => adaptStub('export interface Riga {\n    giorno?: Date;\n}', 'Riga.ts')).toThrow('Riga.ts');
    expect(() => adaptStub('export interface Riga {\n    giorni?: Array<Date>;\n}', 'Riga.ts')).toThrow('Date');
  });
});
