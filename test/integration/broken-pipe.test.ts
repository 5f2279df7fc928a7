/**
 * `passerella admin … | head`: the reader of the output may stop reading; the command ends as usual, without an error
 * about it.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

test.each([
  ['a list of commands that nobody reads', ['admin'], 'stdout', 0],
  ['an unknown command', ['admin', 'dance'], 'stdout', 2],
  ['the usage on standard error', ['dance'], 'stderr', 64],
] as const)('%s', async (_what, args, closed, code) => {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  child[closed].destroy();
  const [open] = [child.stdout, child.stderr].filter((stream) => stream !== child[closed]);
  let said = '';
  open?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exit = await new Promise((resolve) => void child.on('close', resolve));
  expect({ exit, said }).toEqual({ exit: code, said: '' });
});
