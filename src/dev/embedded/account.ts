/**
 * Under which user the embedded server runs. PostgreSQL refuses root, since a hole in it would be a hole in the
 * machine; so a root process lends it an unprivileged user. Any other user runs it himself.
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
/** `nobody` where it is not named: the number the kernel itself uses for it. */
const nobody: Account = { uid: 65534, gid: 65534 };
/** useradd lives in sbin, which is not in everyone's path. */
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

/** Whether this process is root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The user to run a new cluster under; undefined means the present one. As root: the system user `passerella`, made
 * when it does not exist, else (no useradd, read-only /etc) `nobody`.
 */
export async function accountForNewCluster(): Promise<Account | undefined> {
  if (!isRoot()) return undefined;
  const existing = await lookUp(name);
  if (existing) return existing;
  const options = ['--system', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  await run('useradd', [...options, '--user-group', name], { env })
    .catch(() => run('adduser', ['--system', '--group', '--no-create-home', name], { env }))
    .catch(() => undefined); // another start may have made it meanwhile: looked up again
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
 * Whether the account may pass through every folder on the way to `path`, the path included (a private home on the way
 * is closed to it). Judged by mode bits; access lists are not looked at.
 */
export async function canReach(path: string, account: Account): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (!(await hasRight(at, account, 0o1))) return false;
    if (dirname(at) === at) return true;
  }
}

/** Whether the account has the right (4 read, 1 execute or pass) on this one file or folder. */
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
