/** Runs an operator's command, timed including the start of the program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { residentMegabytes } from './process-facts.js';

const PROGRAM = fileURLToPath(new URL('../src/main.js', import.meta.url));
const SAMPLE_MS = 200;
const PATH = '/usr/local/bin:/usr/bin:/bin';

export interface TimedCommand {
  readonly seconds: number;
  /** Peak, MB. */
  readonly resident: number;
}

/**
 * @param args of `admin`
 * @param expected part of its output on success
 * @throws Error with its actual output
 */
export async function timedCommand(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  expected: string,
): Promise<TimedCommand> {
  const began = performance.now();
  const child = spawn(process.execPath, [PROGRAM, 'admin', ...args], {
    cwd,
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let resident = 0;
  const sampler = setInterval(() => {
    resident = Math.max(resident, child.pid === undefined ? 0 : (residentMegabytes(child.pid) ?? 0));
  }, SAMPLE_MS);
  const ended = once(child, 'exit');
  const said = await text(child.stdout);
  await ended;
  clearInterval(sampler);
  if (!said.includes(expected)) throw new Error(`${args.join(' ')}: ${said}`);
  return { seconds: (performance.now() - began) / 1000, resident };
}
