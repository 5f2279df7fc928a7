/** Envelope and operation: places, versions, mandatory headers, and actions, which may agree but never decide. */
import { expect, test } from '@jest/globals';
import { testSierologici } from '../../generated/TestSierologici.js';
import { openEnvelope, versionOf } from '../../src/platform/soap/envelope.js';
import { SoapFault, defaultLimits } from '../../src/platform/soap/index.js';
import { operationOf } from '../../src/platform/soap/operation.js';
import { parseXml } from '../../src/platform/soap/xml.js';

const S11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const S12 = 'http://www.w3.org/2003/05/soap-envelope';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
const WSA = 'http://www.w3.org/2005/08/addressing';
const OPERATION = 'invioTestSierologico';
const { soapAction } = testSierologici.operations[OPERATION];
const OTHER = 'urn:passerella:testsierologici:v1:scaricoElencoAssistiti';
const body = `<s:Body><t:${OPERATION}/></s:Body>`;

const wrap = (inside: string, namespace = S11) =>
  `<s:Envelope xmlns:s="${namespace}" xmlns:t="${testSierologici.namespace}" xmlns:w="${WSA}">${inside}</s:Envelope>`;

/** The operation's name, or the code of the fault. */
function outcome(text: string, ...actions: string[]): string {
  try {
    const root = parseXml(text, defaultLimits);
    const opened = openEnvelope(root, versionOf(root), (block) => block.name === 'pinCode');
    return operationOf(new Map(Object.entries(testSierologici.operations)), testSierologici, opened, actions).request
      .name;
  } catch (error) {
    if (error instanceof SoapFault) return error.facts.codice;
    throw error;
  }
}

test.each([
  ['1.1', wrap(body), OPERATION],
  ['1.2', wrap(body, S12), OPERATION],
  ['empty header', wrap(`<s:Header/>${body}`), OPERATION],
  ['unknown version', wrap(body, 'urn:x'), 'BUSTA_NON_VALIDA'],
  ['no body', wrap('<s:Header/>'), 'BUSTA_NON_VALIDA'],
  ['nothing', wrap(''), 'BUSTA_NON_VALIDA'],
  ['two bodies', wrap(body + body), 'BUSTA_NON_VALIDA'],
  ['header last', wrap(`${body}<s:Header/>`), 'BUSTA_NON_VALIDA'],
  ['trailer', wrap(`${body}<x/>`), 'BUSTA_NON_VALIDA'],
  ['text in the envelope', wrap(`x${body}`), 'BUSTA_NON_VALIDA'],
  ['text in the header', wrap(`<s:Header>x</s:Header>${body}`), 'BUSTA_NON_VALIDA'],
  ['pinCode twice', wrap(`<s:Header><t:pinCode/><t:pinCode/></s:Header>${body}`), 'BUSTA_NON_VALIDA'],
  ['empty body', wrap('<s:Body/>'), 'BODY_NON_VALIDO'],
  ['two operations', wrap(`<s:Body><t:${OPERATION}/><t:${OPERATION}/></s:Body>`), 'BODY_NON_VALIDO'],
  ['text beside the operation', wrap(`<s:Body>x<t:${OPERATION}/></s:Body>`), 'BODY_NON_VALIDO'],
  ['unknown operation', wrap('<s:Body><t:altra/></s:Body>'), 'OPERAZIONE_SCONOSCIUTA'],
  ['other namespace', wrap(`<s:Body><${OPERATION}/></s:Body>`), 'OPERAZIONE_SCONOSCIUTA'],
  ['toString', wrap('<s:Body><t:toString/></s:Body>'), 'OPERAZIONE_SCONOSCIUTA'],
])('%s', (_title, text, expected) => {
  expect(outcome(text)).toBe(expected);
});

