/** The attack suite against a sandbox of its own, in a process of its own, as `npm start` would run it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { report } from './report.js';
import { runAttacks } from './suite.js';
import { readTarget } from './target.js';
import type { Target } from './target.js';

const ENTRY = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const ATTACK = fileURLToPath(new URL('./main.js', import.meta.url));

let directory: string;
let sandbox: ChildProcess;
let endpoint: string;
let output = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'passerella-attack-'));
  sandbox = spawn(process.execPath, ['--disable-proto=delete', '--max-old-space-size=512', ENTRY, 'sandbox'], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      PASSERELLA_DATA_DIRECTORY: join(directory, 'data'),
      PASSERELLA_CERTIFICATE_DIRECTORY: join(directory, 'certs'),
      PASSERELLA_SOAP_PORT: String(await freePort()),
      PASSERELLA_OPS_PORT: '0',
      // Everything that could be logged, so that what must not be is looked for in all of it.
      PASSERELLA_LOG_LEVEL: 'debug',
    },
  });
  endpoint = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const found = /endpoint\s+(https:\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    sandbox.stdout?.on('data', read);
    sandbox.stderr?.on('data', read);
    sandbox.once('exit', (code) => {
      reject(new Error(`the sandbox ended with ${code ?? 'a signal'}: ${output}`));
    });
  });
}, 120_000);

afterAll(async () => {
  if (sandbox.exitCode === null) {
    sandbox.kill('SIGTERM');
    await once(sandbox, 'exit');
  }
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

test('every attack is refused cleanly, the gateway serves on, its memory stays', async () => {
  const announced = output.length;
  const target = readTarget(new URL(endpoint), join(directory, 'data', 'sandbox.json'));
  const results = await runAttacks(target, sandbox.pid, 5, 0);
  const failed = results.filter(({ problem }) => problem !== undefined);
  expect(failed.length === 0 ? '' : report(failed)).toBe('');
  expect(results.length).toBeGreaterThan(350);
  expect(sandbox.exitCode).toBeNull();
  // A hostile message is the caller's fault: none of them is an error of ours.
  expect(output.slice(announced)).not.toMatch(/ERRORE_INTERNO|"level":"error"/);
  const lines = output
    .slice(announced)
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'));
  expect(lines.length).toBeGreaterThan(results.length);
  for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  expect(lines.find((line) => secretsOf(target).some((secret) => line.includes(secret)))).toBeUndefined();
  // «[identificativo]»: somebody logged one, and it was masked on the way out. The rest was in the messages.
  expect(lines.find((line) => /\[identificativo\]|jndi|script|DROP TABLE|guess|NESSUNO/.test(line))).toBeUndefined();
}, 300_000);

/** What was sent of the identities, as it was sent. */
function secretsOf(target: Target): string[] {
  return ['doctor', 'secondDoctor', 'substitute', 'revoked', 'expired', 'coded'].flatMap((role) => {
    const { codiceFiscale, userId, password, pincode } = target.identity(role);
    return [codiceFiscale, userId, password, pincode, Buffer.from(`${userId}:${password}`).toString('base64')];
  });
}

test('an endpoint that is not this machine’s is not attacked', async () => {
  const child = spawn(process.execPath, [ATTACK, 'https://gateway.example.invalid/ws/TestSierologici'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  await once(child, 'close');
  expect(child.exitCode).toBe(64);
  expect(said).toContain('--i-own-this-host');
});
