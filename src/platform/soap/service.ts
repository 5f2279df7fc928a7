/**
 * The SOAP engine: one message in, one answer out, by the steps of `answer`, each in a file of its own.
 * Knows the contract's shape and nothing of what the operations mean.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { holdBack } from '../http/index.js';
import { newRequestId } from '../ids/index.js';
import type { Logger } from '../log.js';
import { RequestAborted, createBodyReader, decodeBody, mediaTypeOf, unquote } from './body.js';
import type { MediaType } from './body.js';
import type { ContractShape, OperationShape } from './contract.js';
import { openEnvelope, versionOf, withoutSoapAttributes } from './envelope.js';
import type { SoapVersion } from './envelope.js';
import { SoapFault, internalFault, retryLaterFault, transportFault, withAdvice } from './fault.js';
import type { SoapLimits } from './limits.js';
import { operationOf } from './operation.js';
import { compileReader } from './reader.js';
import type { ReadElement } from './reader.js';
import { send, statusOf } from './reply.js';
import { strayBlock } from './stray.js';
import { compileFaultWriter, compileWriter, envelopeAround } from './writer.js';
import type { Write } from './writer.js';
import { serveContract } from './wsdl.js';
import { trimBlank } from './tree.js';
import type { XmlElement } from './tree.js';
import { parseXml } from './xml.js';

/** What shows who is calling: the HTTP request with its TLS connection, and the contract's header blocks. */
export interface Evidence {
  readonly http: IncomingMessage;
  readonly operation: string;
  readonly requestId: string;
  /** A declared header block of the message: its text and attributes; undefined when absent. */
  header(name: string): { readonly text: string; readonly attributes: ReadonlyMap<string, string> } | undefined;
  /** Local names of all header blocks of the message, declared or not. */
  readonly blocks: readonly string[];
  /** Where a declared header block stands that is in the wrong place, and what to send, in Italian; undefined: none is. */
  readonly stray: string | undefined;
}

/** Request and response type of each operation, generated from the XSD. */
export type OperationTypes = Record<string, { request: unknown; response: unknown }>;

export type Handlers<Operations, Call> = {
  readonly [Name in keyof Operations]: Operations[Name] extends { request: infer Request; response: infer Response }
    ? (request: Request, call: Call) => Promise<Response>
    : never;
};

export interface SoapServiceOptions<Operations, Call> {
  readonly contract: ContractShape;
  /** Directory of the WSDL and XSD files. */
  readonly contractDirectory: string;
  /** Absolute public URL of the endpoint, as written into the WSDL. */
  readonly address: string;
  readonly limits: SoapLimits;
  /** Messages in work at once; one more is answered 503. */
  readonly maxInFlight: number;
  /** Who calls: the value goes to the handler as it is. @throws SoapFault when nobody acceptable calls */
  authenticate(evidence: Evidence): Promise<Call>;
  readonly handlers: Handlers<Operations, Call>;
  /** The fault for what a handler threw, when it is something the caller can act upon. */
  faultOf(error: unknown): SoapFault | undefined;
  /** Called with every message that has ended; costs next to nothing and never throws. */
  readonly observe?: (message: Answered<Call>) => void;
  readonly log: Logger;
}

/** What became of a message: it has a result or the code of a fault, or neither when its caller went away. */
export interface Answered<Call> {
  /** undefined: none was recognised. */
  readonly operation: string | undefined;
  /** undefined: nobody was signed in. */
  readonly call: Call | undefined;
  /** What the handler answered. */
  readonly result: unknown;
  readonly codice: string | undefined;
  /** Since its headers arrived. */
  readonly seconds: number;
}

export interface SoapListener {
  (request: IncomingMessage, response: ServerResponse): void;
  /** Whole messages that are not answered yet. */
  inWork(): number;
}

interface CompiledOperation {
  readonly name: string;
  readonly read: ReadElement;
  readonly handle: (request: unknown, call: unknown) => Promise<unknown>;
  readonly write: Write;
}

/** What is learnt of a message on its way, for the answer's form and the log line. */
interface Progress<Call> {
  version: SoapVersion;
  operation: string | undefined;
  /** When the message was whole, or its headers when there is no more: beats are counted from here, never from when it began. */
  whole: number;
  call: Call | undefined;
  result: unknown;
}

interface Understood {
  readonly operation: CompiledOperation;
  readonly request: unknown;
  /** The contract's header blocks that the message has. */
  readonly declared: readonly XmlElement[];
  readonly blocks: Evidence['blocks'];
  readonly stray: Evidence['stray'];
}

class MessageEvidence implements Evidence {
  constructor(
    readonly http: IncomingMessage,
    readonly operation: string,
    readonly requestId: string,
    readonly blocks: readonly string[],
    readonly stray: string | undefined,
    private readonly declared: readonly XmlElement[],
  ) {}

  header(name: string): ReturnType<Evidence['header']> {
    const block = this.declared.find((candidate) => candidate.name === name);
    return (
      block && { text: trimBlank(block.text), attributes: new Map(block.attributes.map((a) => [a.name, a.value])) }
    );
  }
}

