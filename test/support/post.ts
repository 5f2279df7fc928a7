/** HTTP requests to a separate process: messages over TLS to the SOAP endpoint, requests to the operator's pages. */
import { get as httpGet } from 'node:http';
import { request } from 'node:https';
import type { Agent } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Reply } from './gateway.js';

/**
 * @param agent carries the CA to trust and the card; its connections may be kept alive
 * @throws the socket's error if no answer comes
 */
export function postSoap(endpoint: string, body: string, agent: Agent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'text/xml; charset=utf-8' };
    request(endpoint, { method: 'POST', agent, headers }, (incoming) => {
      whole(incoming).then(resolve, reject);
    })
      .on('error', reject)
      .end(body);
  });
}

/** GET over plain HTTP. */
export function getPage(url: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    httpGet(url, { agent: false }, (incoming) => {
      whole(incoming).then(resolve, reject);
    }).on('error', reject);
  });
}

async function whole(incoming: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk as Uint8Array));
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

/**
 * Repeats a request until the expected answer comes: for effects of another process or of a file watch.
 * @throws Error after 30 s, naming what was expected
 */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
