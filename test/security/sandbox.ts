/** A separate sandbox process, started as by `npm start`. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { on, once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readTarget } from './target.js';
import type { Target } from './target.js';

const ENTRY = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export interface OwnSandbox {
  readonly target: Target;
  readonly pid: number;
  /** As the owner of its database. */
  readonly ownerUrl: string;
  /** Its complete output. */
  output(): string;
  isRunning(): boolean;
  /**
   * A worker on the sandbox's register, as `npm run worker:sandbox` starts it: its `/healthz`. Ends with the sandbox.
   */
  startWorker(): Promise<{ readonly url: URL; readonly pid: number }>;
  stop(): Promise<void>;
}

/** @param logLevel level of the application's log */
export async function startSandbox(logLevel: string): Promise<OwnSandbox> {
  const directory = mkdtempSync(join(tmpdir(), 'passerella-attack-'));
  const data = join(directory, 'data');
  const child = spawn(process.execPath, ['--disable-proto=delete', '--max-old-space-size=512', ENTRY, 'sandbox'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PASSERELLA_DATA_DIRECTORY: data,
      PASSERELLA_CERTIFICATE_DIRECTORY: join(directory, 'certs'),
      PASSERELLA_SOAP_PORT: String(await freePort()),
      PASSERELLA_PORTAL_PORT: '0',
      PASSERELLA_CARD_PORT: '0',
      PASSERELLA_OPS_PORT: '0',
      PASSERELLA_LOG_LEVEL: logLevel,
    },
  });
  let output = '';
  const endpoint = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const found = /endpoint\s+(https:\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject).once('exit', (code) => {
      reject(new Error(`the sandbox ended with ${code ?? 'a signal'}: ${output}`));
    });
  });
  let worker: ChildProcess | undefined;
  return {
    target: readTarget(new URL(endpoint), join(data, 'sandbox.json')),
    pid: child.pid ?? 0,
    ownerUrl: ownerUrl(data),
    output: () => output,
    isRunning: () => child.exitCode === null,
    async startWorker() {
      const port = await freePort();
      worker = spawn(
        process.execPath,
        [`--env-file=${join(data, 'worker.env')}`, '--disable-proto=delete', ENTRY, 'worker'],
        {
          cwd: directory,
          stdio: ['ignore', 'pipe', 'inherit'],
          env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PASSERELLA_OPS_PORT: String(port) },
        },
      );
      const said = worker.stdout?.setEncoding('utf8');
      for await (const [line] of on(said ?? worker, 'data', { close: ['end'] }) as AsyncIterable<[string]>) {
        if (line.includes('worker ready')) break;
      }
      said?.resume();
      return { url: new URL(`http://127.0.0.1:${port}/healthz`), pid: worker.pid ?? 0 };
    },
    async stop() {
      if (worker?.exitCode === null) {
        worker.kill('SIGTERM');
        await once(worker, 'exit');
      }
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function ownerUrl(data: string): string {
  const shape = z.object({ password: z.string(), port: z.number() });
  const file = join(data, 'postgres/cluster/settings.json');
  const { password, port } = shape.parse(JSON.parse(readFileSync(file, 'utf8')));
  return `postgres://passerella_owner:${password}@127.0.0.1:${port}/passerella`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
