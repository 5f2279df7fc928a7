/**
 * The simulator's control endpoint, plain HTTP on the loopback address only: shows received notifications and changes
 * the regions' misbehaviours. Shows persons' identifiers, like the journal; hence loopback, and a check of Host, so
 * that no web page can reach it by a name of its own.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createHttpServer, defaultListenerLimits, listen } from '../../platform/http/index.js';
import type { Listener } from '../../platform/http/index.js';
import { MisbehaviourError, describeMisbehaviours, parseMisbehaviours } from './misbehaviour.js';
import type { SimulatedRegion } from './simulated-region.js';

const PAGE = 1_000;
const LONGEST_COMMAND = 1_000;

/**
 * GET / · GET /<region>/received?from=0&limit=1000 · PUT /<region>/misbehave with a body such as `slow:0.2`.
 * @param port 0 picks a free one
 */
export function startControl(port: number, regions: readonly SimulatedRegion[]): Promise<Listener> {
  const byName = new Map(regions.map((region) => [region.region, region]));
  const server = createHttpServer((request, response) => {
    handle(byName, request)
      .catch((error: unknown) => [500, { error: error instanceof Error ? error.name : 'error' }] as const)
      .then(([status, value]) => {
        reply(response, status, value);
      })
      .catch(() => response.destroy());
  });
  return listen(server, { host: '127.0.0.1', port }, defaultListenerLimits);
}

type Reply = readonly [status: number, value: unknown];

async function handle(regions: ReadonlyMap<string, SimulatedRegion>, request: IncomingMessage): Promise<Reply> {
  if (!/^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(request.headers.host ?? '')) {
    return [403, { error: 'the control endpoint is reached as localhost or 127.0.0.1' }];
  }
  const url = new URL(request.url ?? '/', 'http://localhost');
  const [name = '', action = ''] = url.pathname.slice(1).split('/');
  if (request.method === 'GET' && name === '') return [200, { regions: [...regions.values()].map(statusOf) }];
  const region = regions.get(name);
  if (region === undefined) return [404, { error: 'no such region' }];
  if (request.method === 'GET' && action === '') return [200, statusOf(region)];
  if (request.method === 'GET' && action === 'received') {
    const from = numberOf(url, 'from', 0);
    const limit = numberOf(url, 'limit', PAGE);
    return [200, { total: region.recorded, from, received: await region.received(from, Math.min(limit, PAGE)) }];
  }
  if (request.method === 'PUT' && action === 'misbehave') {
    try {
      region.misbehave(parseMisbehaviours(await textOf(request)));
      return [200, statusOf(region)];
    } catch (error) {
      if (error instanceof MisbehaviourError) return [400, { error: error.message }];
      throw error;
    }
  }
  return [404, { error: 'GET /, GET /<region>/received, PUT /<region>/misbehave' }];
}

function statusOf(region: SimulatedRegion): object {
  return {
    region: region.region,
    endpoint: region.endpoint,
    misbehave: describeMisbehaviours(region.misbehaviours),
    recorded: region.recorded,
    counts: region.counts(),
  };
}

function numberOf(url: URL, name: string, otherwise: number): number {
  const text = url.searchParams.get(name) ?? '';
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : otherwise;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > LONGEST_COMMAND) throw new MisbehaviourError('too long');
  }
  return text;
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
    .end(`${JSON.stringify(value)}\n`);
}
