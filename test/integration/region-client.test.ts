/** The client of a region with servers that answer correctly, wrongly, and maliciously; over real TLS. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { notificaOpposizione } from '../../generated/NotificaOpposizione.js';
import { createRegionClient } from '../../src/opposition/sending/region-client.js';
import type { RegionAnswer, RegionClient, RegionConnection } from '../../src/opposition/sending/region.js';
import { defaultLimits } from '../../src/platform/soap/index.js';
import { compileReader } from '../../src/platform/soap/reader.js';
import { parseXml } from '../../src/platform/soap/xml.js';
import { issueServer } from '../../src/dev/sandbox/pki.js';
import type { PairPaths, RegionPki } from '../../src/dev/sandbox/region-pki.js';
import { NAMESPACE, clock, endpointOf, pairOf, regionPki } from './simulator-fixture.js';
import type { Endpoint } from './simulator-fixture.js';

const SUBJECT = 'RSSMRA80A01H501U';
const readRequest = compileReader(notificaOpposizione.operations.NotifyOppPregresso.request, NAMESPACE);
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
/** Our own words, or a code of Node's: never a library's sentence. */
const PLAIN_REASON =
  /^(?:(?:[A-Z][A-Z0-9_]+|http \d{3})(?:: with TLS 1\.3, try opposition-region set --tls-max 1\.2)?|timeout|closed|connection lost in the answer|malformed answer(?:: [\w .]+)?)$/;

const HINT = ': with TLS 1.3, try opposition-region set --tls-max 1.2';

let pki: RegionPki;
const open: { stop(): unknown }[] = [];

beforeAll(async () => {
  pki = await regionPki();
}, 120_000);
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.stop();
});
afterAll(() => {
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

async function served(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
  tls: object = {},
): Promise<Endpoint> {
  const endpoint = await endpointOf(pki, answer, tls);
  open.unshift(endpoint);
  return endpoint;
}

function clientOf(
  url: string,
  changes: Partial<RegionConnection> & { sender?: PairPaths; timeoutMs?: number } = {},
): RegionClient {
  const { sender = pki.sender, timeoutMs = 5_000, ...region } = changes;
  const client = createRegionClient(
    {
      code: '120',
      endpoint: url,
      anchors: readFileSync(pki.regionCa, 'utf8'),
      patientIdForm: 'plain',
      sign: false,
      ...region,
    },
    pairOf(sender),
    { timeoutMs, clock },
  );
  open.unshift({
    stop: () => {
      client.close();
    },
  });
  return client;
}

const notification = (subject = SUBJECT) => ({ messageId: randomUUID(), subject, opposedOn: '2024-07-01' });

function respond(response: ServerResponse, text: string, status = 200, type = 'text/xml; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': type }).end(text);
}

const envelope = (body: string): string => `<s:Envelope xmlns:s="${SOAP}"><s:Body>${body}</s:Body></s:Envelope>`;
const answered = (inside: string): string =>
  envelope(`<n:NotifyOppPregressoResponse xmlns:n="${NAMESPACE}">${inside}</n:NotifyOppPregressoResponse>`);
const SUCCESS = answered('<n:Status>Success</n:Status>');
const SUCCEEDED: RegionAnswer = { kind: 'success' };
const error = (code: string, context: string): string =>
  `<n:Error><n:errorCode>${code}</n:errorCode><n:codeContext>${context}</n:codeContext></n:Error>`;
/** @param errors an empty code: the region gave none */
const failure = (...errors: (readonly [code: string, description: string, isWarning?: true])[]): unknown => ({
  kind: 'failure',
  errors: errors.map(([code, description, isWarning]) => ({
    ...(code !== '' && { code }),
    description,
    ...(isWarning && { isWarning }),
  })),
});
const unclear = (reason: string): RegionAnswer => ({ kind: 'unclear', reason });
/** @param what name and text of what contradicts Success */
const beside = (what: string): RegionAnswer => unclear(`contradictory answer: Success beside ${what}`);

async function answerTo(text: string, status = 200, type?: string): Promise<RegionAnswer> {
  const endpoint = await served((response) => {
    respond(response, text, status, type);
  });
  return clientOf(endpoint.url).notify(notification());
}

describe('the request', () => {
  async function sent(changes: Partial<RegionConnection>, subject?: string) {
    const endpoint = await served((response) => {
      respond(response, SUCCESS);
    });
    const message = notification(subject);
    expect(await clientOf(endpoint.url, changes).notify(message)).toEqual({ kind: 'success' });
    const [request] = endpoint.requests;
    const root = parseXml(request?.body ?? '', defaultLimits);
    const header = new Map(root.children[0]?.children.map(({ name, text }) => [name, text]));
    const body = root.children[1]?.children[0];
    if (body === undefined) throw new Error('no body');
    return { endpoint, message, headers: request?.headers ?? {}, header, body };
  }

  test('is valid by the schema, with addressing and action', async () => {
    const { endpoint, message, headers, header, body } = await sent({});
    readRequest(body);
    expect(header.get('To')).toBe(endpoint.url);
    expect(header.get('MessageID')).toBe(`urn:uuid:${message.messageId}`);
    expect(header.get('Action')).toBe('urn:fse:NotifyOppPregresso');
    expect(headers['soapaction']).toBe('"urn:fse:NotifyOppPregresso"');
    expect(headers['content-type']).toBe('text/xml; charset=utf-8');
    expect(body.children.map(({ text }) => text)).toEqual([SUBJECT, '2024-07-01', 'true']);
  });

  test.each([
    [SUBJECT, `${SUBJECT}^^^&2.16.840.1.113883.2.9.4.3.2&ISO`],
    ['12345678903', '12345678903^^^&2.16.840.1.113883.2.9.4.3.2&ISO'],
    ['STP1202010000001', 'STP1202010000001^^^&2.16.840.1.113883.2.9.4.3.17&ISO'],
  ])('%s in HL7 CX form', async (subject, expected) => {
    const { body } = await sent({ patientIdForm: 'cx' }, subject);
    readRequest(body);
    expect(body.children[0]?.text).toBe(expected);
  });

  test('of many concurrent ones each has its own MessageID with its own person', async () => {
    const endpoint = await served((response) => {
      respond(response, SUCCESS);
    });
    const client = clientOf(endpoint.url);
    const all = Array.from({ length: 30 }, (_, n) => notification(`STP12020100000${10 + n}`));
    await Promise.all(all.map((one) => client.notify(one)));
    const pairs = endpoint.requests.map(
      ({ body }) => `${/urn:uuid:([\w-]+)/.exec(body)?.[1] ?? ''} ${/STP\d+/.exec(body)?.[0] ?? ''}`,
    );
    expect(pairs.sort()).toEqual(all.map(({ messageId, subject }) => `${messageId} ${subject}`).sort());
  });
});

