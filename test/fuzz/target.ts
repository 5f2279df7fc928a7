/**
 * The attacked target: the SOAP engine with a real contract, on plain HTTP, with handlers that answer constants. No
 * database and no TLS: only the processing of bytes is tried. Stores the log and the handlers' input.
 */
import { Agent, createServer, request as httpRequest } from 'node:http';
import { fileURLToPath } from 'node:url';
import winston from 'winston';
import { createSoapService, defaultLimits } from '../../src/platform/soap/index.js';
import type { Message } from './message.js';
import type { Subject } from './subjects.js';

export interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly text: string;
}

/** What reached the handler of an accepted message. */
export interface Handled {
  readonly operation: string;
  readonly request: object;
}

export interface Target {
  /** @throws Error when there is no answer in time, or the connection breaks */
  send(message: Message): Promise<Answer>;
  /** The handler's input for an answer's request; deleted once read. */
  handled(requestId: string): Handled | undefined;
  /** The lines logged since the last call. */
  takeLog(): readonly string[];
  close(): Promise<void>;
}

/** Far above the slowest honest answer on a busy machine. */
const PATIENCE_MS = 10_000;
const CONNECTIONS = 16;

export async function startTarget({ contract, answers }: Subject): Promise<Target> {
  const handledRequests = new Map<string, Handled>();
  let lines: string[] = [];
  const ok = { dataOra: '2020-09-15T10:00:00.000+02:00', esito: '0000', descrizioneEsito: 'Operazione eseguita.' };
  const answering = (operation: string, rest: object) => (request: object, requestId: string) => {
    handledRequests.set(requestId, { operation, request });
    return Promise.resolve({ identificativoTransazione: 1, ...ok, ...rest });
  };
  const listener = createSoapService<Record<string, { request: object; response: object }>, string>({
    contract,
    contractDirectory: fileURLToPath(new URL('../../../wsdl', import.meta.url)),
    address: `https://localhost/ws/${contract.service}`,
    limits: defaultLimits,
    maxInFlight: 2 * CONNECTIONS,
    authenticate: (evidence) => {
      // Like the real one: read and used, although no caller is refused.
      const pinCode = evidence.header('pinCode');
      pinCode?.attributes.get('algoritmo');
      return Promise.resolve(evidence.requestId);
    },
    handlers: Object.fromEntries(
      Object.entries(answers).map(([operation, rest]) => [operation, answering(operation, rest)]),
    ),
    faultOf: () => undefined,
    log: loggerInto((line) => lines.push(line)),
  });
  const server = createServer(listener);
  server.keepAliveTimeout = 600_000; // connections wait while the judge works: longer than a client would
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  return {
    send: (message) => exchange(bound.port, agent, message),
    handled(requestId) {
      const found = handledRequests.get(requestId);
      handledRequests.delete(requestId);
      return found;
    },
    takeLog() {
      const taken = lines;
      lines = [];
      return taken;
    },
    async close() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Before any masking: forbidden content must not even reach the log. */
function loggerInto(take: (line: string) => void): winston.Logger {
  const capture = winston.format((entry) => {
    take(JSON.stringify(entry, (_key, value: unknown) => (value instanceof Error ? described(value) : value)));
    return entry;
  });
  return winston.createLogger({ format: capture(), transports: [new winston.transports.Console({ silent: true })] });
}

function described(error: Error): object {
  return { error: error.message, stack: error.stack, cause: error.cause };
}

function exchange(port: number, agent: Agent, { contentType, soapAction, body }: Message): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': contentType,
      'Content-Length': body.length,
      ...(soapAction !== undefined && { SOAPAction: soapAction }),
    };
    const outgoing = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/', agent, headers }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('error', reject)
        .on('end', () => {
          const id = incoming.headers['x-request-id'];
          resolve({
            status: incoming.statusCode ?? 0,
            requestId: typeof id === 'string' ? id : '',
            text: Buffer.concat(chunks).toString('utf8'),
          });
        });
    });
    outgoing
      .setTimeout(PATIENCE_MS, () => outgoing.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)))
      .on('error', reject)
      .end(body);
  });
}
