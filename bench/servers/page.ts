/** The maximum of Express for a page: over TLS, a route for each that sends a prepared text. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import { join } from 'node:path';
import express from 'express';
import { z } from 'zod';

const shape = z.object({
  certificate: z.string(),
  key: z.string(),
  pages: z.array(z.object({ path: z.string(), body: z.string(), type: z.string() })),
});

/** @param folder contains `pages.json` */
export function pageServer(folder: string): Server {
  const { certificate, key, pages } = shape.parse(JSON.parse(readFileSync(join(folder, 'pages.json'), 'utf8')));
  const app = express();
  for (const { path, body, type } of pages) {
    app.get(path, (_request, response) => {
      response.type(type).send(body);
    });
  }
  return createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, app);
}
