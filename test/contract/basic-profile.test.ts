/** Every contract keeps every rule; every rule detects a contract that breaks it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { XmlDocument, XmlValidateError, XsdValidator } from 'libxml2-wasm';
import { parseTree } from '../../src/dev/codegen/xml-tree.js';
import { EXEMPT, rules } from './basic-profile-rules.js';
import type { Documents } from './basic-profile-rules.js';

const folder = fileURLToPath(new URL('../../../wsdl/', import.meta.url));
const contracts = readdirSync(folder).filter((name) => name.endsWith('.wsdl'));

function documents(wsdl: string, xsd: string, name: string): Documents {
  return { wsdl: parseTree(wsdl, `${name}.wsdl`), xsd: parseTree(xsd, `${name}.xsd`) };
}

function validatorOf(xsd: string): XsdValidator {
  const schema = XmlDocument.fromString(xsd);
  try {
    return XsdValidator.fromDoc(schema);
  } finally {
    schema.dispose();
  }
}

test('there is a contract, and every schema belongs to one', () => {
  expect(contracts).toContain('TestSierologici.wsdl');
  const schemas = readdirSync(folder).filter((name) => name.endsWith('.xsd'));
  expect(schemas.map((name) => name.replace('.xsd', '.wsdl')).sort()).toEqual(contracts.sort());
});

describe.each(contracts)('%s', (file) => {
  const name = file.replace('.wsdl', '');
  const xsd = readFileSync(join(folder, `${name}.xsd`), 'utf8');
  const real = documents(readFileSync(join(folder, file), 'utf8'), xsd, name);

  test.each(rules)('$name', ({ name: rule, breaches }) => {
    const withoutPlace = breaches(real).map((breach) => breach.replace(/^\S+:\d+: /, ''));
    expect(withoutPlace).toEqual(EXEMPT.get(file)?.get(rule)?.breaches ?? []);
  });

  test('the XSD is a valid schema', () => {
    const validator = validatorOf(xsd);
    validator.dispose();
  });
});

test('every exemption refers to an existing contract and rule', () => {
  expect(contracts).toEqual(expect.arrayContaining([...EXEMPT.keys()]));
  const exempted = [...EXEMPT.values()].flatMap((byRule) => [...byRule.keys()]);
  expect(rules.map(({ name }) => name)).toEqual(expect.arrayContaining(exempted));
});

test('a broken XSD is not a valid schema', () => {
  expect(() => validatorOf(SCHEMA.replace('type="t:Codice"', 'type="t:Ignoto"'))).toThrow();
});

describe('the fields of TestSierologici', () => {
  const xsd = readFileSync(join(folder, 'TestSierologici.xsd'), 'utf8');
  const namespace = 'urn:passerella:testsierologici:v1:tipi';
  const good = {
    codiceFiscaleMedico: 'PROVAX00X00X000Y',
    codiceFiscaleMedicoTitolare: 'RSSMRA70A01H501S',
    codiceFiscaleAssistito: 'BNCLRA80A41H501X',
    dataEsecuzioneTest: '2020-09-01',
  };

  function isValid(content: string): boolean {
    const validator = validatorOf(xsd);
    const document = XmlDocument.fromString(content);
    try {
      validator.validate(document);
      return true;
    } catch (error) {
      if (error instanceof XmlValidateError) return false;
      throw error;
    } finally {
      document.dispose();
      validator.dispose();
    }
  }

  function submission(changes: Partial<typeof good>): string {
    const fields = Object.entries({ ...good, ...changes }).map(([name, value]) => `<${name}>${value}</${name}>`);
    return `<invioTestSierologico xmlns="${namespace}">${fields.join('')}</invioTestSierologico>`;
  }

  test.each([
    ['a plain submission', {}],
    ['an omocodia codice fiscale', { codiceFiscaleAssistito: 'BNCLRALMAQMHRLMX' }],
    ['a provisional codice fiscale of 11 digits', { codiceFiscaleAssistito: '12345678903' }],
    ['an STP code', { codiceFiscaleAssistito: 'STP1202010000001' }],
    ['a provisional codice fiscale of a doctor', { codiceFiscaleMedico: '12345678903' }],
    ['white space around a value', { codiceFiscaleAssistito: '\n  BNCLRA80A41H501X\n' }],
  ])('accept %s', (_, changes) => {
    expect(isValid(submission(changes))).toBe(true);
  });

  test.each([
    ['a date with Z', { dataEsecuzioneTest: '2020-09-01Z' }],
    ['a date with an offset', { dataEsecuzioneTest: '2020-09-01+02:00' }],
    ['a day that does not exist', { dataEsecuzioneTest: '2020-02-30' }],
    ['an Italian date', { dataEsecuzioneTest: '01/09/2020' }],
    ['an instant for a date', { dataEsecuzioneTest: '2020-09-01T00:00:00' }],
    ['a month letter that does not exist', { codiceFiscaleAssistito: 'BNCLRA80X41H501X' }],
    ['small letters', { codiceFiscaleAssistito: 'bnclra80a41h501x' }],
    ['a short STP code', { codiceFiscaleAssistito: 'STP120201000000' }],
    ['a doctor code of 15 characters', { codiceFiscaleMedico: 'RSSMRA70A01H501' }],
    ['an empty field', { codiceFiscaleMedicoTitolare: '' }],
  ])('refuse %s', (_, changes) => {
    expect(isValid(submission(changes))).toBe(false);
  });

  test.each([
    ['1', true],
    ['999999999999999', true],
    ['0', false],
    ['-1', false],
    ['+1', false],
    ['007', false],
    ['1000000000000000', false],
  ])('transaction id %s: %s', (id, valid) => {
    const { codiceFiscaleMedico, codiceFiscaleMedicoTitolare, codiceFiscaleAssistito } = good;
    const values = {
      codiceFiscaleMedico,
      codiceFiscaleMedicoTitolare,
      codiceFiscaleAssistito,
      identificativoTransazione: id,
    };
    const fields = Object.entries(values).map(([name, value]) => `<${name}>${value}</${name}>`);
    const content = `<annullamentoTestSierologico xmlns="${namespace}">${fields.join('')}</annullamentoTestSierologico>`;
    expect(isValid(content)).toBe(valid);
  });

  test.each([
    ['<pinCode xmlns="NS"/>', true],
    ['<pinCode xmlns="NS">aGVs\n bG8=</pinCode>', true],
    ['<pinCode xmlns="NS" algoritmo="RSA-OAEP">aGVsbG8=</pinCode>', true],
    ['<pinCode xmlns="NS" algoritmo="RSA-NONE">aGVsbG8=</pinCode>', false],
    ['<pinCode xmlns="NS">1234;</pinCode>', false],
    [`<pinCode xmlns="NS">${'A'.repeat(1025)}</pinCode>`, false],
  ])('%.70s: %s', (content, valid) => {
    expect(isValid(content.replace('NS', namespace))).toBe(valid);
  });

  const outcome =
    '<identificativoTransazione>1</identificativoTransazione><dataOra>2020-09-01T10:00:00.000+02:00</dataOra>' +
    '<esito>0000</esito><descrizioneEsito>Operazione eseguita</descrizioneEsito>';
  test.each([
    ['an accepted empty list', '<listaAssistiti/>', true],
    [
      'a refused answer without list',
      '<dettagli><dettaglio><codice>0101</codice><descrizione>No</descrizione></dettaglio></dettagli>',
      true,
    ],
    ['details without a detail', '<dettagli/>', false],
    [
      'details before the list',
      '<dettagli><dettaglio><codice>0101</codice><descrizione>No</descrizione></dettaglio></dettagli><listaAssistiti/>',
      false,
    ],
  ])('answer: %s: %s', (_, rest, valid) => {
    const content = `<scaricoElencoAssistitiResponse xmlns="${namespace}">${outcome}${rest}</scaricoElencoAssistitiResponse>`;
    expect(isValid(content)).toBe(valid);
  });
});

const DOC = '<xs:annotation><xs:documentation xml:lang="it">Testo.</xs:documentation></xs:annotation>';
const SCHEMA = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:prova:v1:tipi"
  targetNamespace="urn:prova:v1:tipi" elementFormDefault="qualified">${DOC}
  <xs:simpleType name="Codice">${DOC}<xs:restriction base="xs:token">
    <xs:length value="4"/><xs:pattern value="[0-9]{4}">${DOC}</xs:pattern></xs:restriction></xs:simpleType>
  <xs:simpleType name="Data">${DOC}<xs:restriction base="xs:date"><xs:pattern value="[0-9]{4}-[0-9]{2}-[0-9]{2}">${DOC}</xs:pattern></xs:restriction></xs:simpleType>
  <xs:simpleType name="Istante">${DOC}<xs:restriction base="xs:dateTime"><xs:pattern value=".{19}\\.[0-9]{3}Z">${DOC}</xs:pattern></xs:restriction></xs:simpleType>
  <xs:simpleType name="Numero">${DOC}<xs:restriction base="xs:long">
    <xs:pattern value="[1-9][0-9]*">${DOC}</xs:pattern><xs:minInclusive value="1"/><xs:maxInclusive value="999"/></xs:restriction></xs:simpleType>
  <xs:element name="errore" type="t:Codice">${DOC}</xs:element>
  <xs:element name="prova">${DOC}<xs:complexType><xs:sequence>
    <xs:element name="codice" type="t:Codice" minOccurs="0">${DOC}</xs:element></xs:sequence></xs:complexType></xs:element>
  <xs:element name="provaResponse">${DOC}<xs:complexType><xs:sequence>
    <xs:element name="numero" type="t:Numero">${DOC}</xs:element></xs:sequence></xs:complexType></xs:element>
</xs:schema>`;
const TEXT = '<w:documentation>Testo.</w:documentation>';
const CONTRACT = `<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:n="urn:prova:v1" xmlns:t="urn:prova:v1:tipi" targetNamespace="urn:prova:v1">${TEXT}
  <w:types><xs:schema><xs:import namespace="urn:prova:v1:tipi" schemaLocation="Prova.xsd"/></xs:schema></w:types>
  <w:message name="Richiesta">${TEXT}<w:part name="parameters" element="t:prova"/></w:message>
  <w:message name="Risposta">${TEXT}<w:part name="parameters" element="t:provaResponse"/></w:message>
  <w:message name="Errore"><w:part name="fault" element="t:errore"/></w:message>
  <w:portType name="Porta">${TEXT}<w:operation name="prova">${TEXT}<w:input message="n:Richiesta"/><w:output message="n:Risposta"/><w:fault name="errore" message="n:Errore"/></w:operation></w:portType>
  <w:binding name="Legame" type="n:Porta">${TEXT}<s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <w:operation name="prova">${TEXT}<s:operation soapAction="urn:prova:v1:prova"/><w:input><s:body use="literal"/></w:input>
      <w:output><s:body use="literal"/></w:output><w:fault name="errore"><s:fault name="errore" use="literal"/></w:fault></w:operation></w:binding>
  <w:service name="Prova">${TEXT}<w:port name="PortaProva" binding="n:Legame">${TEXT}<s:address location="https://localhost/"/></w:port></w:service>
</w:definitions>`;

describe('each rule', () => {
  test.each(rules)('is kept by the small contract: $name', ({ breaches }) => {
    expect(breaches(documents(CONTRACT, SCHEMA, 'Prova'))).toEqual([]);
  });

  /** A change that breaks the rule whose name starts like this: text to find, its replacement. */
  const breakages: readonly (readonly [rule: string, find: string, replacement: string])[] = [
    ['[R2705]', 'style="document"', 'style="rpc"'],
    ['[R2705]', '<s:body use="literal"/>', '<s:body use="encoded"/>'],
    ['[R2201]', 'part name="parameters"', 'part name="body"'],
    ['[R2201]', 'element="t:prova"/>', 'element="t:prova"/><w:part name="altro" element="t:errore"/>'],
    ['[R2204]', 'element="t:prova"/>', 'type="t:Codice"/>'],
    ['[R2204]', 'element="t:errore"', 'element="t:ignoto"'],
    ['wrapped convention', 'operation name="prova"', 'operation name="altra"'],
    ['wrapped convention', '<xs:complexType><xs:sequence>', '<xs:complexType><xs:sequence minOccurs="0">'],
    ['[R2716]', '<s:body use="literal"/>', '<s:body use="literal" namespace="urn:prova:v1"/>'],
    ['[R2710]', '</w:portType>', '<w:operation name="b"><w:input message="n:Richiesta"/></w:operation></w:portType>'],
    ['[R2304]', '</w:portType>', '<w:operation name="prova"/></w:portType>'],
    ['[R2718]', '</w:portType>', '<w:operation name="altra"/></w:portType>'],
    ['[R2721]', '<s:fault name="errore"', '<s:fault name="altro"'],
    ['every operation declares', '<w:fault name="errore" message="n:Errore"/>', ''],
    ['[R2401]', 'schemas.xmlsoap.org/soap/http', 'schemas.xmlsoap.org/soap/smtp'],
    ['[R2745]', 'urn:prova:v1:prova', 'urn:prova:v1:altra'],
    ['[R2001]', 'schemaLocation="Prova.xsd"', 'schemaLocation="https://localhost/Prova.xsd"'],
    ['[R2001]', '<w:types>', '<w:import/><w:types>'],
    ['[R2001]', '<xs:schema><xs:import', '<xs:schema><xs:element/><xs:import'],
    ['[R2001]', 'import namespace="urn:prova:v1:tipi"', 'import namespace="urn:prova:v2:tipi"'],
    ['[R2022]', '<w:types>', '<w:service/><w:types>'],
    ['[R2003]', '<w:types>', `<w:types>${TEXT}`],
    ['[R2003]', '<w:part name="fault" element="t:errore"/>', `<w:part name="fault" element="t:errore"/>${TEXT}`],
    ['one service', '</w:service>', '<w:port/></w:service>'],
    ['the version', 'targetNamespace="urn:prova:v1"', 'targetNamespace="urn:prova"'],
    ['elementFormDefault', 'elementFormDefault="qualified"', ''],
    ['no xs:any', '</xs:sequence>', '<xs:any/></xs:sequence>'],
    ['no xs:union', '<xs:restriction base="xs:token">', '<xs:union/><xs:restriction base="xs:token">'],
    ['no xs:list', '<xs:restriction base="xs:token">', '<xs:list/><xs:restriction base="xs:token">'],
    ['no xs:choice', '</xs:sequence>', '<xs:choice/></xs:sequence>'],
    ['no derived', '<xs:complexType>', '<xs:complexType><xs:complexContent/>'],
    ['no substitution', 'name="codice" type', 'substitutionGroup="t:errore" name="codice" type'],
    ['no nillable', 'name="codice" type', 'nillable="true" name="codice" type'],
    ['every field has', 'name="numero" type="t:Numero"', 'name="numero" type="xs:long"'],
    ['every text type', '<xs:length value="4"/>', ''],
    ['every text type', `<xs:pattern value="[0-9]{4}">${DOC}</xs:pattern>`, ''],
    ['dates are', '[0-9]{2}-[0-9]{2}', '[0-9]{2}-[0-9]{2}Z?'],
    ['instants are', '\\.[0-9]{3}Z', '(\\.[0-9]{3})?Z'],
    ['numbers have', '<xs:maxInclusive value="999"/>', ''],
    ['numbers have', '"[1-9][0-9]*"', '"[0-9]+"'],
    ['no base type', 'base="xs:token"', 'base="xs:NMTOKEN"'],
    ['Italian documentation', `type="t:Numero">${DOC}`, 'type="t:Numero">'],
    ['Italian documentation', 'xml:lang="it">Testo.', 'xml:lang="it">'],
    ['Italian documentation', `value="[0-9]{4}">${DOC}`, 'value="[0-9]{4}">'],
    ['no documentation in', '<w:message name="Errore">', `<w:message name="Errore">${TEXT}`],
    ['documentation on', `<w:operation name="prova">${TEXT}`, '<w:operation name="prova">'],
  ];

  test.each(breakages)('%s is broken by %s → %s', (start, find, replacement) => {
    const rule = rules.find(({ name }) => name.startsWith(start));
    const broken = documents(
      CONTRACT.replace(find, () => replacement),
      SCHEMA.replace(find, () => replacement),
      'Prova',
    );
    expect(rule?.breaches(broken)).not.toEqual([]);
  });

  test('has a contract that breaks it', () => {
    const untested = rules.filter(({ name }) => !breakages.some(([start]) => name.startsWith(start)));
    expect(untested.map(({ name }) => name)).toEqual([]);
  });
});
