/** Schemas of whole messages: the SOAP envelope, as strict as the engine, around the contract's elements. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ContractShape } from '../../src/platform/soap/index.js';

const ENVELOPES = [
  ['soap11.xsd', 'http://schemas.xmlsoap.org/soap/envelope/'],
  ['soap12.xsd', 'http://www.w3.org/2003/05/soap-envelope'],
] as const;

const XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"';
const ANY_ATTRIBUTE = '<xs:anyAttribute namespace="##any" processContents="skip"/>';

/** File name to text. Header blocks are not validated: the engine decides which of them count. */
export function requestSchemas(contract: ContractShape): Map<string, string> {
  return schemasOf(
    contract,
    '',
    Object.keys(contract.operations).map((name) => `<xs:element ref="t:${name}"/>`),
  );
}

/** The same for answers: the contract's responses, or a fault with the typed detail. */
export function answerSchemas(contract: ContractShape): Map<string, string> {
  const responses = Object.values(contract.operations).map(({ response }) => `<xs:element ref="t:${response.name}"/>`);
  return schemasOf(contract, faults(contract), [...responses, '<xs:element ref="e:Fault"/>']);
}

function schemasOf(
  { namespace, xsdFile }: ContractShape,
  declarations: string,
  bodyElements: readonly string[],
): Map<string, string> {
  const contract = readFileSync(fileURLToPath(new URL(`../../../wsdl/${xsdFile}`, import.meta.url)), 'utf8');
  const files = new Map<string, string>([[xsdFile, contract]]);
  for (const [file, envelope] of ENVELOPES) {
    files.set(
      file,
      `<xs:schema ${XS} xmlns:e="${envelope}" xmlns:t="${namespace}" targetNamespace="${envelope}" elementFormDefault="qualified">
<xs:import namespace="${namespace}" schemaLocation="${xsdFile}"/>
<xs:element name="Envelope"><xs:complexType><xs:sequence>
  <xs:element name="Header" minOccurs="0"><xs:complexType>
    <xs:sequence><xs:any namespace="##any" processContents="skip" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>${ANY_ATTRIBUTE}
  </xs:complexType></xs:element>
  <xs:element name="Body"><xs:complexType><xs:choice>${bodyElements.join('')}</xs:choice>${ANY_ATTRIBUTE}</xs:complexType></xs:element>
</xs:sequence>${ANY_ATTRIBUTE}</xs:complexType></xs:element>
${file === 'soap11.xsd' ? declarations : declarations.replace(FAULT_11, FAULT_12)}
</xs:schema>`,
    );
  }
  const imports = ENVELOPES.map(([file, envelope]) => `<xs:import namespace="${envelope}" schemaLocation="${file}"/>`);
  files.set('main.xsd', `<xs:schema ${XS}>${imports.join('')}</xs:schema>`);
  return files;
}

const TEXT_IN_ITALIAN = `<xs:complexType><xs:simpleContent><xs:extension base="xs:string">${ANY_ATTRIBUTE}</xs:extension></xs:simpleContent></xs:complexType>`;

/** SOAP 1.1 (4.4) omits the detail if a header is at fault. */
const FAULT_11 = `<xs:sequence>
  <xs:element name="faultcode" type="xs:QName" form="unqualified"/>
  <xs:element name="faultstring" form="unqualified">${TEXT_IN_ITALIAN}</xs:element>
  <xs:element name="detail" type="e:Detail" form="unqualified" minOccurs="0"/>
</xs:sequence>`;

const FAULT_12 = `<xs:sequence>
  <xs:element name="Code"><xs:complexType><xs:sequence><xs:element name="Value" type="xs:QName"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="Reason"><xs:complexType><xs:sequence><xs:element name="Text">${TEXT_IN_ITALIAN}</xs:element></xs:sequence></xs:complexType></xs:element>
  <xs:element name="Detail" type="e:Detail"/>
</xs:sequence>`;

function faults({ fault }: ContractShape): string {
  return `<xs:complexType name="Detail"><xs:sequence><xs:element ref="t:${fault.name}"/></xs:sequence></xs:complexType>
<xs:element name="Fault"><xs:complexType>${FAULT_11}</xs:complexType></xs:element>`;
}
