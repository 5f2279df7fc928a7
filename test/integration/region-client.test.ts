/** The client of a region against servers that answer well, badly, and with hostility; over real TLS. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { notificaOpposizione } from '../../generated/NotificaOpposizione.js';
import { createRegionClient } from '../../src/opposition/region-client.js';
import type { RegionAnswer, RegionClient, RegionConnection } from '../../src/opposition/region.js';
import { defaultLimits } from '../../src/platform/soap/index.js';
import { compileReader } from '../../src/platform/soap/reader.js';
import { parseXml } from '../../src/platform/soap/xml.js';
import { issueServer } from '../../src/sandbox/pki.js';
import type { PairPaths, RegionPki } from '../../src/sandbox/region-pki.js';
import { NAMESPACE, clock, endpointOf, pairOf, regionPki } from './simulator-fixture.js';
import type { Endpoint } from './simulator-fixture.js';

const SUBJECT = 'RSSMRA80A01H501U';
const readRequest = compileReader(notificaOpposizione.operations.NotifyOppPregresso.request, NAMESPACE);
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
/** Words of ours, or a code of Node's: never a sentence of a library. */
const PLAIN_REASON =
  /^(?:[A-Z][A-Z0-9_]+|http \d{3}|timeout|closed|fault of the region|connection lost in the answer|malformed answer(?:: [\w .]+)?)$/;

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

