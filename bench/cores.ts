/** Which process runs on which core: a server and what loads it must not take each other's time. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export type Place = 'server' | 'generator';

const CORE: Readonly<Record<Place, string>> = { server: '0', generator: '1' };

/** Whether `pin` can do anything here: two cores, and taskset (Debian: util-linux). */
export const canPin: boolean = availableParallelism() >= 2 && hasTaskset();

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Keeps a running process, all its threads, on the core of its part. Those that it starts later stay there too. */
export function pin(pid: number, place: Place): void {
  if (canPin) execFileSync('taskset', ['-acp', CORE[place], String(pid)], { stdio: 'ignore' });
}

/** A command line that runs on the core of its part. */
export function pinned(place: Place, command: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', CORE[place], command, ...args]] : [command, [...args]];
}
