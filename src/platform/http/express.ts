/** Express as host, with every optional feature off. */
import express from 'express';
import type { Express } from 'express';

/** An Express application without fingerprint, ETag and query parsing. */
export function bareExpress(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  app.set('env', 'production'); // whatever NODE_ENV says, an error page holds no stack
  return app;
}
