/** The worker and the operator's commands as separate programs, configured as in production. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url));

export type Environment = Readonly<Record<string, string>>;

const START_MS = 60_000;

/** Resolves when it is running; stop() resolves when it has ended, with its output. */
export async function startWorker(environment: Environment): Promise<{ stop(): Promise<string> }> {
  const child = spawn(process.execPath, ['--disable-proto=delete', MAIN, 'worker'], {
    env: environmentOf(environment),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = '';
  const exit = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Error(`the worker does not come up:\n${written}`));
    }, START_MS);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      written += text;
      if (!written.includes('worker ready')) return;
      clearTimeout(limit);
      resolve();
    });
    void exit.then(() => {
      clearTimeout(limit);
      reject(new Error(`the worker ended:\n${written}`));
    });
  });
  return {
    async stop() {
      child.kill('SIGTERM');
      await exit;
      return written;
    },
  };
}

/** @param fileBlocks maximum size of files in kilobytes: equivalent to a full disk */
export async function admin(
  environment: Environment,
  words: readonly string[],
  fileBlocks?: number,
): Promise<{ code: number | null; text: string }> {
  const limit = fileBlocks === undefined ? '' : `ulimit -f ${fileBlocks}; `;
  const child = spawn('bash', ['-c', `${limit}exec "$0" "$@"`, process.execPath, MAIN, 'admin', ...words], {
    env: environmentOf(environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  await once(child, 'close');
  return { code: child.exitCode, text };
}

function environmentOf(environment: Environment): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, ...environment };
}
