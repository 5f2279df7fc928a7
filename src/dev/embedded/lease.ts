/**
 * Leases of a folder: one file per use, named by process. The gateway and admin commands beside it share a cluster's
 * server; the last one to release it shuts it down. A sandbox uses its folder exclusively. A killed process leaves a
 * file that no longer counts.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../platform/error-code.js';

export interface Lease {
  /** Whether another process uses it too. */
  isShared(): Promise<boolean>;
  /** Releases this use. @returns whether no other process uses the server */
  release(): Promise<boolean>;
}

/**
 * Must be called before checking whether a server runs: a process that ends at that moment either sees this lease and
 * leaves the server running, or has begun to shut it down, which the check then detects.
 */
export async function takeLease(place: string): Promise<Lease> {
  const folder = join(place, 'in-use');
  const file = `${process.pid}-${randomBytes(4).toString('hex')}`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, file), bornAt(process.pid), { mode: 0o644 });
  return {
    isShared: () => anyAlive(folder, file),
    release: async () => {
      await rm(join(folder, file), { force: true });
      return !(await anyAlive(folder));
    },
  };
}

/** @param own file to ignore */
async function anyAlive(folder: string, own?: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    if (name === own) continue;
    const pid = Number(name.split('-')[0]);
    const born = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (born === undefined) continue; // released meanwhile
    // An empty file is being written, or was by a killed process: the process id alone decides.
    if (isAlive(pid) && (born === '' || born === bornAt(pid))) return true;
    await rm(join(folder, name), { force: true });
  }
  return false;
}

/**
 * Whether a process with this id runs, whoever owns it. A zombie is not running (the first process of a container often
 * does not reap its children).
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return processStatus(pid)?.[0] !== 'Z';
}

/**
 * Distinguishes a process from a later one with the same id; empty where the system does not provide it (not Linux).
 */
function bornAt(pid: number): string {
  return processStatus(pid)?.[19] ?? ''; // field 22, starttime
}

/**
 * The fields of /proc/<pid>/stat from the third, state, on: the second is a name in parentheses that may contain
 * spaces.
 */
function processStatus(pid: number): string[] | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
