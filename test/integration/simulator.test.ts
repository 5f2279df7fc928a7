/** The simulated region as regional teams and the sender use it: over TLS, byte by byte, and with the real client. */
import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { notificaOpposizione } from '../../generated/NotificaOpposizione.js';
import { createRegionClient } from '../../src/opposition/sending/region-client.js';
import type { RegionAnswer } from '../../src/opposition/sending/region.js';
import { defaultLimits } from '../../src/platform/soap/index.js';
import { compileReader } from '../../src/platform/soap/reader.js';
import { parseXml } from '../../src/platform/soap/xml.js';
import type { PairPaths, RegionPki } from '../../src/dev/sandbox/region-pki.js';
import { parseMisbehaviours, startControl } from '../../src/dev/simulator/index.js';
import type { SimulatedRegion, SimulatedRegionOptions } from '../../src/dev/simulator/index.js';
import { openRegister } from '../../src/dev/simulator/register.js';
import {
  NAMESPACE,
  capturedLog,
  clock,
  notificationXml,
  pairOf,
  posterOf,
  regionPki,
  startRegion,
  testFolder,
} from './simulator-fixture.js';
import type { Poster, Reply, TestFolder } from './simulator-fixture.js';

const SUBJECT = 'RSSMRA80A01H501U';
const DAY = '2024-07-01';

let pki: RegionPki;
let folder: TestFolder;
let poster: Poster;
const open: { stop(): unknown }[] = [];

beforeAll(async () => {
  pki = await regionPki();
  folder = testFolder();
  poster = posterOf(pki, pki.sender);
}, 120_000);
afterEach(async () => {
  for (const thing of open.splice(0)) await thing.stop();
});
afterAll(() => {
  poster.close();
  folder.remove();
});

let files = 0;
async function region(changes: Partial<SimulatedRegionOptions> = {}): Promise<SimulatedRegion> {
  const started = await startRegion(pki, folder.path(`${++files}.jsonl`), changes);
  open.unshift(started);
  return started;
}

function notify(to: SimulatedRegion, changes: { sender?: PairPaths; sign?: boolean; timeoutMs?: number } = {}) {
  const { sender = pki.sender, sign = false, timeoutMs = 5_000 } = changes;
  const anchors = readFileSync(pki.regionCa, 'utf8');
  const connection = { code: '120', endpoint: to.endpoint, anchors, patientIdForm: 'cx' as const, sign };
  const client = createRegionClient(connection, pairOf(sender), { timeoutMs, clock });
  open.unshift({
    stop: () => {
      client.close();
    },
  });
  return (messageId: string = randomUUID(), subject = SUBJECT): Promise<RegionAnswer> =>
    client.notify({ messageId, subject, opposedOn: DAY });
}

const post = (to: SimulatedRegion, body: string | Buffer, headers?: Record<string, string>): Promise<Reply> =>
  poster.post(to.endpoint, body, headers);
const codice = (reply: Reply): string => /<codice>([^<]*)/.exec(reply.text)?.[1] ?? reply.text.slice(0, 200);
const statusOf = (reply: Reply): string =>
  /<(?:\w+:)?errorCode>([^<]*)/.exec(reply.text)?.[1] ?? /<(?:\w+:)?Status>([^<]*)/.exec(reply.text)?.[1] ?? '';

