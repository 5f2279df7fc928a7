/**
 * Creates the HTTP servers of all listeners. Limits what one connection may queue, and hosts Express without its cost
 * per request: Express re-prototypes every request and response, which undoes the engine's optimisations; here they are
 * created with Express's prototypes from the start (docs/decisions/0005-express-hosting.md has the figures).
 */
import { IncomingMessage, ServerResponse, createServer as createPlain } from 'node:http';
import type { RequestListener, Server as HttpServer } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Express } from 'express';
import { serverTls } from '../tls/index.js';
import { endAtTinyPieces, onRequestMade, onResponseMade, stopAtTooMany } from './connection.js';
import { refuseBrokenHttp } from './refusal.js';

/** How often Node checks for overdue requests; its default of 30 s would turn 10 s into up to 40. */
const TIMEOUT_CHECK_MS = 1_000;

export function createHttpServer(handler: RequestListener): HttpServer {
  return refuseBrokenHttp(createPlain(optionsFor(handler), handler));
}

/** @param tls certificates and further options, on top of the policy of platform/tls */
export function createHttpsServer(tls: TlsOptions, handler: RequestListener): HttpsServer {
  return refuseBrokenHttp(createTls({ ...serverTls(), ...tls, ...optionsFor(handler) }, handler));
}

function optionsFor(handler: RequestListener): {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse;
  connectionsCheckingInterval: number;
} {
  const ofRequests = isExpress(handler)
    ? handler.request
    : (Object.create(IncomingMessage.prototype) as IncomingMessage);
  const ofResponses = isExpress(handler) ? handler.response : (Object.create(ServerResponse.prototype) as object);
  stopAtTooMany(ofRequests);
  endAtTinyPieces(ofRequests);
  return {
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    IncomingMessage: withPrototype(IncomingMessage, ofRequests, onRequestMade),
    ServerResponse: withPrototype(ServerResponse, ofResponses, onResponseMade),
  };
}

const isExpress = (handler: RequestListener | Express): handler is Express => 'request' in handler;

/** A constructor like `base`, with this prototype, which inherits from base's own; calls back with each new object. */
function withPrototype<Base extends abstract new (...args: never[]) => object>(
  base: Base,
  prototype: object,
  onMade: (made: InstanceType<Base>, first: Socket) => void,
): Base {
  const constructor = function (this: InstanceType<Base>, ...args: unknown[]): void {
    Reflect.apply(base as unknown as (...args: unknown[]) => void, this, args);
    onMade(this, args[0] as Socket); // for a request Node passes its socket
  };
  constructor.prototype = prototype;
  return constructor as unknown as Base;
}
