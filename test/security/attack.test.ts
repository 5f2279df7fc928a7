/** The attack suite against a separate sandbox process, started as by `npm start`. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { report } from './report.js';
import { startSandbox } from './sandbox.js';
import type { OwnSandbox } from './sandbox.js';
import { runAttacks } from './suite.js';
import type { Target } from './target.js';

const ATTACK = fileURLToPath(new URL('./main.js', import.meta.url));

let sandbox: OwnSandbox;

beforeAll(async () => {
  // The complete log, so that the search for forbidden content covers all of it.
  sandbox = await startSandbox('debug');
}, 120_000);

afterAll(() => sandbox.stop(), 60_000);

test('every attack is refused cleanly, the gateway continues to serve, its memory stays', async () => {
  const announced = sandbox.output().length;
  const { target } = sandbox;
  const results = await runAttacks(target, sandbox.pid, 5, 0);
  const failed = results.filter(({ problem }) => problem !== undefined);
  expect(failed.length === 0 ? '' : report(failed)).toBe('');
  expect(results.length).toBeGreaterThan(350);
  expect(sandbox.isRunning()).toBe(true);
  const output = sandbox.output().slice(announced);
  // A hostile message is the caller's fault: none of them is logged as our error.
  expect(output).not.toMatch(/ERRORE_INTERNO|"level":"error"/);
  const lines = output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'));
  expect(lines.length).toBeGreaterThan(results.length);
  for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  expect(lines.find((line) => secretsOf(target).some((secret) => line.includes(secret)))).toBeUndefined();
  // «[identificativo]»: an identifier was logged, and masked. The others are from the messages.
  expect(lines.find((line) => /\[identificativo\]|jndi|script|DROP TABLE|guess|NESSUNO/.test(line))).toBeUndefined();
}, 300_000);

/** The identities' secrets, as sent. */
function secretsOf(target: Target): string[] {
  return ['doctor', 'secondDoctor', 'substitute', 'revoked', 'expired', 'coded'].flatMap((role) => {
    const { codiceFiscale, userId, password, pincode } = target.identity(role);
    return [codiceFiscale, userId, password, pincode, Buffer.from(`${userId}:${password}`).toString('base64')];
  });
}

test('an endpoint on another machine is not attacked', async () => {
  const child = spawn(process.execPath, [ATTACK, 'https://gateway.example.invalid/ws/TestSierologici'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  await once(child, 'close');
  expect(child.exitCode).toBe(64);
  expect(said).toContain('--i-own-this-host');
});
