/** The SOAP engines side by side, without a database and without TLS: our layer, the `soap` package, bare Node. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pin } from './cores.js';
import { generate } from './generate.js';
import { PATH, REQUESTS, ROWS, SIZES } from './messages.js';
import type { Size } from './messages.js';
import { pathOf } from './servers/bare.js';
import type { Variant } from './variant.js';

const PROGRAM = fileURLToPath(new URL('servers/main.js', import.meta.url));

export const ENGINES = {
  layer: 'our layer on Express',
  'soap-http': 'soap package on http',
  'soap-express': 'soap package on Express',
  bare: 'bare Node http',
  'bare-bytes': 'bare Node http with bytes made once',
} as const;
export type Engine = keyof typeof ENGINES;

export interface RunningEngines {
  readonly variants: readonly Variant[];
  stop(): Promise<void>;
}

export const variantName = (engine: Engine, size: Size): string => `${ENGINES[engine]}, ${size}`;

/** @param nodeOptions for our layer's process only, for instance a profiler */
export async function startEngines(nodeOptions: readonly string[]): Promise<RunningEngines> {
  const children: ChildProcess[] = [];
  const variants: Variant[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
  };
  try {
    for (const engine of ['layer', 'soap-express', 'soap-http', 'bare', 'bare-bytes'] as const) {
      const args = [...(engine === 'layer' ? nodeOptions : []), '--disable-proto=delete', PROGRAM, engine];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      const said: unknown[] = await once(child.stdout, 'data');
      const { pid } = child;
      if (pid === undefined) throw new Error(`${engine} did not start`);
      pin(pid, 'server');
      for (const size of SIZES) {
        const url = `http://127.0.0.1:${String(said[0]).trim()}${engine.startsWith('bare') ? pathOf(size) : PATH}`;
        await probe(url, size);
        variants.push({ name: variantName(engine, size), measure: (seconds) => measure(url, size, pid, seconds) });
      }
    }
    // Size by size, the engines of one size in succession.
    variants.sort((one, other) => sizeOf(one) - sizeOf(other));
    return { variants, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function sizeOf({ name }: Variant): number {
  return SIZES.findIndex((size) => name.endsWith(`, ${size}`));
}

async function measure(url: string, size: Size, pid: number, seconds: number) {
  const outcome = await generate({
    url,
    messages: [{ kind: 'constant', body: REQUESTS[size] }],
    headers: { SOAPAction: '""' },
    seconds,
    watched: pid,
  });
  return { ...outcome, resident: Math.max(...outcome.resident) };
}

/** Checks the engine's answer before its rate is measured. */
async function probe(url: string, size: Size): Promise<void> {
  const headers = { 'Content-Type': 'text/xml; charset=utf-8', SOAPAction: '""' };
  const reply = await fetch(url, { method: 'POST', headers, body: REQUESTS[size] });
  const answer = await reply.text();
  const rows = answer.split(/<(?:\w+:)?codiceFiscaleAssistito>/).length - 1;
  if (reply.status !== 200 || rows !== ROWS[size] || !/esito>0000</.test(answer)) {
    throw new Error(`${url}: HTTP ${reply.status}, ${rows} rows instead of ${ROWS[size]}: ${answer.slice(0, 300)}`);
  }
}
