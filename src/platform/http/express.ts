/**
 * Express as host, without its cost per request: Express re-prototypes every request and response, which undoes the
 * engine's optimisations. Servers made here create them with Express's prototypes from the start, so that it finds
 * nothing to change (docs/decisions/0005-express-hosting.md has the figures).
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import type { Express } from 'express';

/** An Express application with nothing on: no fingerprint, no ETag, no query parsing. */
export function bareExpress(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.set('env', 'production'); // whatever NODE_ENV says, an error page holds no stack
  return app;
}

/** Node looks for requests past their time only so often; its own 30 s would make of 10 s as much as 40. */
const TIMEOUT_CHECK_MS = 1_000;

/** Options for `createServer` of node:http and node:https that belong to this application. */
export function expressPrototypes(app: Express): {
  IncomingMessage: typeof IncomingMessage;
  ServerResponse: typeof ServerResponse;
  connectionsCheckingInterval: number;
} {
  return {
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    IncomingMessage: withPrototype(IncomingMessage, app.request),
    ServerResponse: withPrototype(ServerResponse, app.response),
  };
}

/** A constructor that builds what `base` builds, with Express's object as prototype. Both inherit from base's own. */
function withPrototype<Base extends abstract new (...args: never[]) => object>(base: Base, prototype: object): Base {
  const constructor = function (this: object, ...args: unknown[]): void {
    Reflect.apply(base as unknown as (...args: unknown[]) => void, this, args);
  };
  constructor.prototype = prototype;
  return constructor as unknown as Base;
}
