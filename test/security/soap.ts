/** Attacks on the meaning of the envelope: actions, versions, places, and schema instance attributes. */
import { attack, fault, served } from './attack.js';
import type { Attack, Expectation, Family } from './attack.js';
import { uncalled } from './callback.js';
import { SOAP_11, SOAP_12, WSA, XSI, envelope, goodMessage, list } from './messages.js';
import type { Seen } from './target.js';

const frame = fault('BUSTA_NON_VALIDA');
const invalid = fault('MESSAGGIO_NON_VALIDO');
const action = fault('SOAPACTION_DISCORDE');
const attribute = fault('ATTRIBUTO_NON_AMMESSO');
const unknown = fault('OPERAZIONE_SCONOSCIUTA');

const WSA_2004 = 'http://schemas.xmlsoap.org/ws/2004/08/addressing';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';

/** SOAP 1.1 allows no detail here: only the fault code is available. */
const mustUnderstand: Expectation = {
  expected: '500 MustUnderstand',
  verdict: (seen: Seen) =>
    seen.status === 500 && seen.text.includes('<faultcode>soap:MustUnderstand<') ? undefined : `${seen.status}`,
};

const replyTo = (url: string): string =>
  ['ReplyTo', 'FaultTo']
    .map((name) => `<w:${name} xmlns:w="${WSA}"><w:Address>${url}</w:Address></w:${name}>`)
    .join('');

function message(title: string, expectation: Expectation, body: string, headers: Record<string, string> = {}): Attack {
  return attack(title, expectation, (target) => target.post(body, { card: target.cardOf('secondDoctor'), headers }));
}

