/**
 * A cluster on disk: where it lies, how it comes to be, its password and port. Does not know whether a server runs.
 *
 *   <data directory>/cluster/          made whole under another name, then renamed: never half a cluster
 *     data/                            PostgreSQL's own (PGDATA), of the server's user, 0700
 *     settings.json                    owner's password and port, 0600
 *     server.log, in-use/              the server's words; who uses it (lease.ts)
 *
 * When the server's user cannot reach the data directory (a private home, and we are root), `cluster` is a link to
 * /var/lib/passerella/<digest of the path>/cluster.
 */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify, types } from 'node:util';
import { z } from 'zod';
import type { Logger } from '../../platform/log.js';
import { type Account, accountForNewCluster, canReach, isRoot } from './account.js';
import { type Binaries, findBinaries, systemHome } from './binaries.js';
import { codeOf } from '../../platform/error-code.js';
import { EmbeddedPostgresError, useOwnDatabase } from './failure.js';
import { isAlive } from './lease.js';

const run = promisify(execFile);

export interface Cluster {
  /** The folder described above, without links on the way. */
  path: string;
  data: string;
  /** The user that runs the server; undefined: the current one. */
  account: Account | undefined;
  binaries: Binaries;
}

const settingsShape = z.object({ password: z.string(), port: z.number().int() });
export type ClusterSettings = z.infer<typeof settingsShape>;

/** Superuser of the cluster and owner of the database. */
export const owner = 'passerella_owner';
const majorVersion = '18';
/** The server's environment: inherits nothing of ours; the account may have no right to our working directory. */
export const serverEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Opens the cluster of a data directory, and creates it if there is none.
 *
 * @throws EmbeddedPostgresError saying what to do: another version's, incomplete, another user's, inaccessible
 */
export async function openCluster(dataDirectory: string, sync: boolean, log: Logger): Promise<Cluster> {
  const directory = await prepareDirectory(resolve(dataDirectory));
  const entry = join(directory, 'cluster');
  if (!(await isThere(entry))) await createCluster(directory, entry, sync, log);
  const path = await realpath(entry).catch(() => {
    throw new EmbeddedPostgresError(
      `${entry} is a link to a folder that is gone: restore it, or remove the link to start empty`,
    );
  });
  const data = join(path, 'data');
  const account = await ownerOf(data);
  await checkVersion(data);
  if (account && !(await canReach(data, account))) {
    throw new EmbeddedPostgresError(
      `the user who owns ${data} (uid ${account.uid}) may not pass through a folder above it: ` +
        `open that folder (chmod o+x) or move the data directory`,
    );
  }
  return { path, data, account, binaries: await findBinaries(dirname(path), account, log) };
}

/** @throws EmbeddedPostgresError when they are unreadable */
export async function readSettings(cluster: Cluster): Promise<ClusterSettings> {
  const file = join(cluster.path, 'settings.json');
  try {
    return settingsShape.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new EmbeddedPostgresError(`${file} cannot be read (another user's, or damaged): restore it from a back-up`, {
      cause,
    });
  }
}

/** Replaces the whole file: a crash leaves the old or the new one. */
export async function writeSettings(path: string, settings: ClusterSettings): Promise<void> {
  const file = join(path, `settings.${randomBytes(4).toString('hex')}.new`);
  await writeFile(file, JSON.stringify(settings), { mode: 0o600, flush: true });
  if (isRoot()) {
    const { uid, gid } = await stat(path); // root working on another user's cluster must not lock that user out
    await chown(file, uid, gid);
  }
  await rename(file, join(path, 'settings.json'));
}

async function prepareDirectory(directory: string): Promise<string> {
  const created = await mkdir(directory, { recursive: true, mode: 0o711 });
  // Opens only a folder of our own to the server's user; one with other content stays unchanged.
  if (isRoot() && (created !== undefined || (await readdir(directory)).length === 0)) await chmod(directory, 0o711);
  return realpath(directory);
}

async function createCluster(directory: string, entry: string, sync: boolean, log: Logger): Promise<void> {
  const account = await accountForNewCluster();
  let home = directory;
  if (account && !(await canReach(directory, account))) {
    home = join(systemHome, createHash('sha256').update(directory).digest('hex').slice(0, 16));
    await mkdir(home, { recursive: true, mode: 0o755 });
    log.warn('the data directory is closed to the user of the database: its files are kept elsewhere', {
      dataDirectory: directory,
      keptIn: home,
    });
  }
  await removeUnfinished(home);
  const target = join(home, 'cluster');
  if (!(await isThere(target))) await initialise(home, target, account, sync, log);
  // A link without its folder is left to the operator; one created by a faster start is the same.
  if (target !== entry) await symlink(target, entry).catch(ignore('EEXIST'));
}