/** The listener to mount at the endpoint's path, for every HTTP method. */
export function createSoapService<Operations, Call>(options: SoapServiceOptions<Operations, Call>): SoapListener {
  const { contract, limits, log } = options;
  const served = serveContract(contract, options.contractDirectory, options.address);
  const writeFault = compileFaultWriter(contract);
  const shapes = new Map(Object.entries(contract.operations));
  const headerReaders = new Map(
    Object.entries(contract.headers).map(([name, shape]) => [name, compileReader(shape, contract.namespace)]),
  );
  const namespaceAttribute = ` xmlns="${contract.namespace}"`;
  const compiled = new Map<OperationShape, CompiledOperation>();
  for (const [name, shape] of shapes) {
    // The one place where types are taken on trust: they are generated from the schema that the reader checks.
    const handle = (options.handlers as Record<string, CompiledOperation['handle'] | undefined>)[name];
    if (handle === undefined) throw new Error(`no handler for operation ${name}`);
    compiled.set(shape, {
      name,
      read: compileReader(shape.request, contract.namespace),
      handle,
      write: compileWriter(shape.response, namespaceAttribute),
    });
  }
  const readBody = createBodyReader(limits.bodyBytes);
  const isLogged = log.isLevelEnabled('info'); // winston formats a line before it drops it
  let inFlight = 0;

  const isDeclared = (block: XmlElement): boolean =>
    block.namespace === contract.namespace && headerReaders.has(block.name);

  /** From bytes to a typed request, in one go: nothing here waits. */
  function understand(http: IncomingMessage, media: MediaType, bytes: Buffer, progress: Progress<Call>): Understood {
    const root = parseXml(decodeBody(bytes, media.charset), limits);
    progress.version = versionOf(root);
    try {
      return understandTree(http, media, root, progress);
    } catch (error) {
      const stray = error instanceof SoapFault ? strayBlock(root, contract) : undefined;
      throw error instanceof SoapFault && stray !== undefined ? withAdvice(error, stray) : error;
    }
  }

  function understandTree(
    http: IncomingMessage,
    media: MediaType,
    root: XmlElement,
    progress: Progress<Call>,
  ): Understood {
    const opened = openEnvelope(root, progress.version, isDeclared);
    const said = http.headers['soapaction'];
    const shape = operationOf(shapes, contract, opened, [
      typeof said === 'string' ? unquote(said.trim()) : undefined,
      media.action,
    ]);
    const operation = compiled.get(shape);
    if (operation === undefined) throw new Error('an operation without a handler');
    progress.operation = opened.body.name;
    const declared = opened.headers.filter(isDeclared);
    for (const block of declared) headerReaders.get(block.name)?.(withoutSoapAttributes(block));
    const request = operation.read(opened.body);
    const blocks = opened.headers.map(({ name }) => name);
    // Now, so that no tree is kept while the caller signs in. A body that was read holds no block.
    const stray = declared.length < blocks.length ? strayBlock(root, contract) : undefined;
    return { operation, request, declared, blocks, stray };
  }

  /** @throws what there is instead of an answer; nothing of the message is kept then */
  async function answer(
    http: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    progress: Progress<Call>,
  ): Promise<void> {
    const media = mediaTypeOf(http);
    if (media.type === 'application/soap+xml') progress.version = '1.2';
    const bytes = await readBody(http);
    progress.whole = performance.now();
    // Only a whole message is work: callers who send slowly take no place from the others.
    if (inFlight >= options.maxInFlight) throw tooBusy();
    inFlight++;
    try {
      const { operation, request, declared, blocks, stray } = understand(http, media, bytes, progress);
      const evidence = new MessageEvidence(http, operation.name, requestId, blocks, stray, declared);
      progress.call = await options.authenticate(evidence);
      progress.result = await operation.handle(request, progress.call);
      const text = envelopeAround(progress.version, operation.write, progress.result);
      send(response, progress.version, 200, text, requestId);
    } finally {
      inFlight--;
    }
  }

  async function serve(http: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const requestId = newRequestId();
    const progress: Progress<Call> = {
      version: '1.1',
      operation: undefined,
      whole: started,
      call: undefined,
      result: undefined,
    };
    let status = 200;
    let codice: string | undefined;
    try {
      await answer(http, response, requestId, progress);
    } catch (error) {
      if (error instanceof RequestAborted || http.socket.destroyed) {
        log.info('soap: the caller went away', { requestId, operation: progress.operation });
        return;
      }
      const fault = error instanceof SoapFault ? error : (options.faultOf(error) ?? internalFault(error));
      const { facts, cause } = fault;
      codice = facts.codice;
      if (cause !== undefined) log.error('soap: fault', { requestId, codice, cause });
      status = statusOf(facts, progress.version);
      if (facts.beatMs !== undefined) {
        // The message is no longer in work: nobody's place is kept for an answer that waits.
        holdBack(response);
        await pause(facts.beatMs - ((performance.now() - progress.whole) % facts.beatMs));
        if (response.destroyed) return;
      }
      send(
        response,
        progress.version,
        status,
        writeFault(progress.version, facts, requestId),
        requestId,
        facts.headers,
      );
    } finally {
      const { operation, call, result } = progress;
      options.observe?.({ operation, call, result, codice, seconds: (performance.now() - started) / 1000 });
    }
    if (!isLogged) return;
    const ms = Math.round((performance.now() - started) * 10) / 10;
    log.info('soap', { requestId, operation: progress.operation, status, codice, ms });
  }

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
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
    send(response, '1.1', 405, writeFault('1.1', fault.facts, requestId), requestId, fault.facts.headers);
  };
  return Object.assign(listener, { inWork: () => inFlight });
}

function tooBusy(): SoapFault {
  return retryLaterFault('SERVIZIO_OCCUPATO', 'Troppe richieste in corso: ripetere tra qualche secondo.', 2);
}
