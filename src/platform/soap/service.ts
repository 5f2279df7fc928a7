/**
 * The SOAP engine: one message in, one answer out. `answer` lists the steps of a message in order; each step has its
 * own file. The engine knows the shape of the contract, not what its operations mean.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Logger } from '../log.js';
import { createBodyReader } from './body.js';
import type { ContractShape } from './contract.js';
import type { Evidence } from './evidence.js';
import { retryLaterFault, transportFault } from './fault.js';
import type { SoapFault } from './fault.js';
import type { SoapLimits } from './limits.js';
import { mediaTypeOf } from './media-type.js';
import type { MediaType } from './media-type.js';
import { begin } from './message.js';
import type { Message } from './message.js';
import { createRefusal } from './refusal.js';
import { send } from './reply.js';
import { compileUnderstanding } from './understanding.js';
import type { CompiledOperation, Handle } from './understanding.js';
import { envelopeAround } from './writer.js';
import { serveContract } from './wsdl.js';

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
  /** Absolute public URL of the endpoint, as in the WSDL. */
  readonly address: string;
  readonly limits: SoapLimits;
  /** Maximum of messages in work; a further one gets a 503. */
  readonly maxInFlight: number;
  /** Identifies the caller: the handler gets the value unchanged. @throws SoapFault if the caller is refused */
  authenticate(evidence: Evidence): Promise<Call>;
  readonly handlers: Handlers<Operations, Call>;
  /** The fault for an error of a handler, if the caller can act upon it. */
  faultOf(error: unknown): SoapFault | undefined;
  /** Called after every message; must cost next to nothing and never throw. */
  readonly observe?: (message: Answered<Call>) => void;
  readonly log: Logger;
}

/** The result of a message: a result, or the code of a fault, or neither if its caller disconnected. */
export interface Answered<Call> {
  /** undefined: none was recognised. */
  readonly operation: string | undefined;
  /** undefined: no caller was signed in. */
  readonly call: Call | undefined;
  /** What the handler returned. */
  readonly result: unknown;
  readonly codice: string | undefined;
  /** Since its headers arrived. */
  readonly seconds: number;
}

export interface SoapListener {
  (request: IncomingMessage, response: ServerResponse): void;
  /** Complete messages that are not answered yet. */
  inWork(): number;
}

/** The listener to mount at the endpoint's path, for every HTTP method. */
export function createSoapService<Operations, Call>(options: SoapServiceOptions<Operations, Call>): SoapListener {
  const { contract, limits, log } = options;
  const answerContract = serveContract(contract, options.contractDirectory, options.address);
  const readBody = createBodyReader(limits.bodyBytes);
  // The only unchecked types: they are generated from the schema that the reader checks.
  const handlers = options.handlers as Readonly<Record<string, Handle | undefined>>;
  const understand = compileUnderstanding(contract, limits, handlers);
  const refuse = createRefusal(contract, (error) => options.faultOf(error), log);
  const isLogged = log.isLevelEnabled('info'); // winston formats a line before dropping it
  let inWork = 0;

  async function serve(http: IncomingMessage, response: ServerResponse): Promise<void> {
    const message = begin<Call>(http, response);
    try {
      await answer(message);
    } catch (error) {
      leave(message); // an answer that waits for its beat occupies no place
      await refuse(message, error);
    } finally {
      end(message);
    }
  }

  /** The steps of a message. @throws the error to answer with; everything the steps have read is then released */
  async function answer(message: Message<Call>): Promise<void> {
    const media = readHead(message);
    const bytes = await readBody(message.http);
    enter(message);
    const { operation, request, evidence } = understand(message, media, bytes);
    message.call = await options.authenticate(evidence);
    message.result = await operation.handle(request, message.call);
    sendResult(message, operation);
    leave(message);
  }

  /** Takes a place. Only a complete message is work: slow senders take no places from others. */
  function enter(message: Message<Call>): void {
    message.whole = performance.now();
    if (inWork >= options.maxInFlight) {
      throw retryLaterFault('SERVIZIO_OCCUPATO', 'Troppe richieste in corso: ripetere tra qualche secondo.', 2);
    }
    inWork++;
    message.isInWork = true;
  }

  function leave(message: Message<Call>): void {
    if (message.isInWork) inWork--;
    message.isInWork = false;
  }

  function end({ begun, requestId, operation, call, result, status, codice }: Message<Call>): void {
    const ms = performance.now() - begun;
    options.observe?.({ operation, call, result, codice, seconds: ms / 1000 });
    if (!isLogged || status === undefined) return;
    log.info('soap', { requestId, operation, status, codice, ms: Math.round(ms * 10) / 10 });
  }

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.method === 'POST') void serve(request, response);
    else if (!answerContract(request, response)) void refuse(begin(request, response), methodNotAllowed(contract));
  };
  return Object.assign(listener, { inWork: () => inWork });
}

/** @throws SoapFault 415 */
function readHead(message: Message<unknown>): MediaType {
  const media = mediaTypeOf(message.http);
  if (media.type === 'application/soap+xml') message.version = '1.2';
  return media;
}

function sendResult(message: Message<unknown>, { write }: CompiledOperation): void {
  const { response, version, requestId, result } = message;
  const content = envelopeAround(version, write, result);
  send(response, version, 200, content, requestId);
  message.status = 200;
}

function methodNotAllowed({ xsdFile }: ContractShape): SoapFault {
  const message = `Il servizio risponde al metodo POST con una busta SOAP; il contratto è a ?wsdl, ?singleWsdl e ?xsd=${xsdFile}.`;
  return transportFault(405, 'METODO_NON_AMMESSO', message, { Allow: 'POST, GET, HEAD' });
}