async function served(answer: (response: ServerResponse) => void, tls: object = {}): Promise<Endpoint> {
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

async function answerTo(text: string, status = 200, type?: string): Promise<RegionAnswer> {
  const endpoint = await served((response) => {
    respond(response, text, status, type);
  });
  return clientOf(endpoint.url).notify(notification());
}

describe('what is sent', () => {
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

  test('of many at once each has its own MessageID with its own person', async () => {
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

describe('what a region answers', () => {
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
      { kind: 'failure', code: 'E1', description: 'Non assistito' },
    ],
    [
      'Failure with attributes, nested',
      answered('<n:Status>Failure</n:Status><n:ErrorList><n:Error errorCode="E2" codeContext="Altro"/></n:ErrorList>'),
      { kind: 'failure', code: 'E2', description: 'Altro' },
    ],
    [
      'Failure without a reason',
      answered('<n:Status>Failure</n:Status>'),
      { kind: 'failure', code: 'SENZA_CODICE', description: '' },
    ],
    [
      'markup as text',
      answered(
        '<n:Status>Failure</n:Status><n:Error><n:errorCode>&lt;E&gt;</n:errorCode><n:codeContext>a &amp;amp; b</n:codeContext></n:Error>',
      ),
      { kind: 'failure', code: '<E>', description: 'a &amp; b' },
    ],
    [
      'a word that is neither',
      answered('<n:Status>Partial</n:Status>'),
      { kind: 'unreachable', reason: 'malformed answer: unknown Status' },
    ],
    ['no Status', answered(''), { kind: 'unreachable', reason: 'malformed answer: no Status' }],
  ])('%s', async (_, text, expected) => {
    expect(await answerTo(text)).toEqual(expected);
  });

  test('the identifier, which some repeat, control characters and length are taken out', async () => {
    const text = `Assistito ${SUBJECT.toLowerCase()} e ${SUBJECT}&#10;riga falsa BNCLRA80A41H501X ${'-'.repeat(2_000)}`;
    const answer = await answerTo(
      answered(
        `<n:Status>Failure</n:Status><n:Error><n:errorCode>E ${SUBJECT}</n:errorCode><n:codeContext>${text}</n:codeContext></n:Error>`,
      ),
    );
    if (answer.kind !== 'failure') throw new Error(answer.kind);
    expect(answer.code).toBe('E [identificativo]');
    expect(answer.description).toMatch(
      /^Assistito \[identificativo\] e \[identificativo\] riga falsa \[identificativo\] -+$/,
    );
    expect(answer.description).toHaveLength(500);
  });

  test('a fault for the message itself is a refusal, a fault of the server is not', async () => {
    const fault = (code: string) =>
      envelope(`<s:Fault><faultcode>s:${code}</faultcode><faultstring>No a ${SUBJECT}</faultstring></s:Fault>`);
    expect(await answerTo(fault('Client'), 500)).toEqual({
      kind: 'failure',
      code: 'SOAP.Client',
      description: 'No a [identificativo]',
    });
    expect(await answerTo(fault('MustUnderstand'), 500)).toMatchObject({ code: 'SOAP.MustUnderstand' });
    expect(await answerTo(fault('Server'), 500)).toEqual({ kind: 'unreachable', reason: 'fault of the region' });
  });

  test.each([
    ['503', SUCCESS, 503, 'http 503'],
    ['404', 'no', 404, 'http 404'],
    ['500 without a fault', '<html/>', 500, 'http 500'],
    ['a redirection, not followed', '', 302, 'http 302'],
    ['nothing', '', 200, 'malformed answer: not XML within the limits'],
    ['half an answer', SUCCESS.slice(0, 150), 200, 'malformed answer: not XML within the limits'],
    ['a page', '<html><body>Success</body></html>', 200, 'malformed answer: not a SOAP 1.1 envelope'],
    ['another operation', envelope('<altro/>'), 200, 'malformed answer: another element in the body'],
    ['an empty body', envelope(''), 200, 'malformed answer: not one element in the body'],
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

  test('another media type, a compressed answer, bytes that are not of their charset', async () => {
    expect(await answerTo(SUCCESS, 200, 'text/html')).toMatchObject({ kind: 'unreachable' });
    const endpoint = await served((response) => {
      response.writeHead(200, { 'Content-Type': 'text/xml', 'Content-Encoding': 'gzip' }).end(gzipSync(SUCCESS));
    });
    expect(await clientOf(endpoint.url).notify(notification())).toMatchObject({ kind: 'unreachable' });
    const latin = await served((response) => {
      response.writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8' }).end(Buffer.from('<a>\xe9</a>', 'latin1'));
    });
    expect(await clientOf(latin.url).notify(notification())).toMatchObject({ kind: 'unreachable' });
  });

  test('ids and names of prototypes do not reach the package: the next answer is read as ever', async () => {
    let text = SUCCESS;
    const endpoint = await served((response) => {
      respond(response, text);
    });
    const client = clientOf(endpoint.url);
    for (const hostile of [
      `<n:Status id="__proto__" polluted="1">Success</n:Status>`,
      `<n:__proto__ id="__proto__"><n:polluted>1</n:polluted></n:__proto__><n:Status>Success</n:Status>`,
      `<n:constructor><n:prototype id="constructor"><n:polluted>1</n:polluted></n:prototype></n:constructor><n:Status href="#__proto__">Success</n:Status>`,
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
    ['a cut before the answer', (r: ServerResponse) => r.socket?.destroy(), 'ECONNRESET'],
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

  test('is kept alive; one that the region has closed meanwhile is replaced without a word', async () => {
    const endpoint = await served((response) => {
      respond(response, SUCCESS);
    });
    const client = clientOf(endpoint.url);
    for (let n = 0; n < 10; n++) await client.notify(notification());
    expect(endpoint.connections).toBe(1);
    // Closed as the next message is written: the client cannot have seen it yet.
    const next = client.notify(notification());
    endpoint.closeIdle();
    expect(await next).toEqual({ kind: 'success' });
    await Promise.all(Array.from({ length: 8 }, () => client.notify(notification())));
    expect(endpoint.connections).toBeLessThanOrEqual(9);
  });

  test('closed, it sends nothing more', async () => {
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

  test('a good certificate of another name is refused', async () => {
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

  test('a region that asks for our certificate gets it, and takes no other', async () => {
    const endpoint = await served(
      (response) => {
        respond(response, SUCCESS);
      },
      { requestCert: true, rejectUnauthorized: true, ca: readFileSync(pki.senderCa) },
    );
    expect(await clientOf(endpoint.url).notify(notification())).toEqual({ kind: 'success' });
    const answer = await clientOf(endpoint.url, { sender: pki.impostor }).notify(notification());
    // Node's servers cut without an alert, so that it cannot be told from a lost connection; others send one.
    expect(answer.kind === 'unreachable' && PLAIN_REASON.test(answer.reason)).toBe(true);
    expect(endpoint.requests).toHaveLength(1);
  });

  test('TLS below 1.2 is not spoken', async () => {
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

test('what cannot work is refused when the client is made', () => {
  expect(() => clientOf('http://localhost/')).toThrow('https');
  expect(() => clientOf('https://localhost/', { anchors: '' })).toThrow('anchors');
  expect(() =>
    clientOf('https://localhost/', { sender: { certificate: pki.sender.certificate, key: pki.region.key } }),
  ).toThrow();
});
