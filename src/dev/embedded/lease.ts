/**
 * Who uses a folder: one file per use, named by process. A cluster's server is shared by the gateway and the admin commands
 * beside it; the last one out shuts it down. A sandbox has its folder to itself. A process that was killed leaves a file that no longer counts.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../platform/error-code.js';

export interface Lease {
  /** Whether somebody else uses it too. */
  isShared(): Promise<boolean>;
  /** Gives up this use. @returns whether nobody else uses the server */
  release(): Promise<boolean>;
}

/**
 * Must be taken before checking whether a server runs: a process that ends at that moment either sees this lease and
 * leaves the server running, or has begun to shut it down, which the check then finds.
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

/** @param own file that does not count */
async function anyAlive(folder: string, own?: string): Promise<boolean> {
  for (const name of await readdir(folder)) {
    if (name === own) continue;
    const pid = Number(name.split('-')[0]);
    const born = await readFile(join(folder, name), 'utf8').catch(() => undefined);
    if (born === undefined) continue; // released meanwhile
    // An empty file is being written, or was by a process that was killed: the number alone decides.
    if (isAlive(pid) && (born === '' || born === bornAt(pid))) return true;
    await rm(join(folder, name), { force: true });
  }
  return false;
}

/**
 * Whether a process of this number runs, whoever owns it. One that has ended and that nobody has waited for (the first
 * process of a container often does not) is not running.
 */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return processStatus(pid)?.[0] !== 'Z';
}

/** Tells a process from a later one of the same number; empty where the system does not say (not Linux). */
function bornAt(pid: number): string {
  return processStatus(pid)?.[19] ?? ''; // field 22, starttime
}

/** The fields of /proc/<pid>/stat from the third, state, on: the second is a name in parentheses that may hold spaces. */
function processStatus(pid: number): string[] | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