test.each([
  ['<x xmlns="urn:x" s:mustUnderstand="1"/>', 'HEADER_NON_RICONOSCIUTO'],
  ['<x xmlns="urn:x" s:mustUnderstand=" true "/>', 'HEADER_NON_RICONOSCIUTO'],
  [
    '<x xmlns="urn:x" s:mustUnderstand="1" s:actor="http://schemas.xmlsoap.org/soap/actor/next"/>',
    'HEADER_NON_RICONOSCIUTO',
  ],
  ['<x xmlns="urn:x" s:mustUnderstand="1" s:actor="urn:another"/>', OPERATION],
  ['<x xmlns="urn:x" s:mustUnderstand="0"/>', OPERATION],
  ['<x xmlns="urn:x" mustUnderstand="1"/>', OPERATION],
  ['<t:pinCode s:mustUnderstand="1"/>', OPERATION],
  [`<t:pinCode xmlns:i="${XSI}" i:nil="true"/>`, OPERATION],
  [`<t:pinCode xmlns:i="${XSI}" i:nil="true">QUFB</t:pinCode>`, 'ATTRIBUTO_NON_AMMESSO'],
  [`<t:pinCode xmlns:i="${XSI}" i:nil="true"><t:pinCode/></t:pinCode>`, 'ATTRIBUTO_NON_AMMESSO'],
  [`<t:pinCode xmlns:i="${XSI}" i:nil="false"/>`, 'ATTRIBUTO_NON_AMMESSO'],
  [`<t:pinCode xmlns:i="${XSI}" i:nil="true" i:type="y"/>`, 'ATTRIBUTO_NON_AMMESSO'],
  [`<t:pinCode xmlns:i="${XSI}" i:type="y"/>`, 'ATTRIBUTO_NON_AMMESSO'],
  [`<x xmlns="urn:x" xmlns:i="${XSI}" i:type="y"/>`, OPERATION],
])('header %s', (header, expected) => {
  expect(outcome(wrap(`<s:Header>${header}</s:Header>${body}`))).toBe(expected);
});

test('actions: absent, empty or correct; every present action must be correct', () => {
  expect(outcome(wrap(body), '', soapAction)).toBe(OPERATION);
  for (const actions of [[OTHER], [soapAction, OTHER], ['', OTHER], [`${soapAction} x`], ['__proto__']]) {
    expect(outcome(wrap(body), ...actions)).toBe('SOAPACTION_DISCORDE');
  }
});

test('WS-Addressing actions, every one', () => {
  const addressed = (...actions: string[]) =>
    wrap(`<s:Header>${actions.map((action) => `<w:Action>${action}</w:Action>`).join('')}</s:Header>${body}`);
  expect(outcome(addressed(soapAction))).toBe(OPERATION);
  expect(outcome(addressed(OTHER))).toBe('SOAPACTION_DISCORDE');
  expect(outcome(addressed(soapAction, OTHER))).toBe('SOAPACTION_DISCORDE');
});

test.each(['type', 'nil', 'schemaLocation', 'noNamespaceSchemaLocation'])('xsi:%s at any depth of the body', (name) => {
  const attribute = `xmlns:i="${XSI}" i:${name}="x"`;
  expect(outcome(wrap(`<s:Body><t:${OPERATION}><a><b ${attribute}/></a></t:${OPERATION}></s:Body>`))).toBe(
    'ATTRIBUTO_NON_AMMESSO',
  );
});

test.each([
  [
    'multiRef of RPC/encoded',
    wrap(`<s:Body><t:${OPERATION}/><multiRef id="id0"/></s:Body>`),
    'ne contiene 2, ma il contratto è document/literal e non RPC/encoded',
  ],
  [
    'the WSDL’s namespace',
    wrap(`<s:Body><x:${OPERATION} xmlns:x="${testSierologici.wsdlNamespace}"/></s:Body>`),
    `è nel namespace del WSDL: usare quello dello schema, «${testSierologici.namespace}»`,
  ],
  ['xsi:type', wrap(`<s:Body><t:${OPERATION} xmlns:i="${XSI}" i:type="x"/></s:Body>`), 'document/literal'],
  ['xsi:nil', wrap(`<s:Body><t:${OPERATION} xmlns:i="${XSI}" i:nil="1"/></s:Body>`), 'senza valore si omette'],
  ['not an envelope', `<t:${OPERATION} xmlns:t="urn:t"/>`, `inviare un elemento Envelope nel namespace «${S11}»`],
])('%s: the answer says what to send', (_title, text, expected) => {
  expect(() => {
    const root = parseXml(text, defaultLimits);
    const opened = openEnvelope(root, versionOf(root), () => false);
    operationOf(new Map(Object.entries(testSierologici.operations)), testSierologici, opened, []);
  }).toThrow(expected);
});