describe('a received notification', () => {
  test('is answered and stored, identifiers without their CX form, and never logged', async () => {
    const captured = capturedLog();
    const one = await region({ log: captured.log });
    const id = randomUUID();
    const reply = await post(one, notificationXml(id, `${SUBJECT}^^^&amp;2.16.840.1.113883.2.9.4.3.2&amp;ISO`, DAY));
    expect([reply.status, statusOf(reply)]).toEqual([200, 'Success']);
    const [kept] = await one.received(0, 10);
    expect(kept).toMatchObject({ messageId: id, subject: SUBJECT, opposedOn: DAY });
    expect(kept?.peer).toContain('INI');
    expect(captured.text()).toContain(id);
    expect(captured.text()).not.toContain(SUBJECT);
  });

  test('is recorded once: the same MessageID, the same person and date, and twenty concurrent ones', async () => {
    const one = await region();
    const id = randomUUID();
    const send = notify(one);
    for (const again of [id, id, randomUUID()]) expect(await send(again)).toEqual({ kind: 'success' });
    const race = await Promise.all(Array.from({ length: 20 }, () => send(randomUUID(), 'STP1202010000001')));
    expect(new Set(race.map(({ kind }) => kind))).toEqual(new Set(['success']));
    const same = randomUUID();
    await Promise.all(Array.from({ length: 20 }, () => send(same, 'STP1202010000002')));
    expect((await one.received(0, 100)).map(({ subject }) => subject)).toEqual([
      SUBJECT,
      'STP1202010000001',
      'STP1202010000002',
    ]);
    expect(one.counts()).toMatchObject({ recorded: 3, 'repeated message': 20, 'repeated person and date': 20 });
  });

  test('is a Failure if the MessageID belongs to another notification, which stays', async () => {
    const one = await region();
    const id = randomUUID();
    const send = notify(one);
    await send(id);
    expect(await send(id, 'STP1202010000001')).toMatchObject({
      ...{ kind: 'failure', errors: [{ code: 'MESSAGEID_RIUSATO' }] },
    });
    expect(one.recorded).toBe(1);
  });

  test.each([
    ['a wrong check letter', 'RSSMRA80A01H501X', DAY, 'IDENTIFICATIVO_NON_VALIDO'],
    [
      'the OID of an STP for a codice fiscale',
      `${SUBJECT}^^^&amp;2.16.840.1.113883.2.9.4.3.17&amp;ISO`,
      DAY,
      'OID_NON_VALIDO',
    ],
    ['an STP with its own OID', 'STP1202010000001^^^&amp;2.16.840.1.113883.2.9.4.3.17&amp;ISO', DAY, 'Success'],
    ['a provisional codice fiscale', '12345678903', DAY, 'Success'],
    ['a future day', SUBJECT, '2999-01-01', 'DATA_FUTURA'],
  ])('%s', async (_, subject, day, expected) => {
    expect(statusOf(await post(await region(), notificationXml(randomUUID(), subject, day)))).toBe(expected);
  });

  test('survives the process, except for a line that was being written at the kill', async () => {
    const journal = folder.path('again.jsonl');
    const first = await startRegion(pki, journal);
    await notify(first)();
    await first.stop();
    appendFileSync(journal, '{"messageId":"half');
    const second = await region({ journal });
    expect(second.recorded).toBe(1);
    const send = notify(second);
    await send();
    await send(randomUUID(), 'STP1202010000001');
    expect(
      readFileSync(journal, 'utf8')
        .trim()
        .split('\n')
        .map((line) => Object.keys(JSON.parse(line) as object).length),
    ).toEqual([5, 5]);
  });

  test('a file with other content is refused without quoting it', async () => {
    const journal = folder.path('bad.jsonl');
    appendFileSync(journal, `${SUBJECT}\n`);
    const error: unknown = await startRegion(pki, journal).catch((reason: unknown) => reason);
    expect(String(error)).toContain('line 1: not JSON');
    expect(String(error)).not.toContain(SUBJECT);
  });
});

test('answers of both kinds are valid by the schema', async () => {
  const one = await region();
  const { namespace, operations } = notificaOpposizione;
  const readAnswer = compileReader(operations.NotifyOppPregresso.response, namespace);
  for (const [subject, expected] of [
    [SUBJECT, 'Success'],
    ['RSSMRA80A01H501X', 'IDENTIFICATIVO_NON_VALIDO'],
  ] as const) {
    const reply = await post(one, notificationXml(randomUUID(), subject, DAY));
    expect(statusOf(reply)).toBe(expected);
    const body = parseXml(reply.text, defaultLimits).children[0]?.children[0];
    if (body === undefined) throw new Error('no body');
    readAnswer(body);
  }
});

const unavailable = {
  ...{ kind: 'fault', blames: 'region', faultCode: 'Server' },
  errors: [{ code: 'NON_DISPONIBILE', description: 'Indisponibilità simulata.' }],
};

