/**
 * The sandbox role as a process of its own, in directories and on ports of its own, always started by the same command.
 * Owns the process and where it lives; refuses to know what is asked of it. Also finds its database server's process.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const PROGRAM = fileURLToPath(new URL('../../src/main.js', import.meta.url));
/** A first start makes keys and hashes passwords: seconds, on a slow machine many. */
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 60_000;
const READY = 'sandbox is up';
/** The child's surroundings: nothing of ours leaks in, neither DATABASE_URL nor a CA that some tool prefers. */
const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin' };
const LAST_WORDS = 4_000;

const identityShape = z.object({
  role: z.string(),
  codiceFiscale: z.string(),
  userId: z.string(),
  password: z.string(),
  pincode: z.string(),
  certificate: z.string().optional(),
  key: z.string().optional(),
});
const sandboxShape = z.object({
  soap: z.object({ endpoint: z.string(), wsdl: z.string() }),
  health: z.string(),
  ca: z.string(),
  pincodeCertificate: z.string(),
  namespace: z.string(),
  identities: z.array(identityShape),
});
export type Sandbox = z.infer<typeof sandboxShape>;
export type SandboxIdentity = z.infer<typeof identityShape>;

export interface SandboxProcess {
  /**
   * Starts it and waits until it says that it is up.
   * @param nodeOptions for Node itself, before the program: a profiler, for example
   * @throws Error with its last words when it does not come up
   */
  start(nodeOptions?: readonly string[]): Promise<Sandbox>;
  /** The Node process; undefined when it does not run. */
  pid(): number | undefined;
  /** kill -9, and waits for its end. */
  kill(): Promise<void>;
  /** Asks it to end. @returns its exit code; null when it had to be killed */
  stop(): Promise<number | null>;
  /** The postmaster's process number, as PostgreSQL itself wrote it down; undefined when none runs. */
  postmaster(): Promise<number | undefined>;
  /** The embedded database's owner: to look, without starting a server that is down. */
  ownerUrl(): Promise<string>;
  /** Ends what still runs and removes every file. */
  remove(): Promise<void>;
}

export async function sandboxProcess(name: string): Promise<SandboxProcess> {
  const directory = await mkdtemp(join(tmpdir(), `passerella-${name}-`));
  await chmod(directory, 0o711); // the database's user, when we are root, must get through
  const data = join(directory, 'data');
  const cluster = join(data, 'postgres', 'cluster');
  const settings = {
    dataDirectory: data,
    certificateDirectory: join(directory, 'certs'),
    soapPort: await freePort(),
    opsPort: await freePort(),
    logLevel: 'warn',
  };
  await writeFile(join(directory, 'passerella.json'), JSON.stringify(settings));
  let child: ChildProcess | undefined;
  let said = '';

  const isRunning = (one: ChildProcess): boolean => one.exitCode === null && one.signalCode === null;

  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    if (child === undefined) return null;
    if (!isRunning(child)) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  };

  const postmaster = async (): Promise<number | undefined> => {
    const text = await readFile(join(cluster, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number(text.split('\n')[0]);
    return Number.isInteger(pid) && pid > 0 && (await isPostgres(pid)) ? pid : undefined;
  };

  return {
    async start(nodeOptions = []) {
      said = '';
      const started = spawn(
        process.execPath,
        [
          '--disable-proto=delete',
          '--max-old-space-size=512',
          '--enable-source-maps',
          ...nodeOptions,
          PROGRAM,
          'sandbox',
        ],
        { cwd: directory, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      child = started;
      await new Promise<void>((resolve, reject) => {
        const fail = (why: string): void => {
          clearTimeout(limit);
          reject(new Error(`the sandbox ${why}; its last words: ${said}`));
        };
        const limit = setTimeout(() => {
          fail('is not up in time');
        }, START_LIMIT_MS);
        const listen = (piece: Buffer): void => {
          said = (said + piece.toString('utf8')).slice(-LAST_WORDS);
          if (!said.includes(READY)) return;
          clearTimeout(limit);
          resolve();
        };
        started.stdout.on('data', listen);
        started.stderr.on('data', listen);
        started.once('exit', (code, signal) => {
          fail(`ended (${String(signal ?? code)})`);
        });
      });
      return sandboxShape.parse(JSON.parse(await readFile(join(data, 'sandbox.json'), 'utf8')));
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
    postmaster,
    async ownerUrl() {
      const shape = z.object({ password: z.string(), port: z.number() });
      const { password, port } = shape.parse(JSON.parse(await readFile(join(cluster, 'settings.json'), 'utf8')));
      return `postgres://passerella_owner:${password}@127.0.0.1:${port}/passerella`;
    },
    async remove() {
      await end('SIGKILL');
      const server = await postmaster();
      if (server !== undefined) {
        process.kill(server, 'SIGQUIT'); // PostgreSQL's immediate shutdown: its children end with it
        while ((await postmaster()) === server) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // As root with a private temporary folder the cluster lies elsewhere, behind a link.
      const home = await realpath(cluster).catch(() => undefined);
      if (home !== undefined && !home.startsWith(await realpath(directory))) {
        await rm(dirname(home), { recursive: true, force: true });
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Whether this process number is a PostgreSQL now: a file that names one outlives it. */
async function isPostgres(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return /\((?:postgres|postmaster)\) [^ZX]/.test(line);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  if (bound === null || typeof bound === 'string') throw new Error('no free port');
  return bound.port;
}
