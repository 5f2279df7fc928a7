/** Assigns processes to cores: a server and its load generator must not share processor time. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export type Place = 'server' | 'generator';

const CORE: Readonly<Record<Place, string>> = { server: '0', generator: '1' };

/** Whether `pin` has an effect here: two cores, and taskset (Debian: util-linux). */
export const canPin: boolean = availableParallelism() >= 2 && hasTaskset();

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Pins a running process with all its threads, and those that it starts later, to its core. */
export function pin(pid: number, place: Place): void {
  if (canPin) execFileSync('taskset', ['-acp', CORE[place], String(pid)], { stdio: 'ignore' });
}

/** A command line that runs on its core. */
export function pinned(place: Place, command: string, args: readonly string[]): [string, string[]] {
  return canPin ? ['taskset', ['-c', CORE[place], command, ...args]] : [command, [...args]];
}
