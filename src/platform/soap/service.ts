/**
 * The SOAP engine: one message in, one answer out, by the steps of `answer`, each in a file of its own.
 * Knows the contract's shape and nothing of what the operations mean.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { newRequestId } from '../ids/index.js';
import type { Logger } from '../log.js';
import { RequestAborted, createBodyReader, decodeBody, mediaTypeOf, unquote } from './body.js';
import type { MediaType } from './body.js';
import type { ContractShape, OperationShape } from './contract.js';
import { openEnvelope, versionOf } from './envelope.js';
import type { SoapVersion } from './envelope.js';
import { SoapFault, internalFault, retryLaterFault, transportFault } from './fault.js';
import type { FaultFacts } from './fault.js';
import type { SoapLimits } from './limits.js';
import { operationOf } from './operation.js';
import { readElement } from './reader.js';
import { createSchemaValidator } from './schema.js';
import { compileFaultWriter, compileWriter, envelope } from './writer.js';
import { serveContract } from './wsdl.js';
import { parseXml, trimBlank } from './xml.js';

/** What shows who is calling: the HTTP request with its TLS connection, and the contract's header blocks. */
export interface Evidence {
  readonly http: IncomingMessage;
  readonly operation: string;
  readonly requestId: string;
  /** A declared header block of the message: its text and attributes; undefined when absent. */
  header(name: string): { readonly text: string; readonly attributes: ReadonlyMap<string, string> } | undefined;
}

export interface Call<Caller> {
  readonly caller: Caller;
  readonly requestId: string;
}

/** Request and response type of each operation, generated from the XSD. */
export type OperationTypes = Record<string, { request: unknown; response: unknown }>;

export type Handlers<Operations, Caller> = {
  readonly [Name in keyof Operations]: Operations[Name] extends { request: infer Request; response: infer Response }
    ? (request: Request, call: Call<Caller>) => Promise<Response>
    : never;
};

export interface SoapServiceOptions<Operations, Caller> {
  readonly contract: ContractShape;
  /** Directory of the WSDL and XSD files. */
  readonly contractDirectory: string;
  /** Absolute public URL of the endpoint, as written into the WSDL. */
  readonly address: string;
  readonly limits: SoapLimits;
  /** Messages in work at once; one more is answered 503. */
  readonly maxInFlight: number;
  /** Who is calling. @throws SoapFault when nobody acceptable is. */
  authenticate(evidence: Evidence): Promise<Caller>;
  readonly handlers: Handlers<Operations, Caller>;
  /** Says again as a fault what a handler threw, when it is something the caller can act upon. */
  faultOf(error: unknown): SoapFault | undefined;
  readonly log: Logger;
}

/** Messages of one connection in work at once: clients wait for each answer, one that sends hundreds is no client. */
const MAX_PIPELINED = 8;

export type SoapListener = (request: IncomingMessage, response: ServerResponse) => void;

interface CompiledOperation {
  readonly shape: OperationShape;
  readonly handle: (request: unknown, call: Call<unknown>) => Promise<unknown>;
  readonly write: (response: unknown) => string;
}

/** What is learnt of a message on its way, for the answer's form and the log line. */
interface Progress {
  version: SoapVersion;
  operation: string | undefined;
}