async function initialise(
  home: string,
  target: string,
  account: Account | undefined,
  sync: boolean,
  log: Logger,
): Promise<void> {
  const unfinished = join(home, `cluster.new-${process.pid}-${randomBytes(4).toString('hex')}`);
  const data = join(unfinished, 'data');
  const passwordFile = join(unfinished, 'password');
  const password = randomBytes(24).toString('base64url');
  try {
    await mkdir(data, { recursive: true, mode: 0o711 });
    await mkdir(join(unfinished, 'in-use'), { mode: 0o700 });
    await chmod(unfinished, 0o711);
    await chmod(data, 0o700);
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (account) await Promise.all([data, passwordFile].map((path) => chown(path, account.uid, account.gid)));
    const binaries = await findBinaries(home, account, log);
    await initdb(binaries, data, passwordFile, account, sync);
    await rm(passwordFile);
    await writeSettings(unfinished, { password, port: 0 });
    await rename(unfinished, target);
    log.info('database cluster created', { path: target });
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    const quickerStart = codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST';
    if (!quickerStart) throw error;
  }
}

async function initdb(
  binaries: Binaries,
  data: string,
  passwordFile: string,
  account: Account | undefined,
  sync: boolean,
): Promise<void> {
  const args = [
    `--pgdata=${data}`,
    `--username=${owner}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256', // never trust: other users of the machine can reach the port
    '--encoding=UTF8', // the POSIX locale alone would imply SQL_ASCII
    '--locale=C',
    '--locale-provider=builtin', // the same collation on every machine, whatever its C library
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(sync ? [] : ['--no-sync']),
  ];
  try {
    await run(binaries.initdb, args, { cwd: '/', env: serverEnv, ...account });
  } catch (cause) {
    throw (
      spawnFailure(cause) ??
      new EmbeddedPostgresError(`the database cluster cannot be created: ${stderrOf(cause)}`, { cause })
    );
  }
}

/** Explains why the operating system did not run the program; undefined when it ran. */
export function spawnFailure(error: unknown): EmbeddedPostgresError | undefined {
  switch (codeOf(error)) {
    case 'ENOENT': // the file exists, but its loader does not
    case 'ENOEXEC':
      return new EmbeddedPostgresError(`the PostgreSQL programs do not run here (they need glibc): ${useOwnDatabase}`);
    case 'EPERM':
    case 'EACCES':
      return new EmbeddedPostgresError(
        `the PostgreSQL programs may not be run, or root may not change user here (missing capability, noexec): ` +
          `run as an ordinary user, or ${useOwnDatabase}`,
      );
    default:
      return undefined;
  }
}

async function checkVersion(data: string): Promise<void> {
  const version = await readFile(join(data, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version?.trim() === majorVersion && (await isThere(join(data, 'global', 'pg_control')))) return;
  throw new EmbeddedPostgresError(
    version === undefined || version.trim() === majorVersion
      ? `${data} is not a whole database cluster: restore it from a back-up, or move the folder above it away to start empty`
      : `${data} was written by PostgreSQL ${version.trim()}, this release brings ${majorVersion}: go back to the release ` +
          `that wrote it, dump the database there, move the folder away and restore the dump here`,
  );
}

async function ownerOf(data: string): Promise<Account | undefined> {
  const { uid, gid } = await stat(data);
  if (uid === process.getuid?.() && uid !== 0) return undefined;
  if (!isRoot())
    throw new EmbeddedPostgresError(`${data} belongs to another user (uid ${uid}): run as that user or as root`);
  if (uid === 0) {
    throw new EmbeddedPostgresError(
      `${data} belongs to root, as which PostgreSQL does not run (restored by root?): give it back with chown -R`,
    );
  }
  return { uid, gid };
}

/** Removes what a killed start left behind. */
async function removeUnfinished(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = /^cluster\.new-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(home, basename(name)), { recursive: true, force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return false;
      throw new EmbeddedPostgresError(`${path} cannot be looked at: another user's?`, { cause: error });
    },
  );
}

function ignore(code: string): (error: unknown) => void {
  return (error) => {
    if (codeOf(error) !== code) throw error;
  };
}

function stderrOf(error: unknown): string {
  if (!types.isNativeError(error)) return 'unknown';
  const text =
    'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim().split('\n').slice(-3).join(' | ') : '';
  return text === '' ? error.message : text;
}