describe('the answer of a region', () => {
  test.each([
    ['Success', SUCCESS, { kind: 'success' }],
    [
      'Success in small letters, without namespace',
      envelope('<NotifyOppPregressoResponse><Status>success</Status></NotifyOppPregressoResponse>'),
      { kind: 'success' },
    ],
    [
      'Failure',
      answered(
        '<n:Status>Failure</n:Status><n:Error><n:errorCode>E1</n:errorCode><n:codeContext>Non assistito</n:codeContext></n:Error>',
      ),
      failure(['E1', 'Non assistito']),
    ],
    [
      'Failure with attributes, nested',
      answered('<n:Status>Failure</n:Status><n:ErrorList><n:Error errorCode="E2" codeContext="Altro"/></n:ErrorList>'),
      failure(['E2', 'Altro']),
    ],
    [
      'Failure with the parts of an error, written flat',
      answered('<n:Status>Failure</n:Status><errorCode>XDSRegistryBusy</errorCode><codeContext>occupato</codeContext>'),
      failure(['XDSRegistryBusy', 'occupato']),
    ],
    [
      'Failure with an error whose code means no error',
      answered(`<n:Status>Failure</n:Status>${error('0', 'database down')}`),
      failure(['', 'database down']),
    ],
    ['Failure without a reason', answered('<n:Status>Failure</n:Status>'), failure(['', ''])],
    [
      'markup as text, escaped once more',
      answered(
        '<n:Status>Failure</n:Status><n:Error><n:errorCode>&lt;E&gt;</n:errorCode><n:codeContext>a &amp;amp; b</n:codeContext></n:Error>',
      ),
      failure(['<E>', 'a & b']),
    ],
    ['an unknown word', answered('<n:Status>Partial</n:Status>'), unclear('malformed answer: unknown Status')],
    ['no Status', answered(''), unclear('malformed answer: no Status')],
    ['another operation', envelope('<altro/>'), unclear('malformed answer: another element in the body')],
    ['an empty body', envelope(''), unclear('malformed answer: not one element in the body')],
    [
      'several errors, a warning first',
      answered(
        `<n:Status>Failure</n:Status>${error('W1', 'avviso')}${error('PFC7', 'non presente')}${error('E3', 'e altro')}`,
      ),
      failure(['PFC7', 'non presente'], ['E3', 'e altro'], ['W1', 'avviso', true]),
    ],
    [
      'a status as ebXML platforms write it',
      answered('<n:Status>urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success</n:Status>'),
      SUCCEEDED,
    ],
  ])('%s', async (_, text, expected) => {
    expect(await answerTo(text)).toEqual(expected);
  });

  test('the identifier, which some regions repeat, and control characters are removed, and the length is limited', async () => {
    const text = `Assistito ${SUBJECT.toLowerCase()} e ${SUBJECT}&#10;riga falsa BNCLRA80A41H501X ${'-'.repeat(2_000)}`;
    const answer = await answerTo(
      answered(
        `<n:Status>Failure</n:Status><n:Error><n:errorCode>E ${SUBJECT}</n:errorCode><n:codeContext>${text}</n:codeContext></n:Error>`,
      ),
    );
    if (answer.kind !== 'failure') throw new Error(answer.kind);
    const [{ code, description }] = answer.errors;
    expect(code).toBe('E [identificativo]');
    expect(description).toMatch(/^Assistito \[identificativo\] e \[identificativo\] riga falsa \[identificativo\] -+$/);
    expect(description).toHaveLength(500);
  });

  describe('faults', () => {
    const detail = `<w:Invalid xmlns:w="urn:w"><b:ErrorCode xmlns:b="urn:b">PFC7</b:ErrorCode><b:Description xmlns:b="urn:b">${SUBJECT} non presente</b:Description></w:Invalid>`;
    const fault = (code: string, inside = '') =>
      envelope(
        `<s:Fault><faultcode>s:${code}</faultcode><faultstring>No a ${SUBJECT}</faultstring>${inside && `<detail>${inside}</detail>`}</s:Fault>`,
      );
    const fault12 = (code: string, subcode: string, inside: string) =>
      `<s:Envelope xmlns:s="${SOAP_12}"><s:Body><s:Fault><s:Code><s:Value>s:${code}</s:Value>${subcode}</s:Code>` +
      `<s:Reason><s:Text xml:lang="it">Rifiutata</s:Text></s:Reason><s:Detail>${inside}</s:Detail></s:Fault></s:Body></s:Envelope>`;
    const said = (
      blames: 'message' | 'region',
      faultCode: string,
      description: string,
      code?: string,
    ): RegionAnswer => ({
      ...{ kind: 'fault', blames, faultCode },
      errors: [{ ...(code !== undefined && { code }), description }],
    });
    const subcode = '<s:Subcode><s:Value xmlns:r="urn:r">r:PFC7</s:Value></s:Subcode>';

    test.each([
      ['of the message', fault('Client'), 500, said('message', 'Client', 'No a [identificativo]')],
      ['made more specific', fault('Client.Auth'), 500, said('message', 'Client.Auth', 'No a [identificativo]')],
      ['of a header', fault('MustUnderstand'), 500, said('message', 'MustUnderstand', 'No a [identificativo]')],
      ['of the server', fault('Server'), 500, said('region', 'Server', 'No a [identificativo]')],
      ['with a specific code', fault('PFC7'), 500, said('region', 'PFC7', 'No a [identificativo]', 'PFC7')],
      ['with HTTP 200', fault('Server'), 200, said('region', 'Server', 'No a [identificativo]')],
      ['with HTTP 503', fault('Server'), 503, said('region', 'Server', 'No a [identificativo]')],
      [
        'with a detail',
        fault('Server', detail),
        500,
        said('region', 'Server', 'No a [identificativo]: [identificativo] non presente', 'PFC7'),
      ],
      [
        'with a detail in attributes',
        fault('Client', '<e codice="PFC7" descrizione="Non presente"/>'),
        500,
        said('message', 'Client', 'No a [identificativo]: Non presente', 'PFC7'),
      ],
      [
        'with words only in the detail',
        fault('Server', '<string>Base dati non raggiungibile</string>'),
        500,
        said('region', 'Server', 'No a [identificativo]: Base dati non raggiungibile'),
      ],
      [
        'of SOAP 1.2',
        fault12('Receiver', '', detail),
        500,
        said('region', 'Receiver', 'Rifiutata: [identificativo] non presente', 'PFC7'),
      ],
      [
        'of SOAP 1.2, with 400',
        fault12('Sender', '', detail),
        400,
        said('message', 'Sender', 'Rifiutata: [identificativo] non presente', 'PFC7'),
      ],
      [
        'of SOAP 1.2, with a subcode',
        fault12('Sender', subcode, ''),
        400,
        said('message', 'Sender', 'Rifiutata', 'PFC7'),
      ],
    ])('%s', async (_, text, status, expected) => {
      expect(await answerTo(text, status)).toEqual(expected);
    });

    test('with several details: each is kept', async () => {
      const answer = await answerTo(fault('Server', `<l><e code="A" message="a"/><e code="B" message="b"/></l>`), 500);
      expect(answer).toMatchObject({ errors: [{ code: 'A' }, { code: 'B' }] });
    });
  });

  describe('Success', () => {
    const alone = '<n:Status>Success</n:Status>';
    test.each([
      [
        'then Failure',
        `${alone}<n:Status>Failure</n:Status>`,
        200,
        unclear('contradictory answer: more than one Status'),
      ],
      [
        'and one more inside',
        `${alone}<n:a><n:Status>Failure</n:Status></n:a>`,
        200,
        unclear('contradictory answer: more than one Status'),
      ],
      [
        'inside another element',
        `<n:a>${alone}</n:a>`,
        200,
        unclear('malformed answer: Status is not where it belongs'),
      ],
      [
        'around another element',
        '<n:Status>Success<n:a/></n:Status>',
        200,
        unclear('malformed answer: Status is not where it belongs'),
      ],
      ['with HTTP 500', alone, 500, unclear('contradictory answer: Success with http 500')],
      ['with HTTP 404', alone, 404, unclear('contradictory answer: Success with http 404')],
      ['with a fault', `${alone}<Fault/>`, 200, beside('Fault')],
      ['beside an error', `${alone}${error('PFC7', 'non presente')}`, 200, failure(['PFC7', '(Success) non presente'])],
      ['beside an error without code', `${alone}<n:Error>non presente</n:Error>`, 200, beside('Error: non presente')],
      [
        'next to an error with a severity other than warning',
        `${alone}<RegistryError errorCode="W1" codeContext="no" severity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"/>`,
        200,
        failure(['W1', '(Success) no']),
      ],
      ['beside a warning', `${alone}${error('W1', 'avviso')}`, 200, SUCCEEDED],
      [
        'next to an error with severity warning',
        `${alone}<RegistryError errorCode="X" codeContext="c" severity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning"/>`,
        200,
        SUCCEEDED,
      ],
      ['beside an empty error', `${alone}<n:Error><n:errorCode/><n:codeContext/></n:Error>`, 200, SUCCEEDED],
      ['beside a code that means no error', `${alone}${error('0000', 'Operazione eseguita')}`, 200, SUCCEEDED],
      ['with HTTP 202', alone, 202, SUCCEEDED],
      [
        'beside the parts of an error, written flat',
        `${alone}<errorCode>XDSUnknownPatientId</errorCode><codeContext>no</codeContext>`,
        200,
        failure(['XDSUnknownPatientId', '(Success) no']),
      ],
      [
        'beside an error after a warning',
        `${alone}<errorCode>0</errorCode><errorCode>E1</errorCode>`,
        200,
        failure(['E1', '(Success)']),
      ],
      [
        'beside an error after ten warnings',
        `${alone}${error('W1', 'avviso').repeat(10)}${error('E1', 'no')}`,
        200,
        failure(['E1', '(Success) no']),
      ],
      ['with a code', '<n:Status code="E1">Success</n:Status>', 200, failure(['E1', '(Success)'])],
      ['beside a code of a fault', `${alone}<faultcode>Server</faultcode>`, 200, failure(['Server', '(Success)'])],
      [
        'beside a context only',
        `${alone}<codeContext>not stored</codeContext>`,
        200,
        beside('codeContext: not stored'),
      ],
      ['beside a message of an error', `${alone}<ErrorMessage>boom</ErrorMessage>`, 200, beside('ErrorMessage: boom')],
      ...['EsitoTransazione', 'regionReturnCode', 'StatoProtocollazione', 'transactionStatus'].map(
        (name): [string, string, number, unknown] => [
          `beside another outcome whose name looks like an identifier: ${name}`,
          `${alone}<${name}>99</${name}>`,
          200,
          beside(`${name}: 99`),
        ],
      ),
      ...[
        ...['Persona sconosciuta', 'Notifica non presa in carico', 'Identificativo mancante', 'Patient not found'],
        ...['Richiesta rigettata', 'Richiesta inammissibile', 'Operazione ignorata', 'Accesso vietato'],
        ...['Servizio momentaneamente indisponibile', 'Request discarded', 'Request ignored', 'Permission forbidden'],
        ...['Rolled back', 'Impossible to process', 'Processing halted', 'Istanza irricevibile'],
      ].map((words): [string, string, number, unknown] => [
        `beside words of an error: ${words}`,
        `${alone}<Message>${words}</Message>`,
        200,
        beside(`Message: ${words}`),
      ]),
      [
        'beside text inside an error',
        `${alone}<ErrorList><item><message>Persona ignota</message></item></ErrorList>`,
        200,
        beside('message: Persona ignota'),
      ],
      ['whose own attribute says otherwise', '<n:Status esito="KO">Success</n:Status>', 200, beside('esito: KO')],
      [
        'beside an error in Italian',
        `${alone}<Errore><codice>E1</codice><descrizione>no</descrizione></Errore>`,
        200,
        failure(['E1', '(Success) no']),
      ],
      ...[
        ['<Errore>base dati</Errore>', 'Errore: base dati'],
        [
          '<Errori><Errore><a><motivo x:t="s" xmlns:x="urn:x">base dati</motivo></a></Errore></Errori>',
          'motivo: base dati',
        ],
        ['<Error motivo="base dati"/>', 'motivo: base dati'],
        ['<a errore="base dati"/>', 'errore: base dati'],
        ['<RegistryErrorList highestSeverity="urn:x:Error"/>', 'highestSeverity: urn:x:Error'],
        [error('0', 'database down'), 'codeContext: database down'],
        ['<Error severity="Error" errorCode="OK" codeContext="database down"/>', 'severity: Error'],
        ['<Esito>KO</Esito>', 'Esito: KO'],
        ['<success>false</success>', 'success: false'],
        ['<success>0</success>', 'success: 0'],
        ['<a status="Failure"/>', 'status: Failure'],
        ['Failure', 'Failure'],
        // The words of chapter 7, and what platforms call an outcome or an error.
        ...[
          ['StatoRisposta', 'Fallimento'],
          ['Stato', 'Fallimento'],
          ['Stato', 'Sospesa'],
          ['MotivoRifiuto', 'Paziente non trovato'],
          ['Motivo', 'Paziente non trovato'],
          ['Motivo', 'base dati'],
          ['Note', 'Opposizione non registrata: paziente non trovato'],
          ['ReturnCode', '99'],
          ['rc', '-1'],
          ['ErrorText', 'Opposizione non registrata'],
          ['Failure', 'true'],
          ['Fallimento', 'true'],
          ['Accepted', 'false'],
          ['Registrata', 'false'],
          ['hasErrors', 'true'],
          ['ErrorCount', '1'],
          ['NumeroErrori', '3'],
          ['NonRegistrate', '1'],
          ['DataRifiuto', '2026-11-29'],
          ['validated', '0'],
          ['EsitoNegativo', 'true'],
          ['Warning', 'Opposizione non registrata'],
          ['Avviso', 'Notifica respinta'],
          ['Response', 'KO'],
          ['esito', 'Negativo'],
          ['Messaggio', 'codice 99'],
          // Unknown to every rule.
          ['Campo', '99'],
          ['Campo', 'E01'],
          ['Campo', 'true'],
          // Echoes.
          ['OppositionValue', 'false'],
          ['OppositionValue', '0'],
          ['OppositionDate', '2023-07-01'],
          ['DataOpposizione', '2023-07-01'],
          ['PatientId', 'ALTRO'],
          // Texts beside a code that means no error.
          ['codeContext', 'completata senza registrazione'],
          ['codeContext', 'Paziente sconosciuto, richiesta ricevuta'],
          ['codeContext', 'Registrata in quarantena: codice respinto'],
          ['codeContext', 'Operazione eseguita parzialmente'],
          ['codeContext', 'Richiesta annullata'],
          ['codeContext', 'accettato ma scaduto'],
          ['codeContext', 'Richiesta ricevuta, opposizione assente'],
          ['codeContext', 'Nessuna registrazione effettuata'],
          ['codeContext', 'Accepted with errors'],
        ].map(([name = '', value = '']) => [`<${name}>${value}</${name}>`, `${name}: ${value}`]),
        [error('0', 'completata senza registrazione'), 'codeContext: completata senza registrazione'],
        ['<PatientId>BNCLRA80A41H501X</PatientId>', 'PatientId: [identificativo]'],
        ['<Message>Registrata per BNCLRA80A41H501X</Message>', 'Message: Registrata per [identificativo]'],
        ['<Warning>Registrata per BNCLRA80A41H501X</Warning>', 'Warning: Registrata per [identificativo]'],
        ['<errorCode>W1</errorCode><Esito>KO</Esito>', 'Esito: KO'],
        ['<Failure/>', 'Failure'],
        ['<r:RegistryResponse xmlns:r="urn:r" status="urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure"/>'],
      ].map(([inside = '', what]): [string, string, number, unknown] => [
        `beside ${inside}`,
        alone + inside,
        200,
        beside(what ?? 'status: urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure'),
      ]),
      ...['value="Failure"', 'esito="KO"', 'type="Fallimento"', 'ok="false"'].map(
        (attribute): [string, string, number, unknown] => [
          `whose attribute is ${attribute}`,
          `<n:Status ${attribute}>Success</n:Status>`,
          200,
          beside(attribute.replace(/="(.*)"/, ': $1')),
        ],
      ),
      ['beside the code of an error', `${alone}<ErrCode>E01</ErrCode>`, 200, failure(['E01', '(Success)'])],
      [
        'beside an error that is not a warning',
        `${alone}<Error severity="NotAWarning" errorCode="E"/>`,
        200,
        failure(['E', '(Success)']),
      ],
      ...[
        'Failure:Success',
        'urn:x:Failure:Success',
        'x:Success',
        'urn: :Success',
        'urn:Errore:Success',
        'urn:x:PartialSuccess',
        '',
      ].map((word): [string, string, number, unknown] => [
        `only as the end of ‘${word}’`,
        `<n:Status>${word}</n:Status>`,
        200,
        unclear('malformed answer: unknown Status'),
      ]),
      ...[
        '<Esito>OK</Esito>',
        '<codice>0</codice><descrizione>Operazione completata senza errori</descrizione>',
        '<message>Notifica acquisita.</message>',
        '<Errori/>',
        '<error>false</error>',
        ...[
          'Notifica presa in carico',
          'Operazione effettuata',
          'Inserimento avvenuto senza anomalie',
          'Esito positivo',
          'Notifica OK',
          'Message processed',
          'Done',
        ].flatMap((words) => [
          `<Message>${words}</Message>`,
          `<code>200</code><description>${words}</description>`,
          `<errorCode>0</errorCode><codeContext>${words}</codeContext>`,
        ]),
        error('0', 'Richiesta elaborata correttamente'),
        // What regions add to an accepted notification.
        `<PatientId>${SUBJECT}</PatientId><OppositionDate>2024-07-01</OppositionDate><OppositionValue>true</OppositionValue>`,
        `<PatientId>${SUBJECT}^^^&amp;2.16.840.1.113883.2.9.4.3.2&amp;ISO</PatientId>`,
        '<PatientId>RSSMRA**********</PatientId>',
        `<cfAssistito>${SUBJECT}</cfAssistito><messaggio>Opposizione registrata per ${SUBJECT.toLowerCase()}</messaggio>`,
        '<Protocollo>2026/0012345</Protocollo><DataProtocollo>29/11/2026</DataProtocollo>',
        '<Messaggio>Protocollo n. 12345 del 29/11/2026</Messaggio>',
        '<numeroProtocollo>REG-12</numeroProtocollo><idTransazione>98765</idTransazione>',
        '<Timestamp>2026-11-29T10:11:12.345+01:00</Timestamp><dataOra>20261129101112</dataOra>',
        '<x>2026-11-29T10:11:12Z</x><y>0b6f6b1e-6a55-4c6e-9a53-2f5f4a9f7a10</y><z>urn:oid:2.16.840.1</z>',
        '<StatoRisposta>Successo</StatoRisposta><Esito>Positivo</Esito><ReturnCode>0</ReturnCode>',
        '<CodiceEsito>0000</CodiceEsito><DescrizioneEsito>Notifica presa in carico</DescrizioneEsito>',
        '<Accepted>true</Accepted><success>1</success><Registrata>OK</Registrata><Registrata>2026-11-29</Registrata>',
        '<hasErrors>false</hasErrors><ErrorCount>0</ErrorCount><NumeroErrori>0</NumeroErrori><Failure>false</Failure>',
        '<Ente>Regione Lazio</Ente><CodiceRegione>120</CodiceRegione><Sistema>FSE</Sistema><Versione>1.4.2</Versione>',
        '<r:RegistryResponse xmlns:r="urn:r" status="urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"><r:RegistryErrorList/></r:RegistryResponse>',
        '<RegistryErrorList><RegistryError errorCode="X" codeContext="non nota" location="riga 3" severity="urn:x:Warning"/></RegistryErrorList>',
        '<Warning>Assistito non ancora in anagrafe: opposizione registrata</Warning>',
        '<Warning>Opposizione già presente, non registrata di nuovo</Warning>',
        '<Avvisi><Avviso codice="A12"><descrizione>Medico non trovato</descrizione></Avviso></Avvisi>',
        '<errorCode>W1</errorCode><codeContext>Medico non trovato</codeContext><Protocollo>12</Protocollo>',
        '<Errore><codice>0</codice><descrizione>Nessun errore</descrizione><data>2026-11-29</data></Errore>',
        '<Message>Notifica elaborata con 0 errori</Message><Note>Nessuna anomalia riscontrata</Note>',
        '<a x:type="x:b" x:nil="true" xmlns:x="http://www.w3.org/2001/XMLSchema-instance"/>',
        '<Motivo/><MotivoRifiuto></MotivoRifiuto><Stato/><ReturnCode/>',
      ].map((inside): [string, string, number, unknown] => [`beside ${inside}`, alone + inside, 200, SUCCEEDED]),
    ])('%s', async (_, inside, status, expected) => {
      expect(await answerTo(answered(inside), status)).toEqual(expected);
    });

    test('with the parts of an error as attributes of the response', async () => {
      const attributes = 'errorCode="XDSUnknownPatientId" codeContext="sconosciuto"';
      const text = `<NotifyOppPregressoResponse ${attributes}>${alone.replaceAll('n:', '')}</NotifyOppPregressoResponse>`;
      expect(await answerTo(envelope(text))).toEqual(failure(['XDSUnknownPatientId', '(Success) sconosciuto']));
      expect(await answerTo(envelope(text.replace(attributes, 'status="Failure"')))).toEqual(beside('status: Failure'));
      expect(await answerTo(envelope(text.replace(attributes, 'errorCode="W1" esito="KO"')))).toEqual(
        beside('esito: KO'),
      );
    });

    test('next to another element in the body', async () => {
      expect(await answerTo(SUCCESS.replace('</s:Body>', '<s:Fault/></s:Body>'))).toEqual(
        unclear('malformed answer: not one element in the body'),
      );
      expect(await answerTo(SUCCESS.replace('</s:Body>', '</s:Body><s:Body/>'))).toEqual(
        unclear('malformed answer: not one element in the body'),
      );
    });

    test('next to anything in the envelope except header and body', async () => {
      const extra = unclear('malformed answer: another element in the envelope');
      const fault = '<s:Fault><faultcode>s:Server</faultcode></s:Fault>';
      expect(await answerTo(SUCCESS.replace('</s:Body>', `</s:Body>${fault}`))).toEqual(extra);
      expect(await answerTo(SUCCESS.replace('<s:Body>', '<Header/><s:Body>'))).toEqual(extra);
      const text = unclear('malformed answer: text in the envelope');
      expect(await answerTo(SUCCESS.replace('<s:Body>', '<s:Body>Failure'))).toEqual(text);
      expect(await answerTo(SUCCESS.replace('<s:Body>', 'Failure<s:Body>'))).toEqual(text);
      const header = (inside: string): string => SUCCESS.replace('<s:Body>', `<s:Header>${inside}</s:Header><s:Body>`);
      expect(await answerTo(header(fault))).toEqual(unclear('contradictory answer: a fault in the header'));
      expect(await answerTo(header('<c:Codice xmlns:c="urn:c">12</c:Codice>'))).toEqual(SUCCEEDED);
    });

    test.each([
      ['as we wrote it', (id: string) => `urn:uuid:${id}`, true],
      ['in capitals', (id: string) => id.toUpperCase(), true],
      ['as written by a region that could not read it', () => 'http://www.w3.org/2005/08/addressing/unspecified', true],
      ['empty', () => '', true],
      ['another', () => 'urn:uuid:00000000-0000-4000-8000-000000000000', false],
      ["another, from a platform's own numbering", () => 'MSG-12', false],
    ])('related to a message, %s', async (_, relatesTo, isOurs) => {
      for (const namespace of [
        'http://www.w3.org/2005/08/addressing',
        'http://schemas.xmlsoap.org/ws/2004/08/addressing',
      ])
        for (const [text, expected] of [
          [SUCCESS, SUCCEEDED],
          [answered(`<n:Status>Failure</n:Status>${error('E1', 'no')}`), failure(['E1', 'no'])],
        ] as const) {
          const endpoint = await served((response) => {
            const id = relatesTo(/urn:uuid:([\w-]+)/.exec(endpoint.requests[0]?.body ?? '')?.[1] ?? '');
            const header = `<s:Header><a:RelatesTo xmlns:a="${namespace}">${id}</a:RelatesTo></s:Header>`;
            respond(response, text.replace('<s:Body>', `${header}<s:Body>`));
          });
          expect(await clientOf(endpoint.url).notify(notification())).toEqual(
            isOurs ? expected : unclear('contradictory answer: to another message'),
          );
        }
    });
  });

  test('long texts are cut before identifiers are searched, and no partial identifier remains at the cut', async () => {
    // Each is one long search for an address or number that does not occur; together they took seconds.
    for (const long of ['a'.repeat(4_090), '.'.repeat(4_090), 'a.'.repeat(2_045)]) {
      const part = `<error><code>${long}</code><message>${long}</message></error>`;
      const text = `<s:Fault><faultcode>s:Server</faultcode><faultstring>x</faultstring><detail>${part.repeat(7)}</detail></s:Fault>`;
      expect(await answerTo(envelope(text), 500)).toMatchObject({
        kind: 'fault',
        errors: Array.from({ length: 7 }, () => ({ code: long.slice(0, 64), description: `x: ${long.slice(0, 500)}` })),
      });
    }
    for (let before = 2_140; before < 2_164; before++) {
      const text = `${'1'.repeat(before - 1)} ${SUBJECT} ${'-'.repeat(300)}`;
      const answer = await answerTo(answered(`<n:Status>Failure</n:Status>${error('E', text)}`));
      expect(JSON.stringify(answer)).not.toContain(SUBJECT.slice(0, 3));
    }
  });

  test.each([
    ['503', '<html/>', 503, 'http 503'],
    ['404', 'no', 404, 'http 404'],
    ['500 without a fault', '<html/>', 500, 'http 500'],
    ['a redirection, not followed', '', 302, 'http 302'],
    ['nothing', '', 200, 'malformed answer: empty'],
    ['half an answer', SUCCESS.slice(0, 150), 200, 'malformed answer: not XML within the limits'],
    ['a page', '<html><body>Success</body></html>', 200, 'malformed answer: not a SOAP envelope'],
    [
      'a bomb',
      `<!DOCTYPE a [<!ENTITY b "${'x'.repeat(100)}">]>${SUCCESS}`,
      200,
      'malformed answer: not XML within the limits',
    ],
    ['depth', `${'<a>'.repeat(1_000)}${'</a>'.repeat(1_000)}`, 200, 'malformed answer: not XML within the limits'],
    ['too much', `${SUCCESS}${' '.repeat(70_000)}`, 200, 'malformed answer: too large'],
  ])('%s', async (_, text, status, reason) => {
    expect(await answerTo(text, status)).toEqual({ kind: 'unreachable', reason });
  });

  describe('text around the identifier', () => {
    const package_ = (root: string, others = '', start = '; start="<root@x>"'): [Buffer, Record<string, string>] => [
      Buffer.from(
        `preamble\r\n${others}--b.1\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\n` +
          `Content-Transfer-Encoding: binary\r\nContent-ID: <root@x>\r\n\r\n${root}\r\n--b.1--\r\n`,
      ),
      {
        'Content-Type': `multipart/related; type="application/xop+xml"; boundary="b.1"${start}; start-info="text/xml"`,
      },
    ];
    const attachment = '--b.1\r\nContent-Type: text/plain\r\nContent-ID: <a@x>\r\n\r\nallegato\r\n';
    const soap12 = SUCCESS.replace(SOAP, SOAP_12);
    const coded = (coding: string, bytes: Buffer): [Buffer, Record<string, string>] => [
      bytes,
      { 'Content-Type': 'text/xml', 'Content-Encoding': coding },
    ];
    const typed = (type: string, text = SUCCESS): [Buffer, Record<string, string>] => [
      Buffer.from(text),
      type === '' ? {} : { 'Content-Type': type },
    ];
    const declared = '<?xml version="1.0" encoding="ISO-8859-1"?>';
    const accented = answered(`<n:Status>Success</n:Status>${error('W1', 'già registrata')}`);
    const folded = (text: string): string => text.replace(/.{76}/g, '$&\r\n');
    const mime = (type: string, encoding: string, root: string, before?: string): [Buffer, Record<string, string>] => [
      Buffer.from(
        `${before === undefined ? '' : `--b\r\n${before}\r\n`}--b\r\nContent-Type: text/xml\r\nContent-ID: <r@x>\r\n` +
          `Content-Transfer-Encoding: ${encoding}\r\n\r\n${root}\r\n--b--`,
      ),
      { 'Content-Type': type },
    ];
    const answer = async ([bytes, headers]: readonly [Buffer, Record<string, string>]): Promise<RegionAnswer> => {
      const endpoint = await served((response) => {
        response.writeHead(200, headers).end(bytes);
      });
      const answered = await clientOf(endpoint.url).notify(notification());
      expect(endpoint.requests[0]?.headers['accept-encoding']).toBe('identity');
      return answered;
    };

    test.each([
      ['SOAP 1.2', typed('application/soap+xml; charset=utf-8', soap12)],
      ['no content type', typed('')],
      ['a content type of nobody', typed('application/soap-xml')],
      ['a content type of pages', typed('text/html')],
      ['an empty line before the declaration', typed('text/xml', `\r\n<?xml version="1.0"?>${SUCCESS}`)],
      ['a MIME package', package_(SUCCESS)],
      ['a MIME package with an attachment before the root', package_(SUCCESS, attachment)],
      ['a MIME package that names no root', package_(SUCCESS, '', '')],
      ['gzip', coded('gzip', gzipSync(SUCCESS))],
      ['x-gzip in capitals', coded('X-GZip', gzipSync(SUCCESS))],
      ['deflate', coded('deflate', deflateSync(SUCCESS))],
      ['deflate without its header', coded('deflate', deflateRawSync(SUCCESS))],
      ['brotli', coded('br', brotliCompressSync(SUCCESS))],
      ['a coding that is none', coded('identity', Buffer.from(SUCCESS))],
      ['a coding that nobody knows', coded('zip', Buffer.from(SUCCESS))],
      ['a charset for a coding', coded('UTF-8', Buffer.from(SUCCESS))],
      ...['gzip', 'deflate', 'br', 'gzip, br'].map(
        (coding) => [`${coding} that is said only`, coded(coding, Buffer.from(SUCCESS))] as const,
      ),
      ...['iso-8859-15', 'ISO8859_1', 'cp1252', '', '""', 'utf-16', 'nessuno', 'utf-8, text/xml'].map(
        (charset) => [`the charset ‘${charset}’ over ASCII`, typed(`text/xml; charset=${charset}`)] as const,
      ),
      ...['utf-8', 'iso-8859-15', 'ISO8859_1', ''].map(
        (charset) =>
          [
            `Latin-1 as ‘${charset}’`,
            [Buffer.from(accented, 'latin1'), { 'Content-Type': `text/xml; charset=${charset}` }],
          ] as const,
      ),
      ...['utf-8', 'iso-8859-1'].map(
        (charset) =>
          [
            `utf-16 declared over UTF-8, told as ${charset}`,
            typed(`text/xml; charset=${charset}`, `<?xml version="1.0" encoding="utf-16"?>${accented}`),
          ] as const,
      ),
      ['Latin-1 as it is declared', [Buffer.from(declared + accented, 'latin1'), { 'Content-Type': 'text/xml' }]],
      [
        'Latin-1 as it is declared, told as UTF-8',
        [Buffer.from(declared + accented, 'latin1'), { 'Content-Type': 'text/xml; charset=utf-8' }],
      ],
      ['UTF-16 that nothing announces', [Buffer.from(accented, 'utf16le'), { 'Content-Type': 'text/xml' }]],
      [
        'UTF-16, big-endian',
        [Buffer.from(`\ufeff${accented}`, 'utf16le').swap16(), { 'Content-Type': 'text/xml; charset=utf-16' }],
      ],
      ['zeros behind it', typed('text/xml', `${SUCCESS}\0\0`)],
      ['two byte order marks', typed('text/xml', `\ufeff\n\ufeff${SUCCESS}`)],
      ['a mixed package', mime('multipart/mixed; boundary=b', '8bit', SUCCESS)],
      [
        'a mixed package, an attachment first',
        mime('multipart/mixed; boundary=b', '8bit', SUCCESS, 'Content-Type: text/plain\r\n\r\nx'),
      ],
      [
        'a package in base64',
        mime('multipart/related; boundary=b', 'base64', folded(Buffer.from(accented).toString('base64'))),
      ],
      [
        'a package in quoted-printable',
        mime(
          'multipart/related; boundary=b',
          'Quoted-Printable',
          accented.replaceAll('=', '=3D').replaceAll('à', '=C3=A0').replace('Success', 'Suc=\r\ncess'),
        ),
      ],
      ['a root that is called by cid:', mime('multipart/related; boundary=b; start="cid:r@x"', '8bit', SUCCESS)],
    ] as readonly (readonly [string, readonly [Buffer, Record<string, string>]])[])(
      'is removed: %s',
      async (_, given) => {
        expect(await answer(given)).toEqual(SUCCEEDED);
      },
    );

    test.each([
      ['codings without end', coded(Array(50).fill('gzip').join(','), gzipSync(SUCCESS)), 'unknown content coding'],
      ['a coding that nothing told', [gzipSync(SUCCESS), {}], 'not XML within the limits'],
      ['a gzip bomb', coded('gzip', gzipSync(Buffer.alloc(20_000_000))), 'too large'],
      ['a brotli bomb', coded('br', brotliCompressSync(Buffer.alloc(20_000_000))), 'too large'],
      [
        'a MIME package without its root',
        package_(SUCCESS, '', '; start="<other@x>"'),
        'multipart without its root part',
      ],
    ] satisfies [string, [Buffer, Record<string, string>], string][])(
      'cannot be removed: %s',
      async (_, given, reason) => {
        expect(await answer(given)).toEqual({ kind: 'unreachable', reason: `malformed answer: ${reason}` });
      },
    );
  });

  test('ids and names of prototypes do not reach the package: the next answer is read normally', async () => {
    let text = SUCCESS;
    const endpoint = await served((response) => {
      respond(response, text);
    });
    const client = clientOf(endpoint.url);
    for (const hostile of [
      `<n:Status id="__proto__" polluted="yes">Success</n:Status>`,
      `<n:__proto__ id="__proto__"><n:polluted>yes</n:polluted></n:__proto__><n:Status>Success</n:Status>`,
      `<n:constructor><n:prototype id="constructor"><n:polluted>yes</n:polluted></n:prototype></n:constructor><n:Status href="#__proto__">Success</n:Status>`,
    ]) {
      text = answered(hostile);
      expect(await client.notify(notification())).toEqual({ kind: 'success' });
    }
    text = SUCCESS;
    expect(await client.notify(notification())).toEqual({ kind: 'success' });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('the connection', () => {
  test.each([
    ['silence', () => undefined, 'timeout'],
    [
      'an answer that never ends',
      (r: ServerResponse) => r.writeHead(200, { 'Content-Type': 'text/xml' }).write('<'),
      'timeout',
    ],
    ['a cut before the answer', (r: ServerResponse) => r.socket?.destroy(), `ECONNRESET${HINT}`],
    [
      'a cut in the answer',
      (r: ServerResponse) => {
        r.writeHead(200, { 'Content-Type': 'text/xml', 'Content-Length': '1000' });
        r.write('<a>', () => r.socket?.destroy());
      },
      'connection lost in the answer',
    ],
  ] as const)('%s', async (_, answer, reason) => {
    const endpoint = await served((response) => void answer(response));
    const client = clientOf(endpoint.url, { timeoutMs: 300 });
    expect(await client.notify(notification())).toEqual({ kind: 'unreachable', reason });
  });

  test('nobody listens', async () => {
    const endpoint = await served(() => undefined);
    await endpoint.stop();
    const answer = await clientOf(endpoint.url).notify(notification());
    expect(answer).toEqual({ kind: 'unreachable', reason: 'ECONNREFUSED' });
  });

  test('is kept alive; one that the region has closed meanwhile is replaced silently', async () => {
    const endpoint = await served((response) => {
      respond(response, SUCCESS);
    });
    const client = clientOf(endpoint.url);
    for (let n = 0; n < 10; n++) await client.notify(notification());
    expect(endpoint.connections).toBe(1);
    // Closed while the next message is written: the client cannot have noticed yet.
    const next = client.notify(notification());
    endpoint.closeIdle();
    expect(await next).toEqual({ kind: 'success' });
    await Promise.all(Array.from({ length: 8 }, () => client.notify(notification())));
    expect(endpoint.connections).toBeLessThanOrEqual(9);
  });

  test('once closed, it sends nothing more', async () => {
    const endpoint = await served((response) => {
      respond(response, SUCCESS);
    });
    const client = clientOf(endpoint.url);
    client.close();
    expect(await client.notify(notification())).toEqual({ kind: 'unreachable', reason: 'closed' });
    expect(endpoint.requests).toHaveLength(0);
  });

  test.each([
    ['of a foreign authority with the same name', 'foreign', /^UNABLE_TO_GET_ISSUER_CERT_LOCALLY$/],
    ['that has expired', 'expired', /^CERT_HAS_EXPIRED$/],
  ] as const)('a server certificate %s is refused, and nothing is sent', async (_, name, reason) => {
    const pair = pairOf(pki[name]);
    const endpoint = await served(() => undefined, { cert: pair.certificate, key: pair.key });
    const answer = await clientOf(endpoint.url).notify(notification());
    expect(answer).toMatchObject({ kind: 'unreachable', certificate: true, reason: expect.stringMatching(reason) });
    expect(endpoint.requests).toHaveLength(0);
  });

  test('a valid certificate of another name is refused', async () => {
    const ca = { certificate: readFileSync(pki.regionCa, 'utf8'), key: readFileSync(pki.regionCaKey, 'utf8') };
    const day = 86_400_000;
    const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
    const { certificate, key } = await issueServer(ca, { names: ['altrove.test'], ...validity });
    const endpoint = await served(() => undefined, { cert: certificate, key });
    expect(await clientOf(endpoint.url).notify(notification())).toEqual({
      kind: 'unreachable',
      reason: 'ERR_TLS_CERT_ALTNAME_INVALID',
      certificate: true,
    });
    expect(endpoint.requests).toHaveLength(0);
  });

  test('a region that requests our certificate gets it, and accepts no other', async () => {
    const endpoint = await served(
      (response) => {
        respond(response, SUCCESS);
      },
      { requestCert: true, rejectUnauthorized: true, ca: readFileSync(pki.senderCa) },
    );
    expect(await clientOf(endpoint.url).notify(notification())).toEqual({ kind: 'success' });
    const answer = await clientOf(endpoint.url, { sender: pki.impostor }).notify(notification());
    // Node's servers close without an alert, like a lost connection; others send one.
    expect(answer.kind === 'unreachable' && PLAIN_REASON.test(answer.reason)).toBe(true);
    expect(endpoint.requests).toHaveLength(1);
  });

  test('a region that requests the certificate after the handshake: with TLS 1.2 if configured, and the reason names the setting', async () => {
    // Like a server that requests a certificate for some paths only: this is possible in TLS 1.2 only.
    const endpoint = await served((response, request) => {
      const isOld = request.socket instanceof TLSSocket && request.socket.getProtocol() === 'TLSv1.2';
      respond(response, isOld ? SUCCESS : '<html/>', isOld ? 200 : 403);
    });
    expect(await clientOf(endpoint.url).notify(notification())).toEqual({
      ...{ kind: 'unreachable', denied: true, reason: `http 403${HINT}` },
    });
    expect(await clientOf(endpoint.url, { tlsMax: '1.2' }).notify(notification())).toEqual(SUCCEEDED);
    for (const status of [401, 403]) {
      const fault =
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Client</faultcode>' +
        '<faultstring>not authorised</faultstring></s:Fault></s:Body></s:Envelope>';
      const faulty = await served((response) => {
        respond(response, fault, status);
      });
      expect(await clientOf(faulty.url, { tlsMax: '1.2' }).notify(notification())).toEqual({
        ...{ kind: 'unreachable', denied: true, reason: `http ${status}` },
      });
    }
    const denied = await served((response) => {
      respond(response, '<html/>', 403);
    });
    expect(await clientOf(denied.url, { tlsMax: '1.2' }).notify(notification())).toEqual({
      ...{ kind: 'unreachable', denied: true, reason: 'http 403' },
    });
  });

  test('TLS below 1.2 is refused', async () => {
    const endpoint = await served(() => undefined, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    const answer = await clientOf(endpoint.url).notify(notification());
    expect(answer.kind === 'unreachable' && PLAIN_REASON.test(answer.reason)).toBe(true);
    expect(endpoint.connections).toBe(0);
  });
});

test('invalid settings are refused when the client is created', () => {
  expect(() => clientOf('http://localhost/')).toThrow('https');
  expect(() => clientOf('https://localhost/', { anchors: '' })).toThrow('anchors');
  expect(() =>
    clientOf('https://localhost/', { sender: { certificate: pki.sender.certificate, key: pki.region.key } }),
  ).toThrow();
});
