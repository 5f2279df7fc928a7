/**
 * The sandbox role as a separate process, with its own directories and ports, always started by the same command. Owns
 * the process and its files; does not know how it is used. Also finds its database server's process.
 */
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { programProcess } from './program-process.js';
import type { ProgramProcess } from './program-process.js';

const PROGRAM = fileURLToPath(new URL('../../src/main.js', import.meta.url));

const identityShape = z.object({
  role: z.string(),
  codiceFiscale: z.string(),
  userId: z.string(),
  password: z.string(),
  pincode: z.string(),
  certificate: z.string().optional(),
  key: z.string().optional(),
});
export const sandboxShape = z.object({
  soap: z.object({ endpoint: z.string(), wsdl: z.string() }),
  portal: z.string(),
  mail: z.string(),
  health: z.string(),
  ca: z.string(),
  pincodeCertificate: z.string(),
  namespace: z.string(),
  identities: z.array(identityShape),
});
export type Sandbox = z.infer<typeof sandboxShape>;
export type SandboxIdentity = z.infer<typeof identityShape>;

export interface SandboxProcess extends Omit<ProgramProcess, 'start'> {
  /**
   * Starts it and waits until it reports that it is running.
   * @param nodeOptions for Node itself, before the program: a profiler, for example
   * @throws Error with its last output if it does not start
   */
  start(nodeOptions?: readonly string[]): Promise<Sandbox>;
  /** The postmaster's process number, from PostgreSQL's own file; undefined if none is running. */
  postmaster(): Promise<number | undefined>;
  /** The embedded database's owner: to inspect, without starting a stopped server. */
  ownerUrl(): Promise<string>;
  /** Ends what is still running and removes every file. */
  remove(): Promise<void>;
}

export async function sandboxProcess(name: string): Promise<SandboxProcess> {
  const directory = await mkdtemp(join(tmpdir(), `passerella-${name}-`));
  await chmod(directory, 0o711); // the database's user needs access when we are root
  const data = join(directory, 'data');
  const cluster = join(data, 'postgres', 'cluster');
  const settings = {
    dataDirectory: data,
    certificateDirectory: join(directory, 'certs'),
    soapPort: await freePort(),
    portalPort: 0,
    cardPort: 0,
    opsPort: await freePort(),
    logLevel: 'warn',
  };
  await writeFile(join(directory, 'passerella.json'), JSON.stringify(settings));
  let options: readonly string[] = [];
  const program = programProcess({
    name: 'sandbox',
    args: () => ['--max-old-space-size=512', ...options, PROGRAM, 'sandbox'],
    cwd: directory,
    ready: /sandbox is up/,
  });

  const postmaster = async (): Promise<number | undefined> => {
    const text = await readFile(join(cluster, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number(text.split('\n')[0]);
    return Number.isInteger(pid) && pid > 0 && (await isPostgres(pid)) ? pid : undefined;
  };

  return {
    ...program,
    async start(nodeOptions = []) {
      options = nodeOptions;
      await program.start();
      return sandboxShape.parse(JSON.parse(await readFile(join(data, 'sandbox.json'), 'utf8')));
    },
    postmaster,
    async ownerUrl() {
      const shape = z.object({ password: z.string(), port: z.number() });
      const { password, port } = shape.parse(JSON.parse(await readFile(join(cluster, 'settings.json'), 'utf8')));
      return `postgres://passerella_owner:${password}@127.0.0.1:${port}/passerella`;
    },
    async remove() {
      await program.kill();
      const server = await postmaster();
      if (server !== undefined) {
        process.kill(server, 'SIGQUIT'); // PostgreSQL's immediate shutdown: its children end with it
        while ((await postmaster()) === server) await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // As root with a private temporary folder, the cluster is elsewhere, behind a link.
      const home = await realpath(cluster).catch(() => undefined);
      if (home !== undefined && !home.startsWith(await realpath(directory))) {
        await rm(dirname(home), { recursive: true, force: true });
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Whether this process number is a PostgreSQL now: a file with the number may outlive it. */
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
