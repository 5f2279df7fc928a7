/** Express as host, with every optional feature off. */
import express from 'express';
import type { Express } from 'express';

/** An Express application without fingerprint, ETag and query parsing. */
export function bareExpress(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.set('env', 'production'); // an error page must never contain a stack, whatever NODE_ENV is
  return app;
}
