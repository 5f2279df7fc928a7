/** Long answers are written in recycled buffers: no caller may receive another caller's data. */
import { afterEach, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { testSierologici } from '../../generated/TestSierologici.js';
import type { TestSierologiciOperations } from '../../generated/TestSierologici.js';
import { createLogger } from '../../src/platform/log.js';
import { createSoapService, defaultLimits } from '../../src/platform/soap/index.js';
import { envelope } from '../support/gateway.js';
import { testPki } from '../support/people.js';

const ROWS = 1_500;
/** Pipelined requests of one caller: together more than the system buffers for a reader who does not read. */
const PIPELINED = 25;

const listener = createSoapService<TestSierologiciOperations, string>({
  contract: testSierologici,
  contractDirectory: fileURLToPath(new URL('../../../wsdl', import.meta.url)),
  address: 'http://localhost/ws/TestSierologici',
  limits: defaultLimits,
  maxInFlight: 1_000,
  authenticate: () => Promise.resolve('nobody'),
  handlers: {
    scaricoElencoAssistiti: ({ codiceFiscaleMedico }) =>
      Promise.resolve({ ...done, listaAssistiti: { assistito: listOf(codiceFiscaleMedico) } }),
    invioTestSierologico: () => Promise.resolve(done),
    annullamentoTestSierologico: () => Promise.resolve(done),
    scaricoElencoTestSierologici: () => Promise.resolve(done),
  },
  faultOf: () => undefined,
  log: createLogger('error'),
});
const done = {
  identificativoTransazione: 1,
  dataOra: '2020-09-15T10:00:00.000+02:00',
  esito: '0000',
  descrizioneEsito: 'Operazione eseguita.',
};

/** A list in which every row names its owner. */
function listOf(caller: string) {
  return Array.from({ length: ROWS }, () => ({
    codiceFiscaleAssistito: caller,
    nomeAssistito: 'Nicolò',
    cognomeAssistito: `D’Orò & ${caller}`,
    dataUltimoAggiornamento: '2020-09-01',
  }));
}

/** A codice fiscale by form, different for each. */
const callerOf = (number: number): string => `RSSMRA80A01H${String(number).padStart(3, '0')}U`;

const opened: { destroy(): void }[] = [];
let server: Server;

afterEach(async () => {
  for (const socket of opened.splice(0)) socket.destroy();
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

interface Caller {
  readonly socket: Socket;
  readonly fiscal: string;
  /** Settles when all are answered. */
  readonly answered: Promise<void>;
  /** The owners of the rows, and the number of each. */
  readonly rows: () => ReadonlyMap<string, number>;
}

const END = '</soap:Envelope>';

function caller(number: number, open: () => Socket): Caller {
  const socket = open();
  opened.push(socket);
  const fiscal = callerOf(number);
  const body = envelope('scaricoElencoAssistiti', { codiceFiscaleMedico: fiscal, codiceFiscaleMedicoTitolare: fiscal });
  const head = `POST /ws/TestSierologici HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n`;
  const request = `${head}SOAPAction: ""\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const pieces: Buffer[] = [];
  const answered = new Promise<void>((resolve) => {
    let answers = 0;
    let tail = '';
    socket.on('data', (piece: Buffer) => {
      pieces.push(piece);
      const text = tail + piece.toString('latin1');
      answers += text.split(END).length - 1;
      tail = text.slice(1 - END.length);
      if (answers === PIPELINED) resolve();
    });
  });
  socket.on('error', () => undefined);
  socket.write(request.repeat(PIPELINED));
  const rows = () => {
    const found = new Map<string, number>();
    const text = Buffer.concat(pieces).toString();
    for (const [, one = ''] of text.matchAll(
      /Assistito>(RSSMRA80A01H\d{3}U)<.{0,60}>Nicolò<.{0,60}>D’Orò &amp; \1<\//g,
    )) {
      found.set(one, (found.get(one) ?? 0) + 1);
    }
    return found;
  };
  return { socket, fiscal, answered, rows };
}

test.each(['http', 'https'] as const)('over %s, to callers who read, wait, or disconnect', async (scheme) => {
  const { server: certificates } = await testPki();
  const pki = { cert: readFileSync(certificates.certificate), key: readFileSync(certificates.key) };
  server = scheme === 'http' ? createHttpServer(listener) : createTlsServer(pki, listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const ca = readFileSync(certificates.ca);
  const open = (): Socket =>
    scheme === 'http'
      ? connect(port, '127.0.0.1')
      : connectTls({ port, host: '127.0.0.1', ca, servername: 'localhost' });

  const waiting = [1, 2, 3, 4].map((number) => caller(number, open));
  for (const { socket } of waiting) socket.pause();
  const leaving = [5, 6, 7].map((number) => caller(number, open));
  const reading = [8, 9, 10].map((number) => caller(number, open));
  for (const { socket } of leaving) {
    await once(socket, 'data');
    socket.destroy();
  }
  await Promise.all(reading.map(({ answered }) => answered));
  for (const { socket } of waiting) socket.resume();
  await Promise.all(waiting.map(({ answered }) => answered));

  for (const { fiscal, rows } of [...waiting, ...reading]) {
    expect(rows()).toEqual(new Map([[fiscal, PIPELINED * ROWS]]));
  }
});