describe('misbehaviour', () => {
  const misbehaving = (words: string, changes: Partial<SimulatedRegionOptions> = {}) =>
    region({ misbehaviours: parseMisbehaviours(words), ...changes });

  test.each([
    ['slow', { kind: 'success' }, 1],
    ['refuse', { kind: 'failure', errors: [{ code: 'E-9', description: 'Rifiuto simulato' }] }, 0],
    ['malformed', { kind: 'unreachable', reason: 'malformed answer: not XML within the limits' }, 1],
    ['close', { kind: 'unreachable', reason: 'ECONNRESET: with TLS 1.3, try opposition-region set --tls-max 1.2' }, 0],
    ['503', unavailable, 0],
    [
      'fault',
      {
        ...{ kind: 'fault', blames: 'region', faultCode: 'Server' },
        errors: [{ code: 'ERRORE_SIMULATO', description: 'Errore interno simulato.' }],
      },
      0,
    ],
    ['contradictory', { kind: 'unclear', reason: 'contradictory answer: Success with http 500' }, 1],
    ['soap12', { kind: 'success' }, 1],
    ['mtom', { kind: 'success' }, 1],
    ['gzip', { kind: 'success' }, 1],
    ['wrong-certificate', { kind: 'unreachable', reason: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', certificate: true }, 0],
    ['expired-certificate', { kind: 'unreachable', reason: 'CERT_HAS_EXPIRED', certificate: true }, 0],
  ])('%s', async (words, expected, recorded) => {
    const one = await misbehaving(words, { refuseCode: 'E-9' });
    expect(await notify(one)()).toEqual(expected);
    expect(one.recorded).toBe(recorded);
    expect(one.counts()[`misbehaved ${words}`]).toBe(1);
  });

  test('poison: a fault for the same persons every time, never for others', async () => {
    const one = await misbehaving('poison');
    const subjects = Array.from({ length: 24 }, (_, n) => `STP12020100000${10 + n}`);
    const send = notify(one);
    const turn = async (): Promise<string> => {
      const answers = await Promise.all(subjects.map((subject) => send(randomUUID(), subject)));
      return answers.map(({ kind }) => kind).join(' ');
    };
    const first = await turn();
    expect(first).toContain('fault');
    expect(first).toContain('success');
    expect(await turn()).toBe(first);
  });

  test('slower than the sender’s timeout: recorded anyway, the repetition succeeds', async () => {
    const one = await misbehaving('slow', { slowMs: 400 });
    const id = randomUUID();
    expect(await notify(one, { timeoutMs: 200 })(id)).toEqual({ kind: 'unreachable', reason: 'timeout' });
    one.misbehave([]);
    await pause(400);
    expect(await notify(one)(id)).toEqual({ kind: 'success' });
    expect(one.recorded).toBe(1);
  });

  test('by share: a random draw decides', async () => {
    const draws = [0, 0.19, 0.2, 0.49, 0.5, 0.99];
    const one = await misbehaving('503:0.2,refuse:0.3', { random: () => draws[turn] ?? 1 });
    const kinds: string[] = [];
    let turn = 0;
    const send = notify(one);
    for (; turn < draws.length; turn++) {
      const answer = await send();
      kinds.push(answer.kind);
    }
    expect(kinds).toEqual(['fault', 'fault', 'failure', 'failure', 'success', 'success']);
  });

  test('a certificate that becomes invalid and valid again, for a client with kept-alive connections', async () => {
    const one = await region();
    const send = notify(one);
    expect(await send()).toEqual({ kind: 'success' });
    one.misbehave(parseMisbehaviours('expired-certificate'));
    expect(await send()).toMatchObject({ certificate: true });
    one.misbehave([]);
    expect(await send()).toEqual({ kind: 'success' });
  });

  test.each(['fast', 'slow:0', 'slow:2', 'slow:x', 'slow:0.6,refuse:0.6', 'slow:1:1', 'slow,'])(
    '%s is not understood',
    (words) => {
      expect(() => parseMisbehaviours(words)).toThrow();
    },
  );
});

describe('permitted connections', () => {
  test('not without a certificate, or with one of another authority', async () => {
    const one = await region();
    for (const sender of [undefined, pki.impostor]) {
      const caller = posterOf(pki, sender);
      await expect(caller.post(one.endpoint, notificationXml(randomUUID(), SUBJECT, DAY))).rejects.toThrow();
      caller.close();
    }
    expect(one.recorded).toBe(0);
    expect(await notify(one)()).toEqual({ kind: 'success' });
  });

  test('with signers configured, only notifications that they signed', async () => {
    const one = await region({ signers: [readFileSync(pki.sender.certificate, 'utf8')] });
    expect(await notify(one)()).toMatchObject({ kind: 'fault', blames: 'message' });
    expect(await notify(one, { sign: true })()).toEqual({ kind: 'success' });
    expect(one.recorded).toBe(1);
    const other = await region({ signers: [readFileSync(pki.impostor.certificate, 'utf8')] });
    expect(await notify(other, { sign: true })()).toMatchObject({
      kind: 'fault',
      errors: [{ description: expect.stringContaining('firma') }],
    });
    expect(other.recorded).toBe(0);
  });

  test('without signers, signatures are not checked', async () => {
    expect(await notify(await region(), { sign: true })()).toEqual({ kind: 'success' });
  });
});

describe('messages that are not notifications', () => {
  const good = (): string => notificationXml(randomUUID(), SUBJECT, DAY);
  const attacks: readonly (readonly [
    name: string,
    body: () => string | Buffer,
    headers: Record<string, string>,
    code: string,
  ])[] = [
    ['a DOCTYPE', () => `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>${good()}`, {}, 'DOCTYPE_NON_AMMESSO'],
    ['nothing', () => '', {}, 'MESSAGGIO_VUOTO'],
    ['too much', () => good() + ' '.repeat(300_000), {}, 'MESSAGGIO_TROPPO_GRANDE'],
    ['gzip', () => gzipSync(good()), { 'Content-Encoding': 'gzip' }, 'CODIFICA_NON_AMMESSA'],
    ['gzip that is none', () => 'x', { 'Content-Encoding': 'gzip' }, 'CODIFICA_NON_AMMESSA'],
    ['another type', () => good(), { 'Content-Type': 'application/json' }, 'TIPO_NON_AMMESSO'],
    ['the action of another operation', () => good(), { SOAPAction: '"urn:fse:Altro"' }, 'SOAPACTION_DISCORDE'],
    ['another operation', () => good().replaceAll('NotifyOppPregressoRequest', 'altro'), {}, 'OPERAZIONE_SCONOSCIUTA'],
    [
      'a value that is not true',
      () => notificationXml(randomUUID(), SUBJECT, DAY, { value: 'false' }),
      {},
      'MESSAGGIO_NON_VALIDO',
    ],
    ['an Italian date', () => notificationXml(randomUUID(), SUBJECT, '01/07/2024'), {}, 'MESSAGGIO_NON_VALIDO'],
    ['an empty PatientId', () => notificationXml(randomUUID(), '', DAY), {}, 'MESSAGGIO_NON_VALIDO'],
    [
      'a comment in the PatientId',
      () => notificationXml(randomUUID(), `${SUBJECT}<!-- x -->`, DAY),
      {},
      'COMMENTO_NON_AMMESSO',
    ],
    ['no MessageID', () => good().replace(/<a:MessageID>.*<\/a:MessageID>/, ''), {}, 'MESSAGEID_NON_VALIDO'],
    [
      'a MessageID of another namespace',
      () => good().replaceAll('a:MessageID>', 'MessageID>'),
      {},
      'MESSAGEID_NON_VALIDO',
    ],
    ['a MessageID that is no UUID', () => notificationXml('1', SUBJECT, DAY), {}, 'MESSAGEID_NON_VALIDO'],
    [
      'two MessageIDs',
      () => good().replace('<a:To>', `<a:MessageID>urn:uuid:${randomUUID()}</a:MessageID><a:To>`),
      {},
      'BUSTA_NON_VALIDA',
    ],
    [
      'SOAP 1.2',
      () => good().replace('http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope'),
      {},
      'VERSIONE_NON_AMMESSA',
    ],
    [
      'xsi:type',
      () =>
        good().replace(
          '<n:PatientId>',
          '<n:PatientId xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:type="n:y">',
        ),
      {},
      'ATTRIBUTO_NON_AMMESSO',
    ],
    [
      'an id of a prototype in the body',
      () => good().replace('<n:PatientId>', '<n:PatientId id="__proto__">'),
      {},
      'MESSAGGIO_NON_VALIDO',
    ],
  ];

  test('each is refused by its code, and after each a valid one is received', async () => {
    const one = await region();
    const found: (readonly [string, string])[] = [];
    for (const [name, body, headers] of attacks) {
      found.push([name, codice(await post(one, body(), headers))]);
      expect([name, statusOf(await post(one, good()))]).toEqual([name, 'Success']);
    }
    expect(found).toEqual(attacks.map(([name, , , code]) => [name, code]));
    const elsewhere = await post(one, good().replaceAll('a:MessageID>', 'MessageID>'));
    expect(elsewhere.text).toContain('MessageID è in un altro namespace: inviarlo nel namespace');
    expect(one.recorded).toBe(1);
  });

  test('an unknown header that must be understood, without detail as SOAP 1.1 requires', async () => {
    const header = '<x:y xmlns:x="urn:x" s:mustUnderstand="1"/>';
    const reply = await post(await region(), notificationXml(randomUUID(), SUBJECT, DAY, { header }));
    expect([reply.status, reply.text]).toEqual([500, expect.stringContaining('MustUnderstand')]);
  });

  test('names of Object.prototype as ids are harmless', async () => {
    const one = await region();
    const header = '<x:__proto__ xmlns:x="urn:x" id="__proto__"><x:polluted>1</x:polluted></x:__proto__>';
    const parts = { header, bodyAttributes: ' id="__proto__"' };
    for (let n = 0; n < 3; n++) {
      expect(statusOf(await post(one, notificationXml(randomUUID(), SUBJECT, DAY, parts)))).toBe('Success');
    }
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('its output', () => {
  test('the contract, with its own address', async () => {
    const one = await region();
    const wsdl = await poster.post(`${one.endpoint}?wsdl`, '', {}, 'GET');
    expect(wsdl.text).toContain(`location="${one.endpoint}"`);
    expect((await poster.post(`${one.endpoint}?xsd=NotificaOpposizione.xsd`, '', {}, 'GET')).text).toContain(NAMESPACE);
    expect((await poster.post(one.endpoint, '', {}, 'PUT')).status).toBe(405);
  });

  test('counts and list on the control endpoint, where misbehaviour is changed', async () => {
    const one = await region();
    const control = await startControl(0, [one]);
    open.unshift({ stop: () => control.close(0) });
    const call = (method: string, path: string, body = '', host = 'localhost') =>
      new Promise<{ status: number; value: unknown }>((resolve, reject) => {
        const outgoing = request(
          { port: control.port, host: '127.0.0.1', method, path, headers: { host } },
          (incoming) => {
            let text = '';
            incoming.on('data', (chunk: Buffer) => (text += chunk.toString()));
            incoming.on('end', () => {
              resolve({ status: incoming.statusCode ?? 0, value: JSON.parse(text) });
            });
          },
        );
        outgoing.on('error', reject).end(body);
      });
    const send = notify(one);
    await send();
    await send(randomUUID(), 'STP1202010000001');
    expect(await call('GET', '/')).toMatchObject({
      value: { regions: [{ region: '120', recorded: 2, misbehave: 'none' }] },
    });
    expect(await call('GET', '/120/received?from=1')).toMatchObject({
      value: { total: 2, from: 1, received: [{ subject: 'STP1202010000001' }] },
    });
    expect(await call('PUT', '/120/misbehave', '503')).toMatchObject({ status: 200, value: { misbehave: '503' } });
    expect(await send()).toEqual(unavailable);
    expect(await call('PUT', '/120/misbehave', 'dance')).toMatchObject({ status: 400 });
    expect(await call('PUT', '/120/misbehave', 'none')).toMatchObject({ value: { misbehave: 'none' } });
    expect(await call('GET', '/999')).toMatchObject({ status: 404 });
    expect(await call('GET', '/', '', 'evil.test')).toMatchObject({ status: 403 });
  });
});

test('a repetition is not acknowledged before the first one is on the disk', async () => {
  const register = await openRegister(folder.path('order.jsonl'));
  const order: string[] = [];
  const receive = async (name: string, messageId: string): Promise<void> => {
    await register.receive({ messageId, subject: SUBJECT, opposedOn: DAY }, clock.now(), 'INI');
    order.push(name);
  };
  const id = randomUUID();
  await Promise.all([receive('first', id), receive('same message', id), receive('same person', randomUUID())]);
  await register.close();
  expect(order[0]).toBe('first');
});
