/**
 * A program of ours as a separate process, to be killed and restarted. Owns the process; does not know what it does.
 * (The sandbox, which also has files to find and to remove, is in sandbox-process.ts, on top of this.)
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A sandbox's first start creates keys and hashes passwords: seconds, on a slow machine many. */
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 60_000;
const LAST_WORDS = 8_000;
const PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';

export interface ProgramOptions {
  /** For messages. */
  readonly name: string;
  /** The arguments after `node`; read at each start. */
  readonly args: () => readonly string[];
  readonly cwd: string;
  /**
   * Its complete environment, besides PATH: nothing of ours leaks in, neither DATABASE_URL nor a CA that some tool
   * prefers.
   */
  readonly env?: Readonly<Record<string, string>>;
  /** It is running when its output contains this. */
  readonly ready: RegExp;
}

export interface ProgramProcess {
  /** @returns its output until it was running. @throws Error with its last output if it does not start */
  start(): Promise<string>;
  /** undefined if it is not running. */
  pid(): number | undefined;
  /** kill -9, and waits for its end. */
  kill(): Promise<void>;
  /** Requests its end. @returns its exit code; null if it had to be killed */
  stop(): Promise<number | null>;
}

export function programProcess({ name, args, cwd, env = {}, ready }: ProgramOptions): ProgramProcess {
  let child: ChildProcess | undefined;

  const isRunning = (one: ChildProcess): boolean => one.exitCode === null && one.signalCode === null;

  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    if (child === undefined) return null;
    if (!isRunning(child)) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  };

  return {
    async start() {
      const started = spawn(process.execPath, ['--disable-proto=delete', '--enable-source-maps', ...args()], {
        ...{ cwd, env: { PATH, ...env } },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child = started;
      let said = '';
      return new Promise<string>((resolve, reject) => {
        const fail = (why: string): void => {
          clearTimeout(limit);
          reject(new Error(`the ${name} ${why}; its last words: ${said}`));
        };
        const limit = setTimeout(() => {
          fail('is not up in time');
        }, START_LIMIT_MS);
        const listen = (piece: Buffer): void => {
          said = (said + piece.toString('utf8')).slice(-LAST_WORDS);
          if (!ready.test(said)) return;
          clearTimeout(limit);
          resolve(said);
        };
        started.stdout.on('data', listen);
        started.stderr.on('data', listen);
        started.once('exit', (code, signal) => {
          fail(`ended (${String(signal ?? code)})`);
        });
      });
    },
    pid: () => (child !== undefined && isRunning(child) ? child.pid : undefined),
    async kill() {
      await end('SIGKILL');
    },
    async stop() {
      const limit = setTimeout(() => child?.kill('SIGKILL'), STOP_LIMIT_MS);
      const code = await end('SIGTERM');
      clearTimeout(limit);
      return code;
    },
  };
}