export const soapFamily: Family = {
  name: 'SOAP',
  attacks(target) {
    const good = goodMessage(target);
    const own = list(target);
    const body = (content: string, header?: string) => envelope(target, content, header);
    const spoilt = (field: string) => body(list(target, { field: ` xmlns:xsi="${XSI}" ${field}` }));
    const wsa = (text: string) => `<w:Action xmlns:w="${WSA}">${text}</w:Action>`;
    const other = 'urn:passerella:testsierologici:v1:annullamentoTestSierologico';
    const soap12 = envelope(target, own, '', SOAP_12);
    return [
      message('SOAPAction of another operation', action, good, { SOAPAction: `"${other}"` }),
      message('SOAPAction __proto__', action, good, { SOAPAction: '__proto__' }),
      message('SOAPAction empty', served(), good, { SOAPAction: '""' }),
      message('SOAPAction beside an empty action parameter', action, good, {
        SOAPAction: other,
        'Content-Type': 'text/xml; charset=utf-8; action=""',
      }),
      message('action parameter of another operation', fault('SOAPACTION_DISCORDE', 400), soap12, {
        'Content-Type': `application/soap+xml; action="${other}"`,
      }),
      message('wsa:Action of another operation', action, body(own, wsa(other))),
      message('a second wsa:Action', action, body(own, wsa('') + wsa(other))),
      message('wsa:Action of 2004', action, body(own, `<w:Action xmlns:w="${WSA_2004}">${other}</w:Action>`)),
      uncalled('wsa:ReplyTo and FaultTo', served(), (at, url) => envelope(at, list(at), replyTo(url))),
      uncalled('wsa:FaultTo of a message to be refused', invalid, (at, url) =>
        envelope(at, list(at, { doctor: 'x' }), replyTo(url)),
      ),
      message('xsi:type', attribute, spoilt('xsi:type="t:altro"')),
      message(
        'xsi:type of the operation',
        attribute,
        body(list(target, { attributes: ` xmlns:xsi="${XSI}" xsi:type="t:altro"` })),
      ),
      message('xsi:nil', attribute, spoilt('xsi:nil="true"')),
      uncalled('xsi:schemaLocation', attribute, (_at, url) => spoilt(`xsi:schemaLocation="urn:x ${url}x.xsd"`)),
      message('xsi:noNamespaceSchemaLocation', attribute, spoilt('xsi:noNamespaceSchemaLocation="file:///etc/passwd"')),
      message(
        'unknown header that must be understood',
        mustUnderstand,
        body(own, '<x xmlns="urn:x" s:mustUnderstand="1"/>'),
      ),
      message(
        'the same by «true», for the next actor',
        mustUnderstand,
        body(own, '<x xmlns="urn:x" s:mustUnderstand="true" s:actor="http://schemas.xmlsoap.org/soap/actor/next"/>'),
      ),
      message(
        'a WS-Security header that must be understood',
        mustUnderstand,
        body(own, `<w:Security xmlns:w="${WSSE}" s:mustUnderstand="1"/>`),
      ),
      message(
        'the same by «true», for the role of the last, SOAP 1.2',
        fault('HEADER_NON_RICONOSCIUTO'),
        envelope(
          target,
          own,
          `<x xmlns="urn:x" s:mustUnderstand="true" s:role="${SOAP_12}/role/ultimateReceiver"/>`,
          SOAP_12,
        ),
        { 'Content-Type': 'application/soap+xml' },
      ),
      message('unknown header', served(), body(own, '<x xmlns="urn:x"><y/></x>')),
      message('two bodies', frame, good.replace('</s:Envelope>', `<s:Body>${own}</s:Body></s:Envelope>`)),
      message('header after the body', frame, good.replace('</s:Envelope>', '<s:Header/></s:Envelope>')),
      message('two headers', frame, good.replace('<s:Body>', '<s:Header/><s:Header/><s:Body>')),
      message('text between', frame, good.replace('<s:Body>', 'testo<s:Body>')),
      message('body of another version', frame, good.replace('<s:Body>', `<s:Body xmlns:s="${SOAP_12}">`)),
      message(
        'body in a header',
        frame,
        good.replace('<s:Body>', '<s:Header><s:Body>').replace('</s:Body>', '</s:Body></s:Header>'),
      ),
      message('unknown version', frame, good.replace(SOAP_11, 'http://schemas.xmlsoap.org/soap/envelope')),
      message('no envelope', frame, own.replace('<t:', `<t:`).replace('>', ` xmlns:t="${target.namespace}">`)),
      message('empty body', fault('BODY_NON_VALIDO'), body('')),
      message('two operations', fault('BODY_NON_VALIDO'), body(own + own)),
      message('text for an operation', fault('BODY_NON_VALIDO'), body('testo')),
      message(
        'operation of another namespace',
        unknown,
        good.replace(`xmlns:t="${target.namespace}"`, 'xmlns:t="urn:altro"'),
      ),
      message('unknown operation', unknown, body('<t:cancellaTutto/>')),
      message('name of a response', unknown, body('<t:scaricoElencoAssistitiResponse/>')),
      message('unknown element', invalid, body(list(target, { more: '<t:amministratore>true</t:amministratore>' }))),
      message('field twice', invalid, body(list(target, { more: '<t:codiceFiscaleMedico>X</t:codiceFiscaleMedico>' }))),
      message(
        'field of another namespace',
        invalid,
        body(own.replaceAll('t:codiceFiscaleMedico>', 'codiceFiscaleMedico>')),
      ),
      message('operation without fields', invalid, body('<t:scaricoElencoAssistiti/>')),
      message('reference of RPC/encoded', invalid, body(list(target, { attributes: ' id="a"', field: ' href="#a"' }))),
      message('number beyond every type', invalid, body(cancellation('9'.repeat(400)))),
      message('number abc', invalid, body(cancellation('abc'))),
      message('two pinCode headers', frame, body(own, target.pinCode('1') + target.pinCode('2'))),
      message('attribute in the pinCode header', invalid, body(own, '<t:pinCode admin="true">AAAA</t:pinCode>')),
      message(
        'xsi:nil on a pinCode header that has one',
        attribute,
        body(own, `<t:pinCode xmlns:i="${XSI}" i:nil="true">AAAA</t:pinCode>`),
      ),
      message('algoritmo of a stranger', invalid, body(own, '<t:pinCode xmlns:x="urn:x" x:algoritmo="RSA-OAEP"/>')),
      message('elements in the pinCode header', invalid, body(own, '<t:pinCode><t:pinCode/></t:pinCode>')),
    ];

    function cancellation(id: string): string {
      const { codiceFiscale } = target.identity('secondDoctor');
      return (
        `<t:annullamentoTestSierologico><t:codiceFiscaleMedico>${codiceFiscale}</t:codiceFiscaleMedico>` +
        `<t:codiceFiscaleMedicoTitolare>${codiceFiscale}</t:codiceFiscaleMedicoTitolare>` +
        `<t:codiceFiscaleAssistito>RSSMRA80A01H501U</t:codiceFiscaleAssistito>` +
        `<t:identificativoTransazione>${id}</t:identificativoTransazione></t:annullamentoTestSierologico>`
      );
    }
  },
};
