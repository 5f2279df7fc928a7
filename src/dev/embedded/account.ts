/**
 * The user that runs the embedded server. PostgreSQL refuses root, because a vulnerability in it would compromise the
 * machine; so a root process uses an unprivileged user. Any other user runs the server directly.
 */
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { codeOf } from '../../platform/error-code.js';

const run = promisify(execFile);

export interface Account {
  uid: number;
  gid: number;
}

const name = 'passerella';
/** UID of `nobody` if it has no entry: the number that the kernel uses. */
const nobody: Account = { uid: 65534, gid: 65534 };
/** useradd is in sbin, which is not in every PATH. */
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

/** Whether this process is root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The user for a new cluster; undefined: the current one. As root: the system user `passerella`, created if it does not
 * exist, otherwise (no useradd, read-only /etc) `nobody`.
 */
export async function accountForNewCluster(): Promise<Account | undefined> {
  if (!isRoot()) return undefined;
  const existing = await lookUp(name);
  if (existing) return existing;
  const options = ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  await run('useradd', [...options, '--user-group', name], { env })
    .catch(() => run('adduser', ['--system', '--group', '--no-create-home', name], { env }))
    .catch(() => undefined); // another start may have created it meanwhile: looked up again
  return (await lookUp(name)) ?? (await lookUp('nobody')) ?? nobody;
}

async function lookUp(user: string): Promise<Account | undefined> {
  try {
    const uid = Number((await run('id', ['-u', user], { env })).stdout);
    const gid = Number((await run('id', ['-g', user], { env })).stdout);
    return Number.isInteger(uid) && uid > 0 && Number.isInteger(gid) ? { uid, gid } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the account may traverse every folder on the way to `path`, including the path (not through a private home).
 * Checks mode bits, not access lists.
 */
export async function canReach(path: string, account: Account): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (!(await hasRight(at, account, 0o1))) return false;
    if (dirname(at) === at) return true;
  }
}

/** Whether the account has the right (4 read, 1 execute or traverse) on this one file or folder. */
export async function hasRight(path: string, account: Account, right: 0o4 | 0o1): Promise<boolean> {
  try {
    const { uid, gid, mode } = await stat(path);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    return ((mode >> shift) & right) !== 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