/** The listener to mount at the endpoint's path, for every HTTP method. */
export function createSoapService<Operations, Caller>(options: SoapServiceOptions<Operations, Caller>): SoapListener {
  const { contract, limits, log } = options;
  const served = serveContract(contract, options.contractDirectory, options.address);
  const schema = createSchemaValidator(served.xsd, contract);
  const writeFault = compileFaultWriter(contract);
  const shapes = new Map(Object.entries(contract.operations));
  const headerShapes = new Set(Object.keys(contract.headers));
  const namespaceAttribute = ` xmlns="${contract.namespace}"`;
  const compiled = new Map<OperationShape, CompiledOperation>();
  for (const [name, shape] of shapes) {
    // The one place where types are taken on trust: the generated types and the schema that is validated are one source.
    const handle = (options.handlers as Record<string, CompiledOperation['handle'] | undefined>)[name];
    if (handle === undefined) throw new Error(`no handler for operation ${name}`);
    compiled.set(shape, { shape, handle, write: compileWriter(shape.response, namespaceAttribute) });
  }
  const readBody = createBodyReader(limits.bodyBytes);
  const inConnection = new WeakMap<Socket, number>();
  let inFlight = 0;

  async function answer(http: IncomingMessage, requestId: string, progress: Progress): Promise<string> {
    const media = mediaTypeOf(http);
    if (media.type === 'application/soap+xml') progress.version = '1.2';
    const bytes = await readBody(http);
    // Only a whole message is work: callers who send slowly take no place from the others.
    if (inFlight >= options.maxInFlight) throw tooBusy();
    inFlight++;
    try {
      return await answerMessage(http, media, bytes, requestId, progress);
    } finally {
      inFlight--;
    }
  }

  async function answerMessage(
    http: IncomingMessage,
    media: MediaType,
    bytes: Buffer,
    requestId: string,
    progress: Progress,
  ): Promise<string> {
    const root = parseXml(decodeBody(bytes, media.charset), limits);
    progress.version = versionOf(root);
    const { body, headers } = openEnvelope(
      root,
      progress.version,
      (block) => block.namespace === contract.namespace && headerShapes.has(block.name),
    );
    const said = http.headers['soapaction'];
    const actions = [typeof said === 'string' ? unquote(said.trim()) : undefined, media.action];
    const operation = compiled.get(
      operationOf(shapes, contract, { version: progress.version, headers, body }, actions),
    );
    if (operation === undefined) throw new Error('an operation without a handler');
    progress.operation = body.name;
    const declared = headers.filter((block) => block.namespace === contract.namespace && headerShapes.has(block.name));
    for (const block of declared) schema.validate(withoutSoapAttributes(block));
    schema.validate(body);
    const request = readElement(body, operation.shape.request);
    const caller = await options.authenticate({
      http,
      operation: body.name,
      requestId,
      header(name) {
        const block = declared.find((candidate) => candidate.name === name);
        return (
          block && { text: trimBlank(block.text), attributes: new Map(block.attributes.map((a) => [a.name, a.value])) }
        );
      },
    });
    const response = await operation.handle(request, { caller, requestId });
    return envelope(progress.version, operation.write(response));
  }

  async function serve(http: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const requestId = newRequestId();
    const progress: Progress = { version: '1.1', operation: undefined };
    const finish = (status: number, text: string, headers: Readonly<Record<string, string>> = {}, codice?: string) => {
      send(response, progress.version, status, text, { ...headers, 'X-Request-Id': requestId });
      if (!log.isLevelEnabled('info')) return; // winston formats a line before it drops it
      const ms = Math.round((performance.now() - started) * 10) / 10;
      log.info('soap', { requestId, operation: progress.operation, status, codice, ms });
    };
    const pipelined = inConnection.get(http.socket) ?? 0;
    inConnection.set(http.socket, pipelined + 1);
    try {
      if (pipelined >= MAX_PIPELINED) throw tooBusy();
      finish(200, await answer(http, requestId, progress));
    } catch (error) {
      if (error instanceof RequestAborted || http.socket.destroyed) {
        log.info('soap: the caller went away', { requestId, operation: progress.operation });
        return;
      }
      const fault = error instanceof SoapFault ? error : (options.faultOf(error) ?? internalFault(error));
      if (fault.cause !== undefined)
        log.error('soap: fault', { requestId, codice: fault.facts.codice, cause: fault.cause });
      finish(
        statusOf(fault.facts, progress.version),
        writeFault(progress.version, fault.facts, requestId),
        fault.facts.headers,
        fault.facts.codice,
      );
    } finally {
      inConnection.set(http.socket, (inConnection.get(http.socket) ?? 1) - 1);
    }
  }

  return (request, response) => {
    if (request.method === 'POST') {
      void serve(request, response);
      return;
    }
    const url = request.url ?? '';
    const at = url.indexOf('?');
    const document =
      request.method === 'GET' || request.method === 'HEAD'
        ? served.document(new URLSearchParams(at < 0 ? '' : url.slice(at + 1)))
        : undefined;
    if (document !== undefined) {
      response
        .writeHead(200, { 'Content-Type': 'text/xml; charset=utf-8', 'Cache-Control': 'max-age=300' })
        .end(document);
      return;
    }
    const message =
      'Il servizio risponde al metodo POST con una busta SOAP; il contratto è a ?wsdl, ?singleWsdl e ?xsd=' +
      contract.xsdFile +
      '.';
    const fault = transportFault(405, 'METODO_NON_AMMESSO', message, { Allow: 'POST, GET, HEAD' });
    const requestId = newRequestId();
    send(response, '1.1', 405, writeFault('1.1', fault.facts, requestId), {
      ...fault.facts.headers,
      'X-Request-Id': requestId,
    });
  };
}

function tooBusy(): SoapFault {
  return retryLaterFault('SERVIZIO_OCCUPATO', 'Troppe richieste in corso: ripetere tra qualche secondo.', 2);
}

/** mustUnderstand, actor and role belong to SOAP, not to the block's schema. */
function withoutSoapAttributes<Block extends { attributes: readonly { namespace: string }[] }>(block: Block): Block {
  return { ...block, attributes: block.attributes.filter((attribute) => attribute.namespace === '') };
}

function statusOf(fault: FaultFacts, version: SoapVersion): number {
  if (fault.status !== undefined) return fault.status;
  // SOAP 1.2 part 2, table 20: a Sender fault is a 400; SOAP 1.1, 6.2: every fault is a 500.
  return version === '1.2' && fault.faultClass === 'Client' ? 400 : 500;
}

function send(
  response: ServerResponse,
  version: SoapVersion,
  status: number,
  text: string,
  headers: Record<string, string>,
): void {
  const type = version === '1.2' ? 'application/soap+xml' : 'text/xml';
  const bytes = Buffer.from(text, 'utf8');
  response
    .writeHead(status, {
      'Content-Type': `${type}; charset=utf-8`,
      'Content-Length': bytes.length,
      'Cache-Control': 'no-store',
      ...headers,
    })
    .end(bytes); // not as text: Node would count, join and encode it again
}
